"""Synthetic machines for the tests: one on which everything works, and one thing changed in it.

``machine(nvml__init=…)`` changes ``snapshot.nvml.init``; a double underscore steps inside.
Nothing here was recorded anywhere.
"""

from dataclasses import fields, replace
from typing import Any, TypeVar

from gpudoctor.facts import (
    Absent,
    BuildFacts,
    CallResult,
    ChildEnd,
    CudaDevice,
    DeviceNode,
    DkmsBuild,
    DriverFacts,
    DriverLibrary,
    EnvironmentFacts,
    FrameworkFacts,
    HostCompiler,
    ImportFacts,
    Known,
    LibcudaFacts,
    MigInstance,
    ModuleOnDisk,
    NativeProbe,
    NodeSetting,
    NvmlFacts,
    NvmlGpu,
    PciBar,
    PciDevice,
    PlatformFacts,
    PythonFacts,
    RemappedRows,
    RequiredPackage,
    SharedLibrary,
    SharedMemory,
    Snapshot,
    Toolkit,
    Unknown,
)
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion, GpuTarget

T = TypeVar("T")

KERNEL = "6.8.0-45-generic"
DRIVER = "580.95.05"
PYTHON = "/home/ann/venv/bin/python"
PACKAGES = "/home/ann/venv/lib/python3.12/site-packages"
LIBRARIES = "/usr/lib/x86_64-linux-gnu"

OK = CallResult(0, "SUCCESS")


def driver(text: str) -> DriverVersion:
    """A driver version."""
    return DriverVersion.parse(text)


def cuda(text: str) -> CudaVersion:
    """A CUDA version."""
    return CudaVersion.parse(text)


def capability(text: str) -> ComputeCapability:
    """A compute capability."""
    return ComputeCapability.parse(text)


def targets(words: str) -> "Known[tuple[GpuTarget, ...]]":
    """The targets of a build, such as ``sm_80 compute_90``."""
    return Known(tuple(GpuTarget.parse(word) for word in words.split()), "libtorch_python.so")


def answer(code: int, name: str = "") -> Known[CallResult]:
    """What a call returned."""
    return Known(CallResult(code, name or f"code {code}"), "the call")


def gpu(index: int = 0, **changes: Any) -> NvmlGpu:
    """An A100 that answers NVML."""
    healthy = NvmlGpu(
        nvml_index=index,
        handle=OK,
        name=Known("NVIDIA A100-PCIE-40GB", "NVML"),
        uuid=Known(f"GPU-{index:08x}-0000-0000-0000-000000000000", "NVML"),
        pci_address=Known(address(index), "NVML"),
        compute_capability=Known(capability("8.0"), "NVML"),
        memory_total_bytes=Known(42_949_672_960, "NVML"),
        memory_used_bytes=Known(456_130_560, "NVML"),
        processes=Known((), "NVML"),
        compute_mode=Known("default", "NVML"),
        mig_mode=Known(False, "NVML"),
        fabric_state=Absent("NVML: not supported"),
        fabric_status=Absent("NVML: not supported"),
        mig_mode_pending=Known(False, "NVML"),
        mig_instances=Absent("NVML: MIG is off"),
        ecc_mode=Known(True, "NVML"),
        ecc_mode_pending=Known(True, "NVML"),
        ecc_uncorrected_volatile=Known(0, "NVML"),
        ecc_uncorrected_aggregate=Known(0, "NVML"),
        remapped_rows=Known(RemappedRows(0, 0, is_pending=False, has_failed=False), "NVML"),
        retired_pages=Absent("NVML: not supported"),
        retired_pages_pending=Absent("NVML: not supported"),
        throttle_reasons=Known(("idle",), "NVML"),
        pcie_generation=Known(1, "NVML"),
        pcie_width=Known(16, "NVML"),
        pcie_max_generation=Known(4, "NVML"),
        pcie_max_width=Known(16, "NVML"),
        pcie_card_max_generation=Known(4, "NVML"),
        utilization_percent=Known(0, "NVML"),
        performance_state=Known(0, "NVML"),
        persistence_mode=Known(False, "NVML"),
        temperature_celsius=Known(34, "NVML"),
        nvlinks=Absent("NVML: not supported"),
        nvlinks_up=Absent("NVML: not supported"),
        power_watts=Known(42.5, "NVML"),
        power_limit_watts=Known(250.0, "NVML"),
        virtualization=Known("none", "NVML"),
        driver_model=Absent("NVML: not supported"),
    )
    return changed(healthy, **changes)


