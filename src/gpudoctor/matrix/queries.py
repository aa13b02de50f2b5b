"""Typed questions to the matrix. A missing row is None, never its neighbour."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from gpudoctor.matrix import rows
from gpudoctor.matrix.code import CodeKind, code_fit
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion, GpuTarget

_FIRST_MINOR_COMPATIBLE_MAJOR = 11  # CUDA Compatibility, "Minor Version Compatibility"


class Compatibility(Enum):
    """Why a driver runs a program's CUDA, or that it does not."""

    BACKWARD = "backward compatibility"
    MINOR_VERSION = "minor-version compatibility"
    TOO_OLD = "driver too old"


@dataclass(frozen=True, slots=True)
class DriverFit:
    """Whether a driver runs a CUDA, by which rule, from which driver on, and by which rows."""

    runs: bool
    kind: Compatibility
    needed: DriverVersion | None
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DriverRequirement:
    """The driver from which on a CUDA runs, and the one that speaks it itself."""

    minimum: DriverVersion
    native: DriverVersion | None
    rows: tuple[str, ...]


class Matrix:
    """One compatibility matrix; its rows become records when they are asked for."""

    def __init__(self, info: rows.MatrixInfo, content: Mapping[str, Any]) -> None:
        self.info = info
        self._content = content

    def source(self, id_: str) -> str:
        """The words behind a source's id."""
        return str(self._content["sources"][id_])

    def _find(self, section: str, column: str, value: object) -> Mapping[str, Any] | None:
        return next((row for row in self._content[section] if row[column] == value), None)

    def cuda_toolkit(self, cuda: CudaVersion) -> rows.ToolkitRow | None:
        """The lowest drivers listed for a CUDA release."""
        found = [r for r in self._content["cuda_toolkits"] if CudaVersion.parse(r["cuda"]) == cuda]
        if not found:
            return None
        return rows.ToolkitRow(
            cuda, _lowest(found, "linux"), _lowest(found, "windows"), _origin(found[0])
        )

    def minor_version_floor(self, major: int, os: str) -> rows.FloorRow | None:
        """The driver from which on every release of a CUDA major runs."""
        row = self._find("minor_version_floors", "major", major)
        if row is None or _system(os) not in row:
            return None
        return rows.FloorRow(major, DriverVersion.parse(row[_system(os)]), _origin(row))

    def branch(self, branch: int) -> rows.BranchRow | None:
        """A driver branch."""
        row = self._find("driver_branches", "branch", branch)
        if row is None:
            return None
        return rows.BranchRow(branch, CudaVersion.parse(row["cuda"]), _origin(row))

    def cuda_of_driver(self, driver: DriverVersion) -> CudaVersion | None:
        """The CUDA that a driver speaks itself."""
        row = self.branch(driver.branch)
        return row.cuda if row else None

    def oldest_driver_for(self, built_for: CudaVersion, os: str) -> DriverRequirement | None:
        """The oldest driver that runs a CUDA, minor-version compatibility counted."""
        toolkit = self.cuda_toolkit(built_for)
        native = getattr(toolkit, _system(os)) if toolkit else None
        if built_for.major < _FIRST_MINOR_COMPATIBLE_MAJOR:
            if toolkit is None or native is None:
                return None
            return DriverRequirement(native, native, (_named("cuda_toolkits", toolkit.origin),))
        floor = self.minor_version_floor(built_for.major, os)
        if floor is None:
            return None
        # 11.0 came out below its major's floor: what a release itself asks for is enough for it.
        minimum = min(floor.driver, native) if native else floor.driver
        return DriverRequirement(minimum, native, (_named("minor_version_floors", floor.origin),))

    def driver_fit(
        self,
        *,
        driver: DriverVersion | None,
        cuda_driver_api: CudaVersion | None,
        built_for: CudaVersion,
        os: str,
    ) -> DriverFit | None:
        """Whether a driver runs a CUDA; None where no row decides."""
        api = cuda_driver_api or (self.cuda_of_driver(driver) if driver else None)
        needed = self.oldest_driver_for(built_for, os)
        minimum, named = (needed.minimum, needed.rows) if needed else (None, ())
        if api is not None and api >= built_for:
            return DriverFit(True, Compatibility.BACKWARD, minimum, named)
        if driver is not None and minimum is not None:
            kind = Compatibility.MINOR_VERSION if driver >= minimum else Compatibility.TOO_OLD
            return DriverFit(driver >= minimum, kind, minimum, named)
        if api is None:
            return None
        if api.major < built_for.major or built_for.major < _FIRST_MINOR_COMPATIBLE_MAJOR:
            return DriverFit(False, Compatibility.TOO_OLD, minimum, named)
        floor = self.minor_version_floor(built_for.major, os)
        spoken = self.cuda_toolkit(api)
        first = getattr(spoken, _system(os)) if spoken else None
        if floor is None or (first is not None and first < floor.driver):
            return None  # drivers on both sides of the floor speak this CUDA, as with 11.0
        return DriverFit(True, Compatibility.MINOR_VERSION, minimum, named)

    def architecture(self, capability: ComputeCapability) -> rows.ArchitectureRow | None:
        """A compute capability's row."""
        row = self._find("architectures", "capability", str(capability))
        if row is None:
            return None
        return rows.ArchitectureRow(
            capability,
            row["name"],
            _maybe(row, "first_cuda", CudaVersion.parse),
            _maybe(row, "last_cuda", CudaVersion.parse),
            row.get("first_branch"),
            row.get("last_branch"),
            row.get("open_modules"),
            bool(row.get("apart")),
            _origin(row),
        )

    def capabilities_apart(self) -> frozenset[ComputeCapability]:
        """The capabilities that run no machine code of their major's lower minors."""
        listed = (row for row in self._content["architectures"] if row.get("apart"))
        return frozenset(ComputeCapability.parse(row["capability"]) for row in listed)

    def gpu_by_pci_id(self, device_id: str) -> rows.PciIdRow | None:
        """The product behind a PCI device id of four hex digits."""
        row = self._find("pci_ids", "id", device_id.upper())
        if row is None:
            return None
        first = _maybe(row, "first_open_driver", DriverVersion.parse)
        return rows.PciIdRow(row["id"], row["name"], first, _origin(row))

    def product(self, name: str) -> rows.ProductRow | None:
        """A product by its marketing name, as the driver or a person writes it."""
        wanted = _plain_name(name)
        for row in self._content["gpu_products"]:
            if _plain_name(row["name"]) == wanted:
                capability = ComputeCapability.parse(row["capability"])
                return rows.ProductRow(row["name"], capability, row.get("memory_gb"), _origin(row))
        return None

    def capability_of_pci_id(self, device_id: str) -> ComputeCapability | None:
        """The compute capability behind a PCI device id, through the product's name."""
        row = self.gpu_by_pci_id(device_id)
        product = self.product(row.name) if row else None
        return product.capability if product else None

    def forward_compat(self, cuda: CudaVersion) -> rows.ForwardCompatRow | None:
        """The package that brings a CUDA's libcuda to older kernel drivers."""
        row = self._find("forward_compat", "cuda", str(cuda))
        if row is None:
            return None
        bases = tuple(row.get("base_branches", ()))
        return rows.ForwardCompatRow(cuda, row["package"], row["branch"], bases, _origin(row))

    def sonames(self, cuda_major: int) -> rows.LibrariesRow | None:
        """The names of a CUDA major's libraries."""
        row = self._find("cuda_libraries", "major", cuda_major)
        if row is None:
            return None
        return rows.LibrariesRow(cuda_major, dict(row["libraries"]), _origin(row))

    def torch_release(self, version: str) -> rows.TorchRow | None:
        """A PyTorch release; a local label such as ``+cu128`` is left aside."""
        row = self._find("torch", "version", _public(version))
        return _torch(row) if row else None

    def torch_build(self, version: str, tag: str) -> rows.TorchBuild | None:
        """One CUDA build of a PyTorch release."""
        release = self.torch_release(version)
        builds = release.builds if release else ()
        return next((build for build in builds if build.tag == tag), None)

    def torch_releases(self) -> Iterator[rows.TorchRow]:
        """Every PyTorch release, newest first."""
        for row in reversed(self._content["torch"]):
            yield _torch(row)

    def torch_builds_for(
        self,
        capabilities: Iterable[ComputeCapability],
        runs: Callable[[CudaVersion], bool],
        python: str | None = None,
    ) -> Iterator[rows.TorchBuild]:
        """The builds with machine code for all these GPUs whose CUDA the driver runs, newest first.

        `python` is a minor version such as ``3.11`` that the release must have a wheel for.
        """
        wanted, apart = tuple(capabilities), self.capabilities_apart()
        for release in self.torch_releases():
            if python is not None and python not in release.pythons:
                continue
            for build in sorted(release.builds, key=lambda each: each.cuda, reverse=True):
                fits = (code_fit(build.targets, each, None, None, apart) for each in wanted)
                if runs(build.cuda) and all(fit.kind is CodeKind.MACHINE_CODE for fit in fits):
                    yield build

    def tensorflow_release(self, version: str) -> rows.TensorflowRow | None:
        """A TensorFlow release."""
        row = self._find("tensorflow", "version", _public(version))
        return _tensorflow(row) if row else None

    def tensorflow_releases(self) -> Iterator[rows.TensorflowRow]:
        """Every TensorFlow release, newest first."""
        for row in reversed(self._content["tensorflow"]):
            yield _tensorflow(row)


