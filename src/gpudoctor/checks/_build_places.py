"""Where a build or a JIT compilation failed or may fail: an environment with its messages."""

from collections.abc import Iterator
from dataclasses import dataclass

from gpudoctor.facts import EnvironmentFacts, FrameworkFacts, Snapshot, Symptom, known
from gpudoctor.findings import MACHINE, Evidence, Subject
from gpudoctor.versions import CudaVersion


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was met, and where it stands in the snapshot."""

    symptom: Symptom
    evidence: Evidence

    @property
    def words(self) -> str:
        """The message, short enough to stand in a sentence."""
        text = self.symptom.text
        return text if len(text) <= _WORDS else f"{text[: _WORDS - 1]}…"


_WORDS = 160


@dataclass(frozen=True, slots=True)
class Place:
    """An environment, or the machine where no environment is known, and what was said there."""

    subject: Subject
    index: int | None
    environment: EnvironmentFacts | None
    messages: tuple[Message, ...]

    def said(self, *ids: str) -> Message | None:
        """The first message of these ids."""
        return next((each for each in self.messages if each.symptom.id in ids), None)

    def framework(self, *names: str) -> FrameworkFacts | None:
        """The first of these frameworks that is here."""
        frameworks = () if self.environment is None else self.environment.frameworks
        return next((f for name in names for f in frameworks if f.name == name), None)

    @property
    def cuda(self) -> CudaVersion | None:
        """The CUDA that what is here was built for."""
        for name in ("torch", "tensorflow"):
            framework = self.framework(name)
            if framework is not None and (cuda := known(framework.built_for_cuda)):
                return cuda
        return None


def build_places(snapshot: Snapshot, *ids: str) -> Iterator[Place]:
    """Each environment with its messages of these ids; the machine with those of none."""
    everywhere = tuple(_messages(snapshot, ids))
    # A text about one environment rarely says of which its lines are.
    is_only = len(snapshot.environments) == 1
    for index, environment in enumerate(snapshot.environments):
        subject = Subject("environment", environment.python.executable, environment=index)
        ours = tuple(
            each
            for each in everywhere
            if each.symptom.environment == index or (is_only and each.symptom.environment is None)
        )
        yield Place(subject, index, environment, ours)
    rest = tuple(each for each in everywhere if each.symptom.environment is None)
    if not snapshot.environments or (rest and not is_only):
        yield Place(MACHINE, None, None, rest)


def _messages(snapshot: Snapshot, ids: tuple[str, ...]) -> Iterator[Message]:
    for number, symptom in enumerate(snapshot.symptoms):
        if symptom.id in ids:
            printed_by = symptom.subject or "a program"
            source = f"what {printed_by} printed"
            yield Message(symptom, Evidence(f"/symptoms/{number}", symptom.text, source))
