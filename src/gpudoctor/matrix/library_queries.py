"""Questions about cuDNN and about nvcc's host compilers; imported when one is asked."""

from dataclasses import dataclass

from gpudoctor.matrix.gpu_queries import GpuQueries
from gpudoctor.matrix.rows import Origin
from gpudoctor.matrix.table import Cells, capabilities_of, maybe, origin_of, system_of
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion

_PARTS_OF_HEADER = 3  # cuDNN's headers say 9.10.2 where its wheel is 9.10.2.21


@dataclass(frozen=True, slots=True)
class HostCompilerRow:
    """The major versions of host compilers that a CUDA's nvcc takes on Linux x86_64."""

    cuda: CudaVersion
    gcc_min: int | None
    gcc_max: int | None
    clang_min: int | None
    clang_max: int | None
    origin: Origin

    def takes_gcc(self, major: int) -> bool | None:
        """Whether it takes a gcc; None where the limit that decides is unknown."""
        return _within(major, self.gcc_min, self.gcc_max)

    def takes_clang(self, major: int) -> bool | None:
        """Whether it takes a clang; None where the limit that decides is unknown."""
        return _within(major, self.clang_min, self.clang_max)


def _within(major: int, lowest: int | None, highest: int | None) -> bool | None:
    if (lowest is not None and major < lowest) or (highest is not None and major > highest):
        return False
    if major in (lowest, highest):
        return True
    return None if lowest is None or highest is None else True


@dataclass(frozen=True, slots=True)
class CudnnRow:
    """A cuDNN release."""

    version: str
    majors: tuple[int, ...]  # of CUDA that it is there for
    releases: tuple[CudaVersion, ...] | None  # of CUDA that its matrix lists, None: any of a major
    linux: dict[str, str]  # CUDA major or release → oldest driver, or its branch
    windows: dict[str, str]
    capabilities: tuple[ComputeCapability, ...] | None
    lowest_capability: dict[str, ComputeCapability]  # by CUDA major
    inferred: tuple[str, ...]  # columns that follow from other releases
    origin: Origin


@dataclass(frozen=True, slots=True)
class CudnnFit:
    """Whether a cuDNN serves a CUDA, a GPU and a driver; each None where that is unknown."""

    serves_cuda: bool | None
    serves_gpu: bool | None
    serves_driver: bool | None
    needed: DriverVersion | None
    row: CudnnRow
    leans_on: tuple[str, ...]  # inferred columns that an answer was taken from

    @property
    def fits(self) -> bool | None:
        """Whether all of it fits."""
        answers = (self.serves_cuda, self.serves_gpu, self.serves_driver)
        if False in answers:
            return False
        return None if None in answers else True


def host_compiler(table: GpuQueries, cuda: CudaVersion) -> HostCompilerRow | None:
    """The host compilers that a CUDA's nvcc takes."""
    row = table.find("host_compilers", "cuda", str(cuda))
    if row is None:
        return None
    return HostCompilerRow(
        cuda=cuda,
        gcc_min=row.get("gcc_min"),
        gcc_max=row.get("gcc_max"),
        clang_min=row.get("clang_min"),
        clang_max=row.get("clang_max"),
        origin=origin_of(row),
    )


def cudnn(table: GpuQueries, version: str) -> CudnnRow | None:
    """A cuDNN release by its whole version, or by the three parts that its headers know."""
    row = table.find("cudnn", "version", version)
    if row is None and version.count(".") == _PARTS_OF_HEADER - 1:
        listed = table.rows("cudnn")
        found = [each for each in listed if each["version"].startswith(f"{version}.")]
        row = found[0] if len(found) == 1 else None
    return None if row is None else _cudnn(row)


