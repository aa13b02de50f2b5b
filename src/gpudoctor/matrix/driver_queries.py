"""Questions about drivers: what CUDA they run by which rule, and what brings them a newer one."""

from dataclasses import dataclass
from enum import Enum

from gpudoctor.matrix import rows
from gpudoctor.matrix.gpu_queries import GpuQueries
from gpudoctor.matrix.rows import Origin
from gpudoctor.matrix.table import Cells, lowest_driver, named, origin_of, system_of
from gpudoctor.versions import CudaVersion, DriverVersion

_BRANCH_STEP = 5  # between the numbers of neighbouring branches
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
    origin: Origin | None  # of all rows that it leans on, None where the machine said it all


@dataclass(frozen=True, slots=True)
class DriverRequirement:
    """The driver from which on a CUDA runs, and the one that speaks it itself."""

    minimum: DriverVersion
    native: DriverVersion | None
    rows: tuple[str, ...]
    origin: Origin


class DriverQueries(GpuQueries):
    """Toolkits, floors, branches, forward compatibility, the names of a CUDA's libraries."""

    def cuda_toolkit(self, cuda: CudaVersion) -> rows.ToolkitRow | None:
        """The lowest drivers listed for a CUDA release."""
        release = f"{cuda}."  # a row is a patch of it: 12.4.1 of 12.4
        found = [r for r in self.rows("cuda_toolkits") if f"{r['cuda']}.".startswith(release)]
        if not found:
            return None
        return rows.ToolkitRow(
            cuda,
            lowest_driver(found, "linux"),
            lowest_driver(found, "windows"),
            lowest_driver(found, "bundled_linux"),
            lowest_driver(found, "bundled_windows"),
            origin_of(found[0]),
        )

    def minor_version_floor(self, major: int, os: str) -> rows.FloorRow | None:
        """The driver from which on every release of a CUDA major runs."""
        row = self.find("minor_version_floors", "major", major)
        if row is None or system_of(os) not in row:
            return None
        return rows.FloorRow(major, DriverVersion.parse(row[system_of(os)]), origin_of(row))

    def branch(self, branch: int) -> rows.BranchRow | None:
        """A driver branch."""
        row = self.find("driver_branches", "branch", branch)
        if row is None:
            return None
        return rows.BranchRow(
            branch,
            CudaVersion.parse(row["cuda"]),
            row.get("kind"),
            row.get("end_of_life"),
            bool(row.get("ended")),
            origin_of(row),
        )

    def lasting_branch(self, least: int) -> int:
        """The lowest branch with long-term support from `least` on; `least` where none is known."""
        kept = (r["branch"] for r in self.rows("driver_branches") if _is_kept(r))
        return min((branch for branch in kept if branch >= least), default=least)

    def branch_of(self, driver: DriverVersion, os: str) -> rows.BranchRow | None:
        """The branch that a driver belongs to.

        On Linux its first number. On Windows the numbers of a branch run up to the next branch's
        (R570 is 572 and 573), as the toolkits' drivers for both systems show.
        """
        if system_of(os) != "windows":
            return self.branch(driver.branch)
        listed = sorted(row["branch"] for row in self.rows("driver_branches"))
        below = [each for each in listed if each <= driver.branch]
        if not below or (below[-1] == listed[-1] and driver.branch - listed[-1] >= _BRANCH_STEP):
            return None
        return self.branch(below[-1])

    def cuda_of_driver(self, driver: DriverVersion, os: str) -> CudaVersion | None:
        """The CUDA that a driver speaks itself."""
        row = self.branch_of(driver, os)
        return row.cuda if row else None

    def oldest_driver_for(self, built_for: CudaVersion, os: str) -> DriverRequirement | None:
        """The oldest driver that runs a CUDA, minor-version compatibility counted."""
        toolkit = self.cuda_toolkit(built_for)
        native = getattr(toolkit, system_of(os)) if toolkit else None
        if built_for.major < _FIRST_MINOR_COMPATIBLE_MAJOR:
            if toolkit is None or native is None:
                return None
            by = (named("cuda_toolkits", toolkit.origin),)
            return DriverRequirement(native, native, by, toolkit.origin)
        floor = self.minor_version_floor(built_for.major, os)
        if floor is None:
            return None
        # 11.0 came out below its major's floor: what a release itself asks for is enough for it.
        minimum = min(floor.driver, native) if native else floor.driver
        by = (named("minor_version_floors", floor.origin),)
        return DriverRequirement(minimum, native, by, floor.origin)

    def driver_fit(
        self,
        *,
        driver: DriverVersion | None,
        cuda_driver_api: CudaVersion | None,
        built_for: CudaVersion,
        os: str,
    ) -> DriverFit | None:
        """Whether a driver runs a CUDA; None where no row decides."""
        spoken = self.branch_of(driver, os) if driver and cuda_driver_api is None else None
        api = cuda_driver_api or (spoken.cuda if spoken else None)
        needed = self.oldest_driver_for(built_for, os)

        def fit(kind: Compatibility, *leaning: Origin | None) -> DriverFit:
            minimum, named_rows = (needed.minimum, needed.rows) if needed else (None, ())
            origins = tuple(each for each in leaning if each is not None)
            origin = Origin.joined(origins) if origins else None
            return DriverFit(kind is not Compatibility.TOO_OLD, kind, minimum, named_rows, origin)

        by_branch = spoken.origin if spoken else None
        if api is not None and api >= built_for:
            return fit(Compatibility.BACKWARD, by_branch)
        if driver is not None and needed is not None:
            is_enough = driver >= needed.minimum
            kind = Compatibility.MINOR_VERSION if is_enough else Compatibility.TOO_OLD
            if is_enough and built_for.major < _FIRST_MINOR_COMPATIBLE_MAJOR:
                kind = Compatibility.BACKWARD  # what the release itself asks for is there
            return fit(kind, needed.origin)
        if api is None:
            return None
        if api.major < built_for.major or built_for.major < _FIRST_MINOR_COMPATIBLE_MAJOR:
            return fit(Compatibility.TOO_OLD, by_branch)
        floor = self.minor_version_floor(built_for.major, os)
        toolkit = self.cuda_toolkit(api)
        first = getattr(toolkit, system_of(os)) if toolkit else None
        if floor is None or (first is not None and first < floor.driver):
            return None  # drivers on both sides of the floor speak this CUDA, as with 11.0
        return fit(Compatibility.MINOR_VERSION, floor.origin)

    def forward_compat(self, cuda: CudaVersion) -> rows.ForwardCompatRow | None:
        """The package that brings a CUDA's libcuda to older kernel drivers."""
        row = self.find("forward_compat", "cuda", str(cuda))
        if row is None:
            return None
        bases = tuple(row.get("base_branches", ()))
        return rows.ForwardCompatRow(cuda, row["package"], row["branch"], bases, origin_of(row))

    def sonames(self, cuda_major: int) -> rows.LibrariesRow | None:
        """The names of a CUDA major's libraries."""
        row = self.find("cuda_libraries", "major", cuda_major)
        if row is None:
            return None
        return rows.LibrariesRow(cuda_major, dict(row["libraries"]), origin_of(row))


def _is_kept(row: Cells) -> bool:
    return row.get("kind") == "LTS" and not row.get("ended")
