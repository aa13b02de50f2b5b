"""The report: the one value that every renderer takes; it holds what was decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from gpudoctor.facts import Snapshot
from gpudoctor.findings import Subject, Verdict
from gpudoctor.matrix.rows import MatrixInfo
from gpudoctor.rungs import Rung

SCHEMA_VERSION = 1


class Outcome(Enum):
    """The report's verdict in one word."""

    HEALTHY = "healthy"
    WARNING = "warning"
    PROBLEM = "problem"
    UNDETERMINED = "undetermined"
    ERROR = "error"


class Status(Enum):
    """The state of a verdict or of a rung."""

    FAIL = "fail"
    WARN = "warn"
    PASS = "pass"  # noqa: S105 - a status, not a secret
    SKIPPED = "skipped"
    UNDETERMINED = "undetermined"


class Role(Enum):
    """What a finding is to the others."""

    ROOT_CAUSE = "root-cause"
    CONSEQUENCE = "consequence"
    INDEPENDENT = "independent"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A verdict in its place: root cause, consequence of another, or apart."""

    verdict: Verdict
    status: Status
    role: Role | None = None
    explained_by: str | None = None  # the id of the finding that this one is folded under


@dataclass(frozen=True, slots=True)
class RungState:
    """One rung of the ladder, for the machine or for one framework."""

    rung: Rung
    subject: Subject
    status: Status
    detail: str


@dataclass(frozen=True, slots=True)
class Noise:
    """A line that frightens and means nothing here."""

    text: str
    why_harmless: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """Why there is no report: a usage, configuration or matrix error, or a bug."""

    kind: str  # usage, matrix, bug, interrupted
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One machine's report."""

    tool_version: str
    command: str
    created_at: str  # 2026-11-23T01:02:03Z
    outcome: Outcome
    exit_code: int
    root_cause: Ranked | None
    summary: str
    fingerprint: str
    ranked: tuple[Ranked, ...]  # findings first in their order, then undetermined, pass, skipped
    ladder: tuple[RungState, ...]
    noise: tuple[Noise, ...]
    snapshot: Snapshot | None
    matrix: MatrixInfo | None
    timings_ms: Mapping[str, float]
    error: ErrorInfo | None = None
