"""The parts that every remedy is put together from: commands for this machine, and their proof."""

from gpudoctor.facts import EnvironmentFacts, PlatformFacts, Snapshot, known
from gpudoctor.findings import Command, Shell

DRIVER_PAGE = "https://www.nvidia.com/en-us/drivers/"
DRIVER_GUIDE = "https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/"

_RHEL = {"rhel", "rocky", "almalinux", "centos", "ol"}


def as_root(platform: PlatformFacts, *argv: str) -> Command:
    """A command that needs root, with sudo where the user is not root."""
    return Command(argv if platform.is_root else ("sudo", *argv))


def reboot_now(platform: PlatformFacts) -> Command:
    """The last step of whatever takes effect at the next boot."""
    return as_root(platform, "systemctl", "reboot")


def kernel_log(platform: PlatformFacts) -> Shell:
    """Show what the kernel last said of the NVIDIA driver."""
    sudo = "" if platform.is_root else "sudo "
    return Shell(f"{sudo}dmesg | grep -iE 'nvrm|xid|nvidia' | tail -n 20")


def sudo_tee(platform: PlatformFacts, text: str, file: str) -> Shell:
    """Write a line into a file that only root may write; `text` and `file` are our own words."""
    return Shell(f"{text} | {'' if platform.is_root else 'sudo '}tee {file}")


def proof(diagnosis: str, environment: EnvironmentFacts | None = None) -> tuple[str, ...]:
    """The command that shows whether a remedy worked, for the interpreter that was examined."""
    argv = ("gpudoctor", "check", "--only", diagnosis)
    if environment is None or environment.python.chosen_by != "--python":
        return argv
    return (*argv, "--python", environment.python.executable)


def package_family(platform: PlatformFacts) -> str:
    """Whose packages this system takes: ubuntu, debian, fedora, rhel, suse, arch, nixos, other.

    Only what the names of packages hang on: a distribution that merely resembles Fedora (such as
    Amazon Linux) has none of Fedora's repositories.
    """
    ids = known(platform.distribution_ids) or ()
    if "ubuntu" in ids:
        return "ubuntu"
    if "debian" in ids:
        return "debian"
    if ids[:1] == ("fedora",):
        return "fedora"
    if "rhel" in ids or _RHEL & set(ids[:1]):
        return "rhel"
    return next((each for each in ("suse", "arch", "nixos") if each in ids), "other")


def has_dkms(snapshot: Snapshot) -> bool:
    """Whether DKMS keeps a module here: on Fedora, then the driver is not RPM Fusion's."""
    return bool(known(snapshot.driver.dkms))


def is_inside_container(snapshot: Snapshot) -> bool:
    """Whether the driver belongs to a host outside."""
    return known(snapshot.platform.container) is not None
