import pytest

from gpu_machines import (
    A100,
    GTX_680,
    GTX_1080_TI,
    NOBODYS,
    RTX_5090,
    V100,
    beside_a_working,
    log,
    not_loaded,
    silent,
    unasked,
    unread_log,
    with_driver,
    working,
)
from gpudoctor.checks.gpu_dropped_by_driver import check
from gpudoctor.diagnoses import GPU_DROPPED_BY_DRIVER
from gpudoctor.facts import Absent, CallResult, Known, NvmlGpu, Snapshot
from gpudoctor.findings import MACHINE, Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import driver, machine, module_gone, nvml_gone, pci_device

LEGACY = (
    "NVRM: The NVIDIA {} GPU installed in this system is\\x0aNVRM:  supported through the NVIDIA "
    "{}.xx Legacy drivers. Please\\x0aNVRM:  visit http://www.nvidia.com/object/unix.html for more"
    "\\x0aNVRM:  information.  The {} NVIDIA driver will ignore"
)


def only(snapshot: Snapshot, matrix: Matrix) -> object:
    [verdict] = check(snapshot, matrix)
    return verdict


@pytest.mark.parametrize(
    ("id_", "version", "last"),
    [(GTX_680, "535.54.03", 470), (GTX_1080_TI, "590.48.01", 580), (V100, "595.45.04", 580)],
)
def test_finds_a_gpu_whose_last_branch_is_past(
    matrix: Matrix, id_: str, version: str, last: int
) -> None:
    finding = only(silent(id_, driver=version), matrix)

    assert isinstance(finding, Finding)
    assert (finding.subject, finding.blocks) == (MACHINE, True)
    assert finding.confidence is Confidence.CERTAIN
    assert f"branch {last} was the last" in finding.detail
    assert f"nvidia-driver-{last}'" in str(finding.remedies[0].steps)


@pytest.mark.parametrize(("id_", "version"), [(GTX_680, "470.57.02"), (V100, "580.95.05")])
def test_the_last_branch_itself_still_supports_it(matrix: Matrix, id_: str, version: str) -> None:
    assert isinstance(only(silent(id_, driver=version), matrix), Cleared)


@pytest.mark.parametrize("id_", [A100, RTX_5090])
def test_what_no_branch_dropped_is_cleared(matrix: Matrix, id_: str) -> None:
    assert isinstance(only(silent(id_, driver="620.10.01"), matrix), Cleared)


def test_a_gpu_that_works_is_cleared_whatever_the_matrix_says(matrix: Matrix) -> None:
    newer = with_driver(driver("590.48.01"), "proprietary")

    verdict = only(working(pci_device(0, device_id=GTX_1080_TI), **newer), matrix)

    assert isinstance(verdict, Cleared)


def test_is_found_without_root_and_without_a_loaded_module(matrix: Matrix) -> None:
    finding = only(not_loaded(GTX_1080_TI, driver="590.48.01", **unread_log()), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN


def test_without_nvmls_answer_it_is_likely(matrix: Matrix) -> None:
    finding = only(silent(V100, driver="590.48.01", **unasked()), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_an_old_card_beside_a_working_one_is_not_blamed_on_the_machine(matrix: Matrix) -> None:
    verdicts = list(check(beside_a_working(GTX_680), matrix))

    [finding] = [each for each in verdicts if isinstance(each, Finding)]
    assert finding.subject.name == "GPU at 0000:66:00.0"
    assert not finding.blocks


def test_an_old_card_that_nouveau_drives_beside_a_working_one_is_left_alone(
    matrix: Matrix,
) -> None:
    old = pci_device(1, device_id=GTX_680, kernel_driver=Known("nouveau", "sysfs"))
    snapshot = beside_a_working(GTX_680, pci=Known((pci_device(0), old), "sysfs"))

    assert isinstance(only(snapshot, matrix), Cleared)


def test_in_a_container_without_nvml_the_gpu_that_cuda_lists_is_enough(matrix: Matrix) -> None:
    both = (pci_device(0, device_id=GTX_680), pci_device(1))
    inside = machine(
        **nvml_gone(),
        pci=Known(both, "sysfs"),
        platform__container=Known("docker", "/.dockerenv"),
    )

    assert isinstance(only(inside, matrix), NotApplicable)


def test_a_gpu_that_may_not_be_asked_is_not_said_to_fail(matrix: Matrix) -> None:
    closed = NvmlGpu(0, CallResult(4, "NVML_ERROR_NO_PERMISSION"))
    snapshot = silent(V100, driver="590.48.01", nvml__gpus=Known((closed,), "NVML"))

    finding = only(snapshot, matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_where_another_gpu_needs_a_newer_branch_no_driver_serves_both(matrix: Matrix) -> None:
    verdicts = list(check(silent(GTX_680, RTX_5090, driver="580.95.05"), matrix))

    [finding] = [each for each in verdicts if isinstance(each, Finding)]
    assert "separate" in finding.remedies[0].summary


def test_the_kernel_log_is_evidence_beside_the_matrix(matrix: Matrix) -> None:
    line = LEGACY.format("GeForce GTX 1080 Ti", 580, "590.48.01")

    finding = only(silent(GTX_1080_TI, driver="590.48.01", **log(line)), matrix)

    assert isinstance(finding, Finding)
    assert any("Legacy drivers" in each.value for each in finding.evidence)


def test_the_kernel_log_alone_is_stated(matrix: Matrix) -> None:
    line = LEGACY.format("Something Old", 470, "580.95.05")

    finding = only(silent(NOBODYS, **log(line)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert "nvidia-driver-470" in str(finding.remedies[0].steps)


def test_the_kernel_log_of_an_earlier_driver_says_nothing_of_this_one(matrix: Matrix) -> None:
    line = LEGACY.format("Something Old", 470, "550.54.14")

    assert isinstance(only(silent(NOBODYS, **log(line)), matrix), Undetermined)


def test_hostile_words_in_the_log_make_no_command(matrix: Matrix) -> None:
    line = LEGACY.format("$(reboot)", 470, "580.95.05")

    finding = only(silent(NOBODYS, **log(line)), matrix)

    assert isinstance(finding, Finding)
    assert "reboot)" not in str(finding.remedies)


def test_explains_what_fails_above_it() -> None:
    explained = set(GPU_DROPPED_BY_DRIVER.explains)

    assert {"driver-not-loaded", "gpu-lost", "proprietary-kernel-module-required"} <= explained


def test_does_not_apply_without_a_driver(matrix: Matrix) -> None:
    bare = {
        **module_gone(),
        "driver__modules_on_disk": Known((), "t"),
        "driver__dkms": Absent("t"),
        "driver__libraries": Absent("t"),
        "nvml__init": Absent("t"),
    }

    assert isinstance(only(not_loaded(GTX_680, **bare), matrix), NotApplicable)


def test_does_not_guess_at_an_unknown_card(matrix: Matrix) -> None:
    assert isinstance(only(silent(NOBODYS), matrix), Undetermined)
