"""Decide ``cudnn-version-mismatch``."""

from collections.abc import Iterator

from gpudoctor.checks._cudnn_copies import mixed_parts
from gpudoctor.checks._cudnn_numbers import found_and_built
from gpudoctor.checks._library_messages import Message, about, of_no_framework
from gpudoctor.checks._library_shortage import Lack, find_shortage
from gpudoctor.checks._library_verdicts import settled, surest, without_known_gpu
from gpudoctor.checks._other_cuda import needs_another_cuda
from gpudoctor.checks._provided import provided_cudnn
from gpudoctor.checks._which_copy import load_evidence, loads_of, shadowing_folders
from gpudoctor.diagnoses import CUDNN_VERSION_MISMATCH as DIAGNOSIS
from gpudoctor.facts import FrameworkFacts, Known, Snapshot, known
from gpudoctor.findings import (
    Confidence,
    Evidence,
    Remedy,
    Subject,
    Verdict,
    framework_subject,
)
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.libraries import leave_folders_out, matching_cudnn

_SAID = ("cudnn-version-differs", "cudnn-symbol-undefined")
_DEPENDENCY = "cudnn-dependency-missing"


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    for index, framework in snapshot.frameworks():
        yield _of_framework(snapshot, matrix, index, framework)
    for subject, found in of_no_framework(snapshot, *_SAID, _DEPENDENCY).items():
        said = tuple(e for e in found if _tells(snapshot, matrix, subject.environment or 0, e))
        if said:
            remedies = (matching_cudnn("the package", _wanted(said, None), DIAGNOSIS.id),)
            yield _finding(subject, said, (), Confidence.STATED, remedies)


def _of_framework(
    snapshot: Snapshot, matrix: Matrix, index: int, framework: FrameworkFacts
) -> Verdict:
    subject = framework_subject(framework.name, index)
    verdict = settled(DIAGNOSIS, subject, snapshot, framework)
    said = tuple(
        each
        for each in about(snapshot, index, framework.name, *_SAID, _DEPENDENCY)
        if _tells(snapshot, matrix, index, each)
    )
    # A framework that sees the GPU may still meet the wrong cuDNN in its first convolution.
    if said and (verdict is None or not _computes(framework)):
        return _said(snapshot, index, framework, said)
    if verdict is not None:
        return verdict
    lacks = find_shortage(snapshot, matrix, index, framework, "cudnn").of_another_version
    if lacks:
        return _of_another_version(snapshot, index, framework, lacks)
    mixed = mixed_parts(snapshot.environments[index], index, framework)
    if mixed is not None:
        words = f"{framework.name} loads parts of cuDNN of different releases: {mixed.value}."
        return _worded(snapshot, index, framework, words, (mixed,), Confidence.LIKELY)
    if isinstance(snapshot.environments[index].libraries, Known):
        return DIAGNOSIS.cleared(subject, "the cuDNN that is there is the one it was built for")
    return DIAGNOSIS.not_applicable(subject, "nothing says which cuDNN is loaded")


def _computes(framework: FrameworkFacts) -> bool:
    imported = known(framework.imported)
    return imported is not None and known(imported.computes) is True


def _tells(snapshot: Snapshot, matrix: Matrix, index: int, message: Message) -> bool:
    """cuDNN misses a CUDA library: it is the wrong cuDNN only where another CUDA is there."""
    if message.symptom.id != _DEPENDENCY:
        pair = found_and_built(message.symptom.text)
        return pair is None or pair[0] != pair[1]
    return needs_another_cuda(snapshot, matrix, index, message.symptom.names or "")


def _said(
    snapshot: Snapshot, index: int, framework: FrameworkFacts, said: tuple[Message, ...]
) -> Verdict:
    environment = snapshot.environments[index]
    loads = tuple(loads_of(framework, "libcudnn"))
    shown = tuple(load_evidence(index, framework, each) for each in loads[:2])
    sure = Confidence.CERTAIN if isinstance(environment.libraries, Known) else Confidence.STATED
    remedies = _remedies(snapshot, framework, _wanted(said, framework))
    return _finding(framework_subject(framework.name, index), said, shown, sure, remedies)


def _of_another_version(
    snapshot: Snapshot, index: int, framework: FrameworkFacts, lacks: tuple[Lack, ...]
) -> Verdict:
    subject = framework_subject(framework.name, index)
    if unsure := without_known_gpu(snapshot, framework):
        return DIAGNOSIS.undetermined(subject, unsure, tuple(each.evidence for each in lacks))
    there = tuple(provided_cudnn(snapshot, index))
    versions = " and ".join(dict.fromkeys(version for version, _ in there))
    wanted = ", ".join(each.soname for each in lacks)
    words = (
        f"{framework.name} needs {wanted}, and the cuDNN that is there is {versions or 'another'}. "
        "One major release can't stand for another."
    )
    shown = (*(each.evidence for each in lacks), *(evidence for _, evidence in there[:3]))
    return _worded(snapshot, index, framework, words, shown, surest(lacks))


def _worded(
    snapshot: Snapshot,
    index: int,
    framework: FrameworkFacts,
    words: str,
    shown: tuple[Evidence, ...],
    confidence: Confidence,
) -> Verdict:
    return DIAGNOSIS.finding(
        framework_subject(framework.name, index),
        words,
        title=f"{framework.name} finds the wrong cuDNN",
        evidence=shown,
        remedies=_remedies(snapshot, framework, _wanted((), framework)),
        confidence=confidence,
    )


def _wanted(said: tuple[Message, ...], framework: FrameworkFacts | None) -> str:
    """The cuDNN that was built for, as far as the message or the build tells it."""
    for each in said:
        pair = found_and_built(each.symptom.text)
        if pair is not None:
            return f"cuDNN {pair[1]} or a later release of the same major"
    built_for = known(framework.cudnn) if framework else None
    return f"cuDNN {built_for}" if built_for else "the cuDNN that it was built for"


def _remedies(snapshot: Snapshot, framework: FrameworkFacts, wanted: str) -> tuple[Remedy, ...]:
    folders = shadowing_folders(framework, "libcudnn")
    first = (leave_folders_out(snapshot, folders, DIAGNOSIS.id, "cuDNN"),)
    is_set = bool(folders) or bool(snapshot.variables.get("LD_LIBRARY_PATH"))
    return (*(first if is_set else ()), matching_cudnn(framework.name, wanted, DIAGNOSIS.id))


def _finding(
    subject: Subject,
    said: tuple[Message, ...],
    shown: tuple[Evidence, ...],
    confidence: Confidence,
    remedies: tuple[Remedy, ...],
) -> Verdict:
    name = subject.name if subject.kind == "package" else "a package here"
    pair = next((p for each in said if (p := found_and_built(each.symptom.text))), None)
    if pair is not None:
        words = f"{name} was built with cuDNN {pair[1]}, and cuDNN {pair[0]} is loaded."
    elif said[0].symptom.id == _DEPENDENCY:
        words = (
            f"The cuDNN that {name} loads asks for {said[0].symptom.names}: it is the build for "
            "another CUDA than the one that is there."
        )
    else:
        words = f"The cuDNN that {name} loads is not of the release that it was built for."
    return DIAGNOSIS.finding(
        subject,
        words,
        title=f"{name} finds the wrong cuDNN",
        evidence=(*(each.evidence for each in said), *shown),
        remedies=remedies,
        confidence=confidence,
    )
