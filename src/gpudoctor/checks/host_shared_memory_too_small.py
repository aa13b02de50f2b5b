"""Decide ``host-shared-memory-too-small``."""

from collections.abc import Iterator

from gpudoctor.checks._memory_cause import size
from gpudoctor.checks._memory_troubles import is_live, subject_of
from gpudoctor.diagnoses import HOST_SHARED_MEMORY_TOO_SMALL as DIAGNOSIS
from gpudoctor.facts import Known, SharedMemory, Snapshot, Symptom
from gpudoctor.findings import MACHINE, Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.memory import enlarge_shared_memory, open_shared_memory

_STATED, _SUSPECTED = "shared-memory-full", "shared-memory-suspected"
# A bus error with more room than this has another cause: batches are smaller.
_AMPLE = 8 << 30
_POINTER = "/shared_memory"


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    said = {subject_of(each): (n, each) for n, each in reversed(_messages(snapshot))}
    if not said:
        yield _without_message(snapshot)
    for place, symptom in said.values():
        yield _judged(snapshot, place, symptom)


def _messages(snapshot: Snapshot) -> list[tuple[int, Symptom]]:
    """What was printed of shared memory, a statement before a suspicion."""
    found = [(n, each) for n, each in enumerate(snapshot.symptoms)]
    return [(n, each) for id_ in (_STATED, _SUSPECTED) for n, each in found if each.id == id_]


def _without_message(snapshot: Snapshot) -> Verdict:
    fact = snapshot.shared_memory
    if not isinstance(fact, Known):
        return DIAGNOSIS.not_applicable(MACHINE, "nothing failed for want of shared memory")
    evidence = (_evidence(fact),)
    if not fact.value.is_writable:
        return DIAGNOSIS.finding(
            MACHINE,
            "This user may not write to /dev/shm. Loader workers and NCCL pass their data there.",
            title="/dev/shm is not writable for this user",
            evidence=evidence,
            remedies=(open_shared_memory(snapshot, DIAGNOSIS.id),),
            blocks=False,
        )
    return DIAGNOSIS.cleared(
        MACHINE, f"/dev/shm has {size(fact.value.size_bytes)}, and nothing failed for it", evidence
    )


def _evidence(fact: Known[SharedMemory]) -> Evidence:
    state = fact.value
    words = f"{size(state.size_bytes)}, {size(state.free_bytes)} free"
    return Evidence(_POINTER, words if state.is_writable else f"{words}, read-only", fact.source)


def _judged(snapshot: Snapshot, place: int, symptom: Symptom) -> Verdict:
    fact, subject = snapshot.shared_memory, subject_of(symptom)
    message = Evidence(f"/symptoms/{place}", symptom.text, "what was printed")
    state = fact.value if isinstance(fact, Known) and is_live(snapshot) else None
    evidence = (message, _evidence(fact)) if state and isinstance(fact, Known) else (message,)
    denied = "ermission denied" in symptom.text or "not permitted" in symptom.text
    if symptom.id == _SUSPECTED and state is not None and state.free_bytes >= _AMPLE:
        missing = f"why the worker died: /dev/shm has {size(state.free_bytes)} free"
        return DIAGNOSIS.undetermined(subject, missing, evidence)
    here = f" /dev/shm has {size(state.size_bytes)} here." if state else ""
    if denied:
        detail = f"A worker was refused shared memory.{here}"
    elif symptom.id == _SUSPECTED:
        detail = (
            f"A loader's worker died of a bus error.{here} That /dev/shm was full is an inference, "
            "the usual one: a page that does not fit there raises it."
        )
    else:
        detail = f"/dev/shm was full.{here} Loader workers and NCCL pass their data there."
    repair = open_shared_memory if denied else enlarge_shared_memory
    return DIAGNOSIS.finding(
        subject,
        detail,
        evidence=evidence,
        remedies=(repair(snapshot, DIAGNOSIS.id),),
        confidence=Confidence.LIKELY if symptom.id == _SUSPECTED else Confidence.STATED,
    )
