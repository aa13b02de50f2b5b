"""Decide ``toolkit-mismatch``."""

from collections.abc import Iterator

from gpudoctor.checks._build_places import Message, Place, build_places
from gpudoctor.checks._toolkit_limits import capability_of, reach_of
from gpudoctor.checks._toolkits import (
    Need,
    serving_toolkits,
    taken_evidence,
    taken_toolkit,
    what_compiles,
)
from gpudoctor.checks._visible_gpus import visible_gpus
from gpudoctor.diagnoses import TOOLKIT_MISMATCH as DIAGNOSIS
from gpudoctor.facts import Known, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.jit import newer_release
from gpudoctor.remedies.toolkit import build_for_this_gpu, install_toolkit, use_toolkit
from gpudoctor.versions import CudaVersion

_DIFFERS, _TOO_OLD = "toolkit-differs", "toolkit-too-old"
_UNKNOWN = "toolkit-unknown-to-numba"
_ARCHITECTURE, _OPTION = "nvcc-lacks-architecture", "nvcc-lacks-option"


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    for place in build_places(snapshot, _DIFFERS, _TOO_OLD, _ARCHITECTURE, _OPTION, _UNKNOWN):
        if (message := place.said(_DIFFERS)) is not None:
            yield _differs(snapshot, place, message)
        elif (message := place.said(_ARCHITECTURE)) is not None:
            yield _lacks_architecture(snapshot, matrix, place, message)
        elif (message := place.said(_TOO_OLD, _OPTION)) is not None:
            yield _too_old(snapshot, place, message)
        elif (message := place.said(_UNKNOWN)) is not None:
            yield _unknown_to_numba(snapshot, place, message)
        elif (compiles := what_compiles(snapshot, place)) is not None:
            yield _by_versions(snapshot, matrix, place, compiles)
        else:
            reason = "nothing here is known to compile CUDA code, so any toolkit will do"
            yield DIAGNOSIS.not_applicable(place.subject, reason)


def _differs(snapshot: Snapshot, place: Place, message: Message) -> Verdict:
    nvcc, built_for = _version(message.symptom.names), place.cuda
    if nvcc is not None and built_for is not None:
        words = f"nvcc is of CUDA {nvcc}, and PyTorch is built for CUDA {built_for}"
        sure = nvcc.major != built_for.major
    else:
        words = "nvcc is of another CUDA than PyTorch was built for"
        sure = False
    return DIAGNOSIS.finding(
        place.subject,
        f"{words}; a build of extensions refuses that: {message.words}.",
        evidence=(message.evidence, *_built_for(place)),
        remedies=_toolkit_of(snapshot, place, built_for),
        blocks=True,
        confidence=Confidence.CERTAIN if sure else Confidence.STATED,
    )


def _lacks_architecture(
    snapshot: Snapshot, matrix: Matrix, place: Place, message: Message
) -> Verdict:
    target = message.symptom.names or ""
    capability = capability_of(target)
    reach = None if capability is None else reach_of(matrix, capability)
    toolkit = taken_toolkit(snapshot)
    nvcc = known(toolkit.version) if toolkit else None
    agrees = reach is not None and nvcc is not None and not reach.includes(nvcc)
    wanted = place.cuda if reach is None else reach.nearest(place.cuda)
    remedies = _toolkit_of(snapshot, place, wanted)
    if reach is not None and reach.last is not None and reach.last != nvcc:
        ours = sorted({str(each.capability) for each in visible_gpus(snapshot, matrix)})
        if ours and str(capability) not in ours:
            remedies = (build_for_this_gpu(";".join(ours), DIAGNOSIS.id), *remedies)
    said = f" nvcc here is of CUDA {nvcc}." if agrees else ""
    rule = "" if reach is None else f" {reach.words}."
    return DIAGNOSIS.finding(
        place.subject,
        f"nvcc does not compile for {target}, which the build asks for: {message.words}."
        f"{rule}{said}",
        evidence=(message.evidence, *(() if reach is None else (reach.evidence,))),
        remedies=remedies,
        blocks=True,
        confidence=Confidence.CERTAIN if agrees else Confidence.STATED,
        title=f"nvcc does not compile for {target}",
    )


