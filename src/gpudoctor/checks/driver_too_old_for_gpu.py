"""Decide ``driver-too-old-for-gpu``, one verdict a GPU."""

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
from gpudoctor.checks._installed_driver import Installed, installed_driver
from gpudoctor.diagnoses import DRIVER_TOO_OLD_FOR_GPU as DIAGNOSIS
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Confidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.matrix.rows import ArchitectureRow
from gpudoctor.remedies.gpu_driver import driver_named_by_nobody, install_newer


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    yield from gpu_verdicts(snapshot, matrix, DIAGNOSIS, partial(_look, snapshot, matrix))


def _look(snapshot: Snapshot, matrix: Matrix, gpu: BusGpu) -> Verdict | Blame:
    installed, row = installed_driver(snapshot), gpu.architecture
    if installed is None:
        return without_version(snapshot, DIAGNOSIS, gpu)
    if row is None:
        return _unlisted(snapshot, matrix, gpu, installed)
    driver = installed.version
    if row.first_branch is None and row.last_branch is None:
        missing = f"which driver branch was the first for {row.name}"
        return DIAGNOSIS.undetermined(gpu.subject, missing, matrix_evidence(gpu))
    if row.first_branch is not None and driver.branch < row.first_branch:
        return Blame(
            f"The driver here is {driver}, and {row.name} GPUs need branch {row.first_branch} or "
            f"newer.{inference(gpu)}",
            (installed.evidence, *matrix_evidence(gpu)),
            _repair(snapshot, matrix, gpu, row, row.first_branch),
            surely(gpu),
        )
    return _within_its_branches(snapshot, matrix, gpu, installed)


def _within_its_branches(
    snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, installed: Installed
) -> Verdict | Blame:
    """A product that came out after its architecture's first driver."""
    driver, listed, first = installed.version, gpu.first_listed, matrix.first_open_driver()
    row = gpu.architecture
    evidence = (installed.evidence, *matrix_evidence(gpu))
    if row is None or listed is None or listed <= driver or listed == first:
        name = "" if row is None else f" {row.name}"
        return DIAGNOSIS.cleared(gpu.subject, f"driver {driver} is new enough for{name}", evidence)
    message = message_about(snapshot, matrix, gpu, "gpu-not-supported")
    if message is None:
        missing = f"whether driver {driver} lists this GPU: {listed} does, older ones may"
        return DIAGNOSIS.undetermined(gpu.subject, missing, evidence)
    return Blame(
        f"The kernel log says that driver {driver} does not support this GPU, and the first driver "
        f"known to list it is {listed}.",
        (*evidence, log_evidence(message)),
        _repair(snapshot, matrix, gpu, row, listed.branch),
        Confidence.CERTAIN if gpu.works is False else Confidence.LIKELY,
    )


def _unlisted(
    snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, installed: Installed
) -> Verdict | Blame:
    message = message_about(snapshot, matrix, gpu, "gpu-not-supported")
    if message is None or gpu.device.device_id <= matrix.newest_pci_id():
        return DIAGNOSIS.undetermined(gpu.subject, unknown_gpu(gpu), (gpu.evidence,))
    return Blame(
        f"The kernel log says that driver {installed.version} does not support this GPU. Our "
        "matrix does not list it either, and its PCI id is higher than all that it lists, so it "
        "most likely came out later.",
        (installed.evidence, log_evidence(message)),
        (driver_named_by_nobody(snapshot, DIAGNOSIS.id),),
        Confidence.STATED,
    )


def _repair(
    snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, row: ArchitectureRow, least: int
) -> tuple[Remedy, ...]:
    branch, is_open = matrix.lasting_branch(least), gpu.open_modules != "unsupported"
    if row.last_branch is not None:
        branch = min(branch, row.last_branch)
    remedy = install_newer(snapshot, branch, is_open=is_open, diagnosis=DIAGNOSIS.id)
    return for_all_gpus(snapshot, matrix, gpu, branch, remedy, is_open=is_open)
