"""Repairs of a module whose signature the kernel refuses."""

from gpudoctor.facts import Snapshot
from gpudoctor.findings import Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import as_root, has_dkms, package_family, proof, reboot_now

_STOPS = ("everything that runs on this machine, for the reboot",)


def enrol_key(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Make Secure Boot trust the key that the module is signed with."""
    platform = snapshot.platform
    return Remedy(
        summary="Enrol the key that signs the NVIDIA module (or turn Secure Boot off), then reboot",
        steps=(
            *_enrolling(snapshot),
            reboot_now(platform),
            Manual("At boot, choose Enroll MOK and enter the password that was just set"),
        ),
        scope="reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_STOPS,
    )


def trust_module(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Where the kernel is strict without Secure Boot: only its own keys or its options count."""
    return Remedy(
        summary="Have the kernel accept the module: sign it with a key that it trusts, or ease it",
        steps=(
            Shell("cat /sys/kernel/security/lockdown; cat /proc/cmdline"),
            Manual("Take module.sig_enforce=1 and lockdown= out of the kernel's command line"),
            Manual("Or sign the module with a key that is built into this kernel"),
            reboot_now(snapshot.platform),
        ),
        scope="reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_STOPS,
    )


def _enrolling(snapshot: Snapshot) -> tuple[Step, ...]:
    platform = snapshot.platform
    family = package_family(platform)
    if family == "ubuntu":
        return (as_root(platform, "update-secureboot-policy", "--enroll-key"),)
    if family == "debian" or has_dkms(snapshot):
        return (as_root(platform, "mokutil", "--import", "/var/lib/dkms/mok.pub"),)
    if family == "fedora":
        key = "/etc/pki/akmods/certs/public_key.der"
        return (as_root(platform, "mokutil", "--import", key),)
    return (Manual("Import the key that signs the module with: mokutil --import KEY.der"),)
