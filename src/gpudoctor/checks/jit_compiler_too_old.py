"""Decide ``jit-compiler-too-old``."""

from collections.abc import Iterator

from gpudoctor.checks._build_places import Message, Place, build_places
from gpudoctor.checks._jit_remedies import OVERRIDES, newer_compiler
from gpudoctor.checks._toolkit_limits import Reach, capability_of, reach_of
from gpudoctor.checks._visible_gpus import VisibleGpu, visible_gpus
from gpudoctor.diagnoses import JIT_COMPILER_TOO_OLD as DIAGNOSIS
from gpudoctor.facts import BundledAssembler, Known, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.versions import ComputeCapability, CudaVersion

_ARCHITECTURE, _PTX = "assembler-lacks-architecture", "assembler-lacks-ptx-version"
_PASSED_OVER, _FAILED = "assembler-passed-over", "kernel-not-in-module"


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    for place in build_places(snapshot, _ARCHITECTURE, _PTX, _PASSED_OVER, _FAILED):
        if (message := place.said(_ARCHITECTURE, _PTX) or place.said(_PASSED_OVER)) is not None:
            yield _stated(snapshot, matrix, place, message)
        else:
            yield _by_versions(snapshot, matrix, place)


def _stated(snapshot: Snapshot, matrix: Matrix, place: Place, message: Message) -> Verdict:
    reach = _reach(snapshot, matrix, place, message)
    # XLA's messages are of another ptxas than Triton's.
    is_tritons = message.symptom.id == _ARCHITECTURE
    bundled = _bundled_for(snapshot, place, reach) if is_tritons else None
    version = None if bundled is None else known(bundled.version)
    if message.symptom.names == "nvrtc":
        version = place.cuda  # PyTorch's nvrtc is of the CUDA that it was built for
    is_shown = reach is not None and version is not None and not reach.includes(version)
    failed = place.said(_FAILED)
    # XLA hands over to the driver's own compiler, and often that works.
    blocks = message.symptom.id != _PASSED_OVER or failed is not None
    rule = "" if reach is None else f" {reach.words}."
    seen = f" The compiler here is of CUDA {version}." if is_shown else ""
    rest = "" if blocks else " The driver compiles in its place, which is slower to start."
    return DIAGNOSIS.finding(
        place.subject,
        f"A compiler that is run at work does not know this GPU, or what it is handed: "
        f"{message.words}.{rule}{seen}{rest}",
        evidence=(
            message.evidence,
            *(() if failed is None else (failed.evidence,)),
            *(() if bundled is None else (_evidence(snapshot, bundled),)),
            *(() if reach is None else (reach.evidence,)),
        ),
        remedies=newer_compiler(snapshot, matrix, place, reach, message),
        blocks=blocks,
        confidence=Confidence.CERTAIN if is_shown else Confidence.STATED,
        title=_title(reach, version),
    )


def _title(reach: Reach | None, version: CudaVersion | None) -> str | None:
    """Newer compilers drop old GPUs: there the diagnosis' own title would mislead."""
    if reach is None or reach.last is None or version is None or version <= reach.last:
        return None
    return f"A compiler that is run at work knows compute capability {reach.capability} no more"


def _reach(snapshot: Snapshot, matrix: Matrix, place: Place, message: Message) -> Reach | None:
    """The limits of the architecture that the message names, else of the GPU that is meant."""
    capability = capability_of(message.symptom.names)
    if capability is None and message.symptom.id == _ARCHITECTURE:
        ours = {each.capability for each in visible_gpus(snapshot, matrix)}
        outside = {each for each in ours if _is_outside(matrix, each, place.cuda)}
        capability = max(outside or ours, default=None)
    return None if capability is None else reach_of(matrix, capability)


def _is_outside(matrix: Matrix, capability: ComputeCapability, cuda: CudaVersion | None) -> bool:
    reach = reach_of(matrix, capability)
    return reach is not None and cuda is not None and not reach.includes(cuda)


def _by_versions(snapshot: Snapshot, matrix: Matrix, place: Place) -> Verdict:
    """Triton's own ptxas against the GPUs; without Triton nothing is decided by versions."""
    gpus = visible_gpus(snapshot, matrix)
    pairs = [
        (gpu, ours, reach)
        for gpu in gpus
        if (reach := reach_of(matrix, gpu.capability)) is not None
        and (ours := _bundled_for(snapshot, place, reach)) is not None
    ]
    if not pairs or any(name in snapshot.variables for name in OVERRIDES):
        reason = "no compiler with a choice of its own, such as Triton's, was looked at"
        return DIAGNOSIS.not_applicable(place.subject, reason)
    for gpu, ours, reach in pairs:
        version = known(ours.version)
        if version is not None and reach.first is not None and version < reach.first:
            return _found_by_versions(snapshot, matrix, place, gpu, ours, reach)
    if unknown := [ours for _, ours, _ in pairs if not isinstance(ours.version, Known)]:
        return DIAGNOSIS.undetermined(place.subject, f"the version of {unknown[0].path}")
    evidence = tuple(dict.fromkeys(_evidence(snapshot, ours) for _, ours, _ in pairs))
    return DIAGNOSIS.cleared(place.subject, "Triton's ptxas knows the GPUs here", evidence)


def _bundled_for(snapshot: Snapshot, place: Place, reach: Reach | None) -> BundledAssembler | None:
    """The ptxas that Triton would run for a GPU: the one for the highest capability below it."""
    fitting = [
        each
        for each in snapshot.build.assemblers
        if each.environment == place.index
        and reach is not None
        and each.lowest_capability <= reach.capability.major
    ]
    return max(fitting, key=lambda each: each.lowest_capability, default=None)


def _evidence(snapshot: Snapshot, ours: BundledAssembler) -> Evidence:
    number = snapshot.build.assemblers.index(ours)
    return Evidence.of(f"/build/assemblers/{number}/version", ours.version)


def _found_by_versions(
    snapshot: Snapshot,
    matrix: Matrix,
    place: Place,
    gpu: VisibleGpu,
    ours: BundledAssembler,
    reach: Reach,
) -> Verdict:
    return DIAGNOSIS.finding(
        place.subject,
        f"Triton's ptxas is of CUDA {known(ours.version)}, and {gpu.name} has compute capability "
        f"{gpu.capability}: {reach.words}. torch.compile and Triton's kernels fail here, ordinary "
        "kernels run. That something here uses Triton is an inference.",
        evidence=(_evidence(snapshot, ours), gpu.evidence, reach.evidence),
        remedies=newer_compiler(snapshot, matrix, place, reach),
        blocks=False,
        confidence=Confidence.LIKELY,
        title=f"Triton's ptxas can't compile for {gpu.name}",
    )
