"""Decide ``proprietary-kernel-module-required``, one verdict a GPU."""

from collections.abc import Iterator
from functools import partial

from gpudoctor.checks._bus_gpus import BusGpu
from gpudoctor.checks._driver_fit import (
    NO_DRIVER,
    for_all_gpus,
    inference,
    matrix_evidence,
    surely,
    unknown_gpu,
)
from gpudoctor.checks._gpu_messages import log_evidence, message_about
from gpudoctor.checks._gpu_verdicts import Blame, gpu_verdicts
from gpudoctor.checks._installed_driver import flavour_evidence, flavour_of, installed_driver
from gpudoctor.diagnoses import PROPRIETARY_KERNEL_MODULE_REQUIRED as DIAGNOSIS
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Confidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.gpu_driver import change_flavour
from gpudoctor.versions import DriverVersion


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    yield from gpu_verdicts(snapshot, matrix, DIAGNOSIS, partial(_look, snapshot, matrix))


def _look(snapshot: Snapshot, matrix: Matrix, gpu: BusGpu) -> Verdict | Blame:
    installed, row, flavour = installed_driver(snapshot), gpu.architecture, flavour_of(snapshot)
    message = message_about(snapshot, matrix, gpu, "gpu-without-gsp")
    told = (log_evidence(message),) if message else ()
    evidence = (flavour_evidence(snapshot), *matrix_evidence(gpu), *told)
    if flavour == "proprietary":
        detail = "the proprietary kernel modules are loaded"
        return DIAGNOSIS.cleared(gpu.subject, detail, evidence)
    if installed is None:
        return DIAGNOSIS.undetermined(gpu.subject, NO_DRIVER, (gpu.evidence,))
    driver = installed.version
    if row is not None and row.last_branch is not None and driver.branch > row.last_branch:
        reason = f"branch {driver.branch} supports this GPU in neither flavour"
        return DIAGNOSIS.not_applicable(gpu.subject, reason)
    if row is not None and row.open_modules in ("optional", "required"):
        detail = f"{row.name} runs under the open kernel modules"
        return DIAGNOSIS.cleared(gpu.subject, detail, evidence)
    if message is None and (row is None or row.open_modules is None):
        missing = unknown_gpu(gpu) if row is None else f"whether {row.name} has a GSP"
        return DIAGNOSIS.undetermined(gpu.subject, missing, (gpu.evidence,))
    if message is None and flavour is None:
        missing = "of which flavour the kernel modules are"
        return DIAGNOSIS.undetermined(gpu.subject, missing, evidence)
    if row is None or row.open_modules is None:
        said = "The kernel log says that this GPU has no GSP, without which open modules can't run."
        confidence = Confidence.STATED
    else:
        said = (
            f"{row.name} GPUs have no GSP, and the open kernel modules of driver {driver} can't "
            f"run without one.{inference(gpu)}"
        )
        confidence = surely(gpu)
    repair = _repair(snapshot, matrix, gpu, driver)
    return Blame(said, (installed.evidence, *evidence), repair, confidence)


def _repair(
    snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, driver: DriverVersion
) -> tuple[Remedy, ...]:
    remedy = change_flavour(snapshot, driver, is_open=False, diagnosis=DIAGNOSIS.id)
    return for_all_gpus(snapshot, matrix, gpu, driver.branch, remedy, is_open=False)
