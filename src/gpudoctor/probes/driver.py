"""Probe the driver as it lies on disk and in the kernel, before any library of it is called."""

import re

from gpudoctor.errors import MissingError, ProbeError
from gpudoctor.facts import (
    NOT_LOOKED,
    Absent,
    DeviceHolder,
    DeviceNode,
    DriverFacts,
    DriverLibrary,
    Fact,
    Known,
    NodeSetting,
    Unknown,
)
from gpudoctor.host import Host
from gpudoctor.probes.kernel_modules import probe_dkms, probe_modules_on_disk
from gpudoctor.probes.loader import search_folders
from gpudoctor.versions import DriverVersion

_MODULE_NAMES = ("nvidia", "nouveau", "nova_core")
_LIBRARIES = ("libcuda.so.1", "libnvidia-ml.so.1")
_LIBRARY_VERSION = re.compile(r"\.so\.(\d{2,4}\.\d+(?:\.\d+)?)\Z")
_NVRM_VERSION = re.compile(r"Kernel Module(?: for \S+)?\s+(\d{2,4}\.\d+(?:\.\d+)?)\s")
_NODE = re.compile(r"nvidia(?:\d+|ctl|-uvm|-uvm-tools|-modeset)\Z|nvhost-gpu\Z|nvgpu\Z|dxg\Z")
_HELD = re.compile(r"/dev/nvidia")
_PARAMETER = re.compile(r"^(\w+): (\d+)$", re.MULTILINE)
# The kernel's refusal of a module's signature names no module.
_LOG_LINE = re.compile(
    r"NVRM|\bXid\b|\bnvidia|nouveau|"
    r"Loading of .{0,40}module.{0,40} is re(?:jected|stricted)|module loading is restricted",
    re.IGNORECASE,
)
# Drivers greet, and modules are refused, early; what ails a GPU now stands at the end.
_EARLY_LINES_KEPT, _LATE_LINES_KEPT = 300, 700
# Where the kernel looks for firmware, NixOS' folder last; firmware_class.path goes before them.
_FIRMWARE_FOLDERS = (
    "/lib/firmware/updates",
    "/lib/firmware",
    "/run/current-system/firmware",
)
_FIRMWARE_PATH = "/sys/module/firmware_class/parameters/path"
_GSP_FILE = re.compile(r"gsp\w*\.bin(?:\.xz|\.zst)?\Z")
_ELF_32 = b"\x7fELF\x01"  # elf(5): EI_CLASS is ELFCLASS32


def probe_driver(host: Host) -> DriverFacts:
    """Read modules, nodes and libraries; opens no node and loads nothing."""
    modules = _loaded_modules(host)
    version, flavour = _kernel_module(host)
    dkms, libraries = probe_dkms(host), _libraries(host)
    return DriverFacts(
        modules_loaded=modules,
        kernel_module_version=version,
        flavour=flavour,
        modules_on_disk=probe_modules_on_disk(host, dkms),
        dkms=dkms,
        libraries=libraries,
        nodes=_nodes(host),
        holders=_holders(host, version, libraries),
        node_setting=_node_setting(host),
        firmware=_firmware(host, version),
    )


def _loaded_modules(host: Host) -> Fact[tuple[str, ...]]:
    try:
        lines = host.read_text("/proc/modules").splitlines()
    except ProbeError as error:
        return Unknown(str(error))
    names = (line.split(" ", 1)[0] for line in lines)
    return Known(tuple(n for n in names if n.startswith(_MODULE_NAMES)), "/proc/modules")


def _kernel_module(host: Host) -> tuple[Fact[DriverVersion], Fact[str]]:
    try:
        text = host.read_text("/proc/driver/nvidia/version", 4096)
    except MissingError:
        return _module_version_in_sysfs(host), Absent("/proc/driver/nvidia/version")
    except ProbeError as error:
        return Unknown(str(error)), Unknown(str(error))
    source = "/proc/driver/nvidia/version"
    flavour = "open" if "Open Kernel Module" in text else "proprietary"
    match = _NVRM_VERSION.search(text)
    if match is None:
        return Unknown(f"{source} is in a form not known"), Known(flavour, source)
    return Known(DriverVersion.parse(match.group(1)), source), Known(flavour, source)


