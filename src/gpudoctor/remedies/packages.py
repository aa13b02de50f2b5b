"""The driver's packages by distribution, branch and flavour of the kernel modules."""

import re
from collections.abc import Callable, Mapping

from gpudoctor.facts import PlatformFacts, known
from gpudoctor.findings import Edit, Manual, Step
from gpudoctor.remedies.commands import DRIVER_GUIDE, DRIVER_PAGE, as_root, package_family, sudo_tee

DEBIAN_PAGE = "https://wiki.debian.org/NvidiaGraphicsDrivers"
RPM_FUSION_PAGE = "https://rpmfusion.org/Howto/NVIDIA"
SUSE_PAGE = "https://en.opensuse.org/SDB:NVIDIA_drivers"
ARCH_PAGE = "https://wiki.archlinux.org/title/NVIDIA"
AUR_PAGE = "https://aur.archlinux.org/packages"

_NIXOS_FILE = "/etc/nixos/configuration.nix"
# RPM Fusion, Debian and the AUR keep packages of their own for branches that NVIDIA froze.
_AUR_LEGACY = (580, 470, 390)
_RPM_FUSION_LEGACY = (470, 390)
_DEBIAN_LEGACY = {470: "nvidia-tesla-470-driver", 390: "nvidia-legacy-390xx-driver"}
_STREAMS_OF = re.compile(r"\b[89](?:\.\d+)?\b")  # RHEL 10 and its kin have no module streams


def branch_packages(platform: PlatformFacts, branch: int, *, is_open: bool) -> tuple[Step, ...]:
    """Put this branch on the machine and keep it there, with open or proprietary modules."""
    install = _BY_FAMILY.get(package_family(platform), _from_nvidia)
    return install(platform, branch, _flavour(is_open=is_open))


def _flavour(*, is_open: bool) -> str:
    return "open" if is_open else "proprietary"


def _from_nvidia(_: PlatformFacts, branch: int, flavour: str) -> tuple[Step, ...]:
    text = (
        f"Install the newest driver of branch {branch} with "
        f"{flavour} kernel modules, as {DRIVER_PAGE} describes"
    )
    return (Manual(text),)


def _on_ubuntu(platform: PlatformFacts, branch: int, flavour: str) -> tuple[Step, ...]:
    package = f"nvidia-driver-{branch}{'-open' if flavour == 'open' else ''}"
    return (
        as_root(platform, "apt-get", "update"),
        as_root(platform, "apt-get", "install", package),
    )


def _on_suse(_: PlatformFacts, branch: int, __: str) -> tuple[Step, ...]:
    return (Manual(f"Install branch {branch} of the driver, as {SUSE_PAGE} shows"),)


def _on_debian(platform: PlatformFacts, branch: int, __: str) -> tuple[Step, ...]:
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


def _on_fedora(platform: PlatformFacts, branch: int, __: str) -> tuple[Step, ...]:
    if branch not in _RPM_FUSION_LEGACY:
        return (Manual(f"Install branch {branch} of the driver, as {RPM_FUSION_PAGE} shows"),)
    names = (f"akmod-nvidia-{branch}xx", f"xorg-x11-drv-nvidia-{branch}xx-cuda")
    return (
        Manual(f"Enable RPM Fusion's nonfree repository, as {RPM_FUSION_PAGE} shows"),
        as_root(platform, "dnf", "remove", "akmod-nvidia*", "xorg-x11-drv-nvidia*"),
        as_root(platform, "dnf", "install", *names),
    )


def _has_streams(platform: PlatformFacts) -> bool:
    return bool(_STREAMS_OF.search(known(platform.distribution) or ""))


def _on_rhel(platform: PlatformFacts, branch: int, flavour: str) -> tuple[Step, ...]:
    enable = Manual(f"Enable NVIDIA's repository for this release, as {DRIVER_GUIDE} shows")
    if not _has_streams(platform):
        text = f"Install branch {branch} from it and lock it there, as the guide shows"
        return enable, Manual(text)
    stream = f"nvidia-driver:{branch}-{'open' if flavour == 'open' else 'dkms'}"
    return (
        enable,
        as_root(platform, "dnf", "module", "switch-to", stream, "--allowerasing"),
        as_root(platform, "dnf", "install", "nvidia-open" if flavour == "open" else "cuda-drivers"),
    )