def _too_old(snapshot: Snapshot, place: Place, message: Message) -> Verdict:
    needed = _version(message.symptom.names)
    wanted = max((each for each in (needed, place.cuda) if each is not None), default=None)
    return DIAGNOSIS.finding(
        place.subject,
        f"nvcc is older than what is built here needs: {message.words}.",
        evidence=(message.evidence, *_built_for(place)),
        remedies=_toolkit_of(snapshot, place, wanted),
        blocks=True,
        confidence=Confidence.STATED,
        title="nvcc is too old for what is built here",
    )


def _unknown_to_numba(snapshot: Snapshot, place: Place, message: Message) -> Verdict:
    return DIAGNOSIS.finding(
        place.subject,
        "Numba does not know the CUDA of the toolkit that it found, which is older or newer than "
        f"this release of Numba: {message.words}.",
        evidence=(message.evidence,),
        remedies=(
            *_toolkit_of(snapshot, place, place.cuda),
            newer_release("numba", DIAGNOSIS.id, place.environment),
        ),
        blocks=True,
        confidence=Confidence.STATED,
        title="Numba does not know the CUDA of this toolkit",
    )


def _by_versions(snapshot: Snapshot, matrix: Matrix, place: Place, compiles: Need) -> Verdict:
    toolkit, built_for = taken_toolkit(snapshot), place.cuda
    if not isinstance(snapshot.build.toolkits, Known):
        return DIAGNOSIS.undetermined(
            place.subject, "which toolkit a build takes", (compiles.evidence,)
        )
    if toolkit is None or not known(toolkit.nvcc):
        return DIAGNOSIS.not_applicable(place.subject, "no nvcc is found, so none differs")
    nvcc = known(toolkit.version)
    evidence = (compiles.evidence, taken_evidence(snapshot), *_built_for(place))
    if nvcc is None or built_for is None:
        return DIAGNOSIS.undetermined(place.subject, "nvcc's CUDA and the framework's", evidence)
    if nvcc.major != built_for.major:
        words, wanted = f"PyTorch is built for CUDA {built_for}", built_for
    elif (short := _short_of(snapshot, matrix, nvcc)) is not None:
        words, wanted = short
    else:
        return DIAGNOSIS.cleared(place.subject, f"nvcc of CUDA {nvcc} serves this build", evidence)
    return DIAGNOSIS.finding(
        place.subject,
        f"{compiles.words}; it would take nvcc of CUDA {nvcc} "
        f"from {toolkit.path}, and {words}. That something will be compiled is an inference.",
        evidence=evidence,
        remedies=_toolkit_of(snapshot, place, max(wanted, built_for)),
        blocks=False,
        confidence=Confidence.LIKELY,
    )


def _short_of(
    snapshot: Snapshot, matrix: Matrix, nvcc: CudaVersion
) -> tuple[str, CudaVersion] | None:
    """The GPU here that this nvcc is too old for, and the first CUDA that serves it."""
    for gpu in visible_gpus(snapshot, matrix):
        reach = reach_of(matrix, gpu.capability)
        if reach is not None and reach.first is not None and nvcc < reach.first:
            return f"{gpu.name} needs CUDA {reach.first} or later", reach.first
    return None


def _toolkit_of(snapshot: Snapshot, place: Place, cuda: CudaVersion | None) -> tuple[Remedy, ...]:
    """A toolkit of that CUDA: the one that is here, or else one to install."""
    if cuda is not None:
        for here in serving_toolkits(snapshot, place, cuda):
            version = known(here.version)
            if version is not None and version >= cuda:
                return (use_toolkit(here, DIAGNOSIS.id, place.environment),)
    return (install_toolkit(snapshot, cuda, DIAGNOSIS.id, place.environment),)


def _built_for(place: Place) -> tuple[Evidence, ...]:
    framework = place.framework("torch", "tensorflow")
    if framework is None:
        return ()
    pointer = f"/environments/{place.index}/frameworks/{framework.name}/built_for_cuda"
    return (Evidence.of(pointer, framework.built_for_cuda),)


def _version(text: str | None) -> CudaVersion | None:
    try:
        return None if text is None else CudaVersion.parse(text)
    except ValueError:
        return None