def _lowest(found: Iterable[Mapping[str, Any]], column: str) -> DriverVersion | None:
    return min((DriverVersion.parse(r[column]) for r in found if column in r), default=None)


def _system(os: str) -> str:
    return "windows" if os == "windows" else "linux"


def _origin(row: Mapping[str, Any]) -> rows.Origin:
    return rows.Origin(tuple(row["source"]), row["checked"])


def _named(section: str, origin: rows.Origin) -> str:
    return f"{section}: {', '.join(origin.sources)} ({origin.checked})"


def _maybe(row: Mapping[str, Any], column: str, parse: Callable[[str], Any]) -> Any:
    return parse(row[column]) if column in row else None


def _public(version: str) -> str:
    return version.partition("+")[0]


def _plain_name(name: str) -> str:
    return " ".join(name.lower().replace("-", " ").removeprefix("nvidia ").split())


def _targets(text: str) -> tuple[GpuTarget, ...]:
    return tuple(GpuTarget.parse(word) for word in text.split())


def _torch(row: Mapping[str, Any]) -> rows.TorchRow:
    origin = _origin(row)
    builds = tuple(
        rows.TorchBuild(
            row["version"], each["tag"], _targets(each["targets"]), each.get("cudnn"), origin
        )
        for each in row["builds"]
    )
    return rows.TorchRow(row["version"], tuple(row["python"]), row["default"], builds, origin)


def _tensorflow(row: Mapping[str, Any]) -> rows.TensorflowRow:
    return rows.TensorflowRow(
        row["version"],
        tuple(row["python"]),
        CudaVersion.parse(row["cuda"]),
        row["cudnn"],
        _targets(row["targets"]) if "targets" in row else None,
        row["and_cuda"],
        row["gpu_wheel"],
        _origin(row),
    )
