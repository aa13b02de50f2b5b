"""The bus probe reads what card and slot can do, and wakes no GPU for it."""

from pathlib import Path

import pytest

from gpudoctor.facts import Known, PciDevice, Unknown, known
from gpudoctor.probes.pci import probe_pci
from trees import host_of

PORT = "/sys/devices/pci0000:00/0000:00:01.0"
GPU = "0000:01:00.0"


def gpu_on_bus(root: Path, changes: dict[str, str] | None = None, above: str = PORT) -> PciDevice:
    """A card with sixteen lanes of generation 4 in a slot with eight of generation 3."""
    card = f"{above}/{GPU}"
    files = {
        f"{above}/vendor": "0x8086\n",
        f"{above}/max_link_width": "8\n",
        f"{above}/max_link_speed": "8.0 GT/s PCIe\n",
        f"{card}/vendor": "0x10de\n",
        f"{card}/device": "0x2684\n",
        f"{card}/class": "0x030000\n",
        f"{card}/power_state": "D0\n",
        f"{card}/max_link_width": "16\n",
        f"{card}/max_link_speed": "16.0 GT/s PCIe\n",
        f"/sys/bus/pci/devices/{GPU}": f"-> ../../../..{card}",
        **(changes or {}),
    }
    (root / "sys/bus/pci/devices").mkdir(parents=True)
    devices, _ = probe_pci(host_of(root, files))
    assert isinstance(devices, Known)
    [device] = devices.value
    return device


def limits(device: PciDevice) -> list[int | None]:
    facts = (
        device.max_link_width,
        device.max_link_generation,
        device.slot_max_link_width,
        device.slot_max_link_generation,
    )
    return [known(each) for each in facts]


def test_reads_what_card_and_slot_can_do(tmp_path: Path) -> None:
    assert limits(gpu_on_bus(tmp_path)) == [16, 4, 8, 3]


@pytest.mark.parametrize(
    ("speed", "generation"),
    [("2.5 GT/s", 1), ("5 GT/s", 2), ("5.0 GT/s PCIe", 2), ("32.0 GT/s PCIe", 5), ("64.0 GT/s", 6)],
)
def test_reads_the_words_of_old_and_new_kernels(
    tmp_path: Path, speed: str, generation: int
) -> None:
    device = gpu_on_bus(tmp_path, {f"{PORT}/{GPU}/max_link_speed": f"{speed}\n"})

    assert known(device.max_link_generation) == generation


@pytest.mark.parametrize("state", ["D3cold", "D3hot", "unknown"])
def test_a_sleeping_gpu_is_not_asked(tmp_path: Path, state: str) -> None:
    device = gpu_on_bus(tmp_path, {f"{PORT}/{GPU}/power_state": f"{state}\n"})

    assert isinstance(device.max_link_width, Unknown)
    assert isinstance(device.slot_max_link_width, Unknown)


@pytest.mark.parametrize("vendor", ["0x1b36", "0x15ad"])
def test_an_emulated_port_knows_nothing_of_the_slot(tmp_path: Path, vendor: str) -> None:
    device = gpu_on_bus(tmp_path, {f"{PORT}/vendor": f"{vendor}\n"})

    assert limits(device) == [16, 4, None, None]


def test_a_gpu_on_the_root_bus_has_no_port(tmp_path: Path) -> None:
    device = gpu_on_bus(tmp_path, above="/sys/devices/pci0000:00")

    assert limits(device) == [16, 4, None, None]


@pytest.mark.parametrize(("width", "speed"), [("0", "Unknown"), ("255", "Unknown speed"), ("", "")])
def test_what_the_kernel_does_not_know_is_unknown(tmp_path: Path, width: str, speed: str) -> None:
    card = f"{PORT}/{GPU}"
    files = {f"{card}/max_link_width": width, f"{card}/max_link_speed": speed}

    assert limits(gpu_on_bus(tmp_path, files)) == [None, None, 8, 3]
