"""Messages about frameworks, each with the framework and the environment that it is about."""

from collections.abc import Iterator
from dataclasses import dataclass

from gpudoctor.facts import Snapshot
from gpudoctor.findings import Evidence

FRAMEWORKS = ("torch", "tensorflow", "jax")
_STEMS = {"orch": "torch", "ensorflow": "tensorflow", "ax": "jax"}  # after pip's tilde


@dataclass(frozen=True, slots=True)
class Message:
    """A symptom about a framework."""

    id: str
    framework: str
    evidence: Evidence
    text: str
    names: str | None


def messages(snapshot: Snapshot, index: int, *ids: str) -> Iterator[Message]:
    """The symptoms of these ids about environment `index`; one that names none is the first's."""
    for place, symptom in enumerate(snapshot.symptoms):
        if symptom.id not in ids or (symptom.environment or 0) != index:
            continue
        named = _STEMS.get(symptom.names or "", symptom.names)
        name = named if named in FRAMEWORKS else symptom.subject
        if name in FRAMEWORKS and name is not None:
            evidence = Evidence(f"/symptoms/{place}", symptom.text, "a message")
            yield Message(symptom.id, name, evidence, symptom.text, symptom.names)


def message_about(snapshot: Snapshot, index: int, name: str, *ids: str) -> Message | None:
    """The first message of these ids about one framework."""
    return next((each for each in messages(snapshot, index, *ids) if each.framework == name), None)


def has_symptom(snapshot: Snapshot, id_: str) -> bool:
    """Whether a message of that id stands anywhere."""
    return any(each.id == id_ for each in snapshot.symptoms)


def places(snapshot: Snapshot) -> range:
    """The environments by index; one that nothing is known of where only messages are."""
    return range(max(len(snapshot.environments), 1 if snapshot.symptoms else 0))
