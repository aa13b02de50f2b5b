"""Decide ``proprietary-kernel-module-required``, one verdict a GPU."""

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
from gpudoctor.diagnoses import PROPRIETARY_KERNEL_MODULE_REQUIRED as DIAGNOSIS
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Confidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.matrix.rows import ArchitectureRow
from gpudoctor.remedies.gpu_driver import change_flavour
from gpudoctor.versions import DriverVersion


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    yield from gpu_verdicts(snapshot, matrix, DIAGNOSIS, partial(_look, snapshot, matrix))


def _look(snapshot: Snapshot, matrix: Matrix, gpu: BusGpu) -> Verdict | Blame:
    installed, row = installed_driver(snapshot), gpu.architecture
    if flavour_of(snapshot) == "proprietary":
        evidence = (flavour_evidence(snapshot), *matrix_evidence(gpu))
        detail = "the proprietary kernel modules are loaded"
        return DIAGNOSIS.cleared(gpu.subject, detail, evidence)
    if installed is None:
        return without_version(snapshot, DIAGNOSIS, gpu)
    driver = installed.version
    if row is not None and row.last_branch is not None and driver.branch > row.last_branch:
        reason = f"branch {driver.branch} supports this GPU in neither flavour"
        return DIAGNOSIS.not_applicable(gpu.subject, reason)
    if row is None or gpu.open_modules is None:
        return _unlisted(snapshot, matrix, gpu, driver)
    return _by_architecture(snapshot, matrix, gpu, driver, row)


def _unlisted(
    snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, driver: DriverVersion
) -> Verdict | Blame:
    message = message_about(snapshot, matrix, gpu, "gpu-without-gsp")
    if message is None:
        return DIAGNOSIS.undetermined(gpu.subject, unknown_gpu(gpu), (gpu.evidence,))
    return Blame(
        "The kernel log says that this GPU has no GSP, without which open modules can't run it.",
        (flavour_evidence(snapshot), log_evidence(message)),
        _repair(snapshot, matrix, gpu, driver),
        Confidence.STATED,
    )


def _by_architecture(
    snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, driver: DriverVersion, row: ArchitectureRow
) -> Verdict | Blame:
    message = message_about(snapshot, matrix, gpu, "gpu-without-gsp")
    told = (log_evidence(message),) if message else ()
    evidence = (flavour_evidence(snapshot), *matrix_evidence(gpu), *told)
    if gpu.open_modules != "unsupported":
        detail = f"{row.name} runs under the open kernel modules"
        return DIAGNOSIS.cleared(gpu.subject, detail, evidence)
    if message is None and flavour_of(snapshot) is None:
        missing = "of which flavour the kernel modules are"
        return DIAGNOSIS.undetermined(gpu.subject, missing, evidence)
    return Blame(
        f"{row.name} GPUs have no GSP, and the open kernel modules of driver {driver} can't run "
        f"without one.{inference(gpu)}",
        evidence,
        _repair(snapshot, matrix, gpu, driver),
        surely(gpu),
    )


def _repair(
    snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, driver: DriverVersion
) -> tuple[Remedy, ...]:
    remedy = change_flavour(snapshot, driver, is_open=False, diagnosis=DIAGNOSIS.id)
    return for_all_gpus(snapshot, matrix, gpu, driver.branch, remedy, is_open=False)
