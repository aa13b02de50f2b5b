"""Repairs of the NVIDIA kernel modules: build, sign, load, reload, or boot anew."""

import shlex

from gpudoctor.facts import PlatformFacts, Snapshot, known
from gpudoctor.findings import Manual, Remedy, Step
from gpudoctor.remedies.commands import (
    as_root,
    has_dkms,
    is_inside_container,
    kernel_log,
    package_family,
    proof,
    reboot_now,
    sudo_tee,
)

_EVERYTHING = ("everything that runs on this machine, for the reboot",)


def reboot(snapshot: Snapshot, summary: str, diagnosis: str) -> Remedy:
    """Boot the machine, or tell who must: inside a container it is the host's turn."""
    if is_inside_container(snapshot):
        return Remedy(
            summary=f"{summary} (on the container's host)",
            steps=(Manual("Reboot the host"), Manual("Start this container again")),
            scope="host",
            verify=proof(diagnosis),
            needs_root=True,
            stops=("everything that runs on the host, for the reboot",),
        )
    return Remedy(
        summary=summary,
        steps=(reboot_now(snapshot.platform),),
        scope="reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_EVERYTHING,
    )


def build_module(snapshot: Snapshot, kernel: str, diagnosis: str, *, load: bool = True) -> Remedy:
    """Build the module for a kernel, and load it where that kernel runs."""
    platform = snapshot.platform
    which = "running kernel" if kernel == known(platform.kernel) else "kernel"
    return Remedy(
        summary=f"Build the NVIDIA module for the {which} {kernel}{' and load it' if load else ''}",
        steps=(
            *_building(snapshot, kernel),
            *((as_root(platform, "modprobe", "nvidia"),) if load else ()),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )


def _building(snapshot: Snapshot, kernel: str) -> tuple[Step, ...]:
    """By what builds modules here, whatever the distribution uses by itself."""
    platform = snapshot.platform
    family = package_family(platform)
    devel = as_root(platform, "dnf", "install", f"kernel-devel-{kernel}")
    if has_dkms(snapshot):
        headers: Step = Manual(f"Install the headers of kernel {kernel}")
        if family in ("ubuntu", "debian"):
            headers = as_root(platform, "apt-get", "install", f"linux-headers-{kernel}")
        elif family in ("fedora", "rhel"):
            headers = devel
        return headers, as_root(platform, "dkms", "autoinstall", "-k", kernel)
    if family == "ubuntu":
        return (as_root(platform, "ubuntu-drivers", "install"),)
    if family == "fedora":
        return devel, as_root(platform, "akmods", "--force", "--kernels", kernel)
    return (Manual(f"Install the driver again, so that its module is built for kernel {kernel}"),)


def boot_kernel(snapshot: Snapshot, kernels: tuple[str, ...], diagnosis: str) -> Remedy:
    """Boot a kernel that the module was built for."""
    return Remedy(
        summary=f"Or boot a kernel that has the module: {', '.join(kernels)}",
        steps=(
            Manual("Choose that kernel in the boot menu"),
            reboot_now(snapshot.platform),
        ),
        scope="reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_EVERYTHING,
    )


def release_from_nouveau(snapshot: Snapshot, driver: str, diagnosis: str) -> Remedy:
    """Keep the kernel's own driver from taking the GPU before NVIDIA's."""
    platform = snapshot.platform
    file = "/etc/modprobe.d/blacklist-nouveau.conf"
    text = f"printf 'blacklist {driver}\\noptions {driver} modeset=0\\n'"
    return Remedy(
        summary=f"Keep {driver} from taking the GPU, then reboot",
        steps=(
            sudo_tee(platform, text, file),
            *new_initramfs(platform),
            reboot_now(platform),
        ),
        scope="reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_EVERYTHING,
        undo=(as_root(platform, "rm", file), *new_initramfs(platform)),
    )


def new_initramfs(platform: PlatformFacts) -> tuple[Step, ...]:
    """Build the initial RAM disk anew: what modprobe.d says is copied into it."""
    match package_family(platform):
        case "ubuntu" | "debian":
            return (as_root(platform, "update-initramfs", "-u"),)
        case "fedora" | "rhel":
            return (as_root(platform, "dracut", "--force"),)
        case "arch":
            return (as_root(platform, "mkinitcpio", "-P"),)
        case _:
            return (Manual("Build the initial RAM disk anew"),)


def release_from_passthrough(
    snapshot: Snapshot, address: str, driver: str, diagnosis: str
) -> Remedy:
    """Give a GPU that is set aside for a virtual machine back to this one."""
    platform = snapshot.platform
    device = shlex.quote(f"/sys/bus/pci/devices/{address}")
    return Remedy(
        summary=f"Take GPU {address} back from {driver}, if no virtual machine is to have it",
        steps=(
            sudo_tee(platform, f"echo {shlex.quote(address)}", f"{device}/driver/unbind"),
            sudo_tee(platform, "echo nvidia", f"{device}/driver_override"),
            as_root(platform, "modprobe", "nvidia"),
            sudo_tee(platform, f"echo {shlex.quote(address)}", "/sys/bus/pci/drivers_probe"),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
        stops=("the virtual machine that uses this GPU",),
        undo=(reboot_now(platform),),
    )


def load_module(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Load the module by hand and read what the kernel says to it."""
    platform = snapshot.platform
    return Remedy(
        summary="Load the module by hand; the kernel log says why where that fails",
        steps=(
            as_root(platform, "modprobe", "nvidia"),
            kernel_log(platform),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )


def load_uvm(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Load nvidia_uvm and create its nodes; outside, where this is a container."""
    platform = snapshot.platform
    if is_inside_container(snapshot):
        return Remedy(
            summary="Load nvidia_uvm on the container's host, then start this container again",
            steps=(
                Manual("On the host: sudo modprobe nvidia_uvm && sudo nvidia-modprobe -u -c=0"),
                Manual("Start this container again, so that it gets /dev/nvidia-uvm"),
            ),
            scope="host",
            verify=proof(diagnosis),
            needs_root=True,
        )
    return Remedy(
        summary="Load nvidia_uvm and create its device nodes",
        steps=(
            as_root(platform, "modprobe", "nvidia_uvm"),
            as_root(platform, "nvidia-modprobe", "-u", "-c=0"),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )


def reload_uvm(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Unload a wedged nvidia_uvm and load it anew."""
    platform = snapshot.platform
    return Remedy(
        summary="Unload nvidia_uvm and load it anew",
        steps=(
            Manual("Stop every process that uses CUDA, those in containers too"),
            as_root(platform, "modprobe", "-r", "nvidia_uvm"),
            as_root(platform, "modprobe", "nvidia_uvm"),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
        stops=("every process that uses CUDA",),
    )
