from typing import Any

import pytest

from gpu_machines import (
    A100,
    GTX_1080_TI,
    T4,
    beside_a_working,
    log,
    not_loaded,
    silent,
    unasked,
    unread_log,
    working,
)
from gpudoctor.checks.gpu_firmware_failed import check
from gpudoctor.facts import Absent, Known, Snapshot
from gpudoctor.findings import MACHINE, Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import pci_device

NOT_LOADED = (
    "nvidia 0000:65:00.0: Direct firmware load for nvidia/580.95.05/gsp_ga10x.bin failed with "
    "error -2"
)
NOT_STARTED = "NVRM: GPU0 RmInitAdapter: Cannot initialize GSP firmware RM"
STOPPED = "NVRM: Xid (PCI:0000:65:00): 119, pid=7, name=python, Timeout after 6s of waiting"
NO_FILES: dict[str, Any] = {"driver__firmware": Absent("/lib/firmware/nvidia/580.95.05")}


def only(snapshot: Snapshot, matrix: Matrix) -> object:
    [verdict] = check(snapshot, matrix)
    return verdict


@pytest.mark.parametrize("line", [NOT_LOADED, NOT_STARTED, STOPPED])
def test_finds_what_the_log_says_of_a_gpu_that_nvml_lacks(matrix: Matrix, line: str) -> None:
    finding = only(silent(A100, **log(line)), matrix)

    assert isinstance(finding, Finding)
    assert (finding.subject, finding.blocks) == (MACHINE, True)
    assert finding.confidence is Confidence.CERTAIN


def test_missing_files_come_before_what_follows_from_them(matrix: Matrix) -> None:
    finding = only(silent(A100, **log(NOT_STARTED, NOT_LOADED)), matrix)

    assert isinstance(finding, Finding)
    assert "could not load" in finding.detail
    assert "nvidia-firmware-580-580.95.05" in str(finding.remedies[0].steps)


def test_a_stuck_processor_is_powered_off_first(matrix: Matrix) -> None:
    finding = only(silent(A100, **log(NOT_STARTED)), matrix)

    assert isinstance(finding, Finding)
    assert finding.remedies[0].summary.startswith("Switch the machine off")


def test_without_nvmls_answer_the_log_is_only_stated(matrix: Matrix) -> None:
    finding = only(silent(A100, **log(STOPPED), **unasked()), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED


def test_a_gpu_that_works_again_is_cleared(matrix: Matrix) -> None:
    assert isinstance(only(working(pci_device(0), **log(STOPPED)), matrix), Cleared)


def test_missing_files_are_found_without_the_log_under_the_open_modules(matrix: Matrix) -> None:
    finding = only(silent(A100, **NO_FILES, **unread_log()), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert "inference" in finding.detail


def test_the_proprietary_modules_do_without_the_files(matrix: Matrix) -> None:
    snapshot = silent(T4, flavour="proprietary", **NO_FILES)

    assert isinstance(only(snapshot, matrix), Cleared)


def test_a_container_shows_no_firmware_of_the_host(matrix: Matrix) -> None:
    inside = silent(A100, **NO_FILES, platform__container=Known("docker", "/.dockerenv"))

    assert isinstance(only(inside, matrix), Cleared)


def test_the_proprietary_modules_can_be_told_to_do_without(matrix: Matrix) -> None:
    finding = only(silent(T4, flavour="proprietary", **log(NOT_STARTED)), matrix)

    assert isinstance(finding, Finding)
    assert "NVreg_EnableGpuFirmware=0" in str(finding.remedies[-1].steps)


def test_is_cleared_where_the_log_tells_of_nothing(matrix: Matrix) -> None:
    assert isinstance(only(silent(A100), matrix), Cleared)


def test_is_open_where_the_log_may_not_be_read(matrix: Matrix) -> None:
    assert isinstance(only(silent(A100, **unread_log()), matrix), Undetermined)


def test_does_not_apply_to_gpus_without_a_system_processor(matrix: Matrix) -> None:
    assert isinstance(only(silent(GTX_1080_TI, **log(NOT_STARTED)), matrix), NotApplicable)


def test_does_not_apply_where_no_module_is_loaded(matrix: Matrix) -> None:
    assert isinstance(only(not_loaded(A100), matrix), NotApplicable)


def test_one_among_working_ones_does_not_block(matrix: Matrix) -> None:
    line = NOT_LOADED.replace("65:00", "66:00")

    verdicts = list(check(beside_a_working(T4, **log(line)), matrix))

    [finding] = [each for each in verdicts if isinstance(each, Finding)]
    assert finding.subject.name == "GPU at 0000:66:00.0"
    assert not finding.blocks


OTHERS = STOPPED.replace("65:00", "66:00")
INSIDE: dict[str, Any] = {"platform__container": Known("docker", "/.dockerenv")}
JOB: dict[str, Any] = {"variables": {"SLURM_JOB_ID": "4711", "SLURM_JOB_GPUS": "0"}}


@pytest.mark.parametrize("where", [INSIDE, JOB])
def test_the_stopped_processor_of_somebody_elses_gpu_is_no_finding(
    matrix: Matrix, where: dict[str, Any]
) -> None:
    """Where ours works, others are not looked at; where ours fails, they may not be ours."""
    well = beside_a_working(A100, **log(OTHERS), **where)
    failing = silent(A100, A100, **log(OTHERS), **where)

    assert isinstance(only(well, matrix), Cleared)
    assert [type(each) for each in check(failing, matrix)] == [Cleared, Undetermined]


@pytest.mark.parametrize("where", [INSIDE, JOB])
def test_the_stopped_processor_of_the_only_gpu_is_ours(
    matrix: Matrix, where: dict[str, Any]
) -> None:
    assert isinstance(only(silent(A100, **log(STOPPED), **where), matrix), Finding)


def test_outside_of_jobs_the_stopped_processor_of_a_second_gpu_is_a_finding(
    matrix: Matrix,
) -> None:
    verdicts = list(check(beside_a_working(A100, **log(OTHERS)), matrix))

    [finding] = [each for each in verdicts if isinstance(each, Finding)]
    assert not finding.blocks


GREETING = "NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  {}  Release Build"


@pytest.mark.parametrize("later", [(), (GREETING.format("580.95.05"),)])
def test_what_a_driver_of_before_said_is_history(matrix: Matrix, later: tuple[str, ...]) -> None:
    lines = (GREETING.format("550.54.14"), NOT_STARTED, *later)

    assert isinstance(only(silent(A100, **log(*lines)), matrix), Cleared)


def test_what_was_said_before_an_older_greeting_is_history(matrix: Matrix) -> None:
    lines = (NOT_STARTED, GREETING.format("550.54.14"), GREETING.format("580.95.05"))

    assert isinstance(only(silent(A100, **log(*lines)), matrix), Cleared)


@pytest.mark.parametrize("earlier", [(), (NOT_STARTED,)])
def test_what_the_driver_of_now_said_counts(matrix: Matrix, earlier: tuple[str, ...]) -> None:
    """The one before may have said the same."""
    before, now = GREETING.format("550.54.14"), GREETING.format("580.95.05")

    snapshot = silent(A100, **log(before, *earlier, now, NOT_STARTED))

    assert isinstance(only(snapshot, matrix), Finding)
