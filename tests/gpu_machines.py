"""Machines whose GPU does not fit its driver, as far as facts tell of it."""

from typing import Any

from gpudoctor.facts import Absent, DkmsBuild, Known, NvmlGpu, PciDevice, Snapshot, Unknown
from gpudoctor.versions import DriverVersion
from machines import (
    address,
    answer,
    cuda_fails,
    gpu,
    libraries,
    library,
    machine,
    module_gone,
    pci_device,
)

GTX_680 = "1180"  # Kepler
GTX_1080_TI = "1B06"  # Pascal
V100 = "1DB1"  # Volta
T4 = "1EB8"  # Turing
A100 = "20F1"  # Ampere
H100 = "2330"  # Hopper
GH200 = "2342"  # Grace Hopper
RTX_5090 = "2B85"  # Blackwell
RTX_4070_SUPER = "2783"  # Ada, listed later than its siblings
NOBODYS = "FFF0"


def silent(
    *device_ids: str, driver: str = "580.95.05", flavour: str | None = "open", **changes: Any
) -> Snapshot:
    """Cards on the bus and a loaded driver whose NVML lists none of them."""
    version = DriverVersion.parse(driver)
    on_bus = tuple(pci_device(n, device_id=each) for n, each in enumerate(device_ids))
    facts: dict[str, Any] = {
        **with_driver(version, flavour),
        "pci": Known(on_bus, "/sys/bus/pci/devices"),
        "nvml__gpus": Known((), "NVML"),
        **cuda_fails(100, "CUDA_ERROR_NO_DEVICE"),
    }
    return machine(**{**facts, **changes})


def with_driver(version: DriverVersion, flavour: str | None) -> dict[str, Any]:
    """The changes that put another driver on the machine."""
    fact = Absent("/proc") if flavour is None else Known(flavour, "/proc/driver/nvidia/version")
    own = Known(version, "file name")
    return {
        "driver__kernel_module_version": Known(version, "/proc/driver/nvidia/version"),
        "driver__flavour": fact,
        "driver__dkms": Known((DkmsBuild(str(version), ()),), "/var/lib/dkms"),
        "driver__libraries": libraries(
            library("libcuda.so.1", version=own), library("libnvidia-ml.so.1", version=own)
        ),
        "driver__firmware": Known(("gsp_ga10x.bin",), f"/lib/firmware/nvidia/{version}"),
        "nvml__driver_version": Known(version, "NVML"),
    }


def beside_a_working(device_id: str, driver: str = "580.95.05", **changes: Any) -> Snapshot:
    """A working A100, and a card that NVML does not list."""
    both = (pci_device(0), pci_device(1, device_id=device_id))
    return silent(
        driver=driver,
        **{
            "pci": Known(both, "sysfs"),
            "nvml__gpus": Known((gpu(0),), "NVML"),
            "libcuda__init": answer(0),
            **changes,
        },
    )


def not_loaded(device_id: str, driver: str = "580.95.05", **changes: Any) -> Snapshot:
    """The module did not stay loaded, as modules do that find no GPU of theirs."""
    version = DriverVersion.parse(driver)
    card = pci_device(0, device_id=device_id, kernel_driver=Absent("sysfs"))
    facts = {
        **with_driver(version, None),
        **module_gone(),
        "pci": Known((card,), "sysfs"),
        **changes,
    }
    return machine(**facts)


def log(*lines: str) -> dict[str, Any]:
    """The change that puts lines into the kernel log."""
    return {"driver__kernel_log": Known(lines, "/dev/kmsg")}


def unread_log() -> dict[str, Any]:
    """The change that closes the kernel log."""
    return {"driver__kernel_log": Unknown("/dev/kmsg can't be opened: permission denied")}


def unasked() -> dict[str, Any]:
    """The changes that leave NVML and CUDA without an answer."""
    gap = Unknown("the probe ended")
    return {"nvml__init": gap, "nvml__gpus": gap, "libcuda__init": gap, "libcuda__devices": gap}


def working(device: PciDevice, **changes: Any) -> Snapshot:
    """One card, whatever it is, that NVML has a handle of."""
    listed: NvmlGpu = gpu(0, pci_address=Known(address(0), "NVML"))
    return machine(
        **{"pci": Known((device,), "sysfs"), "nvml__gpus": Known((listed,), "NVML"), **changes}
    )
