import pytest

from gpudoctor.checks import cuda_library_missing
from gpudoctor.checks.framework_needs_other_cuda import check
from gpudoctor.facts import Known, SharedLibrary
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable
from gpudoctor.matrix import Matrix
from machines import copies, environment, failed_import, machine, torch
from pasted import framework, pasted
from transcripts import snapshot

MISSING = "ImportError: libcublas.so.12: cannot open shared object file: No such file or directory"


def there(*sonames: str) -> "Known[tuple[SharedLibrary, ...]]":
    return Known(copies(*sonames), "the folders")


def test_clears_what_sees_the_gpu(matrix: Matrix) -> None:
    assert isinstance(next(check(machine(torch()), matrix)), Cleared)


def test_finds_another_cuda_in_the_place_of_the_one_that_is_needed(matrix: Matrix) -> None:
    broken = torch(imported=failed_import(MISSING))
    env = environment(broken, libraries=there("libcublas.so.11", "libcudart.so.11.0"))

    finding = next(check(machine(environments=(env,)), matrix))

    assert isinstance(finding, Finding)
    assert "libcublas.so.12" in finding.detail
    assert "libcublas.so.11" in finding.detail
    assert finding.confidence is Confidence.CERTAIN


def test_leaves_the_fault_to_its_neighbour_where_nothing_is_provided(matrix: Matrix) -> None:
    broken = torch(imported=failed_import(MISSING))
    env = environment(broken, libraries=there())
    broken_machine = machine(environments=(env,))

    assert isinstance(next(check(broken_machine, matrix)), NotApplicable)
    assert isinstance(next(cuda_library_missing.check(broken_machine, matrix)), Finding)


def test_a_text_names_the_missing_library_and_the_cuda_that_is_there(matrix: Matrix) -> None:
    told = snapshot(
        "ImportError: libcublas.so.10.0: cannot open shared object file: No such file or directory"
        "\nTensorFlow version: 1.13.1\nCuda compilation tools, release 10.1, V10.1.105\n"
    )

    finding = next(check(told, matrix))

    assert isinstance(finding, Finding)
    assert "CUDA 10.0" in finding.detail
    assert "CUDA 10.1" in finding.detail


@pytest.mark.parametrize(
    "there", ["Cuda compilation tools, release 12.4, V12.4.131", "nothing of CUDA"]
)
def test_a_text_in_which_the_right_cuda_or_none_is_there_tells_nothing(
    matrix: Matrix, there: str
) -> None:
    told = snapshot(f"{MISSING}\nPyTorch version: 2.4.0\n{there}\n")

    assert not [each for each in check(told, matrix) if isinstance(each, Finding)]


def test_a_companion_of_another_cuda_than_its_torch_is_left_to_companion_mismatch(
    matrix: Matrix,
) -> None:
    told = pasted(
        "ImportError: libcudart.so.12: cannot open shared object file: No such file or directory",
        frameworks=(framework("torch", "2.1.0+cu118", variant=Known("cuda", "the text")),),
    )

    assert len([each for each in check(told, matrix) if isinstance(each, Finding)]) <= 1
