"""The matrix' content, and how cells become values."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from gpudoctor.matrix.rows import MatrixInfo, Origin
from gpudoctor.versions import ComputeCapability, DriverVersion, GpuTarget

Cells = Mapping[str, Any]


class Table:
    """The content that the queries read; rows become records when they are asked for."""

    def __init__(self, info: MatrixInfo, content: Mapping[str, Any]) -> None:
        self.info = info
        self._content = content

    def source(self, id_: str) -> str:
        """The words behind a source's id."""
        return str(self._content["sources"][id_])

    def rows(self, section: str) -> list[Cells]:
        """A section's rows as they stand."""
        rows: list[Cells] = self._content[section]
        return rows

    def find(self, section: str, column: str, value: object) -> Cells | None:
        """The row with a value in a column."""
        return next((row for row in self.rows(section) if row[column] == value), None)


def origin_of(row: Cells) -> Origin:
    """Where a row comes from."""
    return Origin(tuple(row["source"]), row["checked"])


def named(section: str, origin: Origin) -> str:
    """A row to be shown as evidence: its section, its sources, how it was checked."""
    return f"{section}: {', '.join(origin.sources)} ({origin.checked})"


def maybe(row: Cells, column: str, parse: Callable[[str], Any]) -> Any:
    """A cell's value, None where it is left out."""
    return parse(row[column]) if column in row else None


def lowest_driver(found: Iterable[Cells], column: str) -> DriverVersion | None:
    """The lowest driver in a column."""
    return min((DriverVersion.parse(r[column]) for r in found if column in r), default=None)


def targets_of(text: str) -> tuple[GpuTarget, ...]:
    """The targets in a cell: ``sm_86 compute_86``."""
    return tuple(GpuTarget.parse(word) for word in text.split())


def capabilities_of(text: str) -> tuple[ComputeCapability, ...]:
    """The capabilities in a cell: ``8.0 8.6``."""
    return tuple(ComputeCapability.parse(word) for word in text.split())


def public(version: str) -> str:
    """A version without its local label: 2.7.1 of ``2.7.1+cu128``."""
    return version.partition("+")[0]


def system_of(os: str) -> str:
    """The column of drivers that holds on a system."""
    return "windows" if os == "windows" else "linux"


def newest_first(rows: list[Cells]) -> Iterator[Cells]:
    """Rows that stand in ascending order, the other way round."""
    return iter(rows[::-1])
