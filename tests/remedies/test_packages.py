"""The driver's packages by distribution, branch and flavour."""

from collections.abc import Iterable

import pytest

from gpudoctor.facts import Known, PlatformFacts, Unknown
from gpudoctor.findings import Command, Edit, Manual, Shell, Step
from gpudoctor.remedies.packages import (
    branch_packages,
    firmware_packages,
    flavour_packages,
    newer_packages,
)
from machines import platform

SYSTEMS = {
    "ubuntu": ("Ubuntu 24.04.1 LTS", ("ubuntu", "debian")),
    "debian": ("Debian GNU/Linux 12 (bookworm)", ("debian",)),
    "fedora": ("Fedora Linux 42", ("fedora",)),
    "rocky-9": ("Rocky Linux 9.6 (Blue Onyx)", ("rocky", "rhel", "centos", "fedora")),
    "rocky-10": ("Rocky Linux 10.0", ("rocky", "rhel", "centos", "fedora")),
    "suse": ("openSUSE Leap 15.6", ("opensuse-leap", "suse", "opensuse")),
    "arch": ("Arch Linux", ("arch",)),
    "nixos": ("NixOS 25.11", ("nixos",)),
    "other": ("Slackware 15.0", ("slackware",)),
}


def on(system: str) -> PlatformFacts:
    name, ids = SYSTEMS[system]
    return platform(distribution=Known(name, "t"), distribution_ids=Known(ids, "t"))


def words(steps: Iterable[Step]) -> str:
    return "\n".join(
        " ".join(step.argv) if isinstance(step, Command) else step.text for step in steps
    )


@pytest.mark.parametrize(
    ("system", "branch", "is_open", "expected"),
    [
        ("ubuntu", 580, True, "sudo apt-get install nvidia-driver-580-open"),
        ("ubuntu", 470, False, "sudo apt-get install nvidia-driver-470"),
        ("debian", 470, False, "sudo apt-get install nvidia-tesla-470-driver"),
        ("debian", 390, False, "sudo apt-get install nvidia-legacy-390xx-driver"),
        ("debian", 580, False, "https://docs.nvidia.com/"),
        ("fedora", 470, False, "akmod-nvidia-470xx xorg-x11-drv-nvidia-470xx-cuda"),
        ("fedora", 580, False, "https://rpmfusion.org/Howto/NVIDIA"),
        ("rocky-9", 580, False, "dnf module switch-to nvidia-driver:580-dkms --allowerasing"),
        ("rocky-9", 580, True, "dnf install nvidia-open"),
        ("rocky-10", 580, True, "lock it there"),
        ("suse", 580, False, "https://en.opensuse.org/SDB:NVIDIA_drivers"),
        ("arch", 580, False, "https://aur.archlinux.org/packages/nvidia-580xx-dkms"),
        ("arch", 570, False, "https://wiki.archlinux.org/title/NVIDIA"),
        ("nixos", 470, False, "nvidiaPackages.legacy_470;"),
        ("nixos", 470, False, "hardware.nvidia.open = false;"),
        ("other", 470, False, "branch 470 with proprietary kernel modules"),
    ],
)
def test_a_branch_by_each_distributions_names(
    system: str, branch: int, *, is_open: bool, expected: str
) -> None:
    assert expected in words(branch_packages(on(system), branch, is_open=is_open))


@pytest.mark.parametrize(
    ("system", "is_open", "expected"),
    [
        ("ubuntu", True, "nvidia-driver-580-open"),
        ("ubuntu", False, "nvidia-driver-580"),
        ("debian", True, "nvidia-open-kernel-dkms"),
        ("debian", False, "install nvidia-kernel-dkms"),
        ("fedora", True, "echo '%_with_kmod_nvidia_open 1' | sudo tee /etc/rpm/macros.nvidia-kmod"),
        ("fedora", False, "sudo rm -f /etc/rpm/macros.nvidia-kmod"),
        ("rocky-9", True, "switch-to nvidia-driver:580-open"),
        ("rocky-10", False, "dnf install --allowerasing cuda-drivers"),
        ("suse", True, "nvidia-open-driver-G06-signed-kmp-default"),
        ("suse", False, "nvidia-driver-G06-kmp-default"),
        ("arch", True, "nvidia-open"),
        ("nixos", True, "hardware.nvidia.open = true;"),
        ("other", False, "proprietary"),
    ],
)
def test_the_other_flavour_by_each_distributions_names(
    system: str, *, is_open: bool, expected: str
) -> None:
    assert expected in words(flavour_packages(on(system), 580, is_open=is_open, has_dkms=False))


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("ubuntu", "nvidia-driver-580-open"),
        ("fedora", "dnf upgrade --refresh akmod-nvidia"),
        ("nixos", "nixos-rebuild boot --upgrade"),
        ("arch", "pacman -Syu nvidia-open"),
    ],
)
def test_a_newer_driver_by_each_distributions_ways(system: str, expected: str) -> None:
    assert expected in words(newer_packages(on(system), 580, is_open=True, has_dkms=False))


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("ubuntu", "--reinstall nvidia-firmware-580-580.95.05"),
        ("debian", "--reinstall firmware-nvidia-gsp"),
        ("suse", "gsp firmware package"),
        ("fedora", "Install driver 580.95.05 again"),
    ],
)
def test_the_firmware_by_each_distributions_names(system: str, expected: str) -> None:
    assert expected in words(firmware_packages(on(system), "580.95.05", 580))


@pytest.mark.parametrize("system", SYSTEMS)
def test_root_needs_no_sudo(system: str) -> None:
    name, ids = SYSTEMS[system]
    root = platform(distribution=Known(name, "t"), distribution_ids=Known(ids, "t"), is_root=True)
    for is_open in (True, False):
        steps = (
            *branch_packages(root, 470, is_open=is_open),
            *flavour_packages(root, 580, is_open=is_open, has_dkms=False),
        )
        assert "sudo" not in words(steps)
        assert all(isinstance(step, Command | Shell | Edit | Manual) for step in steps)


def test_an_unknown_system_gets_words_and_no_command() -> None:
    nowhere = platform(distribution_ids=Unknown("t"), distribution=Unknown("t"))

    assert all(isinstance(s, Manual) for s in branch_packages(nowhere, 580, is_open=True))


@pytest.mark.parametrize(("is_open", "package"), [(True, "nvidia-open"), (False, "cuda-drivers")])
def test_fedora_with_dkms_takes_no_packages_of_rpm_fusion(*, is_open: bool, package: str) -> None:
    flavour = words(flavour_packages(on("fedora"), 580, is_open=is_open, has_dkms=True))
    newer = words(newer_packages(on("fedora"), 580, is_open=is_open, has_dkms=True))

    assert f"dnf install --allowerasing {package}" in flavour
    assert "dnf upgrade --refresh *nvidia*" in newer
    assert "akmod" not in flavour + newer
