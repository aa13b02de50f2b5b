"""Puts a ruling on an out-of-memory message into the words of one of the diagnoses."""

from collections.abc import Callable, Iterator

from gpudoctor.checks._memory_cause import Cause, Ruling
from gpudoctor.checks._memory_ruling import rule
from gpudoctor.checks._memory_troubles import Trouble, out_of_memory
from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import MACHINE, Diagnosis, Remedy, Subject, Verdict
from gpudoctor.matrix import Matrix

Repair = Callable[[Trouble, Ruling], tuple[Remedy, ...]]


def judge(
    diagnosis: Diagnosis, cause: Cause, snapshot: Snapshot, matrix: Matrix, repair: Repair
) -> Iterator[Verdict]:
    """One verdict for each program that ran out of memory; one for the machine if none did."""
    troubles = out_of_memory(snapshot, matrix)
    if not troubles:
        yield diagnosis.not_applicable(MACHINE, "nothing ran out of a GPU's memory")
    for trouble in troubles:
        yield _verdict(diagnosis, cause, snapshot, rule(snapshot, matrix, trouble), trouble, repair)


def _verdict(
    diagnosis: Diagnosis,
    cause: Cause,
    snapshot: Snapshot,
    ruling: Ruling,
    trouble: Trouble,
    repair: Repair,
) -> Verdict:
    subject = trouble.subject
    if works(snapshot, subject):
        return diagnosis.cleared(subject, f"{subject.name} computes on the GPU")
    if ruling.cause is cause:
        return diagnosis.finding(
            subject,
            ruling.why,
            evidence=(trouble.evidence,),
            remedies=repair(trouble, ruling),
            confidence=ruling.confidence,
        )
    if ruling.cause is Cause.NOT_MEMORY:
        return diagnosis.cleared(subject, ruling.why, (trouble.evidence,))
    if ruling.cause is Cause.UNCLEAR and cause in (Cause.HELD, Cause.EXHAUSTED):
        return diagnosis.undetermined(subject, ruling.why, (trouble.evidence,))
    reason = f"memory ran out for another reason: {ruling.cause.value}"
    if ruling.cause is Cause.UNCLEAR:
        reason = "nothing in the message points to it"
    return diagnosis.not_applicable(subject, reason)


def works(snapshot: Snapshot, subject: Subject) -> bool:
    """Whether the framework that a message is about then computed right."""
    for index, framework in snapshot.frameworks():
        imported = known(framework.imported)
        if (framework.name, index) == (subject.name, subject.environment) and imported:
            return known(imported.computes) is True
    return False
