"""The repairs of a compiler that is run at work and does not know the GPU."""

from gpudoctor.checks._arch_remedies import code_for_gpus
from gpudoctor.checks._build_places import Message, Place
from gpudoctor.checks._toolkit_limits import Reach
from gpudoctor.checks._toolkits import toolkits_for
from gpudoctor.diagnoses import JIT_COMPILER_TOO_OLD as DIAGNOSIS
from gpudoctor.facts import Known, Snapshot, Toolkit, known
from gpudoctor.findings import Remedy
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.jit import newer_release, use_assembler
from gpudoctor.remedies.toolkit import install_nvcc_parts

OVERRIDES = ("TRITON_PTXAS_PATH", "TRITON_PTXAS_BLACKWELL_PATH")
_OF_XLA = ("XLA", "TF requires", "does not support CC", "Falling back to the")


def newer_compiler(
    snapshot: Snapshot,
    matrix: Matrix,
    place: Place,
    reach: Reach | None,
    message: Message | None = None,
) -> tuple[Remedy, ...]:
    """XLA's ptxas as a wheel; for Triton one that is here; else a build with newer compilers."""
    environment, torch = place.environment, place.framework("torch")
    text = "" if message is None else message.symptom.text
    if any(each in text for each in _OF_XLA):
        cuda = None if reach is None else reach.nearest(place.cuda)
        return (
            install_nvcc_parts(snapshot, cuda, DIAGNOSIS.id, environment, what="a newer ptxas"),
        )
    if place.index is None or torch is None:
        return (newer_release("the package that compiles", DIAGNOSIS.id, environment),)
    newer = code_for_gpus(snapshot, matrix, place.index, torch, DIAGNOSIS.id)
    here = _toolkit_with_ptxas(snapshot, place, reach)
    if here is None or not snapshot.build.assemblers or "nvrtc" in text:
        return newer
    has_two = any(each.lowest_capability for each in snapshot.build.assemblers)
    return (use_assembler(here, OVERRIDES[has_two], DIAGNOSIS.id), *newer)


def _toolkit_with_ptxas(snapshot: Snapshot, place: Place, reach: Reach | None) -> Toolkit | None:
    """The newest toolkit here whose ptxas compiles for the GPU."""
    able = [
        (version, each)
        for each in toolkits_for(snapshot, place)
        if isinstance(each.ptxas, Known)
        and (version := known(each.version)) is not None
        and reach is not None
        and reach.includes(version)
    ]
    return max(able, key=lambda pair: pair[0])[1] if able else None
