"""Which CUDA releases compile for an architecture, by the matrix."""

import re
from dataclasses import dataclass

from gpudoctor.findings import Evidence
from gpudoctor.matrix import Matrix
from gpudoctor.versions import ComputeCapability, CudaVersion

_TARGET = re.compile(r"(?:sm|compute)_(\d{1,2})(\d)[af]?\Z")
_CAPABILITY = re.compile(r"\d{1,2}\.\d\Z")


@dataclass(frozen=True, slots=True)
class Reach:
    """The first and the last CUDA that compiles for a capability; None is unknown or to come."""

    capability: ComputeCapability
    first: CudaVersion | None
    last: CudaVersion | None
    sources: str

    def includes(self, cuda: CudaVersion) -> bool:
        """Whether a release compiles for it, as far as the limits are known."""
        return not (
            (self.first is not None and cuda < self.first)
            or (self.last is not None and cuda > self.last)
        )

    def nearest(self, wanted: CudaVersion | None) -> CudaVersion | None:
        """The release wanted, where it compiles for this, else the nearest that does."""
        if wanted is not None and self.includes(wanted):
            return wanted
        if wanted is not None and self.last is not None and wanted > self.last:
            return self.last
        return self.first

    @property
    def words(self) -> str:
        """The limits in a sentence."""
        if self.first is not None and self.last is not None:
            releases = f"{self.first} to {self.last}"
        else:
            releases = f"up to {self.last}" if self.first is None else f"from {self.first} on"
        return f"CUDA {releases} compiles for compute capability {self.capability}"

    @property
    def evidence(self) -> Evidence:
        """The matrix' row."""
        return Evidence(f"matrix:architectures/{self.capability}", self.words, self.sources)


def reach_of(matrix: Matrix, capability: ComputeCapability) -> Reach | None:
    """The limits of a capability; None where the matrix knows neither."""
    row = matrix.architecture(capability)
    if row is None or (row.first_cuda is None and row.last_cuda is None):
        return None
    return Reach(capability, row.first_cuda, row.last_cuda, ", ".join(row.origin.sources))


def capability_of(target: str | None) -> ComputeCapability | None:
    """The capability in ``sm_120a``, ``compute_90`` or ``8.9``; None for anything else."""
    if target is None:
        return None
    if _CAPABILITY.match(target):
        return ComputeCapability.parse(target)
    match = _TARGET.match(target)
    return None if match is None else ComputeCapability(int(match.group(1)), int(match.group(2)))
