"""Which libcuda a program gets here, and whose it is."""

import re
from dataclasses import dataclass

from gpudoctor.facts import Absent, DriverLibrary, Fact, Known, Snapshot, Unknown, known
from gpudoctor.findings import Evidence
from gpudoctor.versions import DriverVersion

_SONAME = "libcuda.so.1"
_VERSION = re.compile(r"\.so\.(\d{2,4}\.\d+(?:\.\d+)?)\Z")


@dataclass(frozen=True, slots=True)
class LoadedLibcuda:
    """The copy of libcuda that is loaded, or that the loader would take."""

    path: str
    kind: str  # driver, compat, stub, wsl, tegra
    version: DriverVersion | None
    found_by: str
    link: str  # the path that the loader finds it by; `path` may be what that leads to
    source: str

    @property
    def evidence(self) -> Evidence:
        """The path, with the version where the file's name carries one."""
        version = "" if self.version is None else f" ({self.version})"
        return Evidence("/libcuda/load", f"{self.path}{version}", self.source)


def copies(snapshot: Snapshot) -> tuple[DriverLibrary, ...]:
    """Each libcuda that the loader can reach, the one it takes first."""
    return tuple(each for each in known(snapshot.driver.libraries) or () if each.soname == _SONAME)


def loaded_libcuda(snapshot: Snapshot) -> LoadedLibcuda | None:
    """The loaded copy; where none was loaded, the one that would be."""
    load = snapshot.libcuda.load
    if not isinstance(load, Known):
        winner = snapshot.driver.winner(_SONAME)
        return None if winner is None else _as_found(winner)
    match = _VERSION.search(load.value)
    version = None if match is None else DriverVersion.parse(match.group(1))
    found = _as_listed(snapshot, load.value, version)
    return LoadedLibcuda(
        path=load.value,
        kind=_kind_of_folder(load.value) or (found.kind if found else "driver"),
        version=version or (known(found.version) if found else None),
        found_by=found.found_by if found else "",
        link=found.path if found else load.value,
        source=load.source,
    )


def _as_found(library: DriverLibrary) -> LoadedLibcuda:
    return LoadedLibcuda(
        path=library.path,
        kind=library.kind,
        version=known(library.version),
        found_by=library.found_by,
        link=library.path,
        source="the loader's folders",
    )


def _as_listed(
    snapshot: Snapshot, path: str, version: DriverVersion | None
) -> DriverLibrary | None:
    """The listed copy that a loaded path is; the path is the link's target, the list has links."""
    folder = path.rpartition("/")[0]
    for each in copies(snapshot):
        if each.path == path or each.path.rpartition("/")[0] == folder:
            return each
    kind = _kind_of_folder(path)
    for each in copies(snapshot):
        if each.kind == kind or (version is not None and known(each.version) == version):
            return each
    return None


def _kind_of_folder(path: str) -> str | None:
    folders = path.split("/")[:-1]
    if "stubs" in folders:
        return "stub"
    return "compat" if any(each.startswith(("compat", "cuda-compat")) for each in folders) else None


def is_foreign(snapshot: Snapshot, loaded: LoadedLibcuda) -> bool:
    """Whether a libcuda is a compat package's, an image's or a stray copy: not the driver's own.

    A half-updated driver is not this: there the driver's only copy is newer than its module.
    """
    if loaded.kind == "compat":
        return True
    module = known(snapshot.driver.kernel_module_version)
    if loaded.kind != "driver" or module is None or loaded.version in (None, module):
        return False
    if loaded.found_by == "LD_LIBRARY_PATH":
        return True
    if any(known(each.version) == module for each in copies(snapshot)):
        return True
    nvml = known(snapshot.nvml.init)
    in_container = known(snapshot.platform.container) is not None
    return in_container and nvml is not None and nvml.code == 0


def loaded_driver(snapshot: Snapshot) -> Fact[DriverVersion]:
    """The version of the driver that runs, from NVML or from the kernel module."""
    told, module = snapshot.nvml.driver_version, snapshot.driver.kernel_module_version
    if isinstance(told, Known):
        return told
    if isinstance(module, Known) or isinstance(told, Absent):
        return module
    return module if isinstance(module, Unknown) else told
