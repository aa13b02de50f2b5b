"""Decide ``system-library-too-old``."""

from collections.abc import Iterator

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._library_messages import Message, about, of_no_framework
from gpudoctor.diagnoses import SYSTEM_LIBRARY_TOO_OLD as DIAGNOSIS
from gpudoctor.facts import Absent, EnvironmentFacts, FrameworkFacts, Known, Snapshot, known
from gpudoctor.findings import (
    Confidence,
    Evidence,
    Finding,
    Remedy,
    Subject,
    Verdict,
    framework_subject,
)
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.libraries import newer_c_library, newer_cxx_library
from gpudoctor.versions import numbers_in

_ID = "system-library-version"
_OF_CXX = ("GLIBCXX", "CXXABI")


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    for index, framework in snapshot.frameworks():
        yield _of_framework(snapshot, index, framework)
    for subject, said in of_no_framework(snapshot, _ID).items():
        environment = next(iter(snapshot.environments), None)
        yield _stated(snapshot, subject, said, environment, Confidence.STATED)


def _of_framework(snapshot: Snapshot, index: int, framework: FrameworkFacts) -> Verdict:
    subject = framework_subject(framework.name, index)
    imported = known(framework.imported)
    environment = snapshot.environments[index]
    said = about(snapshot, index, framework.name, _ID)
    if imported is not None and isinstance(imported.error, Absent) and imported.end.is_done:
        pointer = framework_pointer(index, framework.name, "error")
        evidence = (Evidence.of(pointer, imported.error),)
        if not said or known(imported.sees_gpu):
            return DIAGNOSIS.cleared(subject, "it imports", evidence)
    if said:
        error = known(imported.error) if imported else None
        is_raised = error is not None and any(each.symptom.text in error for each in said)
        is_read = isinstance(environment.libraries, Known)
        sure = Confidence.CERTAIN if is_raised and is_read else Confidence.STATED
        return _stated(snapshot, subject, said, environment, sure)
    return _by_headers(snapshot, index, framework, subject)


def _by_headers(
    snapshot: Snapshot, index: int, framework: FrameworkFacts, subject: Subject
) -> Verdict:
    """What the files ask for against what the libraries that would be loaded have."""
    needs = framework.symbol_needs
    if not isinstance(needs, Known):
        reason = "nothing was said of the C library, and the files' headers were not read"
        return DIAGNOSIS.not_applicable(subject, reason)
    pointer = framework_pointer(index, framework.name, "symbol_needs")
    for need in needs.value:
        provided = known(need.provided)
        if provided is not None and numbers_in(provided) < numbers_in(need.name):
            words = f"{need.needed_by} needs {need.name}; {known(need.provider)} has {provided}"
            return DIAGNOSIS.finding(
                subject,
                f"{words}. That this copy is the one that it gets follows from the loader's rules "
                "and is an inference.",
                title=f"{framework.name} needs a newer {_library(need.name)}",
                evidence=(Evidence(pointer, words, needs.source),),
                remedies=_remedies(
                    snapshot, snapshot.environments[index], framework.name, need.name
                ),
                confidence=Confidence.LIKELY,
            )
    evidence = (Evidence(pointer, "all versions that it asks for are there", needs.source),)
    return DIAGNOSIS.cleared(subject, "the C and C++ libraries are new enough", evidence)


def _stated(
    snapshot: Snapshot,
    subject: Subject,
    said: tuple[Message, ...],
    environment: EnvironmentFacts | None,
    confidence: Confidence,
) -> Finding:
    wanted = said[0].symptom.names or "a newer C library"
    name = subject.name if subject.kind == "package" else "the package"
    return DIAGNOSIS.finding(
        subject,
        f"{name} asks for {wanted}, and the {_library(wanted)} that is loaded does not have it: "
        "its files were built on a newer system than this one.",
        title=f"{name} needs a newer {_library(wanted)}",
        evidence=tuple(each.evidence for each in said),
        remedies=_remedies(snapshot, environment, name, wanted),
        confidence=confidence,
    )


def _library(wanted: str) -> str:
    return "libstdc++" if wanted.startswith(_OF_CXX) else "C library"


def _remedies(
    snapshot: Snapshot, environment: EnvironmentFacts | None, name: str, wanted: str
) -> tuple[Remedy, ...]:
    if wanted.startswith(_OF_CXX):
        return (newer_cxx_library(snapshot, environment, wanted, DIAGNOSIS.id),)
    return (newer_c_library(snapshot, name, wanted, DIAGNOSIS.id),)
