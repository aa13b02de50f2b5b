"""Decide ``gpu-hidden-by-environment``."""

from collections.abc import Iterator

from gpudoctor.checks._allocation import (
    given_by_slurm,
    is_kept_by_slurm,
    is_slurm_job,
    slurm_evidence,
)
from gpudoctor.checks._cuda_answer import Answer, cuda_answer
from gpudoctor.checks._evidence import counted, nvml_evidence, pci_evidence
from gpudoctor.checks._mask import Mask, apply_mask, first_mig_id, hides_all
from gpudoctor.checks._presence import gpu_presence, working_gpus
from gpudoctor.diagnoses import GPU_HIDDEN_BY_ENVIRONMENT as DIAGNOSIS
from gpudoctor.facts import Absent, Known, Snapshot, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.visibility import show_gpus

_VARIABLE = "CUDA_VISIBLE_DEVICES"
_NO_DEVICE = 100  # CUDA_ERROR_NO_DEVICE


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    value, answer = snapshot.variables.get(_VARIABLE), cuda_answer(snapshot)
    result = answer.value.result if isinstance(answer, Known) else None
    if value is None and is_kept_by_slurm(snapshot):
        yield _given_none(snapshot)
    elif value is None:
        yield DIAGNOSIS.not_applicable(MACHINE, f"{_VARIABLE} is not set")
    elif devices := known(snapshot.libcuda.devices):
        yield _some_visible(snapshot, value, len(devices))
    elif first_mig_id(value) is not None:
        reason = f"{_VARIABLE} begins with an id of MIG, which mig-misconfigured looks at"
        yield DIAGNOSIS.not_applicable(MACHINE, reason)
    elif result is not None and result.code not in (0, _NO_DEVICE):
        reason = f"CUDA answers {result.code} ({result.name}), which no mask causes"
        yield DIAGNOSIS.not_applicable(MACHINE, reason)
    elif isinstance(snapshot.libcuda.load, Absent):
        yield DIAGNOSIS.not_applicable(MACHINE, "there is no libcuda that a mask could act on")
    else:
        yield _judged(snapshot, value, known(answer))


def _given_none(snapshot: Snapshot) -> Verdict:
    devices = known(snapshot.pci) or ()
    return DIAGNOSIS.finding(
        MACHINE,
        f"The bus has {counted(len(devices), 'NVIDIA GPU')}, the driver runs, and NVML lists none "
        "of them. This is a job of Slurm that no variable gives a GPU to: most likely it asked for "
        "none and Slurm keeps the devices from it, which is an inference.",
        title="Slurm gave this job no GPU",
        evidence=(slurm_evidence(snapshot), pci_evidence(snapshot), nvml_evidence(snapshot)),
        remedies=(show_gpus(snapshot, DIAGNOSIS.id, is_given=False),),
        confidence=Confidence.LIKELY,
    )


def _scheduler(snapshot: Snapshot) -> str:
    if not is_slurm_job(snapshot):
        return ""
    given = given_by_slurm(snapshot)
    if given is None:
        return " No variable of Slurm gives this job a GPU."
    name = given.fact.rpartition("/")[2]
    return f" Slurm gave this job GPUs ({name} is {given.value!r})."


def _some_visible(snapshot: Snapshot, value: str, number: int) -> Verdict:
    mask = apply_mask(value, working_gpus(snapshot))
    detail = f"{_VARIABLE} leaves {counted(number, 'GPU')} visible"
    if mask is not None and mask.ended_by is not None:
        detail += f"; its entry {mask.ended_by!r} names no GPU"
    return DIAGNOSIS.cleared(MACHINE, detail, (_variable(value),))


def _variable(value: str) -> Evidence:
    return Evidence(f"/variables/{_VARIABLE}", repr(value), "environment")


def _judged(snapshot: Snapshot, value: str, answer: Answer | None) -> Verdict:
    gpus, unmasked = working_gpus(snapshot), known(snapshot.libcuda.unmasked_count)
    mask = apply_mask(value, gpus) if gpus else None
    evidence = (
        _variable(value),
        *((answer.evidence,) if answer else ()),
        Evidence.of("/libcuda/unmasked_count", snapshot.libcuda.unmasked_count),
    )
    if unmasked == 0:
        return DIAGNOSIS.cleared(MACHINE, "CUDA lists no GPU without it either", evidence)
    if unmasked and answer is not None:
        shown = f"CUDA lists {counted(unmasked, 'GPU')} without it"
        return _finding(snapshot, value, mask, shown, evidence, Confidence.CERTAIN)
    if gpus and (mask.visible == 0 if mask is not None else hides_all(value)):
        confidence = Confidence.CERTAIN if answer is not None else Confidence.LIKELY
        shown = f"NVML lists {counted(len(gpus), 'GPU')}"
        return _finding(snapshot, value, mask, shown, evidence, confidence)
    return _without_proof(snapshot, value, mask, evidence)


def _without_proof(
    snapshot: Snapshot, value: str, mask: Mask | None, evidence: tuple[Evidence, ...]
) -> Verdict:
    if mask is not None:
        detail = f"{value!r} names {counted(mask.visible, 'GPU')} that NVML lists"
        return DIAGNOSIS.cleared(MACHINE, detail, evidence)
    presence = gpu_presence(snapshot)
    if isinstance(presence, Absent):
        return DIAGNOSIS.not_applicable(MACHINE, f"there is no GPU to hide ({presence.source})")
    if isinstance(presence, Known) and hides_all(value):
        return _finding(snapshot, value, None, presence.value, evidence, Confidence.LIKELY)
    return DIAGNOSIS.undetermined(MACHINE, f"whether {value!r} names a GPU that is here", evidence)


def _finding(
    snapshot: Snapshot,
    value: str,
    mask: Mask | None,
    shown: str,
    evidence: tuple[Evidence, ...],
    confidence: Confidence,
) -> Verdict:
    if not value.strip():
        names = "is set and empty, which hides every GPU"
    elif mask is not None and mask.ended_by == value.strip():
        names = f"is {value!r}, which names no GPU of this machine"
    elif mask is not None and mask.ended_by is not None:
        names = f"is {value!r}, and {mask.ended_by!r} names no GPU of this machine"
    else:
        names = f"is {value!r}, which hides every GPU"
    said = "find no GPU"
    if confidence is Confidence.LIKELY:
        said = "most likely find no GPU, which is an inference: CUDA itself was not asked"
    return DIAGNOSIS.finding(
        MACHINE,
        f"{_VARIABLE} {names}, while {shown}. Programs started with it {said}."
        f"{_scheduler(snapshot)}",
        evidence=(*evidence, *((slurm_evidence(snapshot),) if is_slurm_job(snapshot) else ())),
        remedies=(
            show_gpus(snapshot, DIAGNOSIS.id, is_given=given_by_slurm(snapshot) is not None),
        ),
        confidence=confidence,
    )
