"""What an answer of the matrix is made of: a verdict, the steps to it, and the rows it rests on."""

from dataclasses import dataclass
from enum import Enum

from gpudoctor.matrix.rows import Origin
from gpudoctor.versions import DriverVersion


class Verdict(Enum):
    """What the matrix says to a question."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """A row that an answer rests on: its section and name, its sources, how it was checked."""

    name: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Step:
    """One question on the way: what was asked, the answer, in words, and by which rows."""

    about: str  # build, platform, python, code, cuda, cudnn, gpu driver, driver, package
    verdict: Verdict
    words: str
    rows: tuple[Row, ...]
    decides: bool = True  # else it is said beside: what runs worse, what could help


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it runs; *no* where one step says so, *unknown* where one can't be told."""

    verdict: Verdict
    summary: str
    steps: tuple[Step, ...]

    @property
    def decided_by(self) -> tuple[Step, ...]:
        """The steps that made the verdict."""
        return tuple(step for step in self.steps if step.decides and step.verdict is self.verdict)

    @property
    def drawbacks(self) -> tuple[Step, ...]:
        """What does not serve beside a verdict that it does not decide, as a cuDNN."""
        return tuple(step for step in self.steps if not step.decides and step.verdict is Verdict.NO)

    @property
    def is_inferred(self) -> bool:
        """Whether what is said leans on a row that was only inferred."""
        said = (*self.decided_by, *self.drawbacks)
        return any(row.origin.checked == "inferred" for step in said for row in step.rows)


@dataclass(frozen=True, slots=True)
class Setting:
    """What the program would run in; None was not said."""

    driver: DriverVersion | None = None
    os: str = "linux"
    python: str | None = None  # 3.12, 3.13t
    is_wsl: bool = False  # Linux programs on the driver of Windows

    @property
    def driver_os(self) -> str:
        """The system whose drivers' numbers hold."""
        return "windows" if self.is_wsl else self.os
