import pytest

from gpudoctor.checks._cudnn_numbers import decode_cudnn
from gpudoctor.checks.cudnn_version_mismatch import check
from gpudoctor.facts import Known
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable
from gpudoctor.matrix import Matrix
from machines import copies, environment, failed_import, machine, torch
from transcripts import snapshot


@pytest.mark.parametrize(
    ("text", "version"),
    [("8902", "8.9.2"), ("90100", "9.1.0"), ("(8, 9, 2)", "8.9.2"), ("7605", "7.6.5")],
)
def test_both_forms_of_the_number_are_decoded(text: str, version: str) -> None:
    assert decode_cudnn(text) == version


def test_clears_what_computes(matrix: Matrix) -> None:
    assert isinstance(next(check(machine(torch()), matrix)), Cleared)


def test_finds_only_another_major(matrix: Matrix) -> None:
    error = "ImportError: libcudnn.so.9: cannot open shared object file: No such file or directory"
    env = environment(
        torch(imported=failed_import(error)),
        libraries=Known(copies("libcudnn.so.8", "libcublas.so.13"), "the folders"),
    )

    finding = next(check(machine(environments=(env,)), matrix))

    assert isinstance(finding, Finding)
    assert "libcudnn.so.9" in finding.detail


@pytest.mark.parametrize(
    ("line", "built", "found"),
    [
        (
            "RuntimeError: cuDNN version incompatibility: PyTorch was compiled  against (9, 1, 0) "
            "but found runtime version (8, 9, 7).",
            "9.1.0",
            "8.9.7",
        ),
        (
            "Loaded runtime CuDNN library: 8.2.4 but source was compiled with: 8.6.0.  CuDNN",
            "8.6.0",
            "8.2.4",
        ),
        (
            "Found cuDNN version 8902, but JAX was built against version 90100, which is newer.",
            "9.1.0",
            "8.9.2",
        ),
    ],
)
def test_a_message_names_both_versions(matrix: Matrix, line: str, built: str, found: str) -> None:
    finding = next(each for each in check(snapshot(line), matrix) if isinstance(each, Finding))

    assert f"built with cuDNN {built}" in finding.detail
    assert f"cuDNN {found} is loaded" in finding.detail
    assert finding.confidence is Confidence.STATED


def test_a_cudnn_that_asks_for_the_cuda_that_is_not_there_is_the_wrong_build(
    matrix: Matrix,
) -> None:
    lines = (
        "Could not load library libcublasLt.so.12. Error: libcublasLt.so.12: cannot open shared "
        "object file: No such file or directory\n"
    )

    told = snapshot(f"{lines}Cuda compilation tools, release 11.7, V11.7.64\njax==0.4.6\n")

    assert any(isinstance(each, Finding) for each in check(told, matrix))
    assert not any(isinstance(each, Finding) for each in check(snapshot(lines), matrix))


def test_a_newer_cudnn_of_the_same_major_is_fine(matrix: Matrix) -> None:
    packages = Known({"torch": "2.14.1", "nvidia-cudnn-cu13": "9.99.0"}, "metadata folders")
    env = environment(torch(), packages=packages)

    assert isinstance(next(check(machine(environments=(env,)), matrix)), Cleared)


def test_says_nothing_of_a_text_without_cudnn(matrix: Matrix) -> None:
    told = snapshot("PyTorch version: 2.4.0+cu121\n")

    assert all(isinstance(each, (NotApplicable, Cleared)) for each in check(told, matrix))
