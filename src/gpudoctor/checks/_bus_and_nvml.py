"""The devices on the PCI bus held against those that NVML lists."""

from collections.abc import Collection

from gpudoctor.checks._allocation import is_slurm_job
from gpudoctor.facts import Known, NvmlGpu, PciDevice, Snapshot, known
from gpudoctor.matrix import Matrix


def place_of(snapshot: Snapshot, gpu: NvmlGpu) -> str | None:
    """A GPU that does not answer can't tell its address; the only one left over is its."""
    listed = [known(each.pci_address) for each in known(snapshot.nvml.gpus) or ()]
    devices = known(snapshot.pci) or ()
    left = [each.address for each in devices if each.address not in listed]
    alone = len(left) == listed.count(None) == 1 and known(gpu.pci_address) is None
    return left[0] if alone else None


def sees_others_gpus(snapshot: Snapshot) -> bool:
    """Whether bus and kernel log also tell of GPUs that were not given to this process.

    A container and a job of Slurm see the host's whole bus, and through NVML only what is theirs.
    """
    return isinstance(snapshot.platform.container, Known) or is_slurm_job(snapshot)


def may_be_others(snapshot: Snapshot, told: Collection[str]) -> bool:
    """Whether the GPUs at the addresses that the kernel log told of may all be somebody else's."""
    devices = known(snapshot.pci)
    ours_are_among_them = devices and all(each.address in told for each in devices)
    return sees_others_gpus(snapshot) and not ours_are_among_them


def missing_devices(snapshot: Snapshot, gpus: tuple[NvmlGpu, ...]) -> tuple[PciDevice, ...]:
    """The devices on the bus that the running driver should have and NVML does not list."""
    if sees_others_gpus(snapshot):
        return ()
    addresses = [known(gpu.pci_address) for gpu in gpus]
    devices = known(snapshot.pci) or ()
    missing = tuple(each for each in devices if each.address not in addresses and _is_ours(each))
    # Where NVML lists as many that it can't name, each of the missing may be one of those.
    return () if addresses.count(None) >= len(missing) else missing


def _is_ours(device: PciDevice) -> bool:
    """Whether nvidia has the device, or nobody has: another driver's device is not NVML's."""
    return known(device.kernel_driver) in ("nvidia", None)


def driver_should_run(snapshot: Snapshot, matrix: Matrix, device: PciDevice) -> bool:
    """Whether the running driver supports a device: it has it, or the matrix says so."""
    if known(device.kernel_driver) == "nvidia":
        return True
    running = known(snapshot.nvml.driver_version)
    listed = matrix.gpu_by_pci_id(device.device_id)
    first = None if listed is None else listed.first_open_driver
    if running is not None and first is not None and first <= running:
        return True
    capability = matrix.capability_of_pci_id(device.device_id)
    row = None if capability is None else matrix.architecture(capability)
    if row is None or running is None or row.first_branch is None:
        return False
    is_dropped = row.last_branch is not None and running.branch > row.last_branch
    return row.first_branch <= running.branch and not is_dropped
