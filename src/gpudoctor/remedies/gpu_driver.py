"""Repairs of a driver that does not fit the GPU: another branch, another flavour, its firmware."""

from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import Manual, Remedy, Step
from gpudoctor.remedies.commands import (
    DRIVER_PAGE,
    as_root,
    has_dkms,
    is_inside_container,
    kernel_log,
    package_family,
    proof,
    reboot_now,
    sudo_tee,
)
from gpudoctor.remedies.kernel_module import new_initramfs
from gpudoctor.remedies.packages import (
    branch_packages,
    firmware_packages,
    flavour_packages,
    newer_packages,
)
from gpudoctor.versions import DriverVersion

_STOPS = ("everything that runs on this machine, for the reboot",)
_HOST_STOPS = ("everything that runs on the host, for the reboot",)


def install_branch(snapshot: Snapshot, branch: int, *, is_open: bool, diagnosis: str) -> Remedy:
    """Put a driver branch on the machine, or on its host."""
    flavour = "open" if is_open else "proprietary"
    what = f"Install NVIDIA driver branch {branch} with the {flavour} kernel modules"
    steps = branch_packages(snapshot.platform, branch, is_open=is_open)
    return _then_reboot(snapshot, what, steps, diagnosis)


def install_newer(snapshot: Snapshot, branch: int, *, is_open: bool, diagnosis: str) -> Remedy:
    """Put this branch or a later one on the machine, or on its host."""
    flavour = "open" if is_open else "proprietary"
    what = f"Install NVIDIA driver branch {branch} or later with the {flavour} kernel modules"
    steps = newer_packages(snapshot.platform, branch, is_open=is_open, has_dkms=has_dkms(snapshot))
    return _then_reboot(snapshot, what, steps, diagnosis)


def change_flavour(
    snapshot: Snapshot, driver: DriverVersion, *, is_open: bool, diagnosis: str
) -> Remedy:
    """Exchange the kernel modules for the other flavour's."""
    flavour = "open" if is_open else "proprietary"
    what = f"Install the {flavour} kernel modules of driver branch {driver.branch}"
    steps = flavour_packages(
        snapshot.platform, driver.branch, is_open=is_open, has_dkms=has_dkms(snapshot)
    )
    return _then_reboot(snapshot, what, steps, diagnosis)


def restore_firmware(snapshot: Snapshot, driver: DriverVersion, diagnosis: str) -> Remedy:
    """Install the files again that the GPU's system processor starts from."""
    steps = firmware_packages(snapshot.platform, str(driver), driver.branch)
    what = f"Install the GPU firmware of driver {driver} again"
    return _then_reboot(snapshot, what, steps, diagnosis)


def _then_reboot(snapshot: Snapshot, what: str, steps: tuple[Step, ...], diagnosis: str) -> Remedy:
    if is_inside_container(snapshot):
        return Remedy(
            summary=f"{what} on the container's host",
            steps=(
                Manual(f"On the host: {what[0].lower()}{what[1:]} ({DRIVER_PAGE}), and reboot it"),
                Manual("Start this container again"),
            ),
            scope="host",
            verify=proof(diagnosis),
            needs_root=True,
            stops=_HOST_STOPS,
        )
    return Remedy(
        summary=f"{what}, then reboot",
        steps=(*steps, reboot_now(snapshot.platform)),
        scope="reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_STOPS,
    )


def separate_gpus(which: str, diagnosis: str) -> Remedy:
    """No driver serves all GPUs of the machine at once."""
    return Remedy(
        summary="No one driver serves all GPUs of this machine: separate them",
        steps=(
            Manual(f"Use the machine without {which}, whose driver the other GPUs can't run with"),
            Manual(f"Or pass {which} through to a virtual machine that has a driver of its own"),
        ),
        scope="host",
        verify=proof(diagnosis),
        stops=("everything that runs on this machine, while it is open",),
    )


def power_cycle(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Take the power from a GPU whose processor is stuck; a warm reboot often leaves it so."""
    inside = is_inside_container(snapshot)
    return Remedy(
        summary="Switch the machine off, then on; a mere reboot often leaves the GPU as it is",
        steps=(
            kernel_log(snapshot.platform),
            Manual("Shut the host down" if inside else "Shut the machine down"),
            Manual("Wait until its power is off, and start it"),
        ),
        scope="host" if inside else "reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_HOST_STOPS if inside else _STOPS,
    )


def run_without_gsp(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Have the proprietary modules leave the GPU's system processor alone."""
    platform = snapshot.platform
    file = "/etc/modprobe.d/nvidia-gsp.conf"
    text = "echo 'options nvidia NVreg_EnableGpuFirmware=0'"
    return Remedy(
        summary="Have the proprietary modules do without the firmware, then reboot",
        steps=(sudo_tee(platform, text, file), *new_initramfs(platform), reboot_now(platform)),
        scope="reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_STOPS,
        undo=(as_root(platform, "rm", file), *new_initramfs(platform)),
    )


def give_memory_window(snapshot: Snapshot, diagnosis: str) -> tuple[Remedy, ...]:
    """Have firmware, kernel or hypervisor map the GPU's memory."""
    return (
        Remedy(
            summary="In the firmware set-up, turn on Above 4G Decoding (64-bit PCI windows)",
            steps=(
                Manual("Turn on Above 4G Decoding; turn CSM (legacy boot) off where it is on"),
                Manual("Update the firmware where that is not offered or does not help"),
            ),
            scope="host",
            verify=proof(diagnosis),
            stops=_STOPS,
        ),
        Remedy(
            summary="Let the kernel assign the windows anew: boot with pci=realloc",
            steps=(*_with_realloc(snapshot), reboot_now(snapshot.platform)),
            scope="reboot",
            verify=proof(diagnosis),
            needs_root=True,
            stops=_STOPS,
        ),
        Remedy(
            summary="In a virtual machine: have the hypervisor give it 64-bit MMIO space",
            steps=(
                Manual(
                    "VMware: boot with EFI, set pciPassthru.use64bitMMIO = TRUE and "
                    "pciPassthru.64bitMMIOSizeGB to a power of two above twice the GPUs' memory"
                ),
                Manual(
                    "QEMU: machine q35 with OVMF; "
                    "-fw_cfg name=opt/ovmf/X-PciMmio64Mb,string=65536 or more"
                ),
            ),
            scope="host",
            verify=proof(diagnosis),
            stops=("this virtual machine",),
        ),
    )


def _with_realloc(snapshot: Snapshot) -> tuple[Step, ...]:
    platform = snapshot.platform
    if is_inside_container(snapshot):
        return (Manual("On the host, add pci=realloc to the kernel's command line"),)
    match package_family(platform):
        case "fedora" | "rhel":
            grubby = ("grubby", "--update-kernel=ALL", "--args=pci=realloc")
            return (as_root(platform, *grubby),)
        case "ubuntu" | "debian":
            return (
                Manual("In /etc/default/grub, add pci=realloc to GRUB_CMDLINE_LINUX"),
                as_root(platform, "update-grub"),
            )
        case _:
            return (Manual("Add pci=realloc to the kernel's command line"),)


def driver_named_by_nobody(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """A GPU that our matrix does not know: the newest driver may."""
    name = known(snapshot.platform.distribution) or "this system"
    steps = (Manual(f"Install the newest driver that lists this GPU, from {DRIVER_PAGE}"),)
    return _then_reboot(snapshot, f"Install the newest NVIDIA driver for {name}", steps, diagnosis)
