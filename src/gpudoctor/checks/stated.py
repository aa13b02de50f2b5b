"""What messages alone say, for texts: which diagnosis a symptom stands for, and when.

On a machine the facts decide. A text often holds the message and little else; then the message is
taken at its word, as far as the facts that the text does hold allow it.
"""

from collections.abc import Iterator, Sequence

from gpudoctor.checks._statements import STATEMENTS, Statement
from gpudoctor.diagnoses import BY_ID
from gpudoctor.facts import Snapshot, Symptom
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


def said_by_messages(verdicts: Sequence[Verdict], snapshot: Snapshot) -> Iterator[Verdict]:
    """The verdicts, and a finding for each diagnosis that a message states and no fact clears."""
    decided = {
        verdict.diagnosis.id: verdict
        for verdict in verdicts
        if isinstance(verdict, (Finding, Cleared))
    }
    stated: dict[str, Finding] = {}
    for each in STATEMENTS:
        symptom = next((s for s in snapshot.symptoms if s.id == each.symptom), None)
        is_open = each.diagnosis not in decided and each.diagnosis not in stated
        if symptom is not None and is_open and each.when(snapshot):
            stated[each.diagnosis] = _finding(each, symptom, snapshot)
    for verdict in verdicts:
        if verdict.diagnosis.id not in stated:
            yield verdict
    yield from stated.values()


def _finding(each: Statement, symptom: Symptom, snapshot: Snapshot) -> Finding:
    place = snapshot.symptoms.index(symptom)
    source = "the text" if symptom.line is None else f"line {symptom.line} of the text"
    return BY_ID[each.diagnosis].finding(
        _subject(each, symptom),
        each.because,
        evidence=(Evidence(f"/symptoms/{place}", symptom.text, source),),
        remedies=remedies_of(snapshot, each.diagnosis),
        confidence=Confidence.STATED,
        blocks=each.diagnosis != "gpu-throttled",
    )


def _subject(each: Statement, symptom: Symptom) -> Subject:
    if symptom.subject is None or each.diagnosis != "driver-too-old-for-cuda":
        return MACHINE
    return framework_subject(symptom.subject, symptom.environment or 0)
