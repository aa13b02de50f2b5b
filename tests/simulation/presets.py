"""GPUs, driver branches and framework builds to make test machines of.

They are shaped after real ones, and where a number matters to a test it is the real one; they are
nobody's recorded machine.
"""

from dataclasses import dataclass

_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class GpuModel:
    """A product: its name as NVML gives it, and what stands in sysfs."""

    name: str
    pci_device_id: str
    capability: tuple[int, int]
    memory: int
    is_data_centre: bool = True
    has_mig: bool = False
    on_fabric: bool = False


GPU_MODELS = {
    model.name: model
    for model in (
        GpuModel("NVIDIA A100-SXM4-80GB", "20B2", (8, 0), 80 * _GIB, has_mig=True),
        GpuModel("NVIDIA H100 80GB HBM3", "2330", (9, 0), 80 * _GIB, has_mig=True, on_fabric=True),
        GpuModel("NVIDIA B200", "2901", (10, 0), 180 * _GIB, has_mig=True, on_fabric=True),
        GpuModel("NVIDIA GeForce RTX 4090", "2684", (8, 9), 24 * _GIB, is_data_centre=False),
        GpuModel("NVIDIA GeForce RTX 5090", "2B85", (12, 0), 32 * _GIB, is_data_centre=False),
        GpuModel("NVIDIA GeForce GTX 1080 Ti", "1B06", (6, 1), 11 * _GIB, is_data_centre=False),
        GpuModel("Tesla T4", "1EB8", (7, 5), 15 * _GIB),
        GpuModel("Tesla V100-SXM2-16GB", "1DB1", (7, 0), 16 * _GIB),
        GpuModel("Tesla K80", "102D", (3, 7), 12 * _GIB),
    )
}

# What cuDriverGetVersion answers on each branch: the CUDA release that the branch came with.
CUDA_API_OF_BRANCH = {
    450: 11000,
    460: 11020,
    470: 11040,
    510: 11060,
    515: 11070,
    520: 11080,
    525: 12000,
    530: 12010,
    535: 12020,
    545: 12030,
    550: 12040,
    555: 12050,
    560: 12060,
    565: 12070,
    570: 12080,
    575: 12090,
    580: 13000,
    590: 13010,
}

# Functions that nvidia-ml-py asks for and an older branch's library does not have.
_NVML_SINCE = {
    "nvmlDeviceGetMemoryInfo_v2": 510,
    "nvmlDeviceGetComputeRunningProcesses_v3": 510,
    "nvmlDeviceGetGraphicsRunningProcesses_v3": 510,
    "nvmlDeviceGetMPSComputeRunningProcesses_v3": 510,
    "nvmlDeviceGetGpuFabricInfo": 525,
    "nvmlDeviceGetGpuFabricInfoV": 535,
    "nvmlDeviceGetCurrentClocksEventReasons": 535,
    "nvmlDeviceGetRemappedRows": 450,
}


def branch_of(driver: str) -> int:
    """The branch of a driver version, 550 of ``550.54.14``."""
    return int(driver.partition(".")[0])


def cuda_api_of(driver: str) -> int:
    """The CUDA release of the newest known branch that is not newer than this driver."""
    branch = branch_of(driver)
    return CUDA_API_OF_BRANCH[max(known for known in CUDA_API_OF_BRANCH if known <= branch)]


def nvml_lacks(driver: str) -> tuple[str, ...]:
    """The functions that such a driver's NVML does not have yet."""
    return tuple(sorted(n for n, since in _NVML_SINCE.items() if branch_of(driver) < since))


@dataclass(frozen=True, slots=True)
class Distribution:
    """A Linux distribution as far as a driver's place in it goes."""

    id: str
    id_like: str
    pretty_name: str
    library_folder: str
    kernel: str
    module_folder: str  # below /lib/modules/KERNEL


DISTRIBUTIONS = {
    "ubuntu-24.04": Distribution(
        "ubuntu",
        "debian",
        "Ubuntu 24.04.3 LTS",
        "/usr/lib/x86_64-linux-gnu",
        "6.8.0-79-generic",
        "updates/dkms",
    ),
    "debian-12": Distribution(
        "debian",
        "",
        "Debian GNU/Linux 12 (bookworm)",
        "/usr/lib/x86_64-linux-gnu",
        "6.1.0-38-amd64",
        "updates/dkms",
    ),
    "rocky-9": Distribution(
        "rocky",
        "rhel centos fedora",
        "Rocky Linux 9.6 (Blue Onyx)",
        "/usr/lib64",
        "5.14.0-570.39.1.el9_6.x86_64",
        "extra",
    ),
    "fedora-42": Distribution(
        "fedora",
        "",
        "Fedora Linux 42 (Workstation Edition)",
        "/usr/lib64",
        "6.16.7-200.fc42.x86_64",
        "extra",
    ),
    "arch": Distribution("arch", "", "Arch Linux", "/usr/lib", "6.16.8-arch1-1", "updates/dkms"),
}
