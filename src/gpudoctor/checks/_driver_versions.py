"""The driver's versions side by side: the loaded module, the one that boots next, the libraries."""

from gpudoctor.facts import ModuleOnDisk, Snapshot, known
from gpudoctor.versions import DriverVersion


def next_module(snapshot: Snapshot) -> ModuleOnDisk | None:
    """The module on disk for the running kernel, where there is one alone."""
    running = known(snapshot.platform.kernel)
    there = [
        each for each in known(snapshot.driver.modules_on_disk) or () if each.kernel == running
    ]
    return there[0] if len(there) == 1 else None


def version_on_disk(snapshot: Snapshot) -> DriverVersion | None:
    """The version of the module that loads next under the running kernel."""
    module = next_module(snapshot)
    return None if module is None else known(module.version)


def newest_kernel_without_module(snapshot: Snapshot) -> str | None:
    """The newest installed kernel, which boots by default, where it has no NVIDIA module."""
    kernels, modules = known(snapshot.platform.kernels), known(snapshot.driver.modules_on_disk)
    if not kernels or not modules or kernels[-1] == known(snapshot.platform.kernel):
        return None
    return None if any(each.kernel == kernels[-1] for each in modules) else kernels[-1]


def versions_line(snapshot: Snapshot) -> str:
    """The versions in one line; what is not known of them is left out."""
    loaded = known(snapshot.driver.kernel_module_version)
    parts = [f"loaded module {loaded}"] if loaded else []
    if on_disk := version_on_disk(snapshot):
        parts.append(f"module on disk {on_disk}")
    for soname in ("libcuda.so.1", "libnvidia-ml.so.1"):
        winner = snapshot.driver.winner(soname)
        version = None if winner is None else known(winner.version)
        if version is not None:
            parts.append(f"{soname} {version}")
    return ", ".join(parts)
