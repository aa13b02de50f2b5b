import pytest

from gpudoctor.checks.cuda_library_conflict import check
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Shell
from gpudoctor.matrix import Matrix
from gpudoctor.symptoms import read_symptoms
from machines import changed, failed_import, machine, torch
from transcripts import snapshot

ERROR = (
    "ImportError: libcusparse.so.12: undefined symbol: __nvJitLinkAddData_12_1, version "
    "libnvJitLink.so.12"
)


def failing(**variables: str) -> Snapshot:
    symptoms = tuple(read_symptoms([ERROR], "torch", 0))
    broken = machine(torch(imported=failed_import(ERROR)), variables=variables)
    return changed(broken, symptoms=symptoms)


def test_clears_what_sees_the_gpu(matrix: Matrix) -> None:
    assert isinstance(next(check(machine(torch()), matrix)), Cleared)


def test_finds_a_symbol_that_the_loaded_copy_lacks(matrix: Matrix) -> None:
    finding = next(check(failing(), matrix))

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert "__nvJitLinkAddData_12_1" in finding.detail


def test_a_text_with_the_variable_tries_without_it_first(matrix: Matrix) -> None:
    told = snapshot(f">>> import torch\n{ERROR}\n$ echo $LD_LIBRARY_PATH\n/usr/local/cuda/lib64\n")

    finding = next(each for each in check(told, matrix) if isinstance(each, Finding))

    assert finding.confidence is Confidence.STATED
    assert finding.remedies[0].steps[0] == Shell("unset LD_LIBRARY_PATH")


@pytest.mark.parametrize(
    "line",
    [
        "ImportError: libtorch_cuda.so: undefined symbol: ncclCommRegister",
        "Found cuSOLVER version 11405, but JAX was built against version 11600, which is newer.",
    ],
)
def test_other_forms_of_the_message_are_read(matrix: Matrix, line: str) -> None:
    assert any(isinstance(each, Finding) for each in check(snapshot(line), matrix))


@pytest.mark.parametrize(
    "line",
    [
        "ImportError: undefined symbol: _ZN3c105ErrorC2E",
        "ImportError: libcublas.so.12: cannot open shared object file",
        "Unable to load cuSPARSE. Is it installed?",  # and no text says that it is
    ],
)
def test_other_faults_are_left_alone(matrix: Matrix, line: str) -> None:
    assert not any(isinstance(each, Finding) for each in check(snapshot(line), matrix))


def test_an_import_that_fails_for_another_reason_is_none_of_this(matrix: Matrix) -> None:
    broken = machine(torch(imported=failed_import("ImportError: torn")))

    assert isinstance(next(check(broken, matrix)), (Cleared, NotApplicable))
