from gpu_machines import (
    GTX_1080_TI,
    H100,
    NOBODYS,
    RTX_5090,
    T4,
    log,
    not_loaded,
    silent,
    unasked,
    with_driver,
    working,
)
from gpudoctor.checks.open_kernel_module_required import check
from gpudoctor.facts import Known, Snapshot
from gpudoctor.findings import MACHINE, Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import driver, pci_device


def need(device_id: str) -> str:
    return (
        f"NVRM: The NVIDIA GPU 0000:65:00.0 (PCI ID: 10de:{device_id.lower()})\\x0aNVRM: installed "
        "in this system requires use of the NVIDIA open kernel modules."
    )


def only(snapshot: Snapshot, matrix: Matrix) -> object:
    [verdict] = check(snapshot, matrix)
    return verdict


def test_finds_blackwell_under_the_proprietary_modules(matrix: Matrix) -> None:
    finding = only(silent(RTX_5090, flavour="proprietary"), matrix)

    assert isinstance(finding, Finding)
    assert (finding.subject, finding.blocks) == (MACHINE, True)
    assert finding.confidence is Confidence.CERTAIN
    assert "nvidia-driver-580-open" in str(finding.remedies[0].steps)


def test_is_cleared_under_the_open_modules(matrix: Matrix) -> None:
    assert isinstance(only(silent(RTX_5090, flavour="open"), matrix), Cleared)


def test_a_gpu_that_works_is_cleared_whatever_the_matrix_says(matrix: Matrix) -> None:
    closed = with_driver(driver("580.95.05"), "proprietary")

    verdict = only(working(pci_device(0, device_id=RTX_5090), **closed), matrix)

    assert isinstance(verdict, Cleared)


def test_older_gpus_run_under_the_proprietary_modules(matrix: Matrix) -> None:
    for id_ in (T4, GTX_1080_TI):
        assert isinstance(only(silent(id_, flavour="proprietary"), matrix), Cleared)


def test_the_kernel_log_decides_where_the_matrix_does_not(matrix: Matrix) -> None:
    told = only(silent(H100, flavour="proprietary", **log(need(H100))), matrix)
    untold = only(silent(H100, flavour="proprietary"), matrix)

    assert isinstance(told, Finding)
    assert told.confidence is Confidence.CERTAIN
    assert isinstance(untold, Undetermined)


def test_the_kernel_log_alone_is_stated(matrix: Matrix) -> None:
    finding = only(silent(NOBODYS, flavour=None, **log(need(NOBODYS))), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED


def test_without_nvmls_answer_it_is_likely(matrix: Matrix) -> None:
    finding = only(silent(RTX_5090, flavour="proprietary", **unasked()), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_the_flavour_is_read_from_the_log_where_the_module_did_not_stay(matrix: Matrix) -> None:
    greeting = "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.95.05  Tue"

    told = only(not_loaded(RTX_5090, **log(greeting)), matrix)
    untold = only(not_loaded(RTX_5090), matrix)

    assert isinstance(told, Finding)
    assert isinstance(untold, Undetermined)


def test_a_driver_too_old_for_the_gpu_is_another_diagnosis(matrix: Matrix) -> None:
    old = silent(RTX_5090, driver="550.54.14", flavour="proprietary")

    assert isinstance(only(old, matrix), NotApplicable)


def test_does_not_apply_in_wsl(matrix: Matrix) -> None:
    inside = silent(RTX_5090, flavour="proprietary", platform__wsl=Known("2", "t"))

    assert isinstance(only(inside, matrix), NotApplicable)


def test_beside_a_gpu_without_gsp_no_flavour_serves_both(matrix: Matrix) -> None:
    verdicts = list(check(silent(RTX_5090, GTX_1080_TI, flavour="proprietary"), matrix))

    [finding] = [each for each in verdicts if isinstance(each, Finding)]
    assert "separate" in finding.remedies[0].summary
