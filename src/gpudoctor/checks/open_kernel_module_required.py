"""Decide ``open-kernel-module-required``, one verdict a GPU."""

from collections.abc import Iterator
from functools import partial

from gpudoctor.checks._bus_gpus import BusGpu
from gpudoctor.checks._driver_fit import (
    for_all_gpus,
    inference,
    matrix_evidence,
    surely,
    unknown_gpu,
    without_version,
)
from gpudoctor.checks._gpu_messages import log_evidence, message_about
from gpudoctor.checks._gpu_verdicts import Blame, gpu_verdicts
from gpudoctor.checks._installed_driver import flavour_evidence, flavour_of, installed_driver
from gpudoctor.diagnoses import OPEN_KERNEL_MODULE_REQUIRED as DIAGNOSIS
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Confidence, Remedy, Verdict
from gpudoctor.kernel_log import KernelMessage
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.gpu_driver import change_flavour
from gpudoctor.versions import DriverVersion


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    yield from gpu_verdicts(snapshot, matrix, DIAGNOSIS, partial(_look, snapshot, matrix))


def _look(snapshot: Snapshot, matrix: Matrix, gpu: BusGpu) -> Verdict | Blame:
    installed, row = installed_driver(snapshot), gpu.architecture
    if flavour_of(snapshot) == "open":
        evidence = (flavour_evidence(snapshot), *matrix_evidence(gpu))
        return DIAGNOSIS.cleared(gpu.subject, "the open kernel modules are loaded", evidence)
    if installed is None:
        return without_version(snapshot, DIAGNOSIS, gpu)
    driver = installed.version
    if row is not None and row.first_branch is not None and driver.branch < row.first_branch:
        reason = f"branch {driver.branch} supports this GPU in neither flavour"
        return DIAGNOSIS.not_applicable(gpu.subject, reason)
    message = message_about(snapshot, matrix, gpu, "gpu-needs-open-modules")
    if message is not None:
        return _stated(snapshot, matrix, gpu, driver, message)
    return _by_architecture(snapshot, matrix, gpu, driver)


def _by_architecture(
    snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, driver: DriverVersion
) -> Verdict | Blame:
    row, evidence = gpu.architecture, (flavour_evidence(snapshot), *matrix_evidence(gpu))
    if row is None or gpu.open_modules is None:
        missing = unknown_gpu(gpu) if row is None else f"whether {row.name} needs the open modules"
        return DIAGNOSIS.undetermined(gpu.subject, missing, (gpu.evidence,))
    if gpu.open_modules != "required":
        detail = f"{row.name} runs under the proprietary kernel modules"
        return DIAGNOSIS.cleared(gpu.subject, detail, evidence)
    if flavour_of(snapshot) is None:
        missing = "of which flavour the kernel modules are"
        return DIAGNOSIS.undetermined(gpu.subject, missing, evidence)
    whose = f"{row.name} GPUs work" if row.open_modules == "required" else "Such a GPU works"
    return Blame(
        f"{whose} only with the open kernel modules, and the proprietary ones of "
        f"driver {driver} are loaded.{inference(gpu)}",
        evidence,
        _repair(snapshot, matrix, gpu, driver),
        surely(gpu),
    )


def _stated(
    snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, driver: DriverVersion, message: KernelMessage
) -> Blame:
    is_proven = flavour_of(snapshot) == "proprietary" and gpu.works is False
    return Blame(
        "The kernel log says that this GPU works only with the open kernel modules.",
        (flavour_evidence(snapshot), *matrix_evidence(gpu), log_evidence(message)),
        _repair(snapshot, matrix, gpu, driver),
        Confidence.CERTAIN if is_proven else Confidence.STATED,
    )


def _repair(
    snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, driver: DriverVersion
) -> tuple[Remedy, ...]:
    remedy = change_flavour(snapshot, driver, is_open=True, diagnosis=DIAGNOSIS.id)
    return for_all_gpus(snapshot, matrix, gpu, driver.branch, remedy, is_open=True)
