"""The made-up machine that the reports of the tests are about."""

from gpudoctor.facts import (
    Absent,
    CallResult,
    ChildEnd,
    DeviceNode,
    DriverFacts,
    DriverLibrary,
    EnvironmentFacts,
    FrameworkFacts,
    ImportFacts,
    Known,
    LibcudaFacts,
    NvmlFacts,
    NvmlGpu,
    PciDevice,
    PlatformFacts,
    PythonFacts,
    RequiredPackage,
    Snapshot,
    Unknown,
)
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion, GpuTarget

PYTHON = "/home/ann/venv/bin/python"
_DRIVER = "570.86.15"


def _gpu(index: int, driver_answers: bool = True) -> NvmlGpu:  # noqa: FBT001, FBT002
    uuid = f"GPU-8932f937-d72c-4106-c12f-20bd9faed9f{index}"
    lost = CallResult(15, "NVML_ERROR_GPU_IS_LOST")
    return NvmlGpu(
        nvml_index=index,
        handle=CallResult(0, "NVML_SUCCESS") if driver_answers else lost,
        name=Known("NVIDIA A100-SXM4-80GB", "NVML"),
        uuid=Known(uuid, "NVML"),
        pci_address=Known(f"0000:{65 + index}:00.0", "NVML"),
        compute_capability=Known(ComputeCapability(8, 0), "NVML"),
        memory_total_bytes=Known(85_899_345_920, "NVML"),
        memory_used_bytes=Known(456_130_560, "NVML"),
        mig_mode=Absent("NVML"),
    )


def snapshot() -> Snapshot:
    """A machine with two A100s and a PyTorch that uses them."""
    version = DriverVersion.parse(_DRIVER)
    return Snapshot(
        platform=PlatformFacts(
            os="linux",
            cpu_arch="x86_64",
            distribution=Known("Ubuntu 24.04.1 LTS", "/etc/os-release"),
            distribution_ids=Known(("ubuntu", "debian"), "/etc/os-release"),
            kernel=Known("6.8.0-45-generic", "uname"),
            wsl=Absent("/proc/version"),
            container=Absent("/proc/1/cgroup"),
        ),
        pci=Known((PciDevice("0000:65:00.0", "20B2", Known("nvidia", "/sys")),), "/sys/bus/pci"),
        driver=DriverFacts(
            modules_loaded=Known(("nvidia", "nvidia_uvm"), "/proc/modules"),
            kernel_module_version=Known(version, "/proc/driver/nvidia/version"),
            flavour=Known("proprietary", "/proc/driver/nvidia/version"),
            libraries=Known(
                (
                    DriverLibrary(
                        "libcuda.so.1",
                        "/usr/lib/x86_64-linux-gnu/libcuda.so.1",
                        Known(version, "file name"),
                        "driver",
                        "the loader's directories",
                    ),
                ),
                "the loader's folders",
            ),
            nodes=Known((DeviceNode("/dev/nvidia0", True, "crw-rw-rw-", "root:root"),), "/dev"),
        ),
        nvml=NvmlFacts(
            init=Known(CallResult(0, "NVML_SUCCESS"), "NVML"),
            driver_version=Known(version, "NVML"),
            library_version=Known("12.570.86.15", "NVML"),
            cuda_driver_api=Known(CudaVersion(12, 8), "NVML"),
            gpus=Known((_gpu(0), _gpu(1)), "NVML"),
        ),
        libcuda=LibcudaFacts(
            load=Known("/usr/lib/x86_64-linux-gnu/libcuda.so.1", "libcuda"),
            cuda_driver_api=Known(CudaVersion(12, 8), "libcuda"),
            init=Known(CallResult(0, "CUDA_SUCCESS"), "libcuda"),
        ),
        variables={"LD_LIBRARY_PATH": "/usr/local/cuda/lib64"},
        fabric_services=Unknown("systemd does not run here"),
        environments=(
            EnvironmentFacts(
                python=PythonFacts(
                    PYTHON,
                    version=Known("3.11.7", PYTHON),
                    prefix=Known("/home/ann/venv", PYTHON),
                    kind=Known("venv", "pyvenv.cfg"),
                    chosen_by="VIRTUAL_ENV",
                ),
                packages=Known({"torch": "2.6.0+cu126", "numpy": "2.2.1"}, "site-packages"),
                frameworks=(torch(),),
            ),
        ),
        timings_ms={"nvml": 12.0, "torch": 1612.4},
    )


def torch() -> FrameworkFacts:
    """A PyTorch that works."""
    return FrameworkFacts(
        name="torch",
        version=Known("2.6.0+cu126", "metadata of torch"),
        location=Known("/home/ann/venv/lib/python3.11/site-packages/torch", "module path"),
        variant=Known("cuda", "torch/version.py"),
        built_for_cuda=Known(CudaVersion(12, 6), "torch/version.py"),
        cudnn=Known("9.5.1.17", "metadata of torch"),
        targets=Known((GpuTarget.parse("sm_80"), GpuTarget.parse("compute_90")), "the library"),
        requires=Known(
            (RequiredPackage("nvidia-cudnn-cu12", "==9.5.1.17", Known("9.5.1.17", "metadata")),),
            "metadata of torch",
        ),
        imported=Known(
            ImportFacts(
                ChildEnd("done", "", 1.6),
                error=Absent("import"),
                sees_gpu=Known(True, "the framework, imported"),
                device_error=Absent("no message"),
            ),
            "child process",
        ),
    )
