"""The words that the renderers share: verdicts, rungs, subjects, prices."""

from gpudoctor.facts import THE_TEXT, PlatformFacts, PythonFacts, Snapshot, known
from gpudoctor.findings import (
    Cleared,
    Evidence,
    Finding,
    NotApplicable,
    Remedy,
    Subject,
    Undetermined,
    Verdict,
)
from gpudoctor.report import Ranked, Report, Role, RungState, Status
from gpudoctor.rungs import Rung

MOST_REMEDIES = 3

RUNG_NAMES = {
    Rung.DEVICE: "device",
    Rung.KERNEL_MODULE: "kernel module",
    Rung.DEVICE_NODES: "device nodes",
    Rung.NVML: "NVML",
    Rung.LIBCUDA: "libcuda",
    Rung.CUDA_RUNTIME: "CUDA runtime",
    Rung.CUDNN: "cuDNN",
    Rung.FRAMEWORK_BUILD: "build",
    Rung.FRAMEWORK_SEES_GPU: "sees the GPU",
    Rung.COMPUTES: "computes",
}

_SCOPES = {
    "environment": "this environment only",
    "system": "changes the system",
    "host": "outside this system",
    "reboot": "reboot",
}


def title_of(verdict: Verdict) -> str:
    """Tell what the verdict is called: a finding may have a title of its own."""
    return verdict.title if isinstance(verdict, Finding) else verdict.diagnosis.title


def detail_of(verdict: Verdict) -> str:
    """Tell what the verdict says: its detail, why it does not apply, or what is missing."""
    match verdict:
        case Finding() | Cleared():
            return verdict.detail
        case NotApplicable():
            return verdict.reason
        case Undetermined():
            return verdict.missing


def evidence_of(verdict: Verdict) -> tuple[Evidence, ...]:
    """Return the facts that the verdict rests on."""
    return () if isinstance(verdict, NotApplicable) else verdict.evidence


def remedies_of(verdict: Verdict) -> tuple[Remedy, ...]:
    """Return what repairs it, where it is a finding."""
    return verdict.remedies if isinstance(verdict, Finding) else ()


def subject_name(subject: Subject, snapshot: Snapshot | None) -> str:
    """Name a subject; environments are told apart where there are several."""
    if subject.kind == "machine":
        return "this machine"
    if subject.kind == "gpu" and subject.gpu is None:
        return subject.name  # NVML gives it no index
    if subject.kind == "gpu":
        return f"GPU {subject.gpu}" + (f" ({subject.name})" if subject.name else "")
    several = snapshot is not None and len(snapshot.environments) > 1
    place = f" [environment {subject.environment}]" if several else ""
    return subject.name + place


def price(remedy: Remedy) -> list[str]:
    """List what a remedy costs, each cost in a few words."""
    costs = ["needs root"] if remedy.needs_root else []
    costs.append(_SCOPES[remedy.scope])
    if remedy.download_bytes is not None:
        costs.append(f"downloads {size(remedy.download_bytes)}")
    if remedy.stops:
        costs.append("stops: " + ", ".join(remedy.stops))
    return costs


def size(count: int) -> str:
    """Write bytes as people say them, in powers of ten as download pages do."""
    if count >= 1_000_000_000:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1_000_000 else f"{max(count, 0) / 1e3:.0f} kB"


def findings_apart(report: Report) -> list[Ranked]:
    """Return the findings that stand beside the root cause, in the report's order."""
    return [
        each
        for each in report.ranked
        if each.status in (Status.FAIL, Status.WARN)  # a pardoned finding is skipped
        and each.role is not Role.CONSEQUENCE
        and each != report.root_cause
    ]


def consequences(report: Report, cause: Ranked) -> list[Ranked]:
    """Return the findings that are folded under `cause`."""
    id_, subject = cause.verdict.diagnosis.id, cause.verdict.subject
    folded = [each for each in report.ranked if each.explained_by == id_]
    contained = [each for each in folded if subject.contains(each.verdict.subject)]
    return contained if cause != report.root_cause else folded


def things_to_do(report: Report) -> list[tuple[Ranked, Remedy]]:
    """Choose at most three remedies: the root cause's first, with room for what stands apart."""
    cause = report.root_cause
    mine = [(cause, each) for each in remedies_of(cause.verdict)] if cause is not None else []
    known_steps = [each.steps for _, each in mine]
    apart = [
        (ranked, remedy)
        for ranked in findings_apart(report)
        for remedy in remedies_of(ranked.verdict)
        if remedy.steps not in known_steps  # two frameworks may need one and the same repair
    ]
    room = MOST_REMEDIES - 1 if apart else MOST_REMEDIES
    return [*mine[:room], *apart][:MOST_REMEDIES]


def ladder_groups(report: Report) -> list[tuple[Subject, list[RungState]]]:
    """Group the ladder's rungs by subject, in the order of first appearance."""
    groups: dict[Subject, list[RungState]] = {}
    for state in report.ladder:
        groups.setdefault(state.subject, []).append(state)
    return list(groups.items())


def framework_version(subject: Subject, snapshot: Snapshot | None) -> str:
    """Return the version of the framework that a subject is, where it is known."""
    if snapshot is None or subject.kind != "package":
        return ""
    for index, framework in snapshot.frameworks():
        if (index, framework.name) == (subject.environment, subject.name):
            return known(framework.version) or ""
    return ""


def with_status(report: Report, status: Status) -> list[Ranked]:
    """Return the report's verdicts of one status."""
    return [each for each in report.ranked if each.status is status]


def to_explain(report: Report) -> str | None:
    """Return the id of the page to read first: the root cause's, else of what stands first."""
    if report.root_cause is not None:
        return report.root_cause.verdict.diagnosis.id
    first = [*findings_apart(report), *with_status(report, Status.UNDETERMINED)]
    return first[0].verdict.diagnosis.id if first else None


def examined_platform(platform: PlatformFacts) -> str:
    """Say which machine was examined: ``Ubuntu 24.04, Linux 6.8, x86_64, in docker``."""
    system = {"linux": "Linux", "windows": "Windows", "darwin": "macOS"}.get(
        platform.os, platform.os
    )
    kernel, wsl, container = known(platform.kernel), known(platform.wsl), known(platform.container)
    words = [
        known(platform.distribution),
        f"{system} {kernel}" if kernel else system,
        platform.cpu_arch,
        f"WSL {wsl}" if wsl else None,
        f"in {container}" if container else None,
    ]
    return ", ".join(word for word in words if word)


def examined_python(python: PythonFacts) -> str:
    """Say which interpreter was examined, and why that one; nothing where a text names none."""
    version = known(python.version)
    if python.chosen_by == THE_TEXT:
        return f"Python {version}" if version else ""
    chosen = f" (from {python.chosen_by})" if python.chosen_by else ""
    return f"Python {version or 'of unknown version'} at {python.executable}{chosen}"


def duration(milliseconds: float) -> str:
    """Write a time as people say it."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.0f} ms"
