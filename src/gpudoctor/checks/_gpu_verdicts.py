"""One verdict a GPU on the bus; where all of them share a fault, one for the machine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gpudoctor.checks._bus_and_nvml import sees_others_gpus
from gpudoctor.checks._bus_gpus import BusGpu, bus_gpus, some_gpu_works
from gpudoctor.checks._could_work import some_could_work
from gpudoctor.checks._presence import working_gpus
from gpudoctor.facts import Known, Snapshot
from gpudoctor.findings import (
    MACHINE,
    Confidence,
    Diagnosis,
    Evidence,
    Remedy,
    Verdict,
)
from gpudoctor.matrix import Matrix


@dataclass(frozen=True, slots=True)
class Blame:
    """What is wrong with a GPU: a whole sentence, that may hold for several alike."""

    said: str
    evidence: tuple[Evidence, ...]
    remedies: tuple[Remedy, ...]
    confidence: Confidence = Confidence.CERTAIN
    spreads: bool = False  # CUDA fails for the other GPUs too, most likely because of it


Look = Callable[[BusGpu], "Verdict | Blame"]


def gpu_verdicts(
    snapshot: Snapshot,
    matrix: Matrix,
    diagnosis: Diagnosis,
    look: Look,
    is_doubted: Callable[[BusGpu], bool] = lambda _: False,
) -> Iterator[Verdict]:
    """What `look` says of each GPU that does not work; those that work are cleared.

    `is_doubted`: whether a GPU that NVML has is looked at all the same.
    """
    if reason := _elsewhere(snapshot):
        yield diagnosis.not_applicable(MACHINE, reason)
        return
    if not isinstance(snapshot.pci, Known):
        yield _without_bus(snapshot, diagnosis)
        return
    gpus = bus_gpus(snapshot, matrix)
    if not gpus:
        reason = "the PCI bus shows no GPU that the driver here should have"
        yield diagnosis.not_applicable(MACHINE, reason)
        return
    answers = [
        (gpu, _cleared(diagnosis, gpu) if gpu.works and not is_doubted(gpu) else look(gpu))
        for gpu in gpus
    ]
    blamed = [(gpu, each) for gpu, each in answers if isinstance(each, Blame)]
    if len(blamed) == len(gpus):
        blocks = not some_gpu_works(snapshot) or any(blame.spreads for _, blame in blamed)
        yield _finding(diagnosis, blamed, is_machine=True, blocks=blocks)
        return
    for gpu, each in answers:
        if not isinstance(each, Blame):
            yield each
        elif sees_others_gpus(snapshot):
            missing = "whether that GPU of the host is one that was given to this process"
            yield diagnosis.undetermined(gpu.subject, missing, (gpu.evidence, *each.evidence))
        else:
            blocks = each.spreads or not _others_are_left(snapshot, matrix, gpus, gpu)
            yield _finding(diagnosis, [(gpu, each)], is_machine=False, blocks=blocks)


def _others_are_left(
    snapshot: Snapshot, matrix: Matrix, gpus: tuple[BusGpu, ...], blamed: BusGpu
) -> bool:
    """Whether the machine may have a GPU to compute on all the same: a second card is no cause."""
    others = (each for each in gpus if each is not blamed)
    return some_gpu_works(snapshot) or some_could_work(snapshot, matrix, others)


def _elsewhere(snapshot: Snapshot) -> str | None:
    platform = snapshot.platform
    if platform.os != "linux":
        return f"the driver is looked at on Linux only, and this is {platform.os}"
    if isinstance(platform.wsl, Known):
        return "in WSL the driver belongs to Windows"
    if isinstance(platform.integrated_board, Known):
        return f"a {platform.integrated_board.value} has its driver in the board's own software"
    return None


def _without_bus(snapshot: Snapshot, diagnosis: Diagnosis) -> Verdict:
    if working_gpus(snapshot):
        return diagnosis.cleared(MACHINE, "NVML has a handle of the GPU")
    return diagnosis.undetermined(MACHINE, "which GPUs are on the PCI bus")


def _cleared(diagnosis: Diagnosis, gpu: BusGpu) -> Verdict:
    return diagnosis.cleared(gpu.subject, "the driver runs it", (gpu.evidence,))


def _finding(
    diagnosis: Diagnosis, blamed: list[tuple[BusGpu, Blame]], *, is_machine: bool, blocks: bool
) -> Verdict:
    by_fault: dict[str, list[str]] = {}
    for gpu, blame in blamed:
        by_fault.setdefault(blame.said, []).append(gpu.name)
    sentences = (f"{said} It concerns: {', '.join(names)}." for said, names in by_fault.items())
    remedies = {remedy.summary: remedy for _, blame in blamed for remedy in blame.remedies}
    evidence = dict.fromkeys(
        each for gpu, blame in blamed for each in (gpu.evidence, *blame.evidence)
    )
    order = list(Confidence)
    return diagnosis.finding(
        MACHINE if is_machine else blamed[0][0].subject,
        " ".join(sentences),
        evidence=tuple(evidence),
        remedies=tuple(remedies.values()),
        blocks=blocks,
        confidence=max((blame.confidence for _, blame in blamed), key=order.index),
    )
