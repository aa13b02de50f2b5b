"""Decide ``nccl-misconfigured``."""

from collections.abc import Callable, Iterator

from gpudoctor.checks._memory_troubles import subject_of
from gpudoctor.diagnoses import NCCL_MISCONFIGURED as DIAGNOSIS
from gpudoctor.facts import Snapshot, Symptom, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies import nccl

# What each message says, and its repair; the first that was met is the cause.
_SAID: dict[str, tuple[str, Callable[[Snapshot, str], Remedy]]] = {
    "nccl-no-interface": (
        "NCCL finds no network interface to meet its other ranks on",
        nccl.name_interface,
    ),
    "nccl-no-network": (
        "NCCL is told to use a network whose plug-in is not found",
        nccl.find_plugin,
    ),
    "nccl-infiniband-refused": (
        "InfiniBand refuses what NCCL asks of it, usually for a limit on locked memory",
        nccl.raise_memlock,
    ),
    "nccl-shared-memory-denied": (
        "NCCL may not make shared memory in /dev/shm",
        nccl.open_shared_memory,
    ),
    "nccl-duplicate-gpu": ("Two ranks work on one GPU, and NCCL takes one each", nccl.spread_ranks),
    "nccl-version-mismatch": ("The ranks load different releases of NCCL", nccl.align_versions),
    "nccl-peer-access-unsupported": (
        "The GPUs can't reach each other's memory, and the program wants them to",
        nccl.disable_peer_access,
    ),
    "nccl-consumer-card": (
        "These cards have neither peer access nor InfiniBand to GPUs, and NCCL is not told so",
        nccl.disable_peer_access,
    ),
    "nccl-unreachable": (
        "A rank can't be reached over the interface that NCCL chose",
        nccl.name_interface,
    ),
    "nccl-multicast-refused": (
        "NVSwitches or their fabric manager refuse the multicast that NCCL wants",
        nccl.disable_multicast,
    ),
    "nccl-not-built-in": ("This build of PyTorch has no NCCL", nccl.use_gloo),
}
_INFERRED = ("nccl-infiniband-refused",)
_VAGUE = "nccl-system-error"


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    chosen: dict[object, tuple[int, Symptom]] = {}
    for place, symptom in enumerate(snapshot.symptoms):
        if symptom.id in _SAID or symptom.id == _VAGUE:
            subject = subject_of(symptom)
            if subject not in chosen or chosen[subject][1].id == _VAGUE:
                chosen[subject] = (place, symptom)
    if not chosen:
        yield DIAGNOSIS.not_applicable(MACHINE, "nothing was printed of NCCL's set-up")
    for place, symptom in chosen.values():
        yield _judged(snapshot, place, symptom)


def _judged(snapshot: Snapshot, place: int, symptom: Symptom) -> Verdict:
    subject = subject_of(symptom)
    evidence: tuple[Evidence, ...] = (
        Evidence(f"/symptoms/{place}", symptom.text, "what was printed"),
    )
    if symptom.id == _VAGUE:
        if any(each.id == "shared-memory-full" for each in snapshot.symptoms):
            return DIAGNOSIS.not_applicable(subject, "/dev/shm is full, which is another fault")
        missing = "what NCCL met: NCCL_DEBUG=WARN makes it say so"
        return DIAGNOSIS.undetermined(subject, missing, evidence)
    if symptom.id == "nccl-not-built-in" and _is_without_cuda(snapshot):
        return DIAGNOSIS.not_applicable(subject, "PyTorch is a build without CUDA")
    if symptom.id == "nccl-no-interface" and (name := _named_interface(snapshot)):
        words = f"NCCL_SOCKET_IFNAME={name}"
        evidence = (*evidence, Evidence("/variables/NCCL_SOCKET_IFNAME", words, "environment"))
    said, repair = _SAID[symptom.id]
    inferred = symptom.id in _INFERRED
    return DIAGNOSIS.finding(
        subject,
        f"{said}. That it is this limit is an inference." if inferred else f"{said}.",
        evidence=evidence,
        remedies=(repair(snapshot, DIAGNOSIS.id),),
        confidence=Confidence.LIKELY if inferred else Confidence.STATED,
    )


def _is_without_cuda(snapshot: Snapshot) -> bool:
    variants = [known(f.variant) for _, f in snapshot.frameworks() if f.name == "torch"]
    return bool(variants) and "cuda" not in variants and None not in variants


def _named_interface(snapshot: Snapshot) -> str | None:
    return snapshot.variables.get("NCCL_SOCKET_IFNAME")
