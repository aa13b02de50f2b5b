"""Writes the parts that a machine's folder is made of, each as a working machine has it."""

import struct

from simulation.build import install_library
from simulation.machine import Machine
from simulation.presets import GPU_MODELS, nvml_lacks

_MODULES = {
    "nvidia_uvm": "4956160 0 -",
    "nvidia_drm": "135168 0 -",
    "nvidia_modeset": "1642496 1 nvidia_drm,",
    "nvidia": "104165376 2 nvidia_uvm,nvidia_modeset,",
}
_OTHER_MODULES = (
    "ext4 1142784 1 - Live 0x0000000000000000\nxhci_pci 24576 0 - Live 0x0000000000000000\n"
)
# Two windows, of 16 MiB and of 64 GiB, as sysfs shows start, end and flags.
_RESOURCE = (
    "0x00000000d0000000 0x00000000d0ffffff 0x0000000000040200\n"
    "0x0000380000000000 0x0000380fffffffff 0x000000000014220c\n"
    "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
)
NODES = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset")
_SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
FABRIC_UNIT = "nvidia-fabricmanager.service"


def write_system(machine: Machine) -> None:
    """The distribution, the kernel, the loader's configuration, systemd's traces."""
    distribution = machine.distribution
    for folder in ("bin", "local/bin", "lib", "lib64"):
        machine.make_folder(f"/usr/{folder}")
    for folder in ("/home/ada", "/run/systemd/system", "/dev", "/etc/ld.so.conf.d"):
        machine.make_folder(folder)
    machine.make_folder(distribution.library_folder)
    for name in ("lib", "lib64", "bin"):
        machine.link(f"/{name}", f"usr/{name}")
    machine.write(
        "/etc/os-release",
        f'PRETTY_NAME="{distribution.pretty_name}"\nID={distribution.id}\n'
        f'ID_LIKE="{distribution.id_like}"\n',
    )
    write_kernel(machine, machine.kernel)
    machine.write("/proc/modules", _OTHER_MODULES)
    machine.write("/proc/1/cgroup", "0::/init.scope\n")
    machine.write(
        "/proc/self/mountinfo", "29 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw\n"
    )
    machine.write("/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n")
    if distribution.library_folder.endswith("-linux-gnu"):
        machine.write(
            "/etc/ld.so.conf.d/x86_64-linux-gnu.conf",
            f"/usr/local/lib/x86_64-linux-gnu\n{distribution.library_folder}\n",
        )
    machine.make_folder("/sys/fs/cgroup/system.slice/dbus.service")


def write_kernel(machine: Machine, release: str) -> None:
    """The kernel that runs."""
    machine.kernel = release
    machine.write("/proc/sys/kernel/osrelease", f"{release}\n")
    machine.write("/proc/version", f"Linux version {release} (builder@host) #1 SMP\n")
    machine.make_folder(f"/lib/modules/{release}")


def write_pci(machine: Machine, driver: str | None = "nvidia") -> None:
    """The PCI bus: a bridge, a network card, the GPUs."""
    _pci_device(machine, "0000:00:00.0", "0x8086", "0x09a2", "0x060000", None)
    _pci_device(machine, "0000:02:00.0", "0x8086", "0x1521", "0x020000", "igb")
    for number, each in enumerate(machine.gpus):
        _hang_below_port(machine, each.pci_address, number)
        model = GPU_MODELS.get(each.name)
        is_3d = model is None or model.is_data_centre
        class_ = "0x030200" if is_3d else "0x030000"
        device = f"0x{each.pci_device_id.lower()}"
        _pci_device(machine, each.pci_address, "0x10de", device, class_, driver)


def _hang_below_port(machine: Machine, address: str, number: int) -> None:
    """A GPU's folder lies in that of a root port, and the bus' list links to it."""
    port = f"/sys/devices/pci0000:00/0000:00:01.{number % 8}"
    if machine.path(f"/sys/bus/pci/devices/{address}").is_symlink():
        return
    machine.make_folder(f"{port}/{address}")
    machine.link(f"/sys/bus/pci/devices/{address}", f"{port}/{address}")
    machine.write(f"{port}/vendor", "0x8086\n")
    for folder in (port, f"{port}/{address}"):
        machine.write(f"{folder}/max_link_width", "16\n")
        machine.write(f"{folder}/max_link_speed", "16.0 GT/s PCIe\n")


def write_nvswitches(machine: Machine, count: int) -> None:
    """The switches of an NVLink fabric."""
    for number in range(count):
        address = f"0000:c{number:x}:00.0"
        _pci_device(machine, address, "0x10de", "0x22a3", "0x068000", "nvidia-nvswitch")


def _pci_device(
    machine: Machine, address: str, vendor: str, device: str, class_: str, driver: str | None
) -> None:
    folder = f"/sys/bus/pci/devices/{address}"
    for name, text in (("vendor", vendor), ("device", device), ("class", class_)):
        machine.write(f"{folder}/{name}", f"{text}\n")
    machine.write(f"{folder}/power_state", "D0\n")
    machine.write(f"{folder}/resource", _RESOURCE)
    machine.remove(f"{folder}/driver")
    if driver:
        machine.make_folder(f"/sys/bus/pci/drivers/{driver}")
        machine.link(f"{folder}/driver", f"/sys/bus/pci/drivers/{driver}")


