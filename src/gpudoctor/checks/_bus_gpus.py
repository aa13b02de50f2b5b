"""The GPUs on the PCI bus that the driver here should have, and whether each of them works."""

from dataclasses import dataclass

from gpudoctor.checks._bus_and_nvml import place_of, sees_others_gpus
from gpudoctor.checks._driver_on_disk import is_loaded
from gpudoctor.checks._presence import working_gpus
from gpudoctor.facts import Known, PciDevice, Snapshot, known
from gpudoctor.findings import Evidence, Subject, gpu_subject
from gpudoctor.matrix import Matrix
from gpudoctor.matrix.rows import ArchitectureRow
from gpudoctor.versions import ComputeCapability, DriverVersion

_SILENT = (4, -1)  # NVML_ERROR_NO_PERMISSION, and not asked: neither tells how the GPU is
_DRIVER_NOT_LOADED = 9  # NVML_ERROR_DRIVER_NOT_LOADED
# These hold a GPU for a virtual machine, whose driver is its own.
_PASSTHROUGH = ("vfio-pci", "pci-stub", "pciback", "xen-pciback")


@dataclass(frozen=True, slots=True)
class BusGpu:
    """A GPU on the bus, and what the matrix knows of it."""

    device: PciDevice
    subject: Subject
    name: str  # GeForce GTX 1080 Ti at 0000:65:00.0
    works: bool | None  # None: nothing could be asked
    capability: ComputeCapability | None
    architecture: ArchitectureRow | None
    first_listed: DriverVersion | None  # by the open kernel modules
    open_modules: str | None  # unsupported, optional, required
    evidence: Evidence


def bus_gpus(snapshot: Snapshot, matrix: Matrix) -> tuple[BusGpu, ...]:
    """Each GPU on the bus but those set aside: for virtual machines, or for a desktop."""
    # Beside a GPU of nvidia's, one that nouveau drives is left to it on purpose.
    kept = (None, "nvidia") if _nvidia_has_one(snapshot) else None
    found = tuple(
        _bus_gpu(snapshot, matrix, place, device)
        for place, device in enumerate(known(snapshot.pci) or ())
        if (driver := known(device.kernel_driver)) not in _PASSTHROUGH
        and (kept is None or driver in kept)
    )
    if sees_others_gpus(snapshot) and some_gpu_works(snapshot):
        return tuple(each for each in found if each.works)  # what it was not given is the host's
    return found


def _nvidia_has_one(snapshot: Snapshot) -> bool:
    devices = known(snapshot.pci) or ()
    return some_gpu_works(snapshot) or any(known(d.kernel_driver) == "nvidia" for d in devices)


def some_gpu_works(snapshot: Snapshot) -> bool:
    """Whether NVML has a handle of any GPU, or CUDA lists one."""
    return bool(working_gpus(snapshot) or known(snapshot.libcuda.devices))


def _bus_gpu(snapshot: Snapshot, matrix: Matrix, place: int, device: PciDevice) -> BusGpu:
    capability = matrix.capability_of_pci_id(device.device_id)
    listed = matrix.gpu_by_pci_id(device.device_id)
    block = matrix.pci_block(device.device_id)
    row = None if capability is None else matrix.architecture(capability)
    product = listed.name if listed else f"{block.chip} GPU" if block else "GPU"
    return BusGpu(
        device,
        _subject(snapshot, device),
        f"{product} (10de:{device.device_id}) at {device.address}",
        _works(snapshot, device),
        capability,
        row,
        listed.first_open_driver if listed else None,
        (listed.open_modules if listed else None) or (row.open_modules if row else None),
        Evidence(f"/pci/{place}", f"10de:{device.device_id} at {device.address}", "sysfs"),
    )


def _subject(snapshot: Snapshot, device: PciDevice) -> Subject:
    """The same subject that other checks give this GPU: by NVML's index where NVML lists it."""
    for gpu in known(snapshot.nvml.gpus) or ():
        if device.address in (known(gpu.pci_address), place_of(snapshot, gpu)):
            return gpu_subject(gpu.nvml_index, known(gpu.name) or f"GPU {gpu.nvml_index}")
    return Subject("gpu", f"GPU at {device.address}")


def _works(snapshot: Snapshot, device: PciDevice) -> bool | None:
    devices = known(snapshot.pci) or ()
    working = working_gpus(snapshot)
    addresses = [known(gpu.pci_address) for gpu in working]
    if device.address in addresses or len(working) >= len(devices):
        return True
    if len(known(snapshot.libcuda.devices) or ()) >= len(devices):
        return True
    codes = [gpu.handle.code for gpu in known(snapshot.nvml.gpus) or ()]
    if sees_others_gpus(snapshot) or None in addresses:
        return None
    if any(code in _SILENT for code in codes):
        return None
    if isinstance(snapshot.nvml.gpus, Known) or is_loaded(snapshot) is False:
        return False
    init = known(snapshot.nvml.init)
    return False if init is not None and init.code == _DRIVER_NOT_LOADED else None
