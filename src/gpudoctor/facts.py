"""What is known of one machine: facts with their source, gathered into a Snapshot.

A fact is `Known`, `Absent` or `Unknown`; nothing here judges. Sizes are bytes, times seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion, GpuTarget

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """A value, and where it was read."""

    value: T_co
    source: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Looked for in a place that would show it, and not there."""

    source: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Could not be looked for, or the look-up failed."""

    reason: str


Fact: TypeAlias = Known[T_co] | Absent | Unknown

NOT_LOOKED = Unknown("not looked at")
ASLEEP = Unknown("the GPU sleeps, and --quick does not wake it")


def known(fact: "Fact[T_co]") -> T_co | None:
    """The value of a known fact, else None; for places where absent and unknown are alike."""
    return fact.value if isinstance(fact, Known) else None


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """The machine under the driver: system, kernel, and what wraps them."""

    os: str  # linux, windows, darwin
    cpu_arch: str
    distribution: Fact[str] = NOT_LOOKED  # "Ubuntu 24.04.1 LTS"
    distribution_ids: Fact[tuple[str, ...]] = NOT_LOOKED  # ID, then ID_LIKE: ("ubuntu", "debian")
    kernel: Fact[str] = NOT_LOOKED
    libc: Fact[str] = NOT_LOOKED  # "glibc 2.36"
    wsl: Fact[str] = NOT_LOOKED  # "1" or "2"
    container: Fact[str] = NOT_LOOKED  # docker, podman, kubernetes, apptainer, lxc, …
    build_step: Fact[str] = NOT_LOOKED  # the builder whose step this is: buildkit, buildah, kaniko
    virtual_machine: Fact[str] = NOT_LOOKED  # the hypervisor or the machine's maker: QEMU, VMware
    integrated_board: Fact[str] = NOT_LOOKED  # Jetson or DGX Spark, from the device tree or DMI
    secure_boot: Fact[bool] = NOT_LOOKED
    # Common names of the keys that firmware and shim trust; looked for where Secure Boot is on.
    enrolled_keys: Fact[tuple[str, ...]] = NOT_LOOKED
    kernels: Fact[tuple[str, ...]] = NOT_LOOKED  # installed ones, oldest first
    is_root: bool = False
    selinux: Fact[str] = NOT_LOOKED  # enforcing, permissive
    selinux_domain: Fact[str] = NOT_LOOKED  # what SELinux holds this process for: container_t
    user_namespace: Fact[bool] = NOT_LOOKED  # user ids are mapped, as in a rootless container
    wsl_libraries: Fact[tuple[str, ...]] = NOT_LOOKED  # what Windows put into /usr/lib/wsl/lib
    wsl_driver_package: Fact[str] = NOT_LOOKED  # NVIDIA's, among the drivers that Windows shows


@dataclass(frozen=True, slots=True)
class PciBar:
    """A window into a device's memory that firmware and kernel give it."""

    number: int  # BAR0, …
    size_bytes: int
    is_assigned: bool  # False: no place in the machine's address space


@dataclass(frozen=True, slots=True)
class PciDevice:
    """An NVIDIA display or 3D controller on the PCI bus."""

    address: str  # 0000:65:00.0
    device_id: str  # four upper-case hex digits
    kernel_driver: Fact[str]  # nvidia, nouveau, vfio-pci, …
    power_state: Fact[str] = NOT_LOOKED  # D0, D3cold, …
    bars: Fact[tuple[PciBar, ...]] = NOT_LOOKED  # to registers and memory, placed or not
    max_link_width: Fact[int] = NOT_LOOKED  # lanes that the card can use
    max_link_generation: Fact[int] = NOT_LOOKED
    slot_max_link_width: Fact[int] = NOT_LOOKED  # of the port that the card hangs on
    slot_max_link_generation: Fact[int] = NOT_LOOKED

    @property
    def is_asleep(self) -> bool:
        """Whether the card is powered down: any call into its driver would wake it."""
        return known(self.power_state) in ("D3cold", "D3hot")


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


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a call into a native library returned: 0 is success in NVML, CUDA and its runtime."""

    code: int
    name: str  # NVML_ERROR_DRIVER_NOT_LOADED, CUDA_ERROR_NO_DEVICE, …


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A process that holds memory of a GPU."""

    pid: int
    memory_used_bytes: Fact[int]


@dataclass(frozen=True, slots=True)
class MigInstance:
    """One MIG device: a compute instance inside a GPU instance."""

    uuid: Fact[str]
    gpu_instance: Fact[int]
    compute_instance: Fact[int]


@dataclass(frozen=True, slots=True)
class RemappedRows:
    """Rows of memory that spare ones replace (Ampere and newer)."""

    correctable: int
    uncorrectable: int
    is_pending: bool  # takes effect at the next reset of the GPU
    has_failed: bool


