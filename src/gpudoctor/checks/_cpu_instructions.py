"""What a framework asks of the processor, and what shows that it asked in vain."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._platform_words import processor
from gpudoctor.facts import FrameworkFacts, Snapshot, Symptom, known
from gpudoctor.findings import Evidence, Subject
from gpudoctor.matrix import Matrix

if TYPE_CHECKING:
    from gpudoctor.matrix.platform_queries import CpuInstructionsRow

_SIGNAL = "SIGILL"
# What programs are built with first, where nobody lists what this one uses.
_COMMON = ("avx",)
_NAMES = {"sse4.1": "sse4_1", "sse4.2": "sse4_2"}
_CARRIERS = {"tensorflow": "tensorflow", "jax": "jaxlib"}


@dataclass(frozen=True, slots=True)
class Crash:
    """An instruction that the processor refused, or a library's own word for it."""

    words: str
    evidence: tuple[Evidence, ...]
    needs: tuple[str, ...]  # what the program is known to use, else what is common
    named: tuple[str, ...]  # what the message itself names
    is_surely_so: bool  # it names what it uses, or the matrix does


def asked_of_cpu(
    snapshot: Snapshot, matrix: Matrix, subject: Subject, framework: FrameworkFacts
) -> "CpuInstructionsRow | None":
    """The matrix' row on the package that holds the framework's machine code."""
    package = _CARRIERS.get(framework.name)
    packages = known(snapshot.environments[subject.environment or 0].packages) or {}
    version = packages.get(package or "") or known(framework.version)
    if package is None or version is None:
        return None
    return matrix.cpu_instructions(package, version, processor(snapshot.platform))


def crash_of(
    snapshot: Snapshot, matrix: Matrix, subject: Subject, framework: FrameworkFacts
) -> Crash | None:
    """What shows that a framework met an instruction that the processor lacks."""
    row = asked_of_cpu(snapshot, matrix, subject, framework)
    imported = known(framework.imported)
    if imported is not None and imported.end.how == "crashed" and _SIGNAL in imported.end.detail:
        pointer = framework_pointer(subject.environment or 0, subject.name, "imported/end")
        line = Evidence(pointer, f"crashed, {imported.end.detail}", "a child process")
        return _crash(f"the import of {subject.name} died of an illegal instruction", line, row)
    for place, symptom in enumerate(snapshot.symptoms):
        if symptom.environment not in (None, subject.environment):
            continue
        if symptom.id == "cpu-lacks-instructions" and symptom.subject == subject.name:
            return _said(place, symptom, subject.name)
        own = symptom.subject == subject.name or _is_meant(snapshot, matrix, subject, symptom)
        if symptom.id == "illegal-instruction" and own:
            return _crash(
                f"a message tells of an illegal instruction beside {subject.name}",
                _line(place, symptom),
                row,
            )
    return None


def machine_crash(snapshot: Snapshot, matrix: Matrix) -> Crash | None:
    """A message of an illegal instruction that belongs to no framework that is known."""
    for place, symptom in enumerate(snapshot.symptoms):
        if symptom.id not in ("illegal-instruction", "cpu-lacks-instructions"):
            continue
        taken = any(
            crash_of(snapshot, matrix, Subject("package", f.name, environment=index), f)
            for index, f in snapshot.frameworks()
        )
        if taken:
            return None
        if symptom.id == "cpu-lacks-instructions":
            return _said(place, symptom, symptom.subject or "a program")
        return _crash("a message tells of an illegal instruction", _line(place, symptom), None)
    return None


def _is_meant(snapshot: Snapshot, matrix: Matrix, subject: Subject, symptom: Symptom) -> bool:
    """Whether a message without a subject is about this framework: the one that asks for more."""
    if symptom.subject is not None:
        return False
    asking = [
        framework.name
        for index, framework in snapshot.frameworks()
        if asked_of_cpu(
            snapshot, matrix, Subject("package", framework.name, environment=index), framework
        )
    ]
    names = asking or [framework.name for _, framework in snapshot.frameworks()]
    return names == [subject.name]


def _crash(words: str, line: Evidence, row: "CpuInstructionsRow | None") -> Crash:
    if row is None:
        return Crash(words, (line,), _COMMON, (), is_surely_so=False)
    return Crash(words, (line, row_evidence(row)), row.needs, (), is_surely_so=True)


def _said(place: int, symptom: Symptom, name: str) -> Crash:
    listed = (symptom.names or "").replace(",", " ").split()
    named = tuple(_NAMES.get(each.lower(), each.lower()) for each in listed)
    words = f"a message of {name} says that it uses {symptom.names or 'instructions'} and misses it"
    needs = named or _COMMON
    return Crash(words, (_line(place, symptom),), needs, named, is_surely_so=True)


def _line(place: int, symptom: Symptom) -> Evidence:
    return Evidence(f"/symptoms/{place}", symptom.text, "a message")


def row_evidence(row: "CpuInstructionsRow") -> Evidence:
    """The matrix' row, as evidence."""
    pointer = f"matrix:cpu_instructions/{row.package} {row.since}"
    return Evidence(pointer, f"uses {', '.join(row.needs)}", row.origin.checked)


def flags_evidence(snapshot: Snapshot, wanted: tuple[str, ...]) -> Evidence:
    """Which of the wanted instructions the processor shows."""
    flags = known(snapshot.platform.cpu_flags) or ()
    words = ", ".join(f"{each}: {'yes' if each in flags else 'no'}" for each in wanted)
    return Evidence("/platform/cpu_flags", words, "/proc/cpuinfo")