def mig_instance(number: int) -> MigInstance:
    """An instance of MIG; its UUID begins with ``MIG-0000000`` and the number."""
    uuid = f"MIG-{number:08x}-1111-2222-3333-444444444444"
    return MigInstance(Known(uuid, "NVML"), Known(number + 1, "NVML"), Known(0, "NVML"))


def lost_gpu(index: int) -> NvmlGpu:
    """A GPU that NVML lists and that does not answer."""
    return NvmlGpu(index, CallResult(15, "NVML_ERROR_GPU_IS_LOST"))


def address(index: int) -> str:
    """The PCI address of the n-th GPU."""
    return f"0000:{0x65 + index:02x}:00.0"


def pci_device(index: int = 0, **changes: Any) -> PciDevice:
    """An A100 on the bus, bound to the driver."""
    healthy = PciDevice(
        address(index),
        "20F1",
        Known("nvidia", "sysfs"),
        Known("D0", "sysfs"),
        max_link_width=Known(16, "sysfs"),
        max_link_generation=Known(4, "sysfs"),
        slot_max_link_width=Known(16, "sysfs"),
        slot_max_link_generation=Known(4, "sysfs"),
        bars=bars(),
    )
    return changed(healthy, **changes)


def bars(*unassigned: int) -> "Known[tuple[PciBar, ...]]":
    """BAR0 and BAR1, assigned but for those that are named."""
    sizes = (1 << 24, 1 << 36)
    found = (PciBar(n, size, n not in unassigned) for n, size in enumerate(sizes))
    return Known(tuple(found), "sysfs")


def library(soname: str, folder: str = LIBRARIES, **changes: Any) -> DriverLibrary:
    """A copy of a driver library; the driver's own, unless changed."""
    own = DriverLibrary(
        soname,
        f"{folder}/{soname}",
        Known(driver(DRIVER), "file name"),
        "driver",
        "the loader's folders",
    )
    return changed(own, **changes)


def libraries(*found: DriverLibrary) -> "Known[tuple[DriverLibrary, ...]]":
    """The driver libraries that the loader can reach, in its order."""
    return Known(found, "the loader's folders")


