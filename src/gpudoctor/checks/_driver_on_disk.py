"""Whether a driver is installed on this machine, and whether its module runs."""

from gpudoctor.checks._evidence import seen
from gpudoctor.facts import Absent, Fact, Known, Snapshot, Unknown, known
from gpudoctor.findings import Evidence


def driver_is_elsewhere(snapshot: Snapshot) -> str | None:
    """Why this system has no NVIDIA driver of its own to look at; None where it has."""
    platform = snapshot.platform
    if platform.os != "linux":
        return f"the driver is looked at on Linux only, and this is {platform.os}"
    if isinstance(platform.wsl, Known):
        return "in WSL the driver belongs to Windows"
    if isinstance(platform.container, Known):
        return "in a container the driver belongs to the host"
    if isinstance(platform.integrated_board, Known):
        return f"a {platform.integrated_board.value} has its driver in the board's own software"
    return None


def is_loaded(snapshot: Snapshot) -> bool | None:
    """Whether the nvidia module is in the kernel; None where that could not be read."""
    driver, init = snapshot.driver, known(snapshot.nvml.init)
    if isinstance(driver.kernel_module_version, Known) or (init is not None and init.code == 0):
        return True
    modules = driver.modules_loaded
    return None if not isinstance(modules, Known) else "nvidia" in modules.value


def installed_traces(snapshot: Snapshot) -> Fact[Evidence]:
    """Known: a module or library of a driver on disk; Absent: none of them is there."""
    driver = snapshot.driver
    for module in known(driver.modules_on_disk) or ():
        return _trace("/driver/modules_on_disk", module.path, driver.modules_on_disk)
    for build in known(driver.dkms) or ():
        return _trace("/driver/dkms", f"version {build.version} in DKMS", driver.dkms)
    for library in known(driver.libraries) or ():
        if library.kind == "driver":
            return _trace("/driver/libraries", library.path, driver.libraries)
    for fact in (driver.modules_on_disk, driver.libraries):
        if isinstance(fact, Unknown):
            return fact
    return Absent("/lib/modules and the loader's folders")


def _trace(pointer: str, words: str, fact: Fact[object]) -> Known[Evidence]:
    evidence = seen(pointer, fact, words)
    return Known(evidence, evidence.source)