def _module_version_in_sysfs(host: Host) -> Fact[DriverVersion]:
    path = "/sys/module/nvidia/version"
    try:
        return Known(DriverVersion.parse(host.read_text(path, 64)), path)
    except MissingError:
        return Absent("/proc/driver/nvidia and /sys/module/nvidia")
    except (ProbeError, ValueError) as error:
        return Unknown(str(error))


def _firmware(host: Host, version: Fact[DriverVersion]) -> Fact[tuple[str, ...]]:
    """The files that the loaded module hands to the GPU's system processor."""
    if not isinstance(version, Known):
        return Unknown("the version of the loaded module is not known")
    try:
        own = host.read_text(_FIRMWARE_PATH, 4096).strip()
    except ProbeError:
        own = ""
    folders = (*((own,) if own.startswith("/") else ()), *_FIRMWARE_FOLDERS)
    for folder in folders:
        place = f"{folder}/nvidia/{version.value}"
        names = [name for name in host.names_in(place) if _GSP_FILE.match(name)]
        if names:
            return Known(tuple(names), place)
    return Absent(f"nvidia/{version.value} in {', '.join(folders)}")


def _libraries(host: Host) -> Fact[tuple[DriverLibrary, ...]]:
    found: list[DriverLibrary] = []
    seen: set[tuple[str, str]] = set()
    for folder in search_folders(host):
        for soname in _LIBRARIES:
            path = f"{folder.path}/{soname}"
            if not host.exists(path) or _is_of_other_width(host, path):
                continue
            real = host.real_path(path)
            if (soname, real) in seen:  # /lib and /usr/lib are one folder on most systems
                continue
            seen.add((soname, real))
            found.append(
                DriverLibrary(
                    soname, path, library_version(real), library_kind(path, real), folder.found_by
                )
            )
    return Known(tuple(found), "the loader's folders") if found else Absent("the loader's folders")


def _is_of_other_width(host: Host, path: str) -> bool:
    """Whether a library is 32-bit on a 64-bit machine: the loader passes over those."""
    try:
        header = host.read_bytes(path, 5)
    except ProbeError:
        return False
    return header == _ELF_32 and "64" in host.cpu_architecture()


def library_version(real_path: str) -> Fact[DriverVersion]:
    """The driver release in the name of the file that a library's link leads to."""
    match = _LIBRARY_VERSION.search(real_path)
    if match is None:
        return Unknown(f"the file name {real_path} carries no version")
    return Known(DriverVersion.parse(match.group(1)), "file name")


def library_kind(path: str, real_path: str) -> str:
    """Whose library it is, by the folder that it lies in: driver, compat, stub, wsl, tegra."""
    folders = {*path.split("/")[:-1], *real_path.split("/")[:-1]}
    if "stubs" in folders:
        return "stub"
    if any(folder.startswith(("compat", "cuda-compat")) for folder in folders):
        return "compat"
    if "wsl" in folders:
        return "wsl"
    return "tegra" if folders & {"tegra", "nvidia-tegra"} else "driver"


def _nodes(host: Host) -> Fact[tuple[DeviceNode, ...]]:
    try:
        names = [name for name in host.list_directory("/dev") if _NODE.match(name)]
    except ProbeError as error:
        return Unknown(str(error))
    nodes = []
    for name in names:
        try:
            state = host.node(f"/dev/{name}")
        except ProbeError:
            continue
        owner = _named(host, *state.owner.split(":"))
        nodes.append(DeviceNode(f"/dev/{name}", state.accessible, state.mode, owner))
    return Known(tuple(nodes), "/dev")


