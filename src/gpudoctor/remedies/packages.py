"""The driver's packages by distribution, branch and flavour of the kernel modules."""

import re

from gpudoctor.facts import PlatformFacts, known
from gpudoctor.findings import Edit, Manual, Shell, Step
from gpudoctor.remedies.commands import DRIVER_GUIDE, DRIVER_PAGE, as_root, package_family

DEBIAN_PAGE = "https://wiki.debian.org/NvidiaGraphicsDrivers"
RPM_FUSION_PAGE = "https://rpmfusion.org/Howto/NVIDIA"
SUSE_PAGE = "https://en.opensuse.org/SDB:NVIDIA_drivers"
AUR_PAGE = "https://aur.archlinux.org/packages"

# RPM Fusion, Debian and the AUR keep packages of their own for branches that NVIDIA froze.
_RPM_FUSION_LEGACY = (470, 390)
_DEBIAN_LEGACY = {470: "nvidia-tesla-470-driver", 390: "nvidia-legacy-390xx-driver"}
_STREAMS_OF = re.compile(r"\b[89](?:\.\d+)?\b")  # RHEL 10 and its kin have no dnf modules


def branch_packages(platform: PlatformFacts, branch: int, *, is_open: bool) -> tuple[Step, ...]:
    """Put this branch on the machine and keep it there, with open or proprietary modules."""
    match package_family(platform):
        case "ubuntu":
            package = f"nvidia-driver-{branch}{'-open' if is_open else ''}"
            return (
                as_root(platform, "apt-get", "update"),
                as_root(platform, "apt-get", "install", package),
            )
        case "debian":
            return _on_debian(platform, branch)
        case "fedora":
            return _on_fedora(platform, branch)
        case "rhel":
            return _on_rhel(platform, branch, is_open=is_open)
        case "arch":
            return _on_arch(platform, branch, is_open=is_open)
        case "nixos":
            return _on_nixos(platform, f"nvidiaPackages.legacy_{branch}", is_open=is_open)
        case "suse":
            return (Manual(f"Install branch {branch} of the driver, as {SUSE_PAGE} shows"),)
        case _:
            flavour = "open" if is_open else "proprietary"
            return (
                Manual(
                    f"Install the newest driver of branch {branch} with {flavour} kernel modules, "
                    f"as {DRIVER_PAGE} describes"
                ),
            )


def _on_debian(platform: PlatformFacts, branch: int) -> tuple[Step, ...]:
    package = _DEBIAN_LEGACY.get(branch)
    if package is None:
        text = f"Install branch {branch} from NVIDIA's repository, as {DRIVER_GUIDE} shows"
        return (Manual(text),)
    return (
        Manual(
            "Enable the components contrib, non-free and non-free-firmware in APT. Not every "
            f"release of Debian has {package}: {DEBIAN_PAGE}"
        ),
        as_root(platform, "apt-get", "update"),
        as_root(platform, "apt-get", "install", package),
    )


def _on_fedora(platform: PlatformFacts, branch: int) -> tuple[Step, ...]:
    if branch not in _RPM_FUSION_LEGACY:
        return (Manual(f"Install branch {branch} of the driver, as {RPM_FUSION_PAGE} shows"),)
    names = (f"akmod-nvidia-{branch}xx", f"xorg-x11-drv-nvidia-{branch}xx-cuda")
    return (
        Manual(f"Enable RPM Fusion's nonfree repository, as {RPM_FUSION_PAGE} shows"),
        as_root(platform, "dnf", "remove", "akmod-nvidia", "xorg-x11-drv-nvidia-cuda"),
        as_root(platform, "dnf", "install", *names),
    )


def _on_rhel(platform: PlatformFacts, branch: int, *, is_open: bool) -> tuple[Step, ...]:
    enable = Manual(f"Enable NVIDIA's repository for this release, as {DRIVER_GUIDE} shows")
    if not _STREAMS_OF.search(known(platform.distribution) or ""):
        text = f"Install branch {branch} from it and lock it there, as the guide shows"
        return enable, Manual(text)
    stream = f"nvidia-driver:{branch}-{'open' if is_open else 'dkms'}"
    return (
        enable,
        as_root(platform, "dnf", "module", "reset", "nvidia-driver"),
        as_root(platform, "dnf", "module", "enable", stream),
        as_root(platform, "dnf", "install", "nvidia-open" if is_open else "cuda-drivers"),
    )


