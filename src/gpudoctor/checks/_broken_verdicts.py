"""The verdicts on an import that was not tried, that raised, or that was cut short."""

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._import_error import family_of, missing_library, neighbour_of
from gpudoctor.diagnoses import FRAMEWORK_BROKEN_INSTALL as DIAGNOSIS
from gpudoctor.facts import FrameworkFacts, ImportFacts, Known
from gpudoctor.findings import Confidence, Evidence, Remedy, Subject, Verdict

_ILLEGAL_INSTRUCTION = "SIGILL"  # this processor can't run the code: another diagnosis


def pointer_to(subject: Subject, field: str) -> str:
    """Where a fact of the framework stands in the snapshot."""
    return framework_pointer(subject.environment or 0, subject.name, field)


def on_disk(
    subject: Subject,
    framework: FrameworkFacts,
    signs: tuple[Evidence, ...],
    repair: tuple[Remedy, ...],
) -> Verdict:
    """What the files alone tell."""
    if signs:
        return finding(subject, signs[0].value, Confidence.LIKELY, signs, repair)
    evidence = (Evidence.of(pointer_to(subject, "version"), framework.version),)
    detail = "nothing is missing on disk; it was not imported"
    return DIAGNOSIS.cleared(subject, detail, evidence)


def raised(
    subject: Subject,
    error: Known[str],
    signs: tuple[Evidence, ...],
    repair: tuple[Remedy, ...],
    *,
    is_torn: bool,
) -> Verdict:
    """What an import that raised tells."""
    evidence = (Evidence.of(pointer_to(subject, "error"), error), *signs)
    soname, neighbour = missing_library(error.value), neighbour_of(error.value)
    family = None if soname is None else family_of(soname)
    if neighbour is not None and not is_torn:
        missing = f"whether the fault lies with {neighbour}: the import raised {error.value}"
        return DIAGNOSIS.undetermined(subject, missing, evidence)
    confidence = Confidence.LIKELY if family == "other" else Confidence.CERTAIN
    return finding(subject, f"the import raised {error.value}", confidence, evidence, repair)


def cut_short(
    subject: Subject,
    imported: ImportFacts,
    signs: tuple[Evidence, ...],
    repair: tuple[Remedy, ...],
) -> Verdict:
    """What an import tells that did not come to its end."""
    end = imported.end
    words = f"{end.how}, {end.detail}" if end.detail else end.how
    evidence = (Evidence(pointer_to(subject, "imported/end"), words, "a child process"), *signs)
    crashed = end.how == "crashed" and _ILLEGAL_INSTRUCTION not in end.detail
    if crashed or end.how == "exited-early":
        what = f"the import ended its own process ({words})"
        return finding(subject, what, Confidence.LIKELY, evidence, repair)
    if signs:
        return finding(subject, signs[0].value, Confidence.LIKELY, evidence, repair)
    missing = f"whether it imports: the attempt did not come to its end ({words})"
    return DIAGNOSIS.undetermined(subject, missing, evidence)


def finding(
    subject: Subject,
    what: str,
    confidence: Confidence,
    evidence: tuple[Evidence, ...],
    repair: tuple[Remedy, ...],
) -> Verdict:
    """The framework is torn; that it is may be an inference."""
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
