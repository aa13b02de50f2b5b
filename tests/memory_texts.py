"""Snapshots of texts: nothing is known but what was printed."""

from typing import Any

from gpudoctor.facts import Known, NvmlFacts, NvmlGpu, PlatformFacts, Snapshot, Symptom
from gpudoctor.symptoms import read_symptoms

TORCH = (
    "CUDA out of memory. Tried to allocate {asked}. GPU 0 has a total capacity of {total} of "
    "which {free} is free. "
)


def printed(text: str, subject: str | None = None, environment: int | None = None) -> Symptom:
    """The one symptom that a line is."""
    [symptom] = read_symptoms([text], subject, environment)
    if environment is None:
        return symptom
    return Symptom(symptom.id, symptom.text, subject, environment, None, symptom.names)


def told(*symptoms: Symptom, gpus: tuple[NvmlGpu, ...] = (), **changes: Any) -> Snapshot:
    """What a text tells: its messages, and the GPUs of a table."""
    nvml = NvmlFacts(gpus=Known(gpus, "nvidia-smi")) if gpus else NvmlFacts()
    return Snapshot(PlatformFacts("linux", "x86_64"), nvml=nvml, symptoms=symptoms, **changes)
