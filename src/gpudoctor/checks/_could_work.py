"""Whether a GPU could work with the driver that is here, as far as anything tells."""

from collections.abc import Callable, Iterable

from gpudoctor.checks._bus_gpus import BusGpu
from gpudoctor.checks._fallen import fallen_lines
from gpudoctor.checks._gpu_messages import message_about
from gpudoctor.checks._installed_driver import flavour_of, installed_driver
from gpudoctor.facts import Snapshot, known
from gpudoctor.matrix import Matrix

_REFUSALS = (
    "gpu-not-supported",
    "gpu-needs-legacy-driver",
    "gpu-needs-open-modules",
    "gpu-without-gsp",
    "bar-invalid",
    "firmware-not-loaded",
    "gsp-not-started",
    "gsp-stopped",
)


def some_could_work(snapshot: Snapshot, matrix: Matrix, gpus: Iterable[BusGpu]) -> bool:
    """Whether nothing that is known keeps the driver from running one of these GPUs."""
    return any(
        not any(refuses(snapshot, matrix, gpu) for refuses in _REASONS)
        and message_about(snapshot, matrix, gpu, *_REFUSALS) is None
        for gpu in gpus
    )


def _is_of_another_branch(snapshot: Snapshot, _: Matrix, gpu: BusGpu) -> bool:
    installed, row = installed_driver(snapshot), gpu.architecture
    if installed is None or row is None:
        return False
    branch = installed.version.branch
    is_too_new = row.first_branch is not None and branch < row.first_branch
    return is_too_new or (row.last_branch is not None and branch > row.last_branch)


def _is_of_another_flavour(snapshot: Snapshot, _: Matrix, gpu: BusGpu) -> bool:
    refused = {"open": "unsupported", "proprietary": "required"}.get(flavour_of(snapshot) or "")
    return refused is not None and gpu.open_modules == refused


def _has_no_window(_: Snapshot, __: Matrix, gpu: BusGpu) -> bool:
    return any(not bar.is_assigned for bar in known(gpu.device.bars) or ())


def _has_fallen(snapshot: Snapshot, _: Matrix, gpu: BusGpu) -> bool:
    return gpu.device.address in fallen_lines(snapshot)


_REASONS: tuple[Callable[[Snapshot, Matrix, BusGpu], bool], ...] = (
    _is_of_another_branch,
    _is_of_another_flavour,
    _has_no_window,
    _has_fallen,
)
