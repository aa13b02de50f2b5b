"""Questions about systems and processors: which wheels use GPUs there, and what they ask for."""

from dataclasses import dataclass

from gpudoctor.matrix.rows import Origin
from gpudoctor.matrix.table import Cells, Table, origin_of, public


@dataclass(frozen=True, slots=True)
class WheelPlatformRow:
    """The published wheels of a framework for one system and processor, from a release on."""

    package: str
    os: str  # linux, windows, darwin
    cpu: str  # x86_64, aarch64
    since: str
    uses_gpu: bool
    glibc: tuple[int, ...] | None  # (2, 28); None: none, or it depends on the build
    origin: Origin

    @property
    def name(self) -> str:
        """The row as evidence names it."""
        return f"matrix:wheel_platforms/{self.package} {self.os} {self.cpu} {self.since}"


@dataclass(frozen=True, slots=True)
class CpuInstructionsRow:
    """Instructions that a package's wheels use without asking, from a release on."""

    package: str
    since: str
    needs: tuple[str, ...]  # as /proc/cpuinfo names them: avx, avx2
    origin: Origin


def wheel_platform(
    table: Table, package: str, version: str, *, os: str, cpu: str
) -> WheelPlatformRow | None:
    """The row that holds for a release on a system; None before the first of them."""
    rows = [row for row in table.rows("wheel_platforms") if (row["os"], row["cpu"]) == (os, cpu)]
    row = _holding(rows, package, version)
    if row is None:
        return None
    glibc = number_of(row["glibc"]) if "glibc" in row else None
    return WheelPlatformRow(package, os, cpu, row["since"], row["gpu"], glibc, origin_of(row))


def newest_glibc(table: Table, package: str, cpu: str) -> tuple[int, ...]:
    """The newest glibc that any of a package's wheels asks for."""
    rows = table.rows("wheel_platforms")
    own = (row for row in rows if (row["package"], row["cpu"]) == (package, cpu))
    return max((number_of(row["glibc"]) for row in own if "glibc" in row), default=())


def cpu_instructions(
    table: Table, package: str, version: str, cpu: str
) -> CpuInstructionsRow | None:
    """What a release's wheels ask of a processor; None before the first row."""
    rows = [row for row in table.rows("cpu_instructions") if row["cpu"] == cpu]
    row = _holding(rows, package, version)
    if row is None:
        return None
    return CpuInstructionsRow(package, row["since"], tuple(row["needs"]), origin_of(row))


def _holding(rows: list[Cells], package: str, version: str) -> Cells | None:
    """The package's last row that begins with this release or before it."""
    wanted = number_of(version)
    held = [r for r in rows if r["package"] == package and number_of(r["since"]) <= wanted]
    return held[-1] if held and wanted else None


def number_of(version: str) -> tuple[int, ...]:
    """The release number to compare by: (2, 9, 1) of ``2.9.1+cu128`` and of ``2.9.1rc2``."""
    found = []
    for part in public(version).split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        found.append(int(digits[:9]))
        if digits != part:
            break
    return tuple(found)
