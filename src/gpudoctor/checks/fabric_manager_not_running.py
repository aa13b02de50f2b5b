"""Decide ``fabric-manager-not-running``."""

import re
from collections.abc import Iterator

from gpudoctor.checks._cuda_answer import Answer, answer_with, cuda_answer
from gpudoctor.checks._libcuda import loaded_driver
from gpudoctor.diagnoses import FABRIC_MANAGER_NOT_RUNNING as DIAGNOSIS
from gpudoctor.facts import Known, Snapshot, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.fabric import start_fabric_manager

_NOT_READY = 802  # CUDA_ERROR_SYSTEM_NOT_READY
# As NVML names the boards that only systems with NVSwitch or NVL have; the cards of the same chips
# that work alone say so in their names.
_BOARD = re.compile(r"SXM|HGX|\bH(?:20|100|200|800)\b|\bG?B[23]00\b", re.IGNORECASE)
_ALONE = re.compile(r"PCIe|NVL\b|CNX", re.IGNORECASE)
_UNFINISHED = ("not-started", "in-progress")


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    answer, first = answer_with(snapshot, _NOT_READY), cuda_answer(snapshot)
    if answer is not None:
        yield _judged(snapshot, matrix, answer)
    elif isinstance(first, Known) and first.value.result.code == 0:
        yield DIAGNOSIS.cleared(MACHINE, "CUDA initialises", (first.value.evidence,))
    elif isinstance(first, Known):
        result = first.value.result
        reason = f"CUDA answers {result.code} ({result.name}), which no fabric manager causes"
        yield DIAGNOSIS.not_applicable(MACHINE, reason)
    elif evidence := _fabric(snapshot):
        missing = "CUDA's own answer, which a fabric that is not initialised makes 802"
        yield DIAGNOSIS.undetermined(MACHINE, missing, evidence)
    else:
        yield DIAGNOSIS.not_applicable(MACHINE, "nothing shows an NVLink fabric here")


def _fabric(snapshot: Snapshot) -> tuple[Evidence, ...]:
    """What shows that this machine has a fabric that must be initialised."""
    evidence = []
    if isinstance(snapshot.fabric_hardware, Known):
        evidence.append(Evidence.of("/fabric/hardware", snapshot.fabric_hardware))
    for gpu in known(snapshot.nvml.gpus) or ():
        if known(gpu.fabric_state) in _UNFINISHED:
            pointer = f"/gpus/{gpu.nvml_index}/fabric_state"
            evidence.append(Evidence.of(pointer, gpu.fabric_state))
            break
    return tuple(evidence)


def _board(snapshot: Snapshot, matrix: Matrix) -> Evidence | None:
    """A board that is only built into systems with a fabric, by its name."""
    for gpu in known(snapshot.nvml.gpus) or ():
        if isinstance(gpu.name, Known) and _needs_fabric(gpu.name.value):
            return Evidence.of(f"/gpus/{gpu.nvml_index}/name", gpu.name)
    for device in known(snapshot.pci) or ():
        product = matrix.gpu_by_pci_id(device.device_id)
        if product is not None and _needs_fabric(product.name):
            return Evidence(f"/pci/{device.address}", product.name, "PCI device id")
    return None


def _needs_fabric(name: str) -> bool:
    return _BOARD.search(name) is not None and _ALONE.search(name) is None


def _judged(snapshot: Snapshot, matrix: Matrix, answer: Answer) -> Verdict:
    shown, board = _fabric(snapshot), _board(snapshot, matrix)
    service = _service(snapshot)
    evidence = (answer.evidence, *shown, *((board,) if board else ()), *service)
    if not shown and board is None:
        missing = (
            "evidence of an NVSwitch or NVL system; CUDA answers 802 (system not yet "
            "initialized), which confidential computing causes too"
        )
        return DIAGNOSIS.undetermined(MACHINE, missing, evidence)
    state = service[0].value if service else None
    said = "" if state is None else f" The service {service[0].fact.rpartition('/')[2]} is {state}."
    named = f" That follows from the name {board.value} alone, an inference." if board else ""
    driver = known(loaded_driver(snapshot))
    return DIAGNOSIS.finding(
        MACHINE,
        "CUDA answers 802 (system not yet initialized): the GPUs of this machine are joined by "
        f"an NVLink fabric, and nothing has initialised it.{said}{'' if shown else named}",
        evidence=evidence,
        remedies=(start_fabric_manager(snapshot, driver, state, DIAGNOSIS.id),),
        confidence=Confidence.CERTAIN if shown else Confidence.LIKELY,
    )


def _service(snapshot: Snapshot) -> tuple[Evidence, ...]:
    services = snapshot.fabric_services
    if not isinstance(services, Known):
        return ()
    return tuple(
        Evidence(f"/fabric/services/{unit}", state, services.source)
        for unit, state in sorted(services.value.items())
    )
