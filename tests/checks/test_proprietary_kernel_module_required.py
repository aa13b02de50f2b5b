import pytest

from gpu_machines import (
    GTX_1080_TI,
    NOBODYS,
    RTX_5090,
    T4,
    V100,
    beside_a_working,
    log,
    not_loaded,
    silent,
    unasked,
    with_driver,
    working,
)
from gpudoctor.checks.proprietary_kernel_module_required import check
from gpudoctor.facts import Snapshot, Unknown
from gpudoctor.findings import MACHINE, Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import driver, pci_device


def no_gsp(device_id: str) -> str:
    return (
        f"NVRM: The NVIDIA GPU 0000:65:00.0 (PCI ID: 10de:{device_id.lower()})\\x0aNVRM: installed "
        "in this system is not supported by open\\x0aNVRM: nvidia.ko because it does not include "
        "the required GPU\\x0aNVRM: System Processor (GSP)."
    )


def only(snapshot: Snapshot, matrix: Matrix) -> object:
    [verdict] = check(snapshot, matrix)
    return verdict


@pytest.mark.parametrize("id_", [GTX_1080_TI, V100])
def test_finds_a_gpu_without_gsp_under_the_open_modules(matrix: Matrix, id_: str) -> None:
    finding = only(silent(id_, flavour="open"), matrix)

    assert isinstance(finding, Finding)
    assert (finding.subject, finding.blocks) == (MACHINE, True)
    assert finding.confidence is Confidence.CERTAIN
    assert "nvidia-driver-580'" in str(finding.remedies[0].steps)


def test_is_cleared_under_the_proprietary_modules(matrix: Matrix) -> None:
    assert isinstance(only(silent(V100, flavour="proprietary"), matrix), Cleared)


@pytest.mark.parametrize("id_", [T4, RTX_5090])
def test_gpus_with_gsp_run_under_the_open_modules(matrix: Matrix, id_: str) -> None:
    assert isinstance(only(silent(id_, flavour="open"), matrix), Cleared)


def test_a_gpu_that_works_is_cleared_whatever_the_matrix_says(matrix: Matrix) -> None:
    opened = with_driver(driver("580.95.05"), "open")

    assert isinstance(only(working(pci_device(0, device_id=V100), **opened), matrix), Cleared)


def test_a_branch_that_dropped_the_gpu_wins(matrix: Matrix) -> None:
    dropped = silent(V100, driver="590.48.01", flavour="open", **log(no_gsp(V100)))

    assert isinstance(only(dropped, matrix), NotApplicable)


def test_the_refusal_in_the_log_stands_for_the_flavour(matrix: Matrix) -> None:
    told = only(not_loaded(GTX_1080_TI, **log(no_gsp(GTX_1080_TI))), matrix)
    untold = only(not_loaded(GTX_1080_TI), matrix)

    assert isinstance(told, Finding)
    assert isinstance(untold, Undetermined)


def test_the_kernel_log_alone_is_stated(matrix: Matrix) -> None:
    told = only(silent(NOBODYS, flavour="open", **log(no_gsp(NOBODYS))), matrix)
    untold = only(silent(NOBODYS, flavour="open"), matrix)

    assert isinstance(told, Finding)
    assert told.confidence is Confidence.STATED
    assert isinstance(untold, Undetermined)


def test_without_nvmls_answer_it_is_likely(matrix: Matrix) -> None:
    finding = only(silent(V100, flavour="open", **unasked()), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_beside_a_gpu_that_works_it_does_not_block(matrix: Matrix) -> None:
    verdicts = list(check(beside_a_working(GTX_1080_TI), matrix))

    [finding] = [each for each in verdicts if isinstance(each, Finding)]
    assert not finding.blocks
    assert finding.subject.kind == "gpu"
    assert "580'" in str(finding.remedies[0].steps)


def test_does_not_guess_without_a_bus(matrix: Matrix) -> None:
    assert isinstance(only(silent(V100, pci=Unknown("no bus")), matrix), Undetermined)


def test_does_not_apply_without_a_gpu_on_the_bus(matrix: Matrix) -> None:
    assert isinstance(only(silent(), matrix), NotApplicable)
