from typing import Any

from gpu_machines import (
    GH200,
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
from gpudoctor.checks._installed_driver import installed_driver
from gpudoctor.checks.open_kernel_module_required import check
from gpudoctor.facts import Absent, DkmsBuild, Known, ModuleOnDisk, Snapshot, Unknown
from gpudoctor.findings import MACHINE, Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import KERNEL, driver, libraries, library, pci_device


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
    told = only(silent(NOBODYS, flavour="proprietary", **log(need(NOBODYS))), matrix)
    untold = only(silent(NOBODYS, flavour="proprietary"), matrix)

    assert isinstance(told, Finding)
    assert told.confidence is Confidence.CERTAIN
    assert isinstance(untold, Undetermined)


def test_grace_hopper_needs_them_though_hopper_does_not(matrix: Matrix) -> None:
    grace = only(silent(GH200, driver="550.54.14", flavour="proprietary"), matrix)
    hopper = only(silent(H100, driver="550.54.14", flavour="proprietary"), matrix)

    assert isinstance(grace, Finding)
    assert grace.confidence is Confidence.CERTAIN
    assert "matrix:pci_ids/2342" in {each.fact for each in grace.evidence}
    assert isinstance(hopper, Cleared)


def test_grace_hopper_runs_under_the_open_modules(matrix: Matrix) -> None:
    assert isinstance(only(silent(GH200, driver="550.54.14"), matrix), Cleared)


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


OF_BEFORE = "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  550.54.14  Tue"
OF_NOW = "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.95.05  Tue"


def test_the_greeting_of_a_driver_that_is_no_longer_there_is_history(matrix: Matrix) -> None:
    """It was exchanged since the machine started, and the new one was not loaded yet."""
    snapshot = not_loaded(RTX_5090, **log(OF_BEFORE))

    assert isinstance(only(snapshot, matrix), Undetermined)
    installed = installed_driver(snapshot)
    assert installed is not None
    assert str(installed.version) == "580.95.05"


def test_the_greeting_of_the_other_flavour_is_history_too(matrix: Matrix) -> None:
    module = ModuleOnDisk(
        KERNEL, "/m", Known(driver("580.95.05"), "/m"), flavour=Known("open", "/m")
    )
    on_disk: dict[str, Any] = {"driver__modules_on_disk": Known((module,), "/lib/modules")}

    assert isinstance(only(not_loaded(RTX_5090, **log(OF_NOW), **on_disk), matrix), Undetermined)


def test_the_greeting_tells_which_of_two_drivers_on_disk_was_tried(matrix: Matrix) -> None:
    both = (DkmsBuild("550.54.14", ()), DkmsBuild("580.95.05", ()))
    mixed = (library("libcuda.so.1"), library("libnvidia-ml.so.1", version=Unknown("no version")))
    snapshot = not_loaded(
        RTX_5090,
        **log(OF_NOW),
        driver__dkms=Known(both, "/var/lib/dkms"),
        driver__libraries=libraries(*mixed),
    )

    assert isinstance(only(snapshot, matrix), Finding)


def test_the_greeting_is_all_there_is_where_the_disk_tells_nothing(matrix: Matrix) -> None:
    nothing: dict[str, Any] = {
        "driver__dkms": Absent("/var/lib/dkms"),
        "driver__libraries": Unknown("no folder could be read"),
    }

    assert isinstance(only(not_loaded(RTX_5090, **log(OF_NOW), **nothing), matrix), Finding)
