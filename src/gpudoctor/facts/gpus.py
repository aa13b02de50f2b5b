"""The answers of NVML and libcuda."""

from dataclasses import dataclass

from gpudoctor.facts.fact import NOT_LOOKED, Fact
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion


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
    name: Fact[str] = NOT_LOOKED  # as the kernel shortens it to 15 characters
    uid: Fact[int] = NOT_LOOKED
    container: Fact[str] = NOT_LOOKED  # "docker 0123456789ab"


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
