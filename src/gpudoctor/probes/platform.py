"""Probe the machine under the driver: system, kernel, and what wraps them (container, WSL)."""

import re

from gpudoctor.errors import MissingError, ProbeError
from gpudoctor.facts import NOT_LOOKED, Absent, Fact, Known, PlatformFacts, Unknown, known
from gpudoctor.host import Host
from gpudoctor.probes import surroundings
from gpudoctor.probes.kernel_modules import common_names
from gpudoctor.probes.processor import cpu_flags

_SECURE_BOOT = (
    "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"  # UEFI global GUID
)
_SECURE = "EFI variable SecureBoot"
# shim's list of machine owner keys, and the firmware's own data base.
_MOK = "/sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23"
_DB = "/sys/firmware/efi/efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f"
# What the first process's control groups are named in each kind of container.
_CGROUP_MARKS = (
    ("kubepods", "kubernetes"),
    ("docker", "docker"),
    ("libpod", "podman"),
    ("containerd", "containerd"),
    ("/lxc", "lxc"),
)


def probe_platform(host: Host) -> PlatformFacts:
    """Read what the system says of itself."""
    if host.os_name != "linux":
        return PlatformFacts(host.os_name, host.cpu_architecture())
    release, wsl = _os_release(host), _wsl(host)
    outside_wsl = Absent("this is not WSL")
    return PlatformFacts(
        os=host.os_name,
        cpu_arch=host.cpu_architecture(),
        distribution=_field(release, "PRETTY_NAME"),
        distribution_ids=_distribution_ids(release),
        kernel=_kernel(host),
        wsl=wsl,
        container=_container(host),
        build_step=surroundings.build_step(host),
        cpu_flags=(flags := cpu_flags(host)),
        virtual_machine=surroundings.virtual_machine(host, flags),
        integrated_board=_integrated_board(host),
        secure_boot=(secure_boot := _secure_boot(host)),
        enrolled_keys=_enrolled_keys(host) if secure_boot == Known(True, _SECURE) else NOT_LOOKED,
        kernels=_kernels(host),
        is_root=host.is_root_user(),
        selinux=surroundings.selinux(host),
        selinux_domain=surroundings.selinux_domain(host),
        user_namespace=surroundings.user_namespace(host),
        wsl_libraries=surroundings.wsl_libraries(host) if known(wsl) else outside_wsl,
        wsl_driver_package=surroundings.wsl_driver_package(host) if known(wsl) else outside_wsl,
    )


def _os_release(host: Host) -> "dict[str, str] | Unknown":
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            text = host.read_text(path, 1 << 16)
        except ProbeError:
            continue
        pairs = (line.partition("=") for line in text.splitlines())
        return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}
    return Unknown("/etc/os-release can't be read")


def _field(release: "dict[str, str] | Unknown", key: str) -> Fact[str]:
    if isinstance(release, Unknown):
        return release
    return Known(release[key], "os-release") if release.get(key) else Absent("os-release")


def _distribution_ids(release: "dict[str, str] | Unknown") -> Fact[tuple[str, ...]]:
    if isinstance(release, Unknown):
        return release
    ids = (release.get("ID", ""), *release.get("ID_LIKE", "").split())
    return Known(tuple(each for each in ids if each), "os-release")


def _kernel(host: Host) -> Fact[str]:
    try:
        return Known(host.read_text("/proc/sys/kernel/osrelease", 256).strip(), "/proc/sys/kernel")
    except ProbeError as error:
        return Unknown(str(error))


def _wsl(host: Host) -> Fact[str]:
    kernel = _kernel(host)
    if isinstance(kernel, Unknown):
        return kernel
    if isinstance(kernel, Known) and "microsoft" in kernel.value.lower():
        # WSL 1 emulates a kernel and says "-Microsoft"; WSL 2's own says "-microsoft-standard".
        is_second = "-microsoft" in kernel.value or host.exists("/dev/dxg")
        return Known("2" if is_second else "1", "kernel release")
    return Absent("kernel release")


def _container(host: Host) -> Fact[str]:
    environ = host.environ
    if "APPTAINER_CONTAINER" in environ or "SINGULARITY_CONTAINER" in environ:
        return Known("apptainer", "environment")
    if "KUBERNETES_SERVICE_HOST" in environ:
        return Known("kubernetes", "environment")
    for name, path in (("podman", "/run/.containerenv"), ("docker", "/.dockerenv")):
        if host.exists(path):
            return Known(name, path)
    return _container_by_kernel(host)


def _container_by_kernel(host: Host) -> Fact[str]:
    for path in ("/proc/1/cgroup", "/proc/self/mountinfo"):
        try:
            text = host.read_text(path, 1 << 18)
        except ProbeError:
            continue
        # Of the mounts only the root's own line counts: a host lists its containers' mounts too.
        lines = text.splitlines() if path.endswith("cgroup") else _root_mount(text)
        for mark, name in _CGROUP_MARKS:
            if any(mark in line for line in lines):
                return Known(name, path)
    if host.environ.get("container"):
        return Known(host.environ["container"], "environment variable container")
    return Absent("no mark of a container runtime")


def _root_mount(mountinfo: str) -> list[str]:
    return [line for line in mountinfo.splitlines() if line.split()[4:5] == ["/"]]


def _integrated_board(host: Host) -> Fact[str]:
    """A board whose GPU hangs on no PCI bus: Jetson by device tree, DGX Spark by DMI name."""
    for path in ("/proc/device-tree/model", "/sys/class/dmi/id/product_name"):
        try:
            model = host.read_text(path, 256).strip("\0\n ")
        except ProbeError:
            continue
        words = model.lower()
        if "jetson" in words or "tegra" in words or "dgx spark" in words or "dgx_spark" in words:
            return Known(model, path)
    if host.exists("/etc/nv_tegra_release"):
        return Known("Tegra", "/etc/nv_tegra_release")
    return Absent("device tree and DMI")


def _secure_boot(host: Host) -> Fact[bool]:
    try:
        content = host.read_bytes(_SECURE_BOOT, 16)
    except MissingError:
        return Absent("no EFI variable SecureBoot")
    except ProbeError as error:
        return Unknown(str(error))
    if len(content) != 5:  # four bytes of attributes, then the value
        return Unknown(f"the EFI variable SecureBoot has {len(content)} bytes, not 5")
    return Known(content[4] == 1, _SECURE)


def _enrolled_keys(host: Host) -> Fact[tuple[str, ...]]:
    """Whose signatures are taken beside those of the kernel's own builders."""
    there = [variable for variable in (_MOK, _DB) if host.exists(variable)]
    try:
        contents = [host.read_bytes(variable) for variable in there]
    except ProbeError as error:
        return Unknown(str(error))
    names = dict.fromkeys(name for content in contents for name in common_names(content))
    return Known(tuple(names), "EFI variables MokListRT and db")


def _kernels(host: Host) -> Fact[tuple[str, ...]]:
    """The installed kernels; a folder without modules.dep is what a removed one left behind."""
    try:
        names = host.list_directory("/lib/modules")
    except MissingError:
        return Absent("/lib/modules does not exist")
    except ProbeError as error:
        return Unknown(str(error))
    there = (name for name in names if host.exists(f"/lib/modules/{name}/modules.dep"))
    return Known(tuple(sorted(there, key=_by_number)), "/lib/modules")


def _by_number(release: str) -> list[tuple[int, int, str]]:
    """6.8.0-100 comes after 6.8.0-45."""
    parts = re.findall(r"\d+|[^\d]+", release)
    return [(1, int(p), "") if p.isascii() and p.isdecimal() else (0, 0, p) for p in parts]