NODES = ("nvidia0", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools")


def nodes(*names: str) -> "Known[tuple[DeviceNode, ...]]":
    """Device nodes that anyone may open."""
    found = (DeviceNode(f"/dev/{name}", True, "crw-rw-rw-", "root:root") for name in names)
    return Known(tuple(found), "/dev")


def copies(*sonames: str, folder: str = f"{PACKAGES}/nvidia/lib") -> tuple[SharedLibrary, ...]:
    """Copies of CUDA libraries."""
    return tuple(SharedLibrary(soname, f"{folder}/{soname}") for soname in sonames)


CUDA_13 = (
    "libcudart.so.13",
    "libcublas.so.13",
    "libcublasLt.so.13",
    "libcufft.so.12",
    "libcurand.so.10",
    "libcusolver.so.12",
    "libcusparse.so.12",
    "libcudnn.so.9",
)
CUDA_12 = (
    "libcudart.so.12",
    "libcublas.so.12",
    "libcublasLt.so.12",
    "libcufft.so.11",
    "libcurand.so.10",
    "libcusolver.so.11",
    "libcusparse.so.12",
    "libcudnn.so.9",
)


def imported(**changes: Any) -> Known[ImportFacts]:
    """An import that went well, on a machine whose GPU the framework sees."""
    well = ImportFacts(
        end=ChildEnd("done", "", 1.7),
        error=Absent("import"),
        sees_gpu=Known(True, "the framework, imported"),
        device_count=Known(1, "the framework, imported"),
        device_error=Absent("no message"),
        computes=Known(True, "matmul and convolution against the CPU"),
        compute_detail=Known("right on 1 GPU", "matmul and convolution against the CPU"),
    )
    return Known(changed(well, **changes), "import in a child")


def failed_import(error: str) -> Known[ImportFacts]:
    """An import that raised."""
    gap = Unknown("the import failed")
    return imported(
        error=Known(error, "import"),
        sees_gpu=gap,
        device_count=gap,
        device_error=gap,
        computes=gap,
        compute_detail=gap,
    )


def cut_import(how: str, detail: str) -> Known[ImportFacts]:
    """An import whose process ended before the import did."""
    gap = Unknown(f"the import ended before this answer ({how}, {detail})")
    return imported(
        end=ChildEnd(how, detail, 2.0),
        error=gap,
        sees_gpu=gap,
        device_count=gap,
        device_error=gap,
        computes=gap,
        compute_detail=gap,
    )


def blind(error: str | None = None) -> Known[ImportFacts]:
    """An import that went well, by a framework that then sees no GPU."""
    none = Absent("the framework sees no GPU")
    return imported(
        sees_gpu=Known(False, "the framework, imported"),
        device_count=Known(0, "the framework, imported"),
        device_error=Absent("no message") if error is None else Known(error, "device query"),
        computes=none,
        compute_detail=none,
    )


NOT_IMPORTED = Unknown("not imported (--quick)")


def torch(**changes: Any) -> FrameworkFacts:
    """torch 2.14.1, built for CUDA 13.0, as its wheel installs it."""
    wheels = ("nvidia-cublas", "nvidia-cudnn-cu13", "nvidia-cusparse", "nvidia-nccl-cu13")
    healthy = FrameworkFacts(
        name="torch",
        version=Known("2.14.1+cu130", "torch/version.py"),
        location=Known(f"{PACKAGES}/torch", "module path"),
        variant=Known("cuda", "torch/version.py"),
        built_for_cuda=Known(cuda("13.0"), "torch/version.py"),
        cudnn=Known("9.24.0.43", "metadata of torch"),
        targets=targets("sm_75 sm_80 sm_86 sm_90 sm_100 sm_120 compute_120"),
        requires=Known(
            tuple(RequiredPackage(name, "==1.0", Known("1.0", "metadata")) for name in wheels),
            "metadata of torch",
        ),
        missing_files=Known((), "RECORD"),
        runtime_version=Known(cuda("13.0"), "libcudart.so.13"),
        runtime=Known(CallResult(0, "cudaSuccess"), "cudaGetDeviceCount of libcudart.so.13"),
        imported=imported(),
    )
    return changed(healthy, **changes)


def tensorflow(**changes: Any) -> FrameworkFacts:
    """TensorFlow 2.21.0 as its wheel installs it; its CUDA libraries are wheels of their own."""
    linked = Absent("linked into TensorFlow")
    healthy = FrameworkFacts(
        name="tensorflow",
        version=Known("2.21.0", "metadata of tensorflow"),
        location=Known(f"{PACKAGES}/tensorflow", "module path"),
        variant=Known("cuda", "build_info.py"),
        built_for_cuda=Known(cuda("12.5"), "build_info.py"),
        cudnn=Known("9", "build_info.py"),
        targets=targets("sm_60 sm_70 sm_80 sm_89 compute_90"),
        requires=Absent("TensorFlow's CUDA wheels are an extra"),
        missing_files=Known((), "RECORD"),
        runtime_version=linked,
        runtime=linked,
        imported=imported(),
    )
    return changed(healthy, **changes)


def python(**changes: Any) -> PythonFacts:
    """The interpreter of a virtual environment."""
    plain = PythonFacts(
        PYTHON,
        version=Known("3.12.3", PYTHON),
        prefix=Known("/home/ann/venv", PYTHON),
        kind=Known("venv", "pyvenv.cfg"),
        chosen_by="VIRTUAL_ENV",
        manager=Known("pip", "pyvenv.cfg"),
        project=Absent("no lock file in /home/ann"),
        externally_managed=Known(False, "pyvenv.cfg"),
        conda=Absent("conda-meta"),
    )
    return changed(plain, **changes)


def environment(*frameworks: FrameworkFacts, **changes: Any) -> EnvironmentFacts:
    """An environment with these frameworks, and the libraries that both of them need."""
    versions = {
        each.name: each.version.value for each in frameworks if isinstance(each.version, Known)
    }
    healthy = EnvironmentFacts(
        python=python(),
        packages=Known({**versions, "numpy": "2.4.6"}, "names of the metadata folders"),
        frameworks=frameworks,
        libraries=Known(
            (*copies(*CUDA_13), *copies(*CUDA_12, folder="/usr/local/cuda-12.5/lib64")),
            "the folders of wheels and of the loader",
        ),
        unmet=Known((), "Requires-Dist of the frameworks"),
        damage=Known((), "names in the folders of the module path"),
        shadows=Known((), "module path and the user's folder"),
        kernels=Known((), "share/jupyter/kernels"),
        conda_packages=Known({}, "conda-meta"),
    )
    return changed(healthy, **changes)


def platform(**changes: Any) -> PlatformFacts:
    """Ubuntu 24.04 on the metal, used without root."""
    plain = PlatformFacts(
        os="linux",
        cpu_arch="x86_64",
        distribution=Known("Ubuntu 24.04.1 LTS", "os-release"),
        distribution_ids=Known(("ubuntu", "debian"), "os-release"),
        kernel=Known(KERNEL, "/proc/sys/kernel"),
        libc=Known("glibc 2.39", "confstr"),
        wsl=Absent("kernel release"),
        container=Absent("no mark of a container runtime"),
        integrated_board=Absent("device tree and DMI"),
        secure_boot=Known(False, "EFI variable SecureBoot"),
        build_step=Absent("no trace of a builder"),
        virtual_machine=Absent("/proc/cpuinfo"),
        cpu_flags=Known(("fpu", "sse4_2", "avx", "avx2", "fma"), "/proc/cpuinfo"),
        selinux=Absent("/sys/fs/selinux/enforce"),
        selinux_domain=Absent("/proc/self/attr/current"),
        user_namespace=Known(False, "/proc/self/uid_map"),
        wsl_libraries=Absent("this is not WSL"),
        wsl_driver_package=Absent("this is not WSL"),
    )
    return changed(plain, **changes)


def toolkit(version: str = "13.0", path: str | None = None, **changes: Any) -> Toolkit:
    """A whole CUDA toolkit in a folder of its own."""
    home = path or f"/usr/local/cuda-{version}"
    whole = Toolkit(
        home,
        "/usr/local",
        Known(cuda(version), f"{home}/version.json"),
        Known(f"{home}/bin/nvcc", home),
        Known(f"{home}/include", home),
        Known(f"{home}/bin/ptxas", home),
        Known(f"{home}/nvvm/libdevice/libdevice.10.bc", home),
    )
    return changed(whole, **changes)


def toolkits(*found: Toolkit) -> "Known[tuple[Toolkit, ...]]":
    """The toolkits on the disk."""
    return Known(found, "CUDA_HOME, PATH and the folders where toolkits are installed")


def compiler(major: int, name: str = "gcc", **changes: Any) -> HostCompiler:
    """A host compiler on PATH."""
    path = f"/usr/bin/{name}-{major}"
    return changed(HostCompiler(name, path, "PATH", Known(major, path)), **changes)


def build_tools(**changes: Any) -> BuildFacts:
    """A toolkit of the framework's CUDA in /usr/local/cuda, and a gcc that it takes."""
    at = "/usr/local/cuda"
    healthy = BuildFacts(
        toolkits=toolkits(toolkit(path=at, found_by=at)),
        taken=Known(at, at),
        host_compilers=Known((compiler(13),), "PATH"),
        libcuda_link=Known(f"{LIBRARIES}/libcuda.so", "the loader's folders"),
        unfinished_extensions=Known((), "/home/ann/.cache/torch_extensions"),
    )
    return changed(healthy, **changes)


def machine(*frameworks: FrameworkFacts, **changes: Any) -> Snapshot:
    """Ubuntu with one A100, driver 580.95.05 with open modules and torch: everything works."""
    module = f"/lib/modules/{KERNEL}/updates/dkms/nvidia.ko.zst"
    healthy = Snapshot(
        platform=platform(),
        pci=Known((pci_device(),), "/sys/bus/pci/devices"),
        driver=DriverFacts(
            modules_loaded=Known(
                ("nvidia_uvm", "nvidia_drm", "nvidia_modeset", "nvidia"), "/proc/modules"
            ),
            kernel_module_version=Known(driver(DRIVER), "/proc/driver/nvidia/version"),
            flavour=Known("open", "/proc/driver/nvidia/version"),
            modules_on_disk=Known((ModuleOnDisk(KERNEL, module),), "/lib/modules"),
            dkms=Known((DkmsBuild(DRIVER, (KERNEL,)),), "/var/lib/dkms"),
            libraries=libraries(library("libcuda.so.1"), library("libnvidia-ml.so.1")),
            nodes=nodes(*NODES),
            node_setting=Known(NodeSetting(True, "root:root", 0o666), "/proc/driver/nvidia/params"),
            kernel_log=Known((), "/dev/kmsg"),
            firmware=Known(("gsp_ga10x.bin", "gsp_tu10x.bin"), f"/lib/firmware/nvidia/{DRIVER}"),
        ),
        nvml=NvmlFacts(
            init=Known(CallResult(0, "NVML_SUCCESS"), "nvmlInit"),
            driver_version=Known(driver(DRIVER), "NVML"),
            library_version=Known("13.580.95.05", "NVML"),
            library_path=Known(f"{LIBRARIES}/libnvidia-ml.so.{DRIVER}", "/proc/self/maps"),
            cuda_driver_api=Known(cuda("13.0"), "NVML"),
            gpus=Known((gpu(),), "NVML"),
            control_node=Unknown("not asked: NVML could start"),
        ),
        libcuda=LibcudaFacts(
            load=Known(f"{LIBRARIES}/libcuda.so.{DRIVER}", "/proc/self/maps"),
            cuda_driver_api=Known(cuda("13.0"), "cuDriverGetVersion"),
            init=Known(CallResult(0, "CUDA_SUCCESS"), "cuInit"),
            devices=Known((cuda_device(),), "libcuda"),
        ),
        native_probes=(
            NativeProbe("NVML", ChildEnd("done", "", 0.2)),
            NativeProbe("libcuda", ChildEnd("done", "", 0.3)),
        ),
        fabric_services=Unknown("not looked at"),
        fabric_hardware=Absent("/sys/bus/pci/devices"),
        shared_memory=Known(SharedMemory(16 << 30, 15 << 30, is_writable=True), "/dev/shm"),
        build=build_tools(),
        environments=(environment(*(frameworks or (torch(),))),),
    )
    return changed(healthy, **changes)


def cuda_device(ordinal: int = 0, **changes: Any) -> CudaDevice:
    """The A100 as CUDA lists it."""
    listed = gpu(ordinal)
    return changed(
        CudaDevice(ordinal, listed.name, listed.uuid, listed.compute_capability), **changes
    )


def cuda_fails(code: int, name: str = "", **changes: Any) -> dict[str, Any]:
    """The changes that make cuInit return `code`; for ``machine(**cuda_fails(999))``."""
    gap = Unknown(f"cuInit returned {code}")
    return {"libcuda__init": answer(code, name), "libcuda__devices": gap, **changes}


def cuda_gone() -> dict[str, Any]:
    """The changes that take libcuda away."""
    gone = Absent("the loader finds no libcuda.so.1")
    return {
        "libcuda__load": gone,
        "libcuda__cuda_driver_api": gone,
        "libcuda__init": gone,
        "libcuda__devices": gone,
    }


def nvml_gone(init: Any = None) -> dict[str, Any]:
    """The changes that take NVML away, or make it answer `init` and nothing more."""
    gap = Absent("the loader finds no libnvidia-ml.so.1")
    rest = gap if init is None else Unknown("nvmlInit failed")
    return {
        "nvml__init": gap if init is None else init,
        "nvml__driver_version": rest,
        "nvml__library_version": rest,
        "nvml__library_path": rest,
        "nvml__cuda_driver_api": rest,
        "nvml__gpus": rest,
        "nvml__control_node": gap if init is None else Known("opened", "open of /dev/nvidiactl"),
    }


def module_gone() -> dict[str, Any]:
    """The changes that unload the kernel module, with all that hangs on it."""
    return {
        "driver__modules_loaded": Known((), "/proc/modules"),
        "driver__kernel_module_version": Absent("/proc/driver/nvidia and /sys/module/nvidia"),
        "driver__flavour": Absent("/proc/driver/nvidia/version"),
        "driver__firmware": Unknown("the version of the loaded module is not known"),
        "driver__nodes": nodes(),
        **nvml_gone(answer(9, "NVML_ERROR_DRIVER_NOT_LOADED")),
        **cuda_fails(100, "CUDA_ERROR_NO_DEVICE"),
    }


def changed(record: T, **changes: Any) -> T:
    """`record` with fields replaced; ``a__b`` replaces ``b`` of its field ``a``."""
    result: Any = record
    for path, value in changes.items():
        field, _, rest = path.partition("__")
        if field not in {each.name for each in fields(result)}:
            raise TypeError(f"{type(result).__name__} has no field {field}")
        inner = changed(getattr(result, field), **{rest: value}) if rest else value
        result = replace(result, **{field: inner})
    return result  # type: ignore[no-any-return]
