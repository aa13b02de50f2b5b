"""The verdicts on a shortage of libraries, alike for CUDA's and cuDNN's."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from gpudoctor.checks._cudnn_dependency import is_said_by_cudnn
from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._import_error import family_of
from gpudoctor.checks._library_messages import of_no_framework
from gpudoctor.checks._library_shortage import Lack, Shortage, find_shortage
from gpudoctor.checks._other_cuda import needs_another_cuda, unserved
from gpudoctor.checks._presence import gpu_presence
from gpudoctor.facts import NOT_LOOKED, Absent, FrameworkFacts, Known, Snapshot, Unknown, known
from gpudoctor.findings import (
    Confidence,
    Diagnosis,
    Evidence,
    Finding,
    Subject,
    Verdict,
    framework_subject,
)
from gpudoctor.matrix import Matrix

Found = Callable[[int, FrameworkFacts, tuple[Lack, ...], Confidence], Finding]


def judge(
    diagnosis: Diagnosis, family: str, snapshot: Snapshot, matrix: Matrix, found: Found
) -> Iterator[Verdict]:
    """One verdict a framework; `found` words the finding of what is missing."""
    for index, framework in snapshot.frameworks():
        subject = framework_subject(framework.name, index)
        shortage = find_shortage(snapshot, matrix, index, framework, family)
        shortage = replace(shortage, missing=_not_cudnns(snapshot, matrix, index, shortage.missing))
        verdict = settled(diagnosis, subject, snapshot, framework)
        if verdict is not None:
            yield verdict
        elif shortage.missing and (unsure := without_known_gpu(snapshot, framework)):
            evidence = tuple(each.evidence for each in shortage.missing)
            yield diagnosis.undetermined(subject, unsure, evidence)
        elif shortage.missing:
            yield found(index, framework, shortage.missing, surest(shortage.missing))
        else:
            yield _nothing_missing(diagnosis, subject, snapshot, framework, shortage)


def _not_cudnns(
    snapshot: Snapshot, matrix: Matrix, index: int, lacks: tuple[Lack, ...]
) -> tuple[Lack, ...]:
    """Without what only a cuDNN for another CUDA asks for: that is the cuDNN's fault."""
    return tuple(
        each
        for each in lacks
        if not is_said_by_cudnn(each.evidence.value)
        or not needs_another_cuda(snapshot, matrix, index, each.soname)
    )


def said_of_companions(
    family: str, snapshot: Snapshot, matrix: Matrix, found: Found
) -> Iterator[Verdict]:
    """A finding for each package that is no framework and says that it misses a library."""
    listed = {framework.name for _, framework in snapshot.frameworks()}
    for subject, messages in of_no_framework(snapshot, "shared-library-missing").items():
        index = subject.environment or 0
        lacks = tuple(
            Lack(each.symptom.names, each.evidence, Confidence.STATED)
            for each in messages
            if each.symptom.names and family_of(each.symptom.names) == family
        )
        is_judged = subject.name in listed or index >= len(snapshot.environments)
        if lacks and not is_judged and unserved(snapshot, matrix, index, lacks) is None:
            name = subject.name if subject.kind == "package" else "a program here"
            finding = found(index, FrameworkFacts(name, NOT_LOOKED), lacks, Confidence.STATED)
            yield replace(finding, subject=subject)


def settled(
    diagnosis: Diagnosis, subject: Subject, snapshot: Snapshot, framework: FrameworkFacts
) -> Verdict | None:
    """What needs no look at libraries."""
    imported = known(framework.imported)
    if imported is not None and known(imported.sees_gpu):
        pointer = framework_pointer(subject.environment or 0, framework.name, "sees_gpu")
        evidence = (Evidence.of(pointer, imported.sees_gpu),)
        return diagnosis.cleared(subject, "it sees the GPU", evidence)
    variant = known(framework.variant)
    if variant not in ("cuda", None):
        return diagnosis.not_applicable(subject, f"a {variant} build uses no CUDA library")
    if _is_needed(snapshot, framework):
        return None
    return diagnosis.not_applicable(subject, "there is no NVIDIA GPU that it could use")


def _is_needed(snapshot: Snapshot, framework: FrameworkFacts) -> bool:
    """Without a GPU nothing is wanted but what the import itself needs."""
    if framework.name != "tensorflow":
        return True
    imported = known(framework.imported)
    raised = imported is not None and isinstance(imported.error, Known)
    return raised or not isinstance(gpu_presence(snapshot), Absent)


def without_known_gpu(snapshot: Snapshot, framework: FrameworkFacts) -> str | None:
    """Why a TensorFlow without its libraries may be right: nobody knows of a GPU."""
    presence = gpu_presence(snapshot)
    if framework.name != "tensorflow" or not isinstance(presence, Unknown):
        return None
    return f"whether an NVIDIA GPU is here: {presence.reason}"


def surest(lacks: tuple[Lack, ...]) -> Confidence:
    """What several lacks are worth together: the surest of them makes the finding."""
    order = (Confidence.CERTAIN, Confidence.LIKELY, Confidence.STATED)
    return min((each.confidence for each in lacks), key=order.index)


def _nothing_missing(
    diagnosis: Diagnosis,
    subject: Subject,
    snapshot: Snapshot,
    framework: FrameworkFacts,
    shortage: Shortage,
) -> Verdict:
    libraries = snapshot.environments[subject.environment or 0].libraries
    evidence = tuple(each.evidence for each in (*shortage.of_another_version, *shortage.present))
    imported = known(framework.imported)
    links = framework.name == "torch"
    works = links and imported is not None and isinstance(imported.error, Absent)
    if shortage.present:
        missing = f"why {shortage.present[0].soname} is not found: a copy of it is there"
        return diagnosis.undetermined(subject, missing, evidence)
    if shortage.of_another_version:
        soname = shortage.of_another_version[0].soname
        if imported is not None:
            missing = f"whether the copy of another version than {soname} could serve"
            return diagnosis.undetermined(subject, missing, evidence)
        reason = f"another version than {soname} is provided, which is another fault"
        return diagnosis.not_applicable(subject, reason)
    if isinstance(libraries, Unknown) and not works:
        return diagnosis.undetermined(subject, f"which libraries are here: {libraries.reason}")
    if shortage.untold is not None:
        return diagnosis.undetermined(subject, shortage.untold)
    pointer = f"/environments/{subject.environment or 0}/libraries"
    shown = Evidence(pointer, "none of them is missing", "the disk and the import")
    return diagnosis.cleared(subject, "the libraries that it needs are there", (shown,))