def _holders(
    host: Host, module: Fact[DriverVersion], libraries: Fact[tuple[DriverLibrary, ...]]
) -> Fact[tuple[DeviceHolder, ...]]:
    """Who has a node open; asked only where the module may have to be unloaded, for it is slow."""
    if not isinstance(module, Known) or not isinstance(libraries, Known):
        return NOT_LOOKED
    versions = {
        each.version.value
        for each in libraries.value
        if each.kind == "driver" and isinstance(each.version, Known)
    }
    if versions <= {module.value}:
        return NOT_LOOKED
    found, closed = [], 0
    for pid in (name for name in host.names_in("/proc") if name.isdecimal()):
        try:
            descriptors = host.list_directory(f"/proc/{pid}/fd")
        except MissingError:  # it ended meanwhile
            continue
        except ProbeError:
            closed += 1
            continue
        targets = (host.link_target(f"/proc/{pid}/fd/{each}") for each in descriptors)
        if any(target and _HELD.match(target) for target in targets):
            found.append(DeviceHolder(int(pid), _process_name(host, pid)))
    if closed and not host.is_root_user():
        return Unknown(f"the processes of other users are closed to us ({closed} of them)")
    return Known(tuple(found), "/proc/*/fd")


def _process_name(host: Host, pid: str) -> str:
    try:
        return host.read_text(f"/proc/{pid}/comm", 64).strip()
    except ProbeError:
        return "a process"


def _named(host: Host, user: str, group: str) -> str:
    """Owner and group by name, where the machine's own files know them."""
    return f"{_name(host, '/etc/passwd', user)}:{_name(host, '/etc/group', group)}"


def _name(host: Host, path: str, number: str) -> str:
    try:
        lines = host.read_text(path, 1 << 18).splitlines()
    except ProbeError:
        return number
    fields = (line.split(":") for line in lines)
    return next((each[0] for each in fields if each[0] and each[2:3] == [number]), number)


def _node_setting(host: Host) -> Fact[NodeSetting]:
    """The module's parameters for its nodes, which it shows to everyone once it is loaded."""
    path = "/proc/driver/nvidia/params"
    try:
        pairs = dict(_PARAMETER.findall(host.read_text(path, 1 << 16)))
    except MissingError:
        return Absent(path)
    except ProbeError as error:
        return Unknown(str(error))
    if not {"ModifyDeviceFiles", "DeviceFileUID", "DeviceFileGID", "DeviceFileMode"} <= set(pairs):
        return Unknown(f"{path} is in a form not known")
    owner = _named(host, pairs["DeviceFileUID"], pairs["DeviceFileGID"])
    is_applied = pairs["ModifyDeviceFiles"] != "0"
    return Known(NodeSetting(is_applied, owner, int(pairs["DeviceFileMode"])), path)


def probe_kernel_log(host: Host) -> Fact[tuple[str, ...]]:
    """The kernel's lines about NVIDIA devices since boot; Unknown where only root may read them."""
    try:
        text = host.kernel_messages()
    except ProbeError as error:
        return Unknown(str(error))
    lines = [line.partition(";")[2] or line for line in text.splitlines() if _LOG_LINE.search(line)]
    early, later = lines[:_EARLY_LINES_KEPT], lines[_EARLY_LINES_KEPT:]
    return Known((*early, *later[-_LATE_LINES_KEPT:]), "/dev/kmsg")


def probe_fabric_services(host: Host) -> Fact["dict[str, str]"]:
    """The fabric manager's unit: running, stopped or not installed, from systemd's own traces."""
    unit = "nvidia-fabricmanager.service"
    if not host.is_directory("/run/systemd/system"):
        return Unknown("systemd does not run here")
    for top in ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd"):
        if host.is_directory(f"{top}/system.slice/{unit}"):
            return Known({unit: "running"}, f"{top}/system.slice")
    folders = ("/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system")
    if any(host.exists(f"{folder}/{unit}") for folder in folders):
        return Known({unit: "stopped"}, "systemd's unit files and control groups")
    return Known({unit: "not installed"}, "systemd's unit files")