def cudnn_fit(
    table: GpuQueries,
    version: str,
    *,
    cuda: CudaVersion,
    capability: ComputeCapability | None,
    driver: DriverVersion | None,
    os: str,
) -> CudnnFit | None:
    """Whether a cuDNN serves a CUDA, a GPU and a driver; None without a row."""
    row = cudnn(table, version)
    if row is None:
        return None
    gpu, by_gpu = (None, "") if capability is None else _serves_gpu(table, row, cuda, capability)
    needed = _needed_driver(row, cuda, system_of(os))
    serves_driver = None if needed is None or driver is None else driver >= needed
    by_driver = "" if serves_driver is None else system_of(os)
    return CudnnFit(
        serves_cuda=_serves_cuda(row, cuda),
        serves_gpu=gpu,
        serves_driver=serves_driver,
        needed=needed,
        row=row,
        leans_on=tuple(each for each in (by_gpu, by_driver) if each in row.inferred),
    )


def _serves_gpu(
    table: GpuQueries, row: CudnnRow, cuda: CudaVersion, capability: ComputeCapability
) -> tuple[bool | None, str]:
    """Whether a cuDNN serves a GPU, and the column that says so."""
    if capability in table.capabilities_apart():
        return None, ""  # Jetsons have a cuDNN of their own
    lowest = row.lowest_capability.get(str(cuda.major))
    if row.capabilities is None:
        if lowest is None:
            return None, ""
        is_served = _is_compiled_by(table, cuda, capability) if capability >= lowest else False
        return is_served, "lowest_capability"
    if capability in row.capabilities or _runs_neighbours_code(table, row.capabilities, capability):
        # What is listed for a cuDNN holds from the first CUDA on that knows the GPU.
        return _is_compiled_by(table, cuda, capability) or None, "capabilities"
    # Older than the oldest is dropped; newer than the newest may run by PTX.
    return (False if capability < row.capabilities[0] else None), "capabilities"


def _runs_neighbours_code(
    table: GpuQueries, listed: tuple[ComputeCapability, ...], capability: ComputeCapability
) -> bool:
    """Whether a GPU runs what is built for a lower minor, and came with the same CUDA major."""
    own = _first_major(table, capability)
    lower = (e for e in listed if e.major == capability.major and e.minor < capability.minor)
    return any(own is None or _first_major(table, each) in (None, own) for each in lower)


def _first_major(table: GpuQueries, capability: ComputeCapability) -> int | None:
    architecture = table.architecture(capability)
    first = architecture.first_cuda if architecture else None
    return first.major if first else None


def _is_compiled_by(
    table: GpuQueries, cuda: CudaVersion, capability: ComputeCapability
) -> bool | None:
    """Whether a CUDA knows a capability; None for one that came later, which PTX may serve."""
    row = table.architecture(capability)
    if row is None or row.first_cuda is None or cuda < row.first_cuda:
        return None
    return row.last_cuda is None or cuda <= row.last_cuda


def _serves_cuda(row: CudnnRow, cuda: CudaVersion) -> bool | None:
    if cuda.major not in row.majors:
        return False
    if row.releases is None or cuda in row.releases:
        return True
    return None  # of a major that it is there for, but not a release that was tested


def _needed_driver(row: CudnnRow, cuda: CudaVersion, system: str) -> DriverVersion | None:
    drivers = row.windows if system == "windows" else row.linux
    text = drivers.get(str(cuda)) or drivers.get(str(cuda.major))
    if text is None:
        return None
    return DriverVersion.parse(text if "." in text else f"{text}.0")  # some rows know a branch only


def _cudnn(row: Cells) -> CudnnRow:
    lowest = row.get("lowest_capability", {})
    return CudnnRow(
        version=row["version"],
        majors=tuple(row["majors"]),
        releases=tuple(map(CudaVersion.parse, row["releases"])) if "releases" in row else None,
        linux=dict(row.get("linux", {})),
        windows=dict(row.get("windows", {})),
        capabilities=maybe(row, "capabilities", capabilities_of),
        lowest_capability={name: ComputeCapability.parse(each) for name, each in lowest.items()},
        inferred=tuple(row.get("inferred", ())),
        origin=origin_of(row),
    )
