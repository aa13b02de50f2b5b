"""What messages alone say, for texts: which diagnosis a symptom stands for, and when.

On a machine the facts decide. A text often holds the message and little else; then the message is
taken at its word, as far as the facts that the text does hold allow it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gpudoctor.checks._statement import Statement
from gpudoctor.checks._statements_containers import ABOUT_CONTAINERS
from gpudoctor.checks._statements_packages import ABOUT_PACKAGES
from gpudoctor.checks._statements_system import ABOUT_SYSTEM
from gpudoctor.diagnoses import BY_ID
from gpudoctor.facts import Snapshot, Symptom, known
from gpudoctor.findings import (
    MACHINE,
    Cleared,
    Confidence,
    Evidence,
    Finding,
    Subject,
    Verdict,
    framework_subject,
)
from gpudoctor.remedies.stated import remedies_of
from gpudoctor.rungs import Rung

STATEMENTS = (*ABOUT_CONTAINERS, *ABOUT_SYSTEM, *ABOUT_PACKAGES)


def said_by_messages(verdicts: Sequence[Verdict], snapshot: Snapshot) -> Iterator[Verdict]:
    """The verdicts, and a finding for each diagnosis that a message states and no fact clears."""
    stated: dict[str, Finding] = {}
    for each in STATEMENTS:
        if each.diagnosis in stated:
            continue
        own = [verdict for verdict in verdicts if verdict.diagnosis.id == each.diagnosis]
        symptom = next((s for s in snapshot.symptoms if s.id == each.symptom), None)
        if symptom is None or any(isinstance(v, Finding) for v in own) or not each.when(snapshot):
            continue
        if each.after_cleared and not any(
            isinstance(v, Cleared) for v in verdicts if v.diagnosis.id == each.after_cleared
        ):
            continue
        cleared = [verdict.subject for verdict in own if isinstance(verdict, Cleared)]
        subject = _subject(each, symptom, snapshot, cleared)
        if each.outweighs_facts or not any(_covers(c, subject) for c in cleared):
            stated[each.diagnosis] = _finding(each, symptom, snapshot, subject)
    for verdict in verdicts:
        found = stated.get(verdict.diagnosis.id)
        if found is None or verdict.subject != found.subject:
            yield _with_lines(verdict, snapshot)
    yield from stated.values()


def _with_lines(verdict: Verdict, snapshot: Snapshot) -> Verdict:
    """The verdict with the lines of its messages, and without what the text does not say."""
    if not isinstance(verdict, Finding):
        return verdict
    said = tuple(e for e in verdict.evidence if e.value != "unknown") or verdict.evidence
    return replace(verdict, evidence=tuple(_at_line(each, snapshot) for each in said))


def _at_line(evidence: Evidence, snapshot: Snapshot) -> Evidence:
    place = evidence.fact.removeprefix("/symptoms/")
    if place == evidence.fact or not place.isdecimal() or int(place) >= len(snapshot.symptoms):
        return evidence
    line = snapshot.symptoms[int(place)].line
    return evidence if line is None else replace(evidence, source=f"line {line} of the text")


def _covers(cleared: Subject, subject: Subject) -> bool:
    """Whether what the facts clear is what the message is about: its GPU, where it names one."""
    return cleared in (subject, MACHINE) or (cleared.kind == "gpu" and subject == MACHINE)


def _finding(each: Statement, symptom: Symptom, snapshot: Snapshot, subject: Subject) -> Finding:
    place = snapshot.symptoms.index(symptom)
    source = "the text" if symptom.line is None else f"line {symptom.line} of the text"
    return BY_ID[each.diagnosis].finding(
        subject,
        each.because,
        evidence=(Evidence(f"/symptoms/{place}", symptom.text, source),),
        remedies=remedies_of(snapshot, each.diagnosis, each.symptom),
        confidence=Confidence.STATED,
        blocks=each.diagnosis != "gpu-throttled",
    )


def _subject(
    each: Statement, symptom: Symptom, snapshot: Snapshot, cleared: Sequence[Subject]
) -> Subject:
    """Whom a message is about: the package that it names, or the one that no fact has cleared."""
    if BY_ID[each.diagnosis].rung < Rung.CUDA_RUNTIME:
        return MACHINE
    name = symptom.subject or symptom.names
    if name is None and each.symptom == "no-kernel-image":
        name = _kernels_owner(symptom, snapshot, {subject.name for subject in cleared})
    if name is None:
        return MACHINE
    return framework_subject(name.lower(), symptom.environment or 0)


def _kernels_owner(symptom: Symptom, snapshot: Snapshot, cleared: set[str]) -> str | None:
    """Whose kernel CUDA did not find: the companion in the message, else one that is installed."""
    frameworks = [framework.name for _, framework in snapshot.frameworks()]
    message = symptom.text.lower()
    named = [name for name in _WITH_KERNELS if name.replace("-", "") in message.replace("_", "")]
    for name in (*named, *(name for name in frameworks if name not in cleared)):
        return name
    packages = [p for e in snapshot.environments for p in known(e.packages) or {}]
    return next((name for name in _WITH_KERNELS if name in packages), None)


# Packages that bring kernels of their own.
_WITH_KERNELS = (
    "onnxruntime-gpu",
    "onnxruntime",
    "vllm",
    "flash-attn",
    "xformers",
    "bitsandbytes",
    "torchvision",
    "torchaudio",
    "deepspeed",
    "cupy",
)
