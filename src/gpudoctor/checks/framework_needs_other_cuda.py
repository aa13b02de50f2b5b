"""Decide ``framework-needs-other-cuda``."""

from collections.abc import Iterator

from gpudoctor.checks._library_messages import is_companion_of, of_no_framework
from gpudoctor.checks._library_remedies import bring_libraries
from gpudoctor.checks._library_shortage import Lack, Shortage, find_shortage
from gpudoctor.checks._library_verdicts import settled, surest, without_known_gpu
from gpudoctor.checks._other_cuda import (
    OtherCuda,
    another_release,
    lacks_of_another_release,
    unserved,
)
from gpudoctor.diagnoses import FRAMEWORK_NEEDS_OTHER_CUDA as DIAGNOSIS
from gpudoctor.facts import FrameworkFacts, Known, Snapshot
from gpudoctor.findings import (
    Confidence,
    Evidence,
    Remedy,
    Subject,
    Verdict,
    framework_subject,
)
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.libraries import one_release_of_cuda


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    for index, framework in snapshot.frameworks():
        yield _of_framework(snapshot, matrix, index, framework)
    for subject, said in of_no_framework(snapshot, "shared-library-missing").items():
        index = subject.environment or 0
        if index < len(snapshot.environments):
            lacks = tuple(
                Lack(each.symptom.names or "", each.evidence, Confidence.STATED) for each in said
            )
            other = unserved(snapshot, matrix, index, lacks)
            if other is not None and not is_companion_of(snapshot, index, subject.name):
                remedy = one_release_of_cuda("the package", other.wanted, DIAGNOSIS.id)
                yield _finding(subject, "a package here", other, lacks, (remedy,))


def _of_framework(
    snapshot: Snapshot, matrix: Matrix, index: int, framework: FrameworkFacts
) -> Verdict:
    subject = framework_subject(framework.name, index)
    verdict = settled(DIAGNOSIS, subject, snapshot, framework)
    if verdict is not None:
        return verdict
    shortage = find_shortage(snapshot, matrix, index, framework, "cuda")
    lacks = (*shortage.of_another_version, *lacks_of_another_release(snapshot, index, shortage))
    other = another_release(snapshot, matrix, index, framework, lacks)
    if other is None:
        return _nothing_other(subject, snapshot, index, shortage)
    seen_on_disk = isinstance(snapshot.environments[index].libraries, Known)
    if seen_on_disk and (unsure := without_known_gpu(snapshot, framework)):
        return DIAGNOSIS.undetermined(subject, unsure, tuple(each.evidence for each in lacks))
    remedies = bring_libraries(snapshot, matrix, index, framework, lacks, DIAGNOSIS.id)
    return _finding(subject, framework.name, other, lacks, remedies)


def _nothing_other(subject: Subject, snapshot: Snapshot, index: int, shortage: Shortage) -> Verdict:
    if shortage.missing:
        return DIAGNOSIS.not_applicable(subject, "no other CUDA is known to be provided")
    libraries = snapshot.environments[index].libraries
    if not isinstance(libraries, Known):
        return DIAGNOSIS.not_applicable(subject, "no library is known to be missing")
    evidence = Evidence(
        f"/environments/{index}/libraries", "none is of another CUDA in its place", libraries.source
    )
    return DIAGNOSIS.cleared(subject, "no library that it needs is of another CUDA", (evidence,))


def _finding(
    subject: Subject,
    name: str,
    other: OtherCuda,
    lacks: tuple[Lack, ...],
    remedies: tuple[Remedy, ...],
) -> Verdict:
    names = ", ".join(dict.fromkeys(each.soname for each in lacks))
    needs = f"needs {names}" if names else f"was built for {other.wanted}"
    confidence = surest(lacks) if lacks else Confidence.LIKELY
    inferred = "" if lacks else " That its own libraries are what it misses is an inference."
    return DIAGNOSIS.finding(
        subject,
        f"{name} {needs}, which belongs to {other.wanted}; what is provided is {other.provided}. "
        f"The libraries of one can't stand for the other's.{inferred}",
        title=f"{name} needs {other.wanted} and finds {other.provided}",
        evidence=(*(each.evidence for each in lacks), *other.evidence),
        remedies=remedies,
        confidence=confidence,
    )
