"""Probe the PCI bus for NVIDIA GPUs, and for the switches of an NVLink fabric."""

import re

from gpudoctor.errors import MissingError, ProbeError
from gpudoctor.facts import Absent, Fact, Known, PciBar, PciDevice, Unknown
from gpudoctor.host import Host

_DEVICES = "/sys/bus/pci/devices"
_NVIDIA = "0x10de"
_DISPLAY_CLASS = "0x03"  # VGA, 3D and other display controllers
_UNSET = 0x20000000  # IORESOURCE_UNSET (linux/ioport.h)
_MEM_64 = 0x00100000  # IORESOURCE_MEM_64
_BRIDGE_OTHER_CLASS = "0x0680"  # what an NVSwitch calls itself
_ADDRESS = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\Z")
# PCI-SIG: billions of transfers of a lane a second, by generation
_GENERATIONS = {2.5: 1, 5: 2, 8: 3, 16: 4, 32: 5, 64: 6}
_WIDTH_UNKNOWN = 0xFF  # the kernel's PCIE_LNK_WIDTH_UNKNOWN
_EMULATED = {"0x1b36": "QEMU", "0x15ad": "VMware"}  # vendors of ports that only a guest sees


def probe_pci(host: Host) -> tuple[Fact[tuple[PciDevice, ...]], Fact[str]]:
    """The NVIDIA GPUs on the bus, and the NVSwitches as evidence of a fabric."""
    try:
        addresses = host.list_directory(_DEVICES)
    except MissingError:
        gap = Unknown(f"{_DEVICES} does not exist: there is no PCI bus to read")
        return gap, gap
    except ProbeError as error:
        return Unknown(str(error)), Unknown(str(error))
    if not addresses:
        gap = Unknown(f"{_DEVICES} is empty: there is no PCI bus to read")
        return gap, gap
    gpus: list[PciDevice] = []
    switches = 0
    for address in addresses:
        if _attribute(host, address, "vendor") != _NVIDIA:
            continue
        class_ = _attribute(host, address, "class")
        if class_.startswith(_DISPLAY_CLASS):
            if host.link_target(f"{_DEVICES}/{address}/physfn") is None:
                gpus.append(_gpu(host, address))  # else a part of one, for a virtual machine
        elif class_.startswith(_BRIDGE_OTHER_CLASS):
            switches += 1
    source = f"{_DEVICES} ({len(addresses)} devices)"
    fabric: Fact[str] = Known(f"{switches} NVSwitch", source) if switches else Absent(source)
    return Known(tuple(gpus), source), fabric


def _attribute(host: Host, address: str, name: str) -> str:
    try:
        return host.read_text(f"{_DEVICES}/{address}/{name}", 64).strip().lower()
    except ProbeError:
        return ""


def _gpu(host: Host, address: str) -> PciDevice:
    driver = host.link_target(f"{_DEVICES}/{address}/driver")
    power = _attribute(host, address, "power_state")
    card, slot = _link(host, address, power), _slot(host, address, power)
    return PciDevice(
        address=address,
        device_id=_attribute(host, address, "device").removeprefix("0x").upper(),
        kernel_driver=Known(driver.rpartition("/")[2], "sysfs") if driver else Absent("sysfs"),
        power_state=Known(power.capitalize(), "sysfs") if power else Unknown("not in sysfs"),
        max_link_width=card[0],
        max_link_generation=card[1],
        slot_max_link_width=slot[0],
        slot_max_link_generation=slot[1],
        bars=_bars(host, address),
    )


def _link(host: Host, place: str, power: str) -> tuple[Fact[int], Fact[int]]:
    """The widest and the fastest link of a device, by its address or its path below one."""
    if power != "d0":  # newer kernels wake a sleeping device to read these
        gap = Unknown("the GPU sleeps, or its power state is not known")
        return gap, gap
    width = _attribute(host, place, "max_link_width")
    speed = re.match(r"\d+(?:\.\d+)?", _attribute(host, place, "max_link_speed"))
    generation = _GENERATIONS.get(float(speed.group())) if speed else None
    is_width = width.isdecimal() and 0 < int(width) < _WIDTH_UNKNOWN
    return (
        Known(int(width), "sysfs") if is_width else Unknown("not in sysfs"),
        Known(generation, "sysfs") if generation else Unknown("not in sysfs"),
    )


def _slot(host: Host, address: str, power: str) -> tuple[Fact[int], Fact[int]]:
    """The same of the port that a device hangs on: the folder around the device's own."""
    port = host.real_path(f"{_DEVICES}/{address}").split("/")[-2]
    if not _ADDRESS.match(port):
        gap = Unknown("sysfs shows no port above the GPU, as in many virtual machines")
        return gap, gap
    emulator = _EMULATED.get(_attribute(host, f"{address}/..", "vendor"))
    if emulator:
        gap = Unknown(f"the port {port} is {emulator}'s, which knows nothing of the real slot")
        return gap, gap
    return _link(host, f"{address}/..", power)


def _bars(host: Host, address: str) -> Fact[tuple[PciBar, ...]]:
    """The windows to registers and to memory, as the kernel holds them; no device is asked."""
    path = f"{_DEVICES}/{address}/resource"
    try:
        lines = [line.split() for line in host.read_text(path, 4096).splitlines()]
        rows = [(int(start, 16), int(end, 16), int(flags, 16)) for start, end, flags in lines]
        # A window of 64 bits takes two places: with those of Hopper the next one is BAR2.
        second = 2 if rows[0][2] & _MEM_64 else 1
        bars = tuple(_bar(number, *rows[number]) for number in (0, second))
    except (ValueError, IndexError):
        return Unknown(f"{path} is in a form not known")
    except ProbeError as error:
        return Unknown(str(error))
    return Known(bars, path)


def _bar(number: int, start: int, end: int, flags: int) -> PciBar:
    # The kernel gives up on a window in two ways: it zeroes all of it, or keeps its size, counted
    # from 0, and marks it as unset.
    is_assigned = start > 0 and not flags & _UNSET
    return PciBar(number, end - start + 1 if end > start else 0, is_assigned)
