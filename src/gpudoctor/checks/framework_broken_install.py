"""Decide ``framework-broken-install``."""

from collections.abc import Iterator

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._import_error import family_of, missing_library, neighbour_of
from gpudoctor.checks._torn import torn
from gpudoctor.diagnoses import FRAMEWORK_BROKEN_INSTALL as DIAGNOSIS
from gpudoctor.facts import FrameworkFacts, ImportFacts, Known, Snapshot, Unknown, known
from gpudoctor.findings import Confidence, Evidence, Remedy, Subject, Verdict, framework_subject
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.python_packages import install_again

_ILLEGAL_INSTRUCTION = "SIGILL"  # this processor can't run the code: another diagnosis


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    for index, framework in snapshot.frameworks():
        subject = framework_subject(framework.name, index)
        signs = torn(snapshot.environments[index], index, framework)
        imported = known(framework.imported)
        repair = _repair(snapshot, index, framework)
        if imported is None:
            yield _on_disk(subject, framework, signs, repair)
        elif isinstance(imported.error, Known):
            yield _raised(subject, imported.error, signs, repair)
        elif isinstance(imported.error, Unknown):
            yield _cut_short(subject, imported, signs, repair)
        else:
            evidence = (Evidence.of(_pointer(subject, "error"), imported.error),)
            yield DIAGNOSIS.cleared(subject, "it imports", evidence)


def _pointer(subject: Subject, field: str) -> str:
    return framework_pointer(subject.environment or 0, subject.name, field)


def _on_disk(
    subject: Subject, framework: FrameworkFacts, signs: tuple[Evidence, ...], repair: Remedy
) -> Verdict:
    if signs:
        return _finding(subject, signs[0].value, Confidence.LIKELY, signs, repair)
    evidence = (Evidence.of(_pointer(subject, "version"), framework.version),)
    detail = "nothing is missing on disk; it was not imported"
    return DIAGNOSIS.cleared(subject, detail, evidence)


def _raised(
    subject: Subject, error: Known[str], signs: tuple[Evidence, ...], repair: Remedy
) -> Verdict:
    evidence = (Evidence.of(_pointer(subject, "error"), error), *signs)
    soname, neighbour = missing_library(error.value), neighbour_of(error.value)
    family = None if soname is None else family_of(soname)
    if family in ("cuda", "cudnn", "driver"):
        return DIAGNOSIS.not_applicable(subject, f"what the import lacks is {soname}")
    if neighbour is not None and not signs:
        missing = f"whether the fault lies with {neighbour}: the import raised {error.value}"
        return DIAGNOSIS.undetermined(subject, missing, evidence)
    confidence = Confidence.LIKELY if family == "other" else Confidence.CERTAIN
    return _finding(subject, f"the import raised {error.value}", confidence, evidence, repair)


def _cut_short(
    subject: Subject, imported: ImportFacts, signs: tuple[Evidence, ...], repair: Remedy
) -> Verdict:
    end = imported.end
    words = f"{end.how}, {end.detail}" if end.detail else end.how
    evidence = (Evidence(_pointer(subject, "imported/end"), words, "a child process"), *signs)
    crashed = end.how == "crashed" and _ILLEGAL_INSTRUCTION not in end.detail
    if crashed or end.how == "exited-early":
        what = f"the import ended its own process ({words})"
        return _finding(subject, what, Confidence.LIKELY, evidence, repair)
    if signs:
        return _finding(subject, signs[0].value, Confidence.LIKELY, evidence, repair)
    missing = f"whether it imports: the attempt did not come to its end ({words})"
    return DIAGNOSIS.undetermined(subject, missing, evidence)


def _finding(
    subject: Subject,
    what: str,
    confidence: Confidence,
    evidence: tuple[Evidence, ...],
    repair: Remedy,
) -> Verdict:
    inferred = (
        " That its installation is torn is an inference." if confidence is Confidence.LIKELY else ""
    )
    return DIAGNOSIS.finding(
        subject,
        f"{subject.name} can't be used: {what}.{inferred}",
        evidence=evidence,
        remedies=(repair,),
        confidence=confidence,
        title=f"{subject.name} itself can't be imported",
    )


def _repair(snapshot: Snapshot, index: int, framework: FrameworkFacts) -> Remedy:
    environment = snapshot.environments[index]
    version = known(framework.version)
    return install_again(environment, framework.name, version, DIAGNOSIS.id)