@dataclass(frozen=True, slots=True)
class NvmlGpu:
    """One GPU as NVML tells of it; a failing call hides none of the other answers."""

    nvml_index: int
    handle: CallResult  # of nvmlDeviceGetHandleByIndex
    name: Fact[str] = NOT_LOOKED
    uuid: Fact[str] = NOT_LOOKED
    pci_address: Fact[str] = NOT_LOOKED
    compute_capability: Fact[ComputeCapability] = NOT_LOOKED
    memory_total_bytes: Fact[int] = NOT_LOOKED
    memory_used_bytes: Fact[int] = NOT_LOOKED
    processes: Fact[tuple[GpuProcess, ...]] = NOT_LOOKED
    compute_mode: Fact[str] = NOT_LOOKED  # default, exclusive-process, prohibited
    mig_mode: Fact[bool] = NOT_LOOKED
    fabric_state: Fact[str] = NOT_LOOKED  # not-supported, not-started, in-progress, completed
    fabric_status: Fact[int] = NOT_LOOKED  # NVML code of the fabric's initialisation
    mig_mode_pending: Fact[bool] = NOT_LOOKED  # the mode after the next reset of the GPU
    mig_instances: Fact[tuple[MigInstance, ...]] = NOT_LOOKED  # those that this process may use
    ecc_mode: Fact[bool] = NOT_LOOKED
    ecc_mode_pending: Fact[bool] = NOT_LOOKED
    ecc_uncorrected_volatile: Fact[int] = NOT_LOOKED  # since the driver loaded
    ecc_uncorrected_aggregate: Fact[int] = NOT_LOOKED  # in the card's whole life
    remapped_rows: Fact[RemappedRows] = NOT_LOOKED
    retired_pages: Fact[int] = NOT_LOOKED
    retired_pages_pending: Fact[bool] = NOT_LOOKED
    throttle_reasons: Fact[tuple[str, ...]] = NOT_LOOKED  # idle, sw-power-cap, hw-slowdown, …
    pcie_generation: Fact[int] = NOT_LOOKED
    pcie_width: Fact[int] = NOT_LOOKED
    pcie_max_generation: Fact[int] = NOT_LOOKED  # what card and system allow, as NVML sees it
    pcie_max_width: Fact[int] = NOT_LOOKED
    pcie_card_max_generation: Fact[int] = NOT_LOOKED
    utilization_percent: Fact[int] = NOT_LOOKED
    performance_state: Fact[int] = NOT_LOOKED  # 0 (fastest) to 15
    persistence_mode: Fact[bool] = NOT_LOOKED
    temperature_celsius: Fact[int] = NOT_LOOKED
    nvlinks: Fact[int] = NOT_LOOKED
    nvlinks_up: Fact[int] = NOT_LOOKED
    power_watts: Fact[float] = NOT_LOOKED
    power_limit_watts: Fact[float] = NOT_LOOKED
    virtualization: Fact[str] = NOT_LOOKED  # none, passthrough, vgpu, host-vgpu, host-vsga
    driver_model: Fact[str] = NOT_LOOKED  # of Windows: wddm, tcc, mcdm


@dataclass(frozen=True, slots=True)
class NvmlFacts:
    """NVML's answers."""

    init: Fact[CallResult] = NOT_LOOKED
    driver_version: Fact[DriverVersion] = NOT_LOOKED
    library_version: Fact[str] = NOT_LOOKED
    library_path: Fact[str] = NOT_LOOKED
    cuda_driver_api: Fact[CudaVersion] = NOT_LOOKED
    gpus: Fact[tuple[NvmlGpu, ...]] = NOT_LOOKED
    control_node: Fact[str] = NOT_LOOKED  # asked where NVML can't start: opened, EACCES, EPERM, …


@dataclass(frozen=True, slots=True)
class CudaDevice:
    """One GPU as libcuda enumerates it, after CUDA_VISIBLE_DEVICES."""

    cuda_ordinal: int
    name: Fact[str]
    uuid: Fact[str]
    compute_capability: Fact[ComputeCapability]


@dataclass(frozen=True, slots=True)
class LibcudaFacts:
    """libcuda's answers, asked without any framework."""

    load: Fact[str] = NOT_LOOKED  # Known: the path of the copy that was loaded
    cuda_driver_api: Fact[CudaVersion] = NOT_LOOKED  # cuDriverGetVersion
    init: Fact[CallResult] = NOT_LOOKED  # cuInit
    devices: Fact[tuple[CudaDevice, ...]] = NOT_LOOKED
    unmasked_count: Fact[int] = NOT_LOOKED  # devices with CUDA_VISIBLE_DEVICES taken away


@dataclass(frozen=True, slots=True)
class SharedLibrary:
    """A copy of a CUDA or cuDNN library that a framework here could load."""

    soname: str  # libcublas.so.12
    path: str


