"""Probe the driver as it lies on disk and in the kernel, before any library of it is called."""

import re

from gpudoctor.errors import MissingError, ProbeError
from gpudoctor.facts import (
    Absent,
    DeviceNode,
    DkmsBuild,
    DriverFacts,
    DriverLibrary,
    Fact,
    Known,
    ModuleOnDisk,
    Unknown,
)
from gpudoctor.host import Host
from gpudoctor.probes.loader import search_folders
from gpudoctor.versions import DriverVersion

_MODULE_NAMES = ("nvidia", "nouveau", "nova_core")
_LIBRARIES = ("libcuda.so.1", "libnvidia-ml.so.1")
_LIBRARY_VERSION = re.compile(r"\.so\.(\d{2,4}\.\d+(?:\.\d+)?)\Z")
_MODULE_FILE = re.compile(r"^(\S*/nvidia\.ko(?:\.\w+)?):", re.MULTILINE)
_NVRM_VERSION = re.compile(r"Kernel Module(?: for \S+)?\s+(\d{2,4}\.\d+(?:\.\d+)?)\s")
# Where the packagers put it, for kernels whose modules.dep is missing or older than the module.
_MODULE_FOLDERS = ("updates/dkms", "updates", "extra", "extra/nvidia", "kernel/drivers/video")
_NODE = re.compile(r"nvidia(?:\d+|ctl|-uvm|-uvm-tools|-modeset)\Z|nvhost-gpu\Z|nvgpu\Z|dxg\Z")
_LOG_LINE = re.compile(r"NVRM|\bXid\b|\bnvidia|nouveau", re.IGNORECASE)
_LOG_LINES_KEPT = 200
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
    return DriverFacts(
        modules_loaded=modules,
        kernel_module_version=version,
        flavour=flavour,
        modules_on_disk=_modules_on_disk(host),
        dkms=_dkms(host),
        libraries=_libraries(host),
        nodes=_nodes(host),
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


def _modules_on_disk(host: Host) -> Fact[tuple[ModuleOnDisk, ...]]:
    try:
        kernels = host.list_directory("/lib/modules")
    except MissingError:
        return Absent("/lib/modules does not exist")
    except ProbeError as error:
        return Unknown(str(error))
    found = [
        ModuleOnDisk(kernel, path)
        for kernel in kernels
        for path in _module_files(host, f"/lib/modules/{kernel}")
    ]
    return Known(tuple(found), "/lib/modules")


def _module_files(host: Host, folder: str) -> list[str]:
    try:
        listed = _MODULE_FILE.findall(host.read_text(f"{folder}/modules.dep"))
    except ProbeError:
        listed = []
    paths = [path if path.startswith("/") else f"{folder}/{path}" for path in listed]
    for place in _MODULE_FOLDERS:
        names = host.names_in(f"{folder}/{place}")
        paths += [f"{folder}/{place}/{n}" for n in names if n.startswith("nvidia.ko")]
    return sorted({path for path in paths if host.exists(path)})


def _dkms(host: Host) -> Fact[tuple[DkmsBuild, ...]]:
    top = "/var/lib/dkms"
    try:
        packages = [name for name in host.list_directory(top) if name.startswith("nvidia")]
    except MissingError:
        return Absent(f"{top} does not exist")
    except ProbeError as error:
        return Unknown(str(error))
    builds = []
    for package in packages:
        for version in host.names_in(f"{top}/{package}"):
            if version[:1].isdigit() and host.is_directory(f"{top}/{package}/{version}"):
                kernels = [
                    name
                    for name in host.names_in(f"{top}/{package}/{version}")
                    if name not in ("source", "build")
                    and host.is_directory(f"{top}/{package}/{version}/{name}")
                ]
                builds.append(DkmsBuild(version, tuple(kernels)))
    return Known(tuple(builds), top)


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
        nodes.append(DeviceNode(f"/dev/{name}", state.accessible, state.mode, state.owner))
    return Known(tuple(nodes), "/dev")


def probe_kernel_log(host: Host) -> Fact[tuple[str, ...]]:
    """The kernel's lines about NVIDIA devices since boot; Unknown where only root may read them."""
    try:
        text = host.kernel_messages()
    except ProbeError as error:
        return Unknown(str(error))
    lines = [line.partition(";")[2] or line for line in text.splitlines() if _LOG_LINE.search(line)]
    return Known(tuple(lines[-_LOG_LINES_KEPT:]), "/dev/kmsg")


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
