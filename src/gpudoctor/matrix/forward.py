"""What forward compatibility can do for a machine; imported when it is asked for."""

from dataclasses import dataclass
from enum import Enum

from gpudoctor.matrix import rows
from gpudoctor.matrix.driver_queries import DriverQueries
from gpudoctor.matrix.rows import Origin
from gpudoctor.versions import CudaVersion, DriverVersion


class Forward(Enum):
    """What forward compatibility can do for a machine."""

    WORKS = "works"
    NOT_NEEDED = "the driver is not older than the package"
    WRONG_SYSTEM = "there is none outside of Linux"
    WRONG_GPU = "not for GPUs of this line"
    GPU_NOT_SERVED = "the package's driver branch does not serve the GPU"
    UNKNOWN = "nobody confirmed it"


@dataclass(frozen=True, slots=True)
class ForwardFit:
    """Whether a cuda-compat package brings a CUDA to an older driver, why, and by which rows."""

    kind: Forward
    package: rows.ForwardCompatRow
    origin: Origin

    @property
    def works(self) -> bool | None:
        """Whether it works; None where that is unknown."""
        return None if self.kind is Forward.UNKNOWN else self.kind is Forward.WORKS


def forward_fit(
    matrix: DriverQueries,
    *,
    cuda: CudaVersion,
    driver: DriverVersion,
    os: str,
    product: rows.ProductRow | None,
) -> ForwardFit | None:
    """Whether the package of a CUDA brings it to an older kernel driver; None without a package."""
    package = matrix.forward_compat(cuda)
    if package is None:
        return None
    architecture = matrix.architecture(product.capability) if product else None
    leaning = [package.origin]
    leaning += [each.origin for each in (product, architecture) if each is not None]
    kind = _forward(package, driver, os, product, architecture)
    return ForwardFit(kind, package, Origin.joined(leaning))


def _forward(
    package: rows.ForwardCompatRow,
    driver: DriverVersion,
    os: str,
    product: rows.ProductRow | None,
    architecture: rows.ArchitectureRow | None,
) -> Forward:
    if os != "linux":
        return Forward.WRONG_SYSTEM
    if driver.branch >= package.branch:
        return Forward.NOT_NEEDED
    if product is not None and product.line == "geforce":
        return Forward.WRONG_GPU
    if architecture is not None and not _is_served(architecture, driver, package):
        return Forward.GPU_NOT_SERVED
    is_meant = product is not None and product.line == "data-centre"
    return Forward.WORKS if is_meant and driver.branch in package.base_branches else Forward.UNKNOWN


def _is_served(
    architecture: rows.ArchitectureRow, driver: DriverVersion, package: rows.ForwardCompatRow
) -> bool:
    """Whether the kernel driver already, and the package's branch still, serve a GPU."""
    first, last = architecture.first_branch, architecture.last_branch
    is_known = first is None or driver.branch >= first
    return is_known and (last is None or package.branch <= last)
