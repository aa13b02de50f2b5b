"""The matrix' rows as records; every row names its sources and how it was checked."""

from collections.abc import Iterable
from dataclasses import dataclass

from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion, GpuTarget


@dataclass(frozen=True, slots=True)
class MatrixInfo:
    """Which compatibility matrix judged."""

    version: str
    date: str
    sha256: str


_WEAKEST_LAST = ("two-sources", "metadata", "one-source", "inferred")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row comes from: ids of sources, and how it was checked."""

    sources: tuple[str, ...]
    checked: str  # two-sources, one-source, metadata, inferred

    @classmethod
    def joined(cls, origins: Iterable["Origin"]) -> "Origin":
        """The origin of what rests on several rows: all their sources, the weakest check."""
        listed = tuple(origins)
        sources = dict.fromkeys(each for origin in listed for each in origin.sources)
        return cls(tuple(sources), max((o.checked for o in listed), key=_WEAKEST_LAST.index))


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product, or a family of products, by its marketing name."""

    name: str
    capability: ComputeCapability
    memory_gb: float | None  # None also where a family's products differ
    line: str | None  # data-centre, workstation, geforce, jetson, mining
    origin: Origin


@dataclass(frozen=True, slots=True)
class PciIdRow:
    """A PCI device id of NVIDIA's, Turing and later."""

    device_id: str
    name: str
    also: tuple[str, ...]  # other products with this id, told apart by their subsystem's
    first_open_driver: DriverVersion | None
    open_modules: str | None  # required; None: as with all of its architecture
    origin: Origin


@dataclass(frozen=True, slots=True)
class PciBlockRow:
    """A span of PCI device ids that belongs to one chip."""

    first: str
    last: str
    chip: str
    capability: ComputeCapability
    origin: Origin


@dataclass(frozen=True, slots=True)
class ArchitectureRow:
    """A compute capability's life: None is unknown, or for a last one not yet come."""

    capability: ComputeCapability
    name: str
    first_cuda: CudaVersion | None
    last_cuda: CudaVersion | None
    first_branch: int | None
    last_branch: int | None
    open_modules: str | None  # unsupported, optional, required
    is_apart: bool  # runs no machine code of its major's lower minors
    origin: Origin


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A driver branch and the CUDA that it speaks itself."""

    branch: int
    cuda: CudaVersion
    kind: str | None  # LTS, production, new-feature, developer
    end_of_life: str | None  # month in which support in data centres ends: 2028-06
    is_ended: bool  # listed as ended
    origin: Origin


@dataclass(frozen=True, slots=True)
class ToolkitRow:
    """The lowest driver listed for a CUDA release, over its patches."""

    cuda: CudaVersion
    linux: DriverVersion | None
    windows: DriverVersion | None
    bundled_linux: DriverVersion | None  # lowest that an installer of it brought
    bundled_windows: DriverVersion | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class FloorRow:
    """The driver from which on a CUDA major's minor-version compatibility holds."""

    major: int
    driver: DriverVersion
    origin: Origin


@dataclass(frozen=True, slots=True)
class ForwardCompatRow:
    """The package that brings a newer CUDA's libcuda to an older kernel driver."""

    cuda: CudaVersion
    package: str
    branch: int  # that it is built from
    base_branches: tuple[int, ...]  # kernel drivers it was seen to work on; others are unknown
    origin: Origin


@dataclass(frozen=True, slots=True)
class LibrariesRow:
    """The sonames of a CUDA major's libraries: ``cublas`` → ``libcublas.so.12``."""

    major: int
    sonames: dict[str, str]
    origin: Origin


@dataclass(frozen=True, slots=True)
class TorchBuild:
    """One CUDA build of a PyTorch release for Linux x86_64."""

    version: str
    tag: str  # cu128
    targets: tuple[GpuTarget, ...] | None  # None: it is there, but nobody listed them
    cudnn: str | None
    origin: Origin

    @property
    def cuda(self) -> CudaVersion:
        """The CUDA in the tag: 12.8 of ``cu128``, 10.2 of ``cu102``."""
        digits = self.tag.removeprefix("cu")
        return CudaVersion(int(digits[:-1]), int(digits[-1]))


@dataclass(frozen=True, slots=True)
class TorchRow:
    """A PyTorch release."""

    version: str
    pythons: tuple[str, ...]
    default_tag: str
    builds: tuple[TorchBuild, ...]
    pythons_aarch64: tuple[str, ...]
    default_aarch64: str | None  # a tag, or cpu
    pythons_windows: tuple[str, ...]
    default_windows: str | None
    nccl: str | None  # requirement of the default build: ==2.27.3
    triton: str | None
    torchvision: tuple[str, ...]
    torchaudio: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class TensorflowRow:
    """A TensorFlow release."""

    version: str
    pythons: tuple[str, ...]
    cuda: CudaVersion
    cudnn: str
    targets: tuple[GpuTarget, ...] | None
    lowest_capability: ComputeCapability | None
    has_cuda_extra: bool
    gpu_wheel: str  # the distribution that carries the GPU code
    pythons_windows: tuple[str, ...]
    gpu_on: tuple[str, ...]  # linux, windows
    numpy: tuple[str, ...]  # requirements, some with a marker
    pins: dict[str, str]  # of the extra: nccl → ==2.23.4
    origin: Origin
