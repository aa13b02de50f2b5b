"""Decide ``framework-broken-install``."""

from collections.abc import Iterator

from gpudoctor.checks._broken_messages import doubled_companions, remains, torn_by_message
from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._import_error import family_of, missing_library, neighbour_of
from gpudoctor.checks._messages import FRAMEWORKS, places
from gpudoctor.checks._shadowed import is_in_the_way
from gpudoctor.checks._torn import torn, untidy
from gpudoctor.checks._torn_repairs import repairs
from gpudoctor.checks._whereabouts import environment_at, failure_of, framework_in, is_installed
from gpudoctor.diagnoses import FRAMEWORK_BROKEN_INSTALL as DIAGNOSIS
from gpudoctor.facts import (
    EnvironmentFacts,
    FrameworkFacts,
    ImportFacts,
    Known,
    Snapshot,
    Unknown,
    known,
)
from gpudoctor.findings import Confidence, Evidence, Remedy, Subject, Verdict, framework_subject
from gpudoctor.matrix import Matrix

_ILLEGAL_INSTRUCTION = "SIGILL"  # this processor can't run the code: another diagnosis


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    for index in places(snapshot):
        environment = environment_at(snapshot, index)
        for name in FRAMEWORKS:
            framework = framework_in(environment, name)
            if environment is not None and framework is not None:
                yield _judge(snapshot, environment, index, framework)
                continue
            found = torn_by_message(snapshot, index, name) or remains(snapshot, index, name)
            if found is not None:
                yield found
    yield from doubled_companions(snapshot)


def _judge(
    snapshot: Snapshot, environment: EnvironmentFacts, index: int, framework: FrameworkFacts
) -> Verdict:
    subject = framework_subject(framework.name, index)
    signs = torn(environment, index, framework)
    imported = known(framework.imported)
    repair = repairs(environment, framework, DIAGNOSIS.id)
    if imported is None:
        stated = torn_by_message(snapshot, index, framework.name)
        return _on_disk(subject, framework, signs, repair) if signs or not stated else stated
    if isinstance(imported.error, Known):
        reason = _fault_elsewhere(environment, framework, imported.error.value)
        if reason is not None:
            return DIAGNOSIS.not_applicable(subject, reason)
        more = tuple(dict.fromkeys((*signs, *untidy(environment, index, framework))))
        return _raised(subject, imported.error, more, repair, is_torn=bool(signs))
    if isinstance(imported.error, Unknown):
        return _cut_short(subject, imported, signs, repair)
    raised = failure_of(framework)
    if signs and raised is not None:  # such as a folder without its __init__.py, which imports
        evidence = (Evidence.of(_pointer(subject, "error"), raised), *signs)
        what = f"it imports and then raised {raised.value}; {signs[0].value}"
        return _finding(subject, what, Confidence.CERTAIN, evidence, repair)
    left = untidy(environment, index, framework)
    words = f"it imports; left in disorder is: {left[0].value}" if left else "it imports"
    evidence = (Evidence.of(_pointer(subject, "error"), imported.error), *left)
    return DIAGNOSIS.cleared(subject, words, evidence)


def _fault_elsewhere(
    environment: EnvironmentFacts, framework: FrameworkFacts, error: str
) -> str | None:
    """Why a failed import is not that of an installation here."""
    if is_in_the_way(environment, framework):
        return f"something else is imported in place of {framework.name}"
    missed = error.endswith(f"No module named '{framework.name}'")
    if missed and not is_installed(environment, framework.name):
        return f"no {framework.name} is installed here"
    soname = missing_library(error)
    if soname is not None and family_of(soname) in ("cuda", "cudnn", "driver"):
        return f"what the import lacks is {soname}"
    return None


def _pointer(subject: Subject, field: str) -> str:
    return framework_pointer(subject.environment or 0, subject.name, field)


def _on_disk(
    subject: Subject,
    framework: FrameworkFacts,
    signs: tuple[Evidence, ...],
    repair: tuple[Remedy, ...],
) -> Verdict:
    if signs:
        return _finding(subject, signs[0].value, Confidence.LIKELY, signs, repair)
    evidence = (Evidence.of(_pointer(subject, "version"), framework.version),)
    detail = "nothing is missing on disk; it was not imported"
    return DIAGNOSIS.cleared(subject, detail, evidence)


def _raised(
    subject: Subject,
    error: Known[str],
    signs: tuple[Evidence, ...],
    repair: tuple[Remedy, ...],
    *,
    is_torn: bool,
) -> Verdict:
    evidence = (Evidence.of(_pointer(subject, "error"), error), *signs)
    soname, neighbour = missing_library(error.value), neighbour_of(error.value)
    family = None if soname is None else family_of(soname)
    if neighbour is not None and not is_torn:
        missing = f"whether the fault lies with {neighbour}: the import raised {error.value}"
        return DIAGNOSIS.undetermined(subject, missing, evidence)
    confidence = Confidence.LIKELY if family == "other" else Confidence.CERTAIN
    return _finding(subject, f"the import raised {error.value}", confidence, evidence, repair)


def _cut_short(
    subject: Subject,
    imported: ImportFacts,
    signs: tuple[Evidence, ...],
    repair: tuple[Remedy, ...],
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
    repair: tuple[Remedy, ...],
) -> Verdict:
    inferred = (
        " That its installation is torn is an inference." if confidence is Confidence.LIKELY else ""
    )
    return DIAGNOSIS.finding(
        subject,
        f"{subject.name} can't be used: {what}.{inferred}",
        evidence=evidence,
        remedies=repair,
        confidence=confidence,
        title=f"{subject.name} itself can't be imported",
    )
