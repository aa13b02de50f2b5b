"""Decide ``wheel-index-wrong``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.diagnoses import WHEEL_INDEX_WRONG as DIAGNOSIS
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Evidence, Remedy, Verdict, framework_subject
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.installing import from_torch_index, right_index

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
            yield DIAGNOSIS.cleared(subject, "it is installed: some index had it", evidence)


def _judged(snapshot: Snapshot, matrix: Matrix, request: "Request") -> Verdict:
    from gpudoctor.checks._installer import answer  # noqa: PLC0415

    told = answer(snapshot, matrix, request)
    evidence = (request.evidence, *told.evidence)
    if told.cause == "unknown":
        return DIAGNOSIS.undetermined(request.subject, told.words, evidence)
    if told.cause != "index":
        return DIAGNOSIS.not_applicable(request.subject, told.words)
    return DIAGNOSIS.finding(
        request.subject,
        f"{request.text} was not installed: {told.words}.",
        evidence=evidence,
        remedies=(_remedy(request, told),),
        confidence=told.confidence,
        title=f"The index that was asked does not have {request.name} as it was asked for",
    )


def _remedy(request: "Request", told: "Answer") -> Remedy:
    tags = told.releases[0].tags if request.version and told.releases else ()
    if not tags:
        return right_index(request.name, DIAGNOSIS.id)
    tag = _nearest(tags, request.tag)
    return from_torch_index(f"{request.name}=={request.version}+{tag}", tag, DIAGNOSIS.id)


def _nearest(tags: tuple[str, ...], wanted: str | None) -> str:
    """The very build; else the newest CUDA that is no newer than what was asked for."""
    if wanted in tags:
        return str(wanted)
    below = [each for each in tags if _number(each) <= _number(wanted or "")]
    return max(below or tags, key=_number)


def _number(tag: str) -> int:
    digits = tag.removeprefix("cu")
    return int(digits) if digits.isdigit() else 0
