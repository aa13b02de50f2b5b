"""Decide ``cuda-library-conflict``."""

from collections.abc import Iterator

from gpudoctor.checks._conflict_words import libraries_of, requirements_for
from gpudoctor.checks._library_messages import Message, about, of_no_framework
from gpudoctor.checks._library_verdicts import settled
from gpudoctor.checks._which_copy import load_evidence, loads_of, shadowing_folders
from gpudoctor.diagnoses import CUDA_LIBRARY_CONFLICT as DIAGNOSIS
from gpudoctor.facts import FrameworkFacts, Known, Snapshot, known
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
from gpudoctor.remedies.libraries import install_wheels, leave_folders_out
from gpudoctor.remedies.python_packages import install_again

_IDS = ("cuda-symbol-undefined", "cuda-library-outdated", "cuda-library-unloadable")


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    for index, framework in snapshot.frameworks():
        yield _of_framework(snapshot, index, framework)
    for subject, found in of_no_framework(snapshot, *_IDS).items():
        said = tuple(each for each in found if _tells(snapshot, subject.environment or 0, each))
        if said:
            remedy = leave_folders_out(snapshot, (), DIAGNOSIS.id)
            yield _finding(subject, said, (), Confidence.STATED, (remedy,))


def _of_framework(snapshot: Snapshot, index: int, framework: FrameworkFacts) -> Verdict:
    subject = framework_subject(framework.name, index)
    verdict = settled(DIAGNOSIS, subject, snapshot, framework)
    if verdict is not None:
        return verdict
    said = tuple(
        each
        for each in about(snapshot, index, framework.name, *_IDS)
        if _tells(snapshot, index, each)
    )
    if said:
        return _found(snapshot, index, framework, said)
    loads = framework.loads
    if isinstance(loads, Known):
        pointer = f"/environments/{index}/frameworks/{framework.name}/loads"
        evidence = (Evidence(pointer, "no message of a wrong version", loads.source),)
        return DIAGNOSIS.cleared(subject, "no library of another release is in the way", evidence)
    return DIAGNOSIS.not_applicable(subject, "nothing says that a library of another release loads")


def _tells(snapshot: Snapshot, index: int, message: Message) -> bool:
    """A library that can't be loaded tells of a conflict only where it is there."""
    if message.symptom.id != "cuda-library-unloadable":
        return True
    if index >= len(snapshot.environments):
        return False
    environment = snapshot.environments[index]
    stem = (message.symptom.names or "").lower()
    packages = known(environment.packages) or {}
    copies = known(environment.libraries) or ()
    return stem != "cudnn" and (
        any(name.startswith(f"nvidia-{stem}") for name in packages)
        or any(each.soname.startswith(f"lib{stem}.so") for each in copies)
    )


def _found(
    snapshot: Snapshot, index: int, framework: FrameworkFacts, said: tuple[Message, ...]
) -> Verdict:
    environment = snapshot.environments[index]
    stems = libraries_of(said)
    imported = known(framework.imported)
    error = known(imported.error) if imported else None
    is_raised = error is not None and any(each.symptom.text in error for each in said)
    is_seen = isinstance(environment.libraries, Known)
    loads = tuple(loads_of(framework, *stems))
    remedies: list[Remedy] = []
    folders = shadowing_folders(framework, *stems)
    if folders or (not is_seen and snapshot.variables.get("LD_LIBRARY_PATH")):
        remedies.append(leave_folders_out(snapshot, folders, DIAGNOSIS.id, framework.name))
    wheels, rivals = requirements_for(environment, framework, stems)
    if wheels:
        remedies.append(install_wheels(environment, wheels, DIAGNOSIS.id, replaces=rivals))
    else:
        version = known(framework.version)
        remedies.append(install_again(environment, framework.name, version, DIAGNOSIS.id))
    evidence = tuple(load_evidence(index, framework, each) for each in loads[:3])
    sure = Confidence.CERTAIN if is_raised and is_seen else Confidence.STATED
    subject = framework_subject(framework.name, index)
    return _finding(subject, said, evidence, sure, tuple(remedies))


def _finding(
    subject: Subject,
    said: tuple[Message, ...],
    shown: tuple[Evidence, ...],
    confidence: Confidence,
    remedies: tuple[Remedy, ...],
) -> Finding:
    name = subject.name if subject.kind == "package" else "a package here"
    named = ", ".join(dict.fromkeys(each.symptom.names or "" for each in said)).strip(", ")
    if said[0].symptom.id == "cuda-symbol-undefined":
        what = f"{named} is not in the copy that is loaded, so that copy is of another release"
    elif said[0].symptom.id == "cuda-library-outdated":
        what = f"the {named} that is loaded is older than the one that it was built against"
    else:
        what = (
            f"{named} is installed and can't be loaded, as when what it needs is of another release"
        )
    which = f" {shown[0].value}." if shown else ""
    return DIAGNOSIS.finding(
        subject,
        f"{name} gets CUDA libraries that don't belong together: {what}.{which}",
        title=f"{name} loads CUDA libraries of different releases",
        evidence=(*(each.evidence for each in said), *shown),
        remedies=remedies,
        confidence=confidence,
    )
