"""What card and slot allow a GPU's PCIe link to be, from NVML and from sysfs."""

import re
from dataclasses import dataclass

from gpudoctor.facts import Fact, Known, NvmlGpu, PciDevice, Snapshot, known
from gpudoctor.findings import Evidence

# Boards whose chip hangs on the CPU by NVLink-C2C: their PCIe link carries little.
_COHERENT = re.compile(r"\bG[BH]\d+\b")
_LAPTOP = re.compile(r"Laptop|Mobile|Max-Q", re.IGNORECASE)
_LOADED_PERCENT = 50
_SLOWEST_LOADED_STATE = 2  # GeForce boards compute in P2


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that a link can be; `most` counts only where the slot's own limit is known."""

    most: int | None
    with_slot: bool
    evidence: tuple[Evidence, ...]


def width_limit(snapshot: Snapshot, gpu: NvmlGpu) -> Limit:
    """How many lanes card and slot have in common."""
    place, device = device_of(snapshot, gpu)
    return _limit(
        {
            f"/gpus/{gpu.nvml_index}/pcie_max_width": gpu.pcie_max_width,
            **({f"/pci/{place}/max_link_width": device.max_link_width} if device else {}),
        },
        {f"/pci/{place}/slot_max_link_width": device.slot_max_link_width} if device else {},
    )


def generation_limit(snapshot: Snapshot, gpu: NvmlGpu) -> Limit:
    """The newest generation that card and slot both speak."""
    place, device = device_of(snapshot, gpu)
    top = f"/gpus/{gpu.nvml_index}"
    return _limit(
        {
            f"{top}/pcie_max_generation": gpu.pcie_max_generation,
            f"{top}/pcie_card_max_generation": gpu.pcie_card_max_generation,
            **({f"/pci/{place}/max_link_generation": device.max_link_generation} if device else {}),
        },
        {f"/pci/{place}/slot_max_link_generation": device.slot_max_link_generation}
        if device
        else {},
    )


def _limit(card: dict[str, Fact[int]], slot: dict[str, Fact[int]]) -> Limit:
    facts = {**card, **slot}
    numbers = [each.value for each in facts.values() if isinstance(each, Known)]
    return Limit(
        min(numbers, default=None),
        any(isinstance(each, Known) for each in slot.values()),
        tuple(Evidence.of(k, v) for k, v in facts.items() if isinstance(v, Known)),
    )


def device_of(snapshot: Snapshot, gpu: NvmlGpu) -> tuple[int, PciDevice | None]:
    """The GPU's device on the bus, with its place in the list."""
    for place, device in enumerate(known(snapshot.pci) or ()):
        if device.address == known(gpu.pci_address):
            return place, device
    return -1, None


def is_loaded_with_work(gpu: NvmlGpu) -> bool:
    """Whether the GPU works now, so that its link must be as fast as it can be."""
    state, percent = known(gpu.performance_state), known(gpu.utilization_percent)
    is_awake = state is None or state <= _SLOWEST_LOADED_STATE
    return percent is not None and percent >= _LOADED_PERCENT and is_awake


def has_slot(snapshot: Snapshot, gpu: NvmlGpu) -> bool:
    """Whether the GPU's PCIe link is the way to its memory at all."""
    if isinstance(snapshot.platform.integrated_board, Known):
        return False
    return _COHERENT.search(known(gpu.name) or "") is None


def is_in_laptop(gpu: NvmlGpu) -> bool:
    """Whether the GPU is soldered to a board that may wire fewer lanes than both ends have."""
    return _LAPTOP.search(known(gpu.name) or "") is not None
