"""Whether an id of MIG in CUDA_VISIBLE_DEVICES names an instance that is there."""

from gpudoctor.checks._cuda_answer import Answer, cuda_answer
from gpudoctor.checks._evidence import counted, seen
from gpudoctor.checks._mask import mig_exists
from gpudoctor.checks._presence import working_gpus
from gpudoctor.diagnoses import MIG_MISCONFIGURED as DIAGNOSIS
from gpudoctor.facts import Absent, Known, NvmlGpu, Snapshot, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Verdict
from gpudoctor.remedies.mig import name_an_instance

NO_DEVICE = (0, 100)  # success with nothing listed, CUDA_ERROR_NO_DEVICE


def mig_ids(gpu: NvmlGpu) -> str:
    """The ids of a GPU's instances, for evidence."""
    uuids = (known(each.uuid) for each in known(gpu.mig_instances) or ())
    return ", ".join(each for each in uuids if each is not None)


def judge_mig_id(snapshot: Snapshot, id_: str) -> Verdict:
    """The verdict on an id of MIG with which CUDA_VISIBLE_DEVICES begins."""
    gpus, answer = working_gpus(snapshot), known(cuda_answer(snapshot))
    evidence = (
        Evidence("/variables/CUDA_VISIBLE_DEVICES", repr(id_), "environment"),
        *((answer.evidence,) if answer else ()),
        *(
            seen(
                f"/gpus/{each.nvml_index}/mig_instances",
                each.mig_instances,
                mig_ids(each) or "none",
            )
            for each in gpus
            if isinstance(each.mig_instances, Known)
        ),
    )
    if reason := _no_effect(snapshot, answer):
        return DIAGNOSIS.not_applicable(MACHINE, reason)
    if devices := known(snapshot.libcuda.devices):
        said = f"CUDA_VISIBLE_DEVICES leaves {counted(len(devices), 'device')} visible"
        return DIAGNOSIS.cleared(MACHINE, said, evidence)
    exists, unmasked = mig_exists(id_, gpus), known(snapshot.libcuda.unmasked_count)
    if unmasked == 0:
        said = "CUDA lists no device without CUDA_VISIBLE_DEVICES either"
        return DIAGNOSIS.cleared(MACHINE, said, evidence)
    if exists and not unmasked:
        return DIAGNOSIS.cleared(MACHINE, f"NVML lists the instance {id_!r}", evidence)
    if exists is None and not unmasked:
        return DIAGNOSIS.undetermined(MACHINE, f"whether there is an instance {id_!r}", evidence)
    return _finding(snapshot, id_, evidence, is_listed=bool(exists))


def _no_effect(snapshot: Snapshot, answer: Answer | None) -> str | None:
    """Why no mask can be what keeps CUDA from a GPU; None where one can."""
    if isinstance(snapshot.libcuda.load, Absent):
        return "there is no libcuda that a mask could act on"
    if answer is not None and answer.result.code not in NO_DEVICE:
        result = answer.result
        return f"CUDA answers {result.code} ({result.name}), which no mask causes"
    return None


def _finding(
    snapshot: Snapshot, id_: str, evidence: tuple[Evidence, ...], *, is_listed: bool
) -> Verdict:
    is_asked = isinstance(cuda_answer(snapshot), Known)
    fault = "which CUDA does not take" if is_listed else "and there is no such MIG instance here"
    guess = "" if is_asked else ", which is an inference: CUDA itself was not asked"
    return DIAGNOSIS.finding(
        MACHINE,
        f"CUDA_VISIBLE_DEVICES begins with {id_!r}, {fault}. Programs started with it find no "
        f"GPU{guess}.",
        evidence=evidence,
        remedies=(name_an_instance(snapshot, DIAGNOSIS.id),),
        confidence=Confidence.CERTAIN if is_asked else Confidence.LIKELY,
        title="CUDA_VISIBLE_DEVICES names a MIG instance that is not there",
    )
