"""Decide ``cpu-instructions-missing``."""

from collections.abc import Iterator

from gpudoctor.checks._cpu_instructions import (
    Crash,
    asked_of_cpu,
    crash_of,
    flags_evidence,
    machine_crash,
    row_evidence,
)
from gpudoctor.diagnoses import CPU_INSTRUCTIONS_MISSING as DIAGNOSIS
from gpudoctor.facts import Absent, FrameworkFacts, Known, Snapshot, known
from gpudoctor.findings import (
    MACHINE,
    Confidence,
    Evidence,
    Remedy,
    Subject,
    Verdict,
    framework_subject,
)
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.processor import other_build_for_cpu, same_series, show_the_processor


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    for index, framework in snapshot.frameworks():
        subject = framework_subject(framework.name, index)
        yield _judged(snapshot, matrix, subject, framework)
    crash = machine_crash(snapshot, matrix)
    if crash is not None:
        yield _crashed(snapshot, matrix, MACHINE, None, crash)


def _judged(
    snapshot: Snapshot, matrix: Matrix, subject: Subject, framework: FrameworkFacts
) -> Verdict:
    crash = crash_of(snapshot, matrix, subject, framework)
    if crash is not None:
        return _crashed(snapshot, matrix, subject, framework, crash)
    imported = known(framework.imported)
    if imported is not None and isinstance(imported.error, Known | Absent):
        return DIAGNOSIS.cleared(subject, "its import runs on this processor")
    row = asked_of_cpu(snapshot, matrix, subject, framework)
    flags = snapshot.platform.cpu_flags
    if row is None:
        reason = f"nobody says that {subject.name} asks more of a processor than it must have"
        return DIAGNOSIS.not_applicable(subject, reason)
    if not isinstance(flags, Known):
        missing = f"whether the processor has {' and '.join(row.needs)}"
        return DIAGNOSIS.undetermined(subject, missing, (row_evidence(row),))
    lacking = tuple(each for each in row.needs if each not in flags.value)
    evidence = (flags_evidence(snapshot, row.needs), row_evidence(row))
    if not lacking:
        return DIAGNOSIS.cleared(subject, f"the processor has {' and '.join(row.needs)}", evidence)
    detail = (
        f"The published wheels of {subject.name} {known(framework.version)} use "
        f"{_words(lacking)}, and the processor shows none of it{_hidden(snapshot)}. It was not "
        "imported: that it is such a wheel is an inference."
    )
    remedies = _remedies(snapshot, matrix, framework, lacking)
    return _finding(subject, detail, evidence, lacking, remedies, Confidence.LIKELY)


def _crashed(
    snapshot: Snapshot,
    matrix: Matrix,
    subject: Subject,
    framework: FrameworkFacts | None,
    crash: Crash,
) -> Verdict:
    flags = snapshot.platform.cpu_flags
    evidence: tuple[Evidence, ...] = crash.evidence
    if isinstance(flags, Known):
        evidence = (*evidence, flags_evidence(snapshot, crash.needs))
        lacking = tuple(each for each in crash.needs if each not in flags.value)
        if not lacking:
            missing = f"which instruction it was: the processor has {' and '.join(crash.needs)}"
            return DIAGNOSIS.undetermined(subject, missing, evidence)
        detail = (
            f"{crash.words}, and the processor does not show {_words(lacking)}{_hidden(snapshot)}."
        )
        sure = Confidence.CERTAIN if crash.is_surely_so else Confidence.LIKELY
        if sure is Confidence.LIKELY:
            detail += " That it is one of these which is missing is an inference."
        remedies = _remedies(snapshot, matrix, framework, lacking)
        return _finding(subject, detail, evidence, lacking, remedies, sure)
    detail = f"{crash.words}. Which instructions the processor has is not known."
    remedies = _remedies(snapshot, matrix, framework, crash.named)
    return _finding(subject, detail, evidence, crash.named, remedies, Confidence.STATED)


def _hidden(snapshot: Snapshot) -> str:
    guest = known(snapshot.platform.virtual_machine)
    return (
        "" if guest is None else f" (a virtual machine, {guest}, which may hide what the host has)"
    )


def _words(flags: tuple[str, ...]) -> str:
    return " and ".join(each.upper() for each in flags)


def _finding(
    subject: Subject,
    detail: str,
    evidence: tuple[Evidence, ...],
    lacking: tuple[str, ...],
    remedies: tuple[Remedy, ...],
    confidence: Confidence,
) -> Verdict:
    what = _words(lacking) if lacking else "instructions"
    name = "a program" if subject == MACHINE else subject.name
    return DIAGNOSIS.finding(
        subject,
        detail[:1].upper() + detail[1:],
        evidence=evidence,
        remedies=remedies,
        confidence=confidence,
        title=f"The processor lacks {what} that {name} uses",
    )


def _remedies(
    snapshot: Snapshot,
    matrix: Matrix,
    framework: FrameworkFacts | None,
    lacking: tuple[str, ...],
) -> tuple[Remedy, ...]:
    name = "the program" if framework is None else framework.name
    repair = other_build_for_cpu(snapshot.platform, name, lacking, DIAGNOSIS.id)
    if not lacking:
        return (show_the_processor(snapshot.platform, DIAGNOSIS.id), repair)
    flags = known(snapshot.platform.cpu_flags) or ()
    version = known(framework.version) if framework is not None else None
    if framework is None or framework.name != "tensorflow" or version is None:
        return (repair,)
    series = ".".join(version.split(".")[:2])
    for release in matrix.tensorflow_releases():
        row = matrix.cpu_instructions("tensorflow", release.version, "x86_64")
        fits = row is not None and set(row.needs) <= set(flags)
        if fits and release.version.startswith(f"{series}."):
            return (same_series(release.version, DIAGNOSIS.id), repair)
    return (repair,)
