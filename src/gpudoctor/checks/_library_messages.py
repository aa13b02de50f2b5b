"""Whom a message about a library is about: texts and children do not always say it."""

from collections.abc import Iterator
from dataclasses import dataclass

from gpudoctor.facts import Absent, FrameworkFacts, Snapshot, Symptom, known
from gpudoctor.findings import MACHINE, Evidence, Subject, framework_subject

# Packages with kernels of their own, which are built for one torch and one CUDA.
COMPANIONS = frozenset(
    (
        "apex",
        "bitsandbytes",
        "deepspeed",
        "flash-attn",
        "torchaudio",
        "torchvision",
        "vllm",
        "xformers",
    )
)
_IN_PATHS = {"torch": ("torch/", "PyTorch"), "tensorflow": ("tensorflow/",), "jax": ("jax",)}


@dataclass(frozen=True, slots=True)
class Message:
    """A symptom with its subject."""

    symptom: Symptom
    subject: Subject
    evidence: Evidence


def messages(snapshot: Snapshot, *ids: str) -> Iterator[Message]:
    """The symptoms of these ids, each with the package that it is about."""
    for place, symptom in enumerate(snapshot.symptoms):
        if symptom.id in ids:
            told_by = symptom.subject or "the text"
            source = f"line {symptom.line}" if symptom.line else f"what {told_by} printed"
            evidence = Evidence(f"/symptoms/{place}", symptom.text, source)
            yield Message(symptom, _subject(snapshot, symptom), evidence)


def about(snapshot: Snapshot, index: int, framework: str, *ids: str) -> tuple[Message, ...]:
    """The messages about one framework."""
    subject = framework_subject(framework, index)
    return tuple(each for each in messages(snapshot, *ids) if each.subject == subject)


def of_no_framework(snapshot: Snapshot, *ids: str) -> dict[Subject, tuple[Message, ...]]:
    """The messages about companions, or about nothing that was told, by subject."""
    listed = {framework_subject(each.name, index) for index, each in snapshot.frameworks()}
    found: dict[Subject, tuple[Message, ...]] = {}
    for each in messages(snapshot, *ids):
        if each.subject not in listed:
            found[each.subject] = (*found.get(each.subject, ()), each)
    return found


def is_companion_of(snapshot: Snapshot, index: int, name: str) -> bool:
    """Whether a package stands beside a torch of known CUDA: then it does not fit that torch."""
    return name in COMPANIONS and any(
        framework.name == "torch" and known(framework.built_for_cuda) is not None
        for place, framework in snapshot.frameworks()
        if place == index
    )


def _imports(framework: FrameworkFacts) -> bool:
    imported = known(framework.imported)
    return imported is not None and isinstance(imported.error, Absent)


def _subject(snapshot: Snapshot, symptom: Symptom) -> Subject:
    listed = [
        (index, framework.name)
        for index, framework in snapshot.frameworks()
        if symptom.environment in (None, index)
        # A torch that imports has what it links: something else missed it.
        and not (framework.name == "torch" and _imports(framework))
    ]
    if symptom.subject is not None:
        index = next((i for i, name in listed if name == symptom.subject), symptom.environment)
        return framework_subject(symptom.subject, index or 0)
    if len(listed) > 1:
        listed = [
            (index, name)
            for index, name in listed
            if any(word in symptom.text for word in _IN_PATHS.get(name, ()))
        ]
    if len(listed) == 1:
        [(index, name)] = listed
        return framework_subject(name, index)
    return MACHINE
