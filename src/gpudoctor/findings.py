"""What a check answers: a Finding with its remedies, or why there is none."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

from gpudoctor.facts import Absent, Fact, Known
from gpudoctor.rungs import Rung


@dataclass(frozen=True, slots=True)
class Subject:
    """What a verdict is about; a machine contains all, an environment its packages."""

    kind: Literal["machine", "gpu", "environment", "package"]
    name: str
    environment: int | None = None
    gpu: int | None = None

    def contains(self, other: "Subject") -> bool:
        """Whether a fault of this subject can explain one of `other`."""
        if self.kind == "machine" or self == other:
            return True
        return self.kind == "environment" and self.environment == other.environment


MACHINE = Subject("machine", "this machine")


def framework_subject(name: str, environment: int) -> Subject:
    """The subject of a framework in one environment."""
    return Subject("package", name, environment=environment)


def gpu_subject(index: int, name: str) -> Subject:
    """The subject of one GPU by its NVML index."""
    return Subject("gpu", name, gpu=index)


class Confidence(Enum):
    """How a finding was reached."""

    CERTAIN = "certain"  # facts decide, from sources that agree
    LIKELY = "likely"  # facts decide with one inference, named in the detail
    STATED = "stated"  # only a message says so


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that a verdict rests on."""

    fact: str  # JSON Pointer into the report's snapshot, or a matrix row such as "matrix:cuda/12.8"
    value: str
    source: str

    @classmethod
    def of(cls, pointer: str, fact: "Fact[object]") -> "Evidence":
        """The evidence that a fact is, or its absence or ignorance."""
        if isinstance(fact, Known):
            return cls(pointer, str(fact.value), fact.source)
        if isinstance(fact, Absent):
            return cls(pointer, "absent", fact.source)
        return cls(pointer, "unknown", fact.reason)


@dataclass(frozen=True, slots=True)
class Command:
    """A command to run as it stands, without a shell."""

    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shell:
    """A line for the user's own shell, such as ``unset LD_LIBRARY_PATH``."""

    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A line of a file to change; 0 where the line is not known."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Manual:
    """Something that only a person can do."""

    text: str


Step: TypeAlias = Command | Shell | Edit | Manual


@dataclass(frozen=True, slots=True)
class Remedy:
    """Exact steps, what they cost, and the command that proves that they worked."""

    summary: str
    steps: tuple[Step, ...]
    scope: Literal["environment", "system", "host", "reboot"]
    verify: tuple[str, ...]
    needs_root: bool = False
    download_bytes: int | None = None
    stops: tuple[str, ...] = ()
    undo: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """An entry of the closed catalogue; its id is public and never changes its meaning."""

    id: str
    title: str
    group: str
    rung: Rung
    meaning: str
    since: str = "0.1.0"
    explains: tuple[str, ...] = ()  # ids that are consequences, for the same or a contained subject

    def finding(
        self,
        subject: Subject,
        detail: str,
        *,
        evidence: tuple[Evidence, ...],
        remedies: tuple[Remedy, ...] = (),
        blocks: bool = True,
        confidence: Confidence = Confidence.CERTAIN,
        title: str | None = None,
    ) -> "Finding":
        """This diagnosis holds."""
        return Finding(
            self, subject, title or self.title, detail, evidence, remedies, blocks, confidence
        )

    def cleared(
        self, subject: Subject, detail: str, evidence: tuple[Evidence, ...] = ()
    ) -> "Cleared":
        """This diagnosis does not hold, and these facts show it."""
        return Cleared(self, subject, detail, evidence)

    def not_applicable(self, subject: Subject, reason: str) -> "NotApplicable":
        """The question does not arise here."""
        return NotApplicable(self, subject, reason)

    def undetermined(
        self, subject: Subject, missing: str, evidence: tuple[Evidence, ...] = ()
    ) -> "Undetermined":
        """The facts that would decide are missing."""
        return Undetermined(self, subject, missing, evidence)


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnosis that holds for a subject."""

    diagnosis: Diagnosis
    subject: Subject
    title: str
    detail: str
    evidence: tuple[Evidence, ...]
    remedies: tuple[Remedy, ...]
    blocks: bool
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Cleared:
    """A diagnosis that does not hold."""

    diagnosis: Diagnosis
    subject: Subject
    detail: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """A diagnosis whose question does not arise."""

    diagnosis: Diagnosis
    subject: Subject
    reason: str


@dataclass(frozen=True, slots=True)
class Undetermined:
    """A diagnosis that could not be decided, and what was missing."""

    diagnosis: Diagnosis
    subject: Subject
    missing: str
    evidence: tuple[Evidence, ...]


Verdict: TypeAlias = Finding | Cleared | NotApplicable | Undetermined