def _on_arch(platform: PlatformFacts, branch: int, flavour: str) -> tuple[Step, ...]:
    if flavour == "open":
        return (as_root(platform, "pacman", "-Syu", "nvidia-open"),)
    if branch not in _AUR_LEGACY:
        return (Manual(f"Install the legacy driver for this GPU that {ARCH_PAGE} names"),)
    package = f"nvidia-{branch}xx-dkms"
    return (Manual(f"Install {package} from the AUR: {AUR_PAGE}/{package}"),)


def _on_nixos(platform: PlatformFacts, branch: int, flavour: str) -> tuple[Step, ...]:
    package = f"config.boot.kernelPackages.nvidiaPackages.legacy_{branch}"
    edit = Edit(_NIXOS_FILE, 0, f"hardware.nvidia.package = {package};")
    return edit, *_nixos_flavour(platform, flavour)


def _nixos_flavour(platform: PlatformFacts, flavour: str, *options: str) -> tuple[Step, ...]:
    setting = f"hardware.nvidia.open = {'true' if flavour == 'open' else 'false'};"
    return (
        Edit(_NIXOS_FILE, 0, setting),
        as_root(platform, "nixos-rebuild", "boot", *options),
    )


_BY_FAMILY: Mapping[str, Callable[[PlatformFacts, int, str], tuple[Step, ...]]] = {
    "ubuntu": _on_ubuntu,
    "debian": _on_debian,
    "fedora": _on_fedora,
    "rhel": _on_rhel,
    "suse": _on_suse,
    "arch": _on_arch,
    "nixos": _on_nixos,
}


def newer_packages(
    platform: PlatformFacts, branch: int, *, is_open: bool, has_dkms: bool
) -> tuple[Step, ...]:
    """Put this branch or a later one on the machine."""
    match package_family(platform):
        case "fedora":
            return (upgrade_on_fedora(platform, has_dkms=has_dkms),)
        case "nixos":
            return _nixos_flavour(platform, _flavour(is_open=is_open), "--upgrade")
        case _:
            return branch_packages(platform, branch, is_open=is_open)


def upgrade_on_fedora(platform: PlatformFacts, *, has_dkms: bool) -> Step:
    """RPM Fusion's packages by name; with DKMS, those of NVIDIA's or another repository."""
    names = ("*nvidia*",) if has_dkms else ("akmod-nvidia", "xorg-x11-drv-nvidia-cuda")
    return as_root(platform, "dnf", "upgrade", "--refresh", *names)


def flavour_packages(
    platform: PlatformFacts, branch: int, *, is_open: bool, has_dkms: bool
) -> tuple[Step, ...]:
    """Exchange the kernel modules for those of the other flavour, on the branch that is here."""
    match package_family(platform):
        case "debian":
            package = "nvidia-open-kernel-dkms" if is_open else "nvidia-kernel-dkms"
            return (
                as_root(platform, "apt-get", "install", package),
                Manual(
                    "Where the driver came from NVIDIA's repository, install "
                    f"{'nvidia-open' if is_open else 'cuda-drivers'} instead: {DRIVER_GUIDE}"
                ),
            )
        case "fedora" if not has_dkms:
            return _rpm_fusion_flavour(platform, is_open=is_open)
        case "fedora" | "rhel" if not _has_streams(platform):  # NVIDIA's repository
            package = "nvidia-open" if is_open else "cuda-drivers"
            return (as_root(platform, "dnf", "install", "--allowerasing", package),)
        case "nixos":
            return _nixos_flavour(platform, _flavour(is_open=is_open))
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
    file = "/etc/rpm/macros.nvidia-kmod"
    # The macro counts as soon as it is defined, whatever its value.
    choice: Step = as_root(platform, "rm", "-f", file)
    if is_open:
        choice = sudo_tee(platform, "echo '%_with_kmod_nvidia_open 1'", file)
    return (
        choice,
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
