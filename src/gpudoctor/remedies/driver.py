"""Repairs that put another NVIDIA driver on the machine."""

from gpudoctor.facts import PlatformFacts, Snapshot, known
from gpudoctor.findings import Manual, Remedy, Step
from gpudoctor.remedies.commands import (
    DRIVER_GUIDE,
    DRIVER_PAGE,
    as_root,
    has_dkms,
    is_inside_container,
    package_family,
    proof,
    reboot_now,
)
from gpudoctor.remedies.packages import upgrade_on_fedora
from gpudoctor.versions import DriverVersion

_STOPS = ("everything that runs on this machine, for the reboot",)


def install_driver(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Put the distribution's NVIDIA driver on a machine that has none."""
    platform = snapshot.platform
    name = known(platform.distribution) or "this system"
    return Remedy(
        summary=f"Install the NVIDIA driver for {name}, then reboot",
        steps=(*_installing(platform), reboot_now(platform)),
        scope="reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_STOPS,
    )


def _installing(platform: PlatformFacts) -> tuple[Step, ...]:
    match package_family(platform):
        case "ubuntu":
            return (
                as_root(platform, "apt-get", "update"),
                as_root(platform, "apt-get", "install", "ubuntu-drivers-common"),
                as_root(platform, "ubuntu-drivers", "install"),
            )
        case "debian":
            return (
                Manual("Enable the components contrib, non-free and non-free-firmware in APT"),
                as_root(platform, "apt-get", "update"),
                as_root(platform, "apt-get", "install", "nvidia-driver"),
            )
        case "fedora":
            return (
                Manual("Enable RPM Fusion's nonfree repository"),
                as_root(platform, "dnf", "install", "akmod-nvidia", "xorg-x11-drv-nvidia-cuda"),
            )
        case "rhel":
            return (
                Manual(f"Enable NVIDIA's repository for this release, as {DRIVER_GUIDE} shows"),
                Manual(
                    "Install nvidia-open from it with dnf; GPUs older than Turing need "
                    "cuda-drivers instead"
                ),
            )
        case _:
            return (Manual(f"Install the driver for this GPU as {DRIVER_PAGE} describes"),)


def newer_driver(snapshot: Snapshot, needed: DriverVersion | None, diagnosis: str) -> Remedy:
    """Replace the driver by one that is at least `needed`: here, in Windows, or on the host."""
    least = "a newer release" if needed is None else f"{needed} or newer"
    if known(snapshot.platform.wsl) is not None:
        return _newer_windows_driver(least, diagnosis)
    if is_inside_container(snapshot):
        return _newer_host_driver(least, diagnosis)
    return Remedy(
        summary=f"Install NVIDIA driver {least}, then reboot",
        steps=(*_upgrading(snapshot, needed, least), reboot_now(snapshot.platform)),
        scope="reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_STOPS,
    )


def _upgrading(snapshot: Snapshot, needed: DriverVersion | None, least: str) -> tuple[Step, ...]:
    platform = snapshot.platform
    family = package_family(platform)
    if family == "ubuntu":
        # The recommended driver is newer than most minimums, and is there in every release.
        recommended = (
            as_root(platform, "apt-get", "update"),
            as_root(platform, "ubuntu-drivers", "install"),
        )
        return recommended if needed is None else (*recommended, _by_branch(snapshot, needed))
    if family == "fedora":
        return (upgrade_on_fedora(platform, has_dkms=has_dkms(snapshot)),)
    if family == "arch":
        return (as_root(platform, "pacman", "-Syu"),)
    if family in ("debian", "rhel"):
        text = f"Install NVIDIA driver {least} from NVIDIA's repository, as {DRIVER_GUIDE} shows"
    else:
        text = f"Install NVIDIA driver {least}, as {DRIVER_PAGE} describes"
    return (Manual(text),)


def _by_branch(snapshot: Snapshot, needed: DriverVersion) -> Manual:
    is_open = known(snapshot.driver.flavour) == "open"
    package = f"nvidia-driver-{needed.branch}{'-open' if is_open else ''}"
    return Manual(f"If that is older than {needed}, install {package} or a later branch instead")


def _newer_windows_driver(least: str, diagnosis: str) -> Remedy:
    return Remedy(
        summary=f"Install NVIDIA's Windows driver {least}; nothing inside WSL",
        steps=(
            Manual(f"On Windows, install NVIDIA driver {least} from {DRIVER_PAGE}"),
            Manual("In PowerShell, run: wsl --shutdown"),
        ),
        scope="host",
        verify=proof(diagnosis),
        stops=("everything that runs in WSL",),
    )


def _newer_host_driver(least: str, diagnosis: str) -> Remedy:
    return Remedy(
        summary=f"Install NVIDIA driver {least} on the container's host",
        steps=(
            Manual(f"On the host, install NVIDIA driver {least} and reboot it ({DRIVER_PAGE})"),
            Manual("Start this container again"),
        ),
        scope="host",
        verify=proof(diagnosis),
        needs_root=True,
        stops=("everything that runs on the host, for the reboot",),
    )
