"""Probe what stands between a process and a device: builders, hypervisors, SELinux, WSL.

Each is read from what the kernel or the builder itself writes; none is asked by running a program.
"""

import re

from gpudoctor.errors import MissingError, ProbeError
from gpudoctor.facts import Absent, Fact, Known, Unknown
from gpudoctor.host import Host

_DMI = "/sys/class/dmi/id"
_WSL_LIBRARIES = "/usr/lib/wsl/lib"
_WSL_DRIVERS = "/usr/lib/wsl/drivers"
# NVIDIA's display packages in Windows' driver store. Its other names (nvraid, nvdimm) are Windows'
# own drivers for other things.
_WSL_PACKAGE = re.compile(r"nv(?!raid|dimm|me)\w*\.inf_(?:amd64|arm64)_\w+\Z")
_WHOLE_RANGE = ["0", "0", "4294967295"]  # user_namespaces(7): the first namespace maps all as is
_SELINUX_LABEL = re.compile(r"\w+:\w+:(\w+)(?::\S*)?\Z")
# How the makers of virtual machines name the machine to firmware.
_VIRTUAL_MAKERS = (
    "qemu",
    "kvm",
    "vmware",
    "virtualbox",
    "xen",
    "bochs",
    "nutanix",
    "google compute engine",
    "amazon ec2",
    "virtual machine",
    "openstack",
    "ovirt",
    "rhev",
    "parallels",
)


def build_step(host: Host) -> Fact[str]:
    """The builder whose step this is, where it leaves a trace of its own."""
    # BuildKit mounts its own hosts and resolv.conf into a step, and a builder that stands alone
    # also keeps the step's root in a folder of its name.
    try:
        lines = host.read_text("/proc/self/mountinfo", 1 << 18).splitlines()
    except ProbeError as error:
        return Unknown(str(error))
    for line in lines:
        fields = line.split()
        point = fields[4] if len(fields) > 4 else ""
        is_root, is_own = point == "/", point in ("/etc/hosts", "/etc/resolv.conf")
        if (is_own and "/executor/" in fields[3]) or (is_root and "/buildkit/" in line):
            return Known("buildkit", "/proc/self/mountinfo")
    try:
        if 'engine="buildah' in host.read_text("/run/.containerenv", 4096):
            return Known("buildah", "/run/.containerenv")
    except ProbeError:
        pass
    if host.exists("/kaniko/executor"):
        return Known("kaniko", "/kaniko/executor")
    return Absent("no trace of a builder")


def virtual_machine(host: Host, cpu_flags: Fact[tuple[str, ...]]) -> Fact[str]:
    """What runs this machine as its guest: the firmware's name for it, where the CPU says so."""
    if isinstance(cpu_flags, Unknown):
        return cpu_flags
    if isinstance(cpu_flags, Known) and "hypervisor" not in cpu_flags.value:
        return Absent(cpu_flags.source)  # clouds name metal machines like their virtual ones
    for name in ("sys_vendor", "product_name"):
        text = _line(host, f"{_DMI}/{name}")
        if text and any(maker in text.lower() for maker in _VIRTUAL_MAKERS):
            return Known(text, f"{_DMI}/{name}")
    if isinstance(cpu_flags, Known):
        return Known("a hypervisor", cpu_flags.source)
    return Unknown("the processor does not say whether a hypervisor runs it")


def _line(host: Host, path: str) -> str | None:
    try:
        return host.read_text(path, 256).strip("\0\n ")
    except ProbeError:
        return None


def selinux(host: Host) -> Fact[str]:
    """Whether SELinux enforces; inside most containers only its label can be read."""
    path = "/sys/fs/selinux/enforce"
    try:
        text = host.read_text(path, 16).strip()
    except MissingError:
        if isinstance(selinux_domain(host), Known):
            return Unknown(f"{path} is not shown here, and SELinux labels this process")
        return Absent(path)
    except ProbeError as error:
        return Unknown(str(error))
    return Known("enforcing" if text == "1" else "permissive", path)


def selinux_domain(host: Host) -> Fact[str]:
    """The type that SELinux holds this process for, such as container_t."""
    path = "/proc/self/attr/current"
    try:
        label = host.read_text(path, 512).strip("\0\n ")
    except MissingError:
        return Absent(path)
    except ProbeError as error:
        return Unknown(str(error))
    match = _SELINUX_LABEL.match(label)  # AppArmor writes "docker-default (enforce)" here
    return Known(match.group(1), path) if match else Absent(path)


def user_namespace(host: Host) -> Fact[bool]:
    """Whether this process' user ids are mapped to others of the machine."""
    path = "/proc/self/uid_map"
    try:
        lines = host.read_text(path, 4096).splitlines()
    except ProbeError as error:
        return Unknown(str(error))
    if not lines:
        return Unknown(f"{path} is empty")
    return Known([line.split() for line in lines] != [_WHOLE_RANGE], path)


def wsl_libraries(host: Host) -> Fact[tuple[str, ...]]:
    """The libraries that Windows put into WSL."""
    try:
        names = host.list_directory(_WSL_LIBRARIES)
    except MissingError:
        return Absent(_WSL_LIBRARIES)
    except ProbeError as error:
        return Unknown(str(error))
    return Known(tuple(name for name in names if name.startswith("lib")), _WSL_LIBRARIES)


def wsl_driver_package(host: Host) -> Fact[str]:
    """NVIDIA's display driver in the driver store of Windows, which WSL shows."""
    try:
        names = host.list_directory(_WSL_DRIVERS)
    except MissingError:
        return Absent(_WSL_DRIVERS)
    except ProbeError as error:
        return Unknown(str(error))
    found = next((name for name in names if _WSL_PACKAGE.match(name)), None)
    return Known(found, _WSL_DRIVERS) if found else Absent(_WSL_DRIVERS)