def write_kernel_module(machine: Machine, version: str, flavour: str) -> None:
    """The module as it is once loaded: /proc/modules, /proc/driver/nvidia, /sys/module."""
    taint = "(OE)" if flavour == "open" else "(POE)"
    lines = [f"{n} {rest} Live 0x0000000000000000 {taint}\n" for n, rest in _MODULES.items()]
    machine.write("/proc/modules", "".join(lines) + _OTHER_MODULES)
    machine.write("/proc/driver/nvidia/version", _nvrm_version(version, flavour))
    machine.write("/sys/module/nvidia/version", f"{version}\n")
    for name in _MODULES:
        machine.make_folder(f"/sys/module/{name}")
    for number, each in enumerate(machine.gpus):
        machine.write(
            f"/proc/driver/nvidia/gpus/{each.pci_address}/information",
            f"Model: \t\t {each.name}\nGPU UUID: \t {each.uuid}\nBus Type: \t PCIe\n"
            f"Bus Location: \t {each.pci_address}\nDevice Minor: \t {number}\n",
        )


def write_firmware(machine: Machine, version: str) -> None:
    """The files that the driver's package brings for the GPUs' system processors."""
    for name in ("gsp_tu10x.bin", "gsp_ga10x.bin"):
        machine.write(f"/lib/firmware/nvidia/{version}/{name}", b"\x7fELF")


def _nvrm_version(version: str, flavour: str) -> str:
    gcc = "GCC version:  gcc version 13.3.0 (Ubuntu 13.3.0-6ubuntu2~24.04)\n"
    if flavour == "open":
        return (
            f"NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  {version}  Release Build"
            f"  (dvs-builder@host)  Tue Sep 23 10:11:16 UTC 2025\n{gcc}"
        )
    return (
        f"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {version}"
        f"  Tue Jul 13 16:14:05 UTC 2021\n{gcc}"
    )


def write_modules_on_disk(machine: Machine, version: str, kernels: tuple[str, ...]) -> None:
    """What the driver's packages left under /lib/modules and /var/lib/dkms."""
    folder = machine.distribution.module_folder
    for kernel in kernels:
        top = f"/lib/modules/{kernel}"
        names = [f"{folder}/{n}.ko.zst" for n in ("nvidia", "nvidia-uvm", "nvidia-modeset")]
        for name in names:
            machine.write(f"{top}/{name}", b"\x28\xb5\x2f\xfd")
        machine.write(f"{top}/modules.dep", "".join(f"{name}:\n" for name in names))
        if "dkms" in folder:
            machine.write(f"/var/lib/dkms/nvidia/{version}/{kernel}/x86_64/module/nvidia.ko.zst")
    machine.make_folder(f"/usr/src/nvidia-{version}")
    if "dkms" in folder:
        machine.make_folder(f"/var/lib/dkms/nvidia/{version}")
        machine.link(f"/var/lib/dkms/nvidia/{version}/source", f"/usr/src/nvidia-{version}")


def write_nodes(machine: Machine, names: tuple[str, ...] = NODES) -> None:
    """Regular files that stand for the device nodes."""
    boards = tuple(f"nvidia{number}" for number in range(len(machine.gpus)))
    for name in (*boards, *names):
        machine.write(f"/dev/{name}").chmod(0o666)


def write_libraries(machine: Machine, version: str, folder: str | None = None) -> None:
    """libcuda and libnvidia-ml of one driver version, as that branch has them."""
    folder = folder or machine.distribution.library_folder
    place = machine.path(folder)
    nvml = machine.natives.nvml(nvml_lacks(version))
    install_library(machine.natives.libcuda, place, "libcuda.so.1", version)
    install_library(nvml, place, "libnvidia-ml.so.1", version)
    install_library(machine.natives.empty, place, "libnvidia-ptxjitcompiler.so.1", version)
    machine.link(f"{folder}/libcuda.so", "libcuda.so.1")


def write_secure_boot(machine: Machine, *, on: bool) -> None:
    """The EFI variable: four bytes of attributes, then the value."""
    machine.write(_SECURE_BOOT, struct.pack("<IB", 6, on))


def write_fabric_manager(machine: Machine, state: str) -> None:
    """systemd's traces of the fabric manager: running, stopped, not installed."""
    unit = f"/usr/lib/systemd/system/{FABRIC_UNIT}"
    group = f"/sys/fs/cgroup/system.slice/{FABRIC_UNIT}"
    machine.remove(unit, group)
    if state != "not installed":
        machine.write(unit, "[Unit]\nDescription=NVIDIA fabric manager service\n")
    if state == "running":
        machine.write(f"{group}/cgroup.procs", "1187\n")


def write_kernel_log(machine: Machine, *messages: str) -> None:
    """The kernel's ring buffer, as /dev/kmsg gives it."""
    lines = [f"6,{1000 + n},{5000000 + n},-;{text}\n" for n, text in enumerate(messages)]
    machine.write("/dev/kmsg", "".join(lines))
