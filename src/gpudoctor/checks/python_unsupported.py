"""Decide ``python-unsupported``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.diagnoses import PYTHON_UNSUPPORTED as DIAGNOSIS
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Evidence, Remedy, Verdict, framework_subject
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.installing import TORCH_INDEX, other_python, python_by_its_files

if TYPE_CHECKING:
    from gpudoctor.checks._installer import Answer
    from gpudoctor.checks._requests import Request


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    asked: tuple[Request, ...] = ()
    if snapshot.symptoms:  # few machines tell of an installer, and its reader costs the start
        from gpudoctor.checks._requests import requests  # noqa: PLC0415

        asked = tuple(requests(snapshot))
    for request in asked:
        yield _judged(snapshot, matrix, request)
    failed = {(each.name, each.symptom.environment) for each in asked}
    for index, framework in snapshot.frameworks():
        if (framework.name, index) not in failed:
            pointer = framework_pointer(index, framework.name, "version")
            evidence = (Evidence.of(pointer, framework.version),)
            subject = framework_subject(framework.name, index)
            yield DIAGNOSIS.cleared(subject, "it is installed for this Python", evidence)


def _judged(snapshot: Snapshot, matrix: Matrix, request: "Request") -> Verdict:
    from gpudoctor.checks._installer import answer  # noqa: PLC0415

    told = answer(snapshot, matrix, request)
    evidence = (request.evidence, *told.evidence)
    if told.cause == "unknown":
        return DIAGNOSIS.undetermined(request.subject, told.words, evidence)
    if told.cause != "python":
        return DIAGNOSIS.not_applicable(request.subject, told.words)
    return DIAGNOSIS.finding(
        request.subject,
        f"{request.text} was not installed: {told.words}.",
        evidence=evidence,
        remedies=(_remedy(snapshot, request, told),),
        confidence=told.confidence,
        title=f"{request.name} has no wheel for this Python or platform",
    )


def _remedy(snapshot: Snapshot, request: "Request", told: "Answer") -> Remedy:
    from gpudoctor.checks._installer import newest_python  # noqa: PLC0415

    python = newest_python(told.releases)
    if python is None:
        return python_by_its_files(request.name, DIAGNOSIS.id)
    tag = request.tag if told.releases and request.tag in told.releases[0].tags else None
    index = ("--index-url", TORCH_INDEX + tag) if tag else ()
    return other_python(snapshot.platform, python, (_wanted(request, tag), *index), DIAGNOSIS.id)


def _wanted(request: "Request", tag: str | None) -> str:
    """The requirement in words of our own: one release, or the package."""
    if request.version is None:
        return request.name
    return f"{request.name}=={request.version}{f'+{tag}' if tag else ''}"