def _on_arch(platform: PlatformFacts, branch: int, *, is_open: bool) -> tuple[Step, ...]:
    if is_open:
        return (as_root(platform, "pacman", "-Syu", "nvidia-open"),)
    package = f"nvidia-{branch}xx-dkms"
    return (Manual(f"Install {package} from the AUR: {AUR_PAGE}/{package}"),)


def _on_nixos(platform: PlatformFacts, package: str | None, *, is_open: bool) -> tuple[Step, ...]:
    file = "/etc/nixos/configuration.nix"
    choice = f"hardware.nvidia.package = config.boot.kernelPackages.{package};"
    return (
        *((Edit(file, 0, choice),) if package and not is_open else ()),
        Edit(file, 0, f"hardware.nvidia.open = {'true' if is_open else 'false'};"),
        as_root(platform, "nixos-rebuild", "boot"),
    )


def newer_packages(platform: PlatformFacts, branch: int, *, is_open: bool) -> tuple[Step, ...]:
    """Put this branch or a later one on the machine."""
    match package_family(platform):
        case "fedora":
            upgrade = ("dnf", "upgrade", "--refresh", "akmod-nvidia", "xorg-x11-drv-nvidia-cuda")
            return (as_root(platform, *upgrade),)
        case "nixos":
            *edits, _ = _on_nixos(platform, None, is_open=is_open)
            return (*edits, as_root(platform, "nixos-rebuild", "boot", "--upgrade"))
        case _:
            return branch_packages(platform, branch, is_open=is_open)


def flavour_packages(platform: PlatformFacts, branch: int, *, is_open: bool) -> tuple[Step, ...]:
    """Exchange the kernel modules for those of the other flavour, on the branch that is here."""
    match package_family(platform):
        case "debian":
            package = "nvidia-open-kernel-dkms" if is_open else "nvidia-kernel-dkms"
            return (
                as_root(platform, "apt-get", "install", package),
                Manual(
                    "Where the driver came from NVIDIA's repository, follow its guide instead: "
                    f"{DRIVER_GUIDE}kernel-modules.html"
                ),
            )
        case "fedora":
            return _rpm_fusion_flavour(platform, is_open=is_open)
        case "nixos":
            return _on_nixos(platform, None, is_open=is_open)
        case "suse":
            package = (
                "nvidia-open-driver-G06-signed-kmp-default"
                if is_open
                else "nvidia-driver-G06-kmp-default"
            )
            text = f"Install {package} in place of the other kernel modules: {SUSE_PAGE}"
            return (Manual(text),)
        case _:
            return branch_packages(platform, branch, is_open=is_open)


def _rpm_fusion_flavour(platform: PlatformFacts, *, is_open: bool) -> tuple[Step, ...]:
    sudo = "" if platform.is_root else "sudo "
    file = "/etc/rpm/macros.nvidia-kmod"
    macro = f"echo '%_with_kmod_nvidia_open {1 if is_open else 0}' | {sudo}tee {file}"
    return (
        Shell(macro),
        as_root(platform, "akmods", "--force", "--rebuild"),
        Manual(f"What RPM Fusion builds by default depends on the release: {RPM_FUSION_PAGE}"),
    )


def firmware_packages(platform: PlatformFacts, version: str, branch: int) -> tuple[Step, ...]:
    """Bring back the firmware files of the installed driver."""
    match package_family(platform):
        case "ubuntu":
            package = f"nvidia-firmware-{branch}-{version}"
            return (
                as_root(platform, "apt-get", "install", "--reinstall", package),
                Manual("The name has -server after the branch where the driver's packages have it"),
            )
        case "debian":
            return (as_root(platform, "apt-get", "install", "--reinstall", "firmware-nvidia-gsp"),)
        case "suse":
            text = f"Install the gsp firmware package of driver {version}, as {SUSE_PAGE} shows"
            return (Manual(text),)
        case _:
            return (Manual(f"Install driver {version} again, its firmware included"),)
