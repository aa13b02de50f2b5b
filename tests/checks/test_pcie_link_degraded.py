from typing import Any

import pytest

from gpudoctor.checks.pcie_link_degraded import check
from gpudoctor.facts import Absent, Known, NvmlGpu, PciDevice, Unknown
from gpudoctor.findings import (
    Cleared,
    Confidence,
    Finding,
    NotApplicable,
    Undetermined,
    Verdict,
)
from gpudoctor.matrix import Matrix
from machines import gpu, machine, module_gone, pci_device

NO_SLOT: dict[str, Any] = {
    "slot_max_link_width": Unknown("sysfs shows no port above the GPU"),
    "slot_max_link_generation": Unknown("sysfs shows no port above the GPU"),
}


def link(width: int, generation: int, percent: int = 0, **changes: Any) -> NvmlGpu:
    """A GPU whose link is so now; card and system allow x16 of generation 4."""
    now: dict[str, Any] = {
        "pcie_width": Known(width, "NVML"),
        "pcie_generation": Known(generation, "NVML"),
        "utilization_percent": Known(percent, "NVML"),
    }
    return gpu(**{**now, **changes})


def judged(matrix: Matrix, one: NvmlGpu, device: PciDevice | None = None, **more: Any) -> Verdict:
    pci = Known((device or pci_device(),), "sysfs")
    [verdict] = check(machine(nvml__gpus=Known((one,), "NVML"), pci=pci, **more), matrix)
    return verdict


def slot(width: int, generation: int) -> PciDevice:
    return pci_device(
        slot_max_link_width=Known(width, "sysfs"),
        slot_max_link_generation=Known(generation, "sysfs"),
    )


@pytest.mark.parametrize("generation", [1, 2, 4])
def test_a_low_generation_at_idle_is_healthy(matrix: Matrix, generation: int) -> None:
    assert isinstance(judged(matrix, link(16, generation)), Cleared)


@pytest.mark.parametrize(("percent", "state"), [(49, 0), (90, 5), (0, 0)])
def test_a_low_generation_without_real_load_is_healthy(
    matrix: Matrix, percent: int, state: int
) -> None:
    one = link(16, 1, percent, performance_state=Known(state, "NVML"))

    assert isinstance(judged(matrix, one), Cleared)


@pytest.mark.parametrize("state", [0, 2])
def test_finds_a_low_generation_under_load(matrix: Matrix, state: int) -> None:
    finding = judged(matrix, link(16, 1, 98, performance_state=Known(state, "NVML")))

    assert isinstance(finding, Finding)
    assert "generation 1 under load" in finding.detail
    assert finding.confidence is Confidence.CERTAIN
    assert not finding.blocks


def test_finds_a_link_narrower_than_card_and_slot(matrix: Matrix) -> None:
    idle = judged(matrix, link(4, 1))
    working = judged(matrix, link(4, 4, 98))

    assert isinstance(idle, Finding)
    assert idle.confidence is Confidence.LIKELY
    assert isinstance(working, Finding)
    assert working.confidence is Confidence.CERTAIN
    assert "4 lanes, where card and slot have 16" in working.detail


@pytest.mark.parametrize(
    "narrow",
    [
        (link(8, 4, 98), slot(8, 4)),  # a slot with eight lanes
        (link(4, 1, 98), slot(4, 1)),  # Thunderbolt: its ports call themselves generation 1
        (link(8, 4, 98), pci_device(max_link_width=Known(8, "sysfs"))),  # a card with eight
        (link(8, 4, 98, pcie_max_width=Known(8, "NVML")), pci_device(**NO_SLOT)),
    ],
)
def test_what_card_or_slot_do_not_have_is_not_missed(
    matrix: Matrix, narrow: tuple[NvmlGpu, PciDevice]
) -> None:
    assert isinstance(judged(matrix, *narrow), Cleared)


@pytest.mark.parametrize("one", [link(8, 4), link(16, 3, 98)])
def test_does_not_guess_what_an_unseen_slot_can_do(matrix: Matrix, one: NvmlGpu) -> None:
    assert isinstance(judged(matrix, one, pci_device(**NO_SLOT)), Undetermined)
    [elsewhere] = check(machine(nvml__gpus=Known((one,), "NVML"), pci=Unknown("no /sys")), matrix)
    assert isinstance(elsewhere, Undetermined)


@pytest.mark.parametrize("percent", [0, 98])
def test_a_laptops_maker_wires_as_many_lanes_as_he_likes(matrix: Matrix, percent: int) -> None:
    laptop = link(8, 4, percent, name=Known("NVIDIA GeForce RTX 4070 Laptop GPU", "NVML"))

    assert isinstance(judged(matrix, laptop), Undetermined)


@pytest.mark.parametrize(
    "changes",
    [
        {"platform__integrated_board": Known("NVIDIA DGX Spark", "DMI")},
        {"name": Known("NVIDIA GH200 480GB", "NVML")},
        {"name": Known("NVIDIA GB200", "NVML")},
    ],
)
def test_does_not_apply_without_a_slot(matrix: Matrix, changes: dict[str, Any]) -> None:
    name = {key: value for key, value in changes.items() if key == "name"}
    rest = {key: value for key, value in changes.items() if key != "name"}

    assert isinstance(judged(matrix, link(1, 1, 98, **name), **rest), NotApplicable)


def test_a_virtual_gpu_has_no_link(matrix: Matrix) -> None:
    gone = Absent("NVML: not supported")

    assert isinstance(judged(matrix, gpu(pcie_width=gone, pcie_generation=gone)), NotApplicable)


def test_does_not_guess_what_nvml_did_not_tell(matrix: Matrix) -> None:
    assert isinstance(judged(matrix, gpu(pcie_width=Unknown("NVML: code 999"))), Undetermined)


def test_load_that_is_not_known_is_no_load(matrix: Matrix) -> None:
    one = link(16, 1, utilization_percent=Absent("NVML: not supported"))

    assert isinstance(judged(matrix, one), Cleared)


def test_does_not_apply_without_a_driver(matrix: Matrix) -> None:
    [verdict] = check(machine(**module_gone()), matrix)

    assert isinstance(verdict, NotApplicable)
