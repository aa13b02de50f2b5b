"""Decide ``libdevice-missing``."""

from collections.abc import Iterator

from gpudoctor.checks._build_places import Message, Place, build_places
from gpudoctor.checks._toolkits import toolkits_for
from gpudoctor.diagnoses import LIBDEVICE_MISSING as DIAGNOSIS
from gpudoctor.facts import Known, Snapshot, Toolkit, known
from gpudoctor.findings import Confidence, Evidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.jit import gather_libdevice, name_cuda_folder
from gpudoctor.remedies.toolkit import install_nvcc_parts

_FILE, _FOLDER = "libdevice-not-found", "libdevice-folder-not-found"
_FAILED = "xla-compilation-failed"  # says nothing by itself
_BELOW = "/nvvm/libdevice/libdevice.10.bc"  # the place below its data folder that XLA knows
_LOOKED_INTO = ("XLA_FLAGS", "/usr/local/cuda", "a wheel")
_ASKS_FOR_XLA = ("--tf_xla_auto_jit=1", "--tf_xla_auto_jit=2")


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    for place in build_places(snapshot, _FILE, _FOLDER, _FAILED):
        if (message := place.said(_FILE) or place.said(_FOLDER)) is not None:
            yield _stated(snapshot, place, message)
        elif (asked := _asked_for(snapshot, place)) is None:
            reason = "nothing here is known to compile with XLA"
            yield DIAGNOSIS.not_applicable(place.subject, reason)
        else:
            yield _seen(snapshot, place, asked)


def _stated(snapshot: Snapshot, place: Place, message: Message) -> Verdict:
    is_fatal = message.symptom.id == _FILE or place.said(_FAILED) is not None
    found = _copies(snapshot, place)
    toolkits = snapshot.build.toolkits
    confidence, on_disk = Confidence.STATED, ""
    if isinstance(toolkits, Known) and not found:
        confidence, on_disk = Confidence.CERTAIN, " None is where toolkits and wheels lie."
    elif found:
        on_disk = f" {found[0]} is on this disk, where XLA did not look."
    rest = "" if is_fatal else " What does not need its functions is compiled all the same."
    return DIAGNOSIS.finding(
        place.subject,
        f"XLA does not find libdevice, CUDA's library of device functions: {message.words}."
        f"{on_disk}{rest}",
        evidence=(message.evidence, *(_evidence(found) if found else ())),
        remedies=_remedies(snapshot, place),
        blocks=is_fatal,
        confidence=confidence,
    )


def _asked_for(snapshot: Snapshot, place: Place) -> Evidence | None:
    """The variable that makes TensorFlow compile with XLA."""
    flags = snapshot.variables.get("TF_XLA_FLAGS", "")
    if place.framework("tensorflow") is None or not any(f in flags for f in _ASKS_FOR_XLA):
        return None
    return Evidence("/variables/TF_XLA_FLAGS", flags, "the environment")


def _seen(snapshot: Snapshot, place: Place, asked: Evidence) -> Verdict:
    if not isinstance(snapshot.build.toolkits, Known):
        return DIAGNOSIS.undetermined(place.subject, "where libdevice lies", (asked,))
    served = [
        path
        for each in toolkits_for(snapshot, place)
        if each.found_by in _LOOKED_INTO and (path := _usable(each)) is not None
    ]
    if served:
        detail = f"XLA looks into {served[0]}"
        return DIAGNOSIS.cleared(place.subject, detail, (asked, *_evidence(tuple(served))))
    return DIAGNOSIS.finding(
        place.subject,
        "TF_XLA_FLAGS makes TensorFlow compile with XLA, and libdevice is neither among the "
        "wheels nor in /usr/local/cuda. That XLA needs it is an inference.",
        evidence=(asked, Evidence("/toolkits", "no libdevice", snapshot.build.toolkits.source)),
        remedies=_remedies(snapshot, place),
        blocks=False,
        confidence=Confidence.LIKELY,
    )


def _copies(snapshot: Snapshot, place: Place) -> tuple[str, ...]:
    listed = (known(each.libdevice) for each in toolkits_for(snapshot, place))
    return tuple(each for each in listed if each is not None)


def _usable(toolkit: Toolkit) -> str | None:
    path = known(toolkit.libdevice)
    return path if path is not None and path.endswith(_BELOW) else None


def _evidence(paths: tuple[str, ...]) -> tuple[Evidence, ...]:
    return (Evidence("/toolkits", ", ".join(paths), "the folders of toolkits"),)


def _remedies(snapshot: Snapshot, place: Place) -> tuple[Remedy, ...]:
    """Name a folder that is here, which costs nothing; else install the parts."""
    environment = place.environment
    found = _copies(snapshot, place)
    for path in found:
        if path.endswith(_BELOW):
            return (name_cuda_folder(path.removesuffix(_BELOW), DIAGNOSIS.id, environment),)
    for path in found:
        return (gather_libdevice(path, DIAGNOSIS.id, environment),)
    what = "libdevice and ptxas"
    return (install_nvcc_parts(snapshot, place.cuda, DIAGNOSIS.id, environment, what=what),)