@dataclass(frozen=True, slots=True)
class RequiredPackage:
    """An nvidia-* wheel that a framework's metadata asks for on this platform."""

    name: str
    specifier: str
    installed: Fact[str]  # the version found


@dataclass(frozen=True, slots=True)
class ChildEnd:
    """How a child process ended, in the words of the report."""

    how: str  # done, exited-early, crashed, killed, timed-out, unkillable, not-started
    detail: str  # "SIGSEGV", "exit code 3", "no answer in 180 s; state D in nvidia_open", …
    seconds: float

    @property
    def is_done(self) -> bool:
        """Whether the child said all that it had to say."""
        return self.how == "done"


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """What a real import of a framework did, and what the framework then said of GPUs."""

    end: ChildEnd
    error: Fact[str] = NOT_LOOKED  # "OSError: libcublas.so.12: cannot open …" when it raised
    printed: tuple[str, ...] = ()  # lines on stdout and stderr, bounded
    sees_gpu: Fact[bool] = NOT_LOOKED
    device_count: Fact[int] = NOT_LOOKED
    device_error: Fact[str] = NOT_LOOKED  # what it said when asked
    computes: Fact[bool] = NOT_LOOKED  # matmul and convolution agree with the CPU
    compute_detail: Fact[str] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class FrameworkFacts:
    """One framework in one environment: on disk, by its CUDA runtime, and at work."""

    name: str  # torch, tensorflow
    version: Fact[str]
    location: Fact[str] = NOT_LOOKED  # the package's folder
    variant: Fact[str] = NOT_LOOKED  # cuda, cpu, rocm, xpu
    built_for_cuda: Fact[CudaVersion] = NOT_LOOKED  # Absent: a build without CUDA
    cudnn: Fact[str] = NOT_LOOKED  # version or major that it was built for
    targets: Fact[tuple[GpuTarget, ...]] = NOT_LOOKED
    requires: Fact[tuple[RequiredPackage, ...]] = NOT_LOOKED
    missing_files: Fact[tuple[str, ...]] = NOT_LOOKED  # listed in RECORD, needed to import, gone
    runtime_version: Fact[CudaVersion] = NOT_LOOKED
    runtime: Fact[CallResult] = NOT_LOOKED  # cudaGetDeviceCount of the framework's own libcudart
    imported: Fact[ImportFacts] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class PythonFacts:
    """The interpreter that was examined."""

    executable: str
    version: Fact[str] = NOT_LOOKED
    prefix: Fact[str] = NOT_LOOKED
    kind: Fact[str] = NOT_LOOKED  # venv, conda, uv, system
    chosen_by: str = ""  # --python, VIRTUAL_ENV, CONDA_PREFIX, PATH
    manager: Fact[str] = NOT_LOOKED  # pip, uv: what installs here


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """One Python environment."""

    python: PythonFacts
    packages: Fact[Mapping[str, str]] = NOT_LOOKED  # normalised name → version
    frameworks: tuple[FrameworkFacts, ...] = ()
    libraries: Fact[tuple[SharedLibrary, ...]] = NOT_LOOKED  # CUDA and cuDNN, wheels' and system's


@dataclass(frozen=True, slots=True)
class Symptom:
    """A message that means something, met in what a probe or a text printed."""

    id: str
    text: str
    subject: str | None  # torch, tensorflow; None: the machine
    environment: int | None = None
    line: int | None = None
    names: str | None = None  # what the message names: a library, a version


@dataclass(frozen=True, slots=True)
class NativeProbe:
    """How one native probe (NVML, libcuda) went, for driver-unresponsive."""

    name: str
    end: ChildEnd


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is known of one machine and its Python environments at one moment."""

    platform: PlatformFacts
    pci: Fact[tuple[PciDevice, ...]] = NOT_LOOKED
    driver: DriverFacts = DriverFacts()
    nvml: NvmlFacts = NvmlFacts()
    libcuda: LibcudaFacts = LibcudaFacts()
    native_probes: tuple[NativeProbe, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)  # an allow-list of the environment
    fabric_services: Fact[Mapping[str, str]] = NOT_LOOKED  # unit → state, where systemd shows it
    fabric_hardware: Fact[str] = NOT_LOOKED  # the NVSwitch or NVL evidence on the bus
    environments: tuple[EnvironmentFacts, ...] = ()
    symptoms: tuple[Symptom, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    def frameworks(self) -> Iterator[tuple[int, FrameworkFacts]]:
        """Each framework with the index of its environment."""
        for index, environment in enumerate(self.environments):
            for framework in environment.frameworks:
                yield index, framework

    def symptom(self, id_: str, subject: str | None, environment: int | None) -> Symptom | None:
        """The first symptom of that id about that subject."""
        for each in self.symptoms:
            if (each.id, each.subject, each.environment) == (id_, subject, environment):
                return each
        return None
