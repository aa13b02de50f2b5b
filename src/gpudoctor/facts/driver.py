"""The driver from the kernel module up to the libraries on disk, before either is called."""

from dataclasses import dataclass

from gpudoctor.facts.fact import NOT_LOOKED, Fact, known
from gpudoctor.versions import DriverVersion


@dataclass(frozen=True, slots=True)
class ModuleOnDisk:
    """A built NVIDIA kernel module found under /lib/modules."""

    kernel: str
    path: str
    version: Fact[DriverVersion] = NOT_LOOKED
    flavour: Fact[str] = NOT_LOOKED  # open, proprietary
    signer: Fact[str] = NOT_LOOKED  # common name of the key that signed it; Absent: not signed


@dataclass(frozen=True, slots=True)
class DkmsBuild:
    """What DKMS keeps for one version of the NVIDIA module."""

    version: str
    kernels: tuple[str, ...]  # kernels that it was built for


@dataclass(frozen=True, slots=True)
class DriverLibrary:
    """One copy of libcuda or libnvidia-ml that the loader can reach."""

    soname: str
    path: str
    version: Fact[DriverVersion]  # from the name of the file that the link leads to
    kind: str  # driver, compat, stub, wsl, tegra
    found_by: str  # LD_LIBRARY_PATH, the loader's directories, …


@dataclass(frozen=True, slots=True)
class DeviceNode:
    """A node such as /dev/nvidia0; its mode bits were read, it was not opened."""

    path: str
    accessible: bool
    mode: str  # "crw-rw----"
    owner: str  # "root:video", numbers where there is no name


@dataclass(frozen=True, slots=True)
class DeviceHolder:
    """A process that has one of the driver's device nodes open."""

    pid: int
    name: str


@dataclass(frozen=True, slots=True)
class NodeSetting:
    """How the kernel module wants its nodes made: NVreg_ModifyDeviceFiles and NVreg_DeviceFile*."""

    is_applied: bool  # the driver's programs set owner and mode by themselves
    owner: str  # "root:video"
    mode: int  # 0o660


@dataclass(frozen=True, slots=True)
class DriverFacts:
    """The driver from the kernel module up to the libraries on disk, before either is called."""

    modules_loaded: Fact[tuple[str, ...]] = NOT_LOOKED  # of nvidia*, nouveau, nova_core
    kernel_module_version: Fact[DriverVersion] = NOT_LOOKED
    flavour: Fact[str] = NOT_LOOKED  # open, proprietary
    modules_on_disk: Fact[tuple[ModuleOnDisk, ...]] = NOT_LOOKED
    dkms: Fact[tuple[DkmsBuild, ...]] = NOT_LOOKED
    libraries: Fact[tuple[DriverLibrary, ...]] = NOT_LOOKED  # in the loader's order, winner first
    nodes: Fact[tuple[DeviceNode, ...]] = NOT_LOOKED
    node_setting: Fact[NodeSetting] = NOT_LOOKED
    kernel_log: Fact[tuple[str, ...]] = NOT_LOOKED  # of NVIDIA's drivers, and refused modules
    firmware: Fact[tuple[str, ...]] = NOT_LOOKED  # files for the GSP, of the module's own version
    # Looked for only where the loaded module and the libraries differ: who keeps it from unloading.
    holders: Fact[tuple[DeviceHolder, ...]] = NOT_LOOKED

    def winner(self, soname: str) -> DriverLibrary | None:
        """The copy of `soname` that the loader would take, if one is known."""
        libraries = known(self.libraries) or ()
        return next((each for each in libraries if each.soname == soname), None)
