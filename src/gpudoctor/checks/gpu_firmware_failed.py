"""Decide ``gpu-firmware-failed``, one verdict a GPU."""

from collections.abc import Iterator
from functools import partial

from gpudoctor.checks._bus_gpus import BusGpu
from gpudoctor.checks._driver_fit import matrix_evidence
from gpudoctor.checks._evidence import seen
from gpudoctor.checks._fallen import fallen_lines
from gpudoctor.checks._gpu_messages import log_evidence, message_about
from gpudoctor.checks._gpu_verdicts import Blame, gpu_verdicts
from gpudoctor.checks._installed_driver import flavour_of, installed_driver
from gpudoctor.checks._presence import working_gpus
from gpudoctor.checks._uvm import whole_failure
from gpudoctor.diagnoses import GPU_FIRMWARE_FAILED as DIAGNOSIS
from gpudoctor.facts import Absent, Known, Snapshot
from gpudoctor.findings import Confidence, Evidence, Remedy, Verdict
from gpudoctor.kernel_log import KernelMessage
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.gpu_driver import power_cycle, restore_firmware, run_without_gsp

_MOST = 160  # characters of a line that anyone could have written
_SAID = {
    "firmware-not-loaded": "The kernel could not load the firmware of the GPU's system processor.",
    "gsp-not-started": "The driver could not start the firmware of the GPU's system processor.",
    "gsp-stopped": "The GPU's system processor stopped answering the driver (Xid 119 or 120).",
}


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    look, doubt = partial(_look, snapshot, matrix), partial(_is_doubted, snapshot, matrix)
    yield from gpu_verdicts(snapshot, matrix, DIAGNOSIS, look, doubt)


def _is_doubted(snapshot: Snapshot, matrix: Matrix, gpu: BusGpu) -> bool:
    """NVML may list a GPU whose processor stopped; CUDA's failing as a whole gives it away."""
    stopped = whole_failure(snapshot) and message_about(snapshot, matrix, gpu, "gsp-stopped")
    return stopped is not None


def _look(snapshot: Snapshot, matrix: Matrix, gpu: BusGpu) -> Verdict | Blame:
    row = gpu.architecture
    if row is not None and gpu.open_modules == "unsupported":
        return DIAGNOSIS.not_applicable(gpu.subject, f"{row.name} GPUs have no system processor")
    if line := fallen_lines(snapshot).get(gpu.device.address):
        reason = f"it fell off the bus, so that its processor answers no more ({line[:_MOST]})"
        return DIAGNOSIS.not_applicable(gpu.subject, reason)
    # In this order: files that are missing are why it does not start.
    for id_ in _SAID:
        if message := message_about(snapshot, matrix, gpu, id_):
            return _told(snapshot, gpu, message)
    return _untold(snapshot, gpu)


def _untold(snapshot: Snapshot, gpu: BusGpu) -> Verdict | Blame:
    firmware, log = snapshot.driver.firmware, snapshot.driver.kernel_log
    flavour = flavour_of(snapshot)
    evidence = (_firmware_evidence(snapshot), *matrix_evidence(gpu))
    is_host = not isinstance(snapshot.platform.container, Known)
    if isinstance(firmware, Absent) and flavour == "open" and is_host and gpu.works is False:
        return Blame(
            "The open kernel modules are loaded, which start every GPU by its firmware, and no "
            "firmware of their version is on disk. That this keeps the GPU from working is an "
            "inference.",
            evidence,
            _repairs(snapshot, is_missing=True),
            Confidence.LIKELY,
        )
    if flavour is None:
        reason = "no NVIDIA kernel module that could start the firmware is known to be loaded"
        return DIAGNOSIS.not_applicable(gpu.subject, reason)
    if isinstance(log, Known):
        detail = "the kernel log tells of no trouble with it"
        return DIAGNOSIS.cleared(gpu.subject, detail, evidence)
    return DIAGNOSIS.undetermined(gpu.subject, "the kernel log, which would tell of it", evidence)


def _told(snapshot: Snapshot, gpu: BusGpu, message: KernelMessage) -> Blame:
    remedies = _repairs(snapshot, is_missing=message.id == "firmware-not-loaded")
    evidence: tuple[Evidence, ...] = (log_evidence(message), _firmware_evidence(snapshot))
    said = _SAID[message.id]
    answer = whole_failure(snapshot) if message.id == "gsp-stopped" else None
    if answer is not None and working_gpus(snapshot) and gpu.works is not None:
        said += (
            f" CUDA answers {answer.result.code} ({answer.result.name}) for every GPU; that this "
            "comes from it is an inference."
        )
        evidence = (*evidence, answer.evidence)
        return Blame(said, evidence, remedies, Confidence.LIKELY, spreads=True)
    confidence = Confidence.CERTAIN if gpu.works is False else Confidence.STATED
    return Blame(said, evidence, remedies, confidence)


def _firmware_evidence(snapshot: Snapshot) -> Evidence:
    firmware = snapshot.driver.firmware
    names = ", ".join(firmware.value) if isinstance(firmware, Known) else None
    return seen("/driver/firmware", firmware, names)


def _repairs(snapshot: Snapshot, *, is_missing: bool) -> tuple[Remedy, ...]:
    installed = installed_driver(snapshot)
    cycle = power_cycle(snapshot, DIAGNOSIS.id)
    restore = restore_firmware(snapshot, installed.version, DIAGNOSIS.id) if installed else None
    ordered = (restore, cycle) if is_missing else (cycle, restore)
    repairs = tuple(each for each in ordered if each is not None)
    if flavour_of(snapshot) == "proprietary" and not isinstance(snapshot.platform.container, Known):
        repairs += (run_without_gsp(snapshot, DIAGNOSIS.id),)
    return repairs
