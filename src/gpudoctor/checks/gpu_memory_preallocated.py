"""Decide ``gpu-memory-preallocated``."""

import re
from collections.abc import Iterator

from gpudoctor.checks._memory_cause import Cause, size
from gpudoctor.checks._memory_stated import preallocating_package
from gpudoctor.checks._memory_troubles import (
    Trouble,
    handle_failures,
    is_live,
    is_starved,
    largest_process,
)
from gpudoctor.checks._memory_verdicts import judge, works
from gpudoctor.diagnoses import GPU_MEMORY_PREALLOCATED as DIAGNOSIS
from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.memory_numbers import read_memory
from gpudoctor.remedies.memory import take_on_demand

# What a handle of cuDNN or cuBLAS and its workspace need; with more than that free, memory is
# not what they lacked.
_ENOUGH = 1 << 30
_OF_XLA = r"(?i)stream_executor|cuda_dnn|cuda_blas|tensorflow|xla|DNN library|best cudnn conv|jax"
_OF_TENSORFLOW = r"probably because cuDNN|Blas \w{4,5} launch failed|without BLAS"
_OTHER_CUDNN = r"Loaded (?:runtime )?Cu?DNN library|cuDNN library needs to have match"


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    failed = {each.subject: each for each in handle_failures(snapshot)}
    for verdict in judge(
        DIAGNOSIS,
        Cause.PREALLOCATED,
        snapshot,
        matrix,
        lambda trouble, _: (take_on_demand(trouble.symptom.subject, DIAGNOSIS.id),),
    ):
        if verdict.subject not in failed and not (failed and verdict.subject == MACHINE):
            yield verdict
    for trouble in failed.values():
        yield _judged(snapshot, matrix, trouble)


def _judged(snapshot: Snapshot, matrix: Matrix, trouble: Trouble) -> Verdict:
    subject = trouble.subject
    if works(snapshot, subject):
        return DIAGNOSIS.cleared(subject, f"{subject.name} computes on the GPU")
    if any(re.search(_OTHER_CUDNN, each.text) for each in snapshot.symptoms):
        return DIAGNOSIS.not_applicable(subject, "the cuDNN that is loaded is the wrong one")
    if is_starved(snapshot, matrix):
        return DIAGNOSIS.not_applicable(subject, "others held most of the card from the start")
    if (setting := _takes_on_demand(snapshot)) is not None:
        missing = f"why the handle could not be made: {setting} is set"
        return DIAGNOSIS.undetermined(subject, missing, (trouble.evidence,))
    taker = _taker(snapshot, trouble)
    if taker is None:
        missing = "who took the card's memory, if it was memory: PyTorch takes it as it goes"
        return DIAGNOSIS.undetermined(subject, missing, (trouble.evidence,))
    return _by_bytes(snapshot, trouble, taker)


def _taker(snapshot: Snapshot, trouble: Trouble) -> str | None:
    text, subject = trouble.symptom.text, trouble.symptom.subject
    if subject in ("tensorflow", "jax"):
        return "TensorFlow" if subject == "tensorflow" else "JAX"
    if subject == "torch":
        return None
    if re.search(_OF_TENSORFLOW, text):
        return "TensorFlow"
    return preallocating_package(snapshot) or (
        "TensorFlow or JAX" if re.search(_OF_XLA, text) else None
    )


def _takes_on_demand(snapshot: Snapshot) -> str | None:
    variables = snapshot.variables
    if variables.get("TF_FORCE_GPU_ALLOW_GROWTH", "").lower() in ("true", "1"):
        return "TF_FORCE_GPU_ALLOW_GROWTH"
    if variables.get("XLA_PYTHON_CLIENT_PREALLOCATE", "").lower() in ("false", "0"):
        return "XLA_PYTHON_CLIENT_PREALLOCATE"
    return None


def _by_bytes(snapshot: Snapshot, trouble: Trouble, taker: str) -> Verdict:
    subject, free = trouble.subject, _free_at_failure(snapshot)
    if free is not None and free[0] >= _ENOUGH:
        missing = f"why the handle could not be made: {size(free[0])} of {size(free[1])} were free"
        return DIAGNOSIS.undetermined(subject, missing, (trouble.evidence,))
    indicted = "insufficient driver version" in " ".join(each.text for each in snapshot.symptoms)
    if free is None and indicted and "NOT_INITIALIZED" in trouble.symptom.text:
        missing = "whether the driver is too old or the card was full: no bytes are stated"
        return DIAGNOSIS.undetermined(subject, missing, (trouble.evidence,))
    evidence = [trouble.evidence]
    said = "A handle of cuDNN or cuBLAS lies outside of what the framework keeps for itself"
    shown = ""
    if free is not None:
        shown = f" {size(free[0])} of {size(free[1])} were free when it failed."
        evidence.append(Evidence("/symptoms", shown.strip(), "what was printed beside it"))
    return DIAGNOSIS.finding(
        subject,
        f"{taker} takes nearly the whole card when it starts, unless told otherwise. {said}, and "
        f"could not be made.{shown} That memory is what it lacked is an inference.",
        title=f"{taker} took the card's memory, and cuDNN or cuBLAS found none",
        evidence=tuple(evidence),
        remedies=(take_on_demand(trouble.symptom.subject or taker, DIAGNOSIS.id),),
        confidence=Confidence.LIKELY if free is not None else Confidence.STATED,
    )


def _free_at_failure(snapshot: Snapshot) -> tuple[int, int] | None:
    """Free and total bytes when the handle failed: printed beside it, or NVML's where asked now."""
    for each in snapshot.symptoms:
        if each.id == "gpu-memory-at-failure":
            message = read_memory(each.text)
            if message.free is not None and message.total is not None:
                return message.free, message.total
    gpus = known(snapshot.nvml.gpus) or ()
    if not is_live(snapshot) or largest_process(snapshot) is not None:
        return None
    rooms = [
        (total - used, total)
        for gpu in gpus
        if (total := known(gpu.memory_total_bytes)) is not None
        and (used := known(gpu.memory_used_bytes)) is not None
    ]
    return min(rooms, default=None)
