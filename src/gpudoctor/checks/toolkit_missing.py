"""Decide ``toolkit-missing``."""

from collections.abc import Iterator

from gpudoctor.checks._build_places import Message, Place, build_places
from gpudoctor.checks._toolkits import (
    Need,
    serving_toolkits,
    taken_evidence,
    taken_toolkit,
    toolkits_for,
    what_compiles,
    what_needs_nvvm,
)
from gpudoctor.diagnoses import TOOLKIT_MISSING as DIAGNOSIS
from gpudoctor.facts import Absent, Known, Snapshot, Unknown, known
from gpudoctor.findings import Confidence, Evidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.toolkit import install_nvcc_parts, install_toolkit, use_toolkit

_NVVM = "nvvm-missing"
_PTXAS = "ptxas-missing"
_WHAT = {
    "toolkit-not-found": "nvcc",
    "toolkit-header-missing": "CUDA's headers",
    "toolkit-library-missing": "CUDA's libraries to link against",
    _NVVM: "NVVM and libdevice",
    _PTXAS: "ptxas",
}


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    for place in build_places(snapshot, *_WHAT):
        if (message := place.said(*_WHAT)) is not None:
            yield _stated(snapshot, place, message)
        elif (need := what_compiles(snapshot, place)) is not None:
            yield _seen(snapshot, place, need)
        elif (need := what_needs_nvvm(snapshot, place)) is not None:
            yield _nvvm(snapshot, place, need)
        else:
            reason = "nothing here is known to compile CUDA code"
            yield DIAGNOSIS.not_applicable(place.subject, reason)


def _stated(snapshot: Snapshot, place: Place, message: Message) -> Verdict:
    what = _WHAT[message.symptom.id]
    is_on_disk = _has(snapshot, place, message.symptom.id)
    confidence = Confidence.CERTAIN if is_on_disk is False else Confidence.STATED
    looked = (taken_evidence(snapshot),) if is_on_disk is not None else ()
    seen = {
        None: "",
        False: " None is on this disk where toolkits lie.",
        True: " There is one on this disk, which that program did not find.",
    }[is_on_disk]
    return DIAGNOSIS.finding(
        place.subject,
        f"What compiles CUDA code needs {what} and does not find it: {message.words}.{seen}",
        evidence=(message.evidence, *looked),
        remedies=_remedies(snapshot, place, is_part=message.symptom.id in (_NVVM, _PTXAS)),
        blocks=True,
        confidence=confidence,
        title=f"{what[0].upper()}{what[1:]}: not found by what compiles CUDA code",
    )


def _has(snapshot: Snapshot, place: Place, id_: str) -> bool | None:
    """Whether a toolkit here has what was missed; None where nobody looked."""
    if not isinstance(snapshot.build.toolkits, Known):
        return None
    listed = toolkits_for(snapshot, place)
    if id_ == "toolkit-library-missing":
        return None  # these lie in many folders, and most toolkits here have some of them
    if id_ == _NVVM:
        return any(isinstance(each.libdevice, Known) for each in listed)
    if id_ == _PTXAS:
        return any(isinstance(each.ptxas, Known) for each in listed)
    if id_ == "toolkit-header-missing":
        return any(isinstance(each.headers, Known) for each in listed)
    return any(isinstance(each.nvcc, Known) for each in listed)


def _seen(snapshot: Snapshot, place: Place, compiles: Need) -> Verdict:
    taken, toolkit = snapshot.build.taken, taken_toolkit(snapshot)
    if isinstance(taken, Unknown):
        return DIAGNOSIS.undetermined(
            place.subject, "which toolkit a build takes", (compiles.evidence,)
        )
    evidence = (compiles.evidence, taken_evidence(snapshot))
    if toolkit is not None and isinstance(toolkit.nvcc, Known):
        return DIAGNOSIS.cleared(place.subject, f"{toolkit.path} has nvcc", evidence)
    if isinstance(taken, Absent):
        where = "CUDA_HOME is not set, PATH has no nvcc, and /usr/local/cuda does not exist"
    else:
        where = f"{taken.source} leads to {taken.value}, which has no nvcc"
    return DIAGNOSIS.finding(
        place.subject,
        f"{compiles.words}, and {where}. That something will be compiled is an inference.",
        evidence=evidence,
        remedies=_remedies(snapshot, place, is_part=False),
        blocks=False,
        confidence=Confidence.LIKELY,
        title="No nvcc for what compiles CUDA code here",
    )


def _nvvm(snapshot: Snapshot, place: Place, need: Need) -> Verdict:
    has = _has(snapshot, place, _NVVM)
    if has is None:
        return DIAGNOSIS.undetermined(
            place.subject, "where NVVM and libdevice lie", (need.evidence,)
        )
    if has:
        return DIAGNOSIS.cleared(
            place.subject, "libdevice is here, and NVVM with it", (need.evidence,)
        )
    looked = Evidence("/toolkits", "no libdevice", "the folders of toolkits and wheels")
    return DIAGNOSIS.finding(
        place.subject,
        f"{need.words}, and neither a toolkit nor a wheel here has them. That it will be used on "
        "a GPU is an inference.",
        evidence=(need.evidence, looked),
        remedies=_remedies(snapshot, place, is_part=True),
        blocks=False,
        confidence=Confidence.LIKELY,
        title="No NVVM for what compiles with it here",
    )


def _remedies(snapshot: Snapshot, place: Place, *, is_part: bool) -> tuple[Remedy, ...]:
    cuda, environment = place.cuda, place.environment
    here = next(serving_toolkits(snapshot, place, cuda), None)
    ours = () if here is None else (use_toolkit(here, DIAGNOSIS.id, environment),)
    if is_part:
        what = "ptxas, NVVM and libdevice"
        return (*ours, install_nvcc_parts(snapshot, cuda, DIAGNOSIS.id, environment, what=what))
    if here is not None and known(here.version) == cuda is not None:
        return ours
    return (*ours, install_toolkit(snapshot, cuda, DIAGNOSIS.id, environment))
