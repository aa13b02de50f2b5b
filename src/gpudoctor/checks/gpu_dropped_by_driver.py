"""Decide ``gpu-dropped-by-driver``, one verdict a GPU."""

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
from gpudoctor.checks._installed_driver import installed_driver
from gpudoctor.diagnoses import GPU_DROPPED_BY_DRIVER as DIAGNOSIS
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Confidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.gpu_driver import install_branch


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    yield from gpu_verdicts(snapshot, matrix, DIAGNOSIS, partial(_look, snapshot, matrix))


def _look(snapshot: Snapshot, matrix: Matrix, gpu: BusGpu) -> Verdict | Blame:
    installed, row = installed_driver(snapshot), gpu.architecture
    message = message_about(snapshot, matrix, gpu, "gpu-needs-legacy-driver")
    if row is None and message is not None and message.branch is not None:
        return Blame(
            f"The kernel log says that this GPU needs the {message.branch}.xx legacy driver.",
            (log_evidence(message),),
            _repair(snapshot, matrix, gpu, message.branch),
            Confidence.STATED,
        )
    if installed is None:
        return without_version(snapshot, DIAGNOSIS, gpu)
    if row is None:
        return DIAGNOSIS.undetermined(gpu.subject, unknown_gpu(gpu), (gpu.evidence,))
    evidence = (
        installed.evidence,
        *matrix_evidence(gpu),
        *((log_evidence(message),) if message else ()),
    )
    driver, last = installed.version, row.last_branch
    if last is None or driver.branch <= last:
        detail = f"branch {driver.branch} has not dropped {row.name}"
        return DIAGNOSIS.cleared(gpu.subject, detail, evidence)
    return Blame(
        f"The driver here is {driver}, and branch {last} was the last that supports {row.name} "
        f"GPUs.{inference(gpu)}",
        evidence,
        _repair(snapshot, matrix, gpu, last),
        surely(gpu),
    )


def _repair(snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, branch: int) -> tuple[Remedy, ...]:
    """Legacy branches are of GPUs that the open modules never ran."""
    remedy = install_branch(snapshot, branch, is_open=False, diagnosis=DIAGNOSIS.id)
    return for_all_gpus(snapshot, matrix, gpu, branch, remedy, is_open=False)
