"""Whether this machine's driver runs a CUDA, and which newer driver this GPU could have."""

from gpudoctor.checks._libcuda import loaded_driver
from gpudoctor.checks._visible_gpus import cuda_driver_api, visible_gpus
from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import Remedy
from gpudoctor.matrix import DriverFit, Matrix
from gpudoctor.remedies.driver import newer_driver
from gpudoctor.versions import CudaVersion, DriverVersion


def driver_system(snapshot: Snapshot) -> str:
    """Whose driver numbers count: in WSL the driver is Windows'."""
    return "windows" if known(snapshot.platform.wsl) is not None else snapshot.platform.os


def fit_of_driver(snapshot: Snapshot, matrix: Matrix, built_for: CudaVersion) -> DriverFit | None:
    """Whether the driver here runs programs built for a CUDA; None where nothing decides."""
    return matrix.driver_fit(
        driver=known(loaded_driver(snapshot)),
        cuda_driver_api=cuda_driver_api(snapshot),
        built_for=built_for,
        os=driver_system(snapshot),
    )


def is_run_by_driver(snapshot: Snapshot, matrix: Matrix, cuda: CudaVersion) -> bool:
    """Whether a build for this CUDA may be advised: the driver runs it, or is yet to be chosen."""
    if known(loaded_driver(snapshot)) is None and cuda_driver_api(snapshot) is None:
        return True
    fit = fit_of_driver(snapshot, matrix, cuda)
    return fit is not None and fit.runs


def driver_upgrade(
    snapshot: Snapshot, matrix: Matrix, needed: DriverVersion | None, diagnosis: str
) -> tuple[Remedy, ...]:
    """The remedy of a newer driver; none where a GPU here was dropped before that driver."""
    for gpu in visible_gpus(snapshot, matrix):
        row = matrix.architecture(gpu.capability)
        last = None if row is None else row.last_branch
        if needed is not None and last is not None and last < needed.branch:
            return ()
    return (newer_driver(snapshot, needed, diagnosis),)
