"""The closed catalogue of diagnoses: one entry an id. Ids are public API.

`explains` names the diagnoses that are mere consequences when this one holds for the same subject
or one that contains it.
"""

from collections.abc import Mapping

from gpudoctor.findings import Diagnosis
from gpudoctor.rungs import Rung

_HARDWARE = "Hardware and driver"
_CONTAINER = "Container, WSL, visibility"
_CUDA = "CUDA toolkit and libraries"
_FRAMEWORKS = "Frameworks and Python"

# A driver that does not answer keeps everything that asks it from working.
_ABOVE_THE_DRIVER = (
    "uvm-not-loaded",
    "fabric-manager-not-running",
    "driver-too-old-for-cuda",
    "framework-lacks-gpu-arch",
)

NO_NVIDIA_GPU = Diagnosis(
    id="no-nvidia-gpu",
    title="There is no NVIDIA GPU on this machine's PCI bus",
    group=_HARDWARE,
    rung=Rung.DEVICE,
    meaning="The PCI bus can be read and shows no NVIDIA device, one that firmware or a laptop's "
    "power switch turned off included.",
    explains=("driver-not-loaded", "gpu-hidden-by-environment", *_ABOVE_THE_DRIVER),
)

DRIVER_NOT_INSTALLED = Diagnosis(
    id="driver-not-installed",
    title="No NVIDIA driver is installed",
    group=_HARDWARE,
    rung=Rung.KERNEL_MODULE,
    meaning="An NVIDIA device is there, and neither a kernel module for any kernel nor the "
    "driver's libraries are on disk.",
    explains=("gpu-hidden-by-environment", *_ABOVE_THE_DRIVER),
)

DRIVER_NOT_LOADED = Diagnosis(
    id="driver-not-loaded",
    title="The NVIDIA driver is installed, but its kernel module is not loaded",
    group=_HARDWARE,
    rung=Rung.KERNEL_MODULE,
    meaning="The module or the libraries are installed and the module is not loaded: not built "
    "for the running kernel, refused by Secure Boot, another driver holds the device, or loading "
    "failed.",
    explains=("gpu-hidden-by-environment", "stub-libcuda-loaded", *_ABOVE_THE_DRIVER),
)

DRIVER_LIBRARY_MISMATCH = Diagnosis(
    id="driver-library-mismatch",
    title="The loaded kernel module and the driver's libraries are of different versions",
    group=_HARDWARE,
    rung=Rung.NVML,
    meaning="The loaded kernel module and the user-space libraries of the same installation "
    "differ, as after an upgrade without a reboot.",
    explains=("gpu-hidden-by-environment", "gpu-lost", *_ABOVE_THE_DRIVER),
)

# A driver that refuses the GPU leaves none to be lost, loaded or hidden.
_GPU_REFUSED = ("driver-not-loaded", "gpu-lost", "gpu-hidden-by-environment", *_ABOVE_THE_DRIVER)

DRIVER_TOO_OLD_FOR_GPU = Diagnosis(
    id="driver-too-old-for-gpu",
    title="The NVIDIA driver is older than this GPU",
    group=_HARDWARE,
    rung=Rung.KERNEL_MODULE,
    meaning="This GPU appears first in a newer driver branch than the one that is installed.",
    explains=("gpu-firmware-failed", *_GPU_REFUSED),
)

GPU_DROPPED_BY_DRIVER = Diagnosis(
    id="gpu-dropped-by-driver",
    title="The NVIDIA driver no longer supports this GPU",
    group=_HARDWARE,
    rung=Rung.KERNEL_MODULE,
    meaning="The GPU's architecture was dropped from the driver branch that is installed.",
    explains=("proprietary-kernel-module-required", *_GPU_REFUSED),
)

OPEN_KERNEL_MODULE_REQUIRED = Diagnosis(
    id="open-kernel-module-required",
    title="This GPU needs the open kernel modules, and the proprietary ones are loaded",
    group=_HARDWARE,
    rung=Rung.KERNEL_MODULE,
    meaning="The GPU (Blackwell, Grace) works only with the open kernel modules.",
    explains=_GPU_REFUSED,
)

PROPRIETARY_KERNEL_MODULE_REQUIRED = Diagnosis(
    id="proprietary-kernel-module-required",
    title="This GPU needs the proprietary kernel modules, and the open ones are loaded",
    group=_HARDWARE,
    rung=Rung.KERNEL_MODULE,
    meaning="The GPU (before Turing) has no system processor, which the open modules need; the "
    "installed branch itself still supports it.",
    explains=_GPU_REFUSED,
)

PCI_BAR_UNASSIGNED = Diagnosis(
    id="pci-bar-unassigned",
    title="The GPU was given no memory window on the PCI bus",
    group=_HARDWARE,
    rung=Rung.DEVICE,
    meaning="Firmware, kernel or virtual machine mapped no memory of the GPU (BAR1 is 0M).",
    explains=("gpu-firmware-failed", *_GPU_REFUSED),
)

GPU_FIRMWARE_FAILED = Diagnosis(
    id="gpu-firmware-failed",
    title="The firmware of the GPU's system processor does not start",
    group=_HARDWARE,
    rung=Rung.KERNEL_MODULE,
    meaning="The GPU's system processor (GSP) firmware can't be loaded, does not start, or "
    "stopped.",
    explains=_GPU_REFUSED,
)

DRIVER_UNRESPONSIVE = Diagnosis(
    id="driver-unresponsive",
    title="Calls into the NVIDIA driver do not return",
    group=_HARDWARE,
    rung=Rung.NVML,
    meaning="A process is stuck inside the driver, or two independent native probes ran past "
    "their deadline.",
    explains=("gpu-hidden-by-environment", "gpu-lost", *_ABOVE_THE_DRIVER),
)

VGPU_DRIVER_MISMATCH = Diagnosis(
    id="vgpu-driver-mismatch",
    title="The driver does not fit this virtual GPU",
    group=_HARDWARE,
    rung=Rung.KERNEL_MODULE,
    meaning="A virtual GPU's guest with an ordinary driver, or with a guest driver that the "
    "host's driver does not go with.",
    explains=(
        "driver-not-loaded",
        "gpu-lost",
        "gpu-hidden-by-environment",
        *_ABOVE_THE_DRIVER,
    ),
)

GPU_LOST = Diagnosis(
    id="gpu-lost",
    title="A GPU no longer answers",
    group=_HARDWARE,
    rung=Rung.DEVICE,
    meaning="A GPU fell off the bus or failed to start while its siblings run (Xid 79, NVML 15).",
    explains=("gpu-hidden-by-environment", "uvm-not-loaded"),
)

GPU_MEMORY_ERRORS = Diagnosis(
    id="gpu-memory-errors",
    title="A GPU's memory has errors that need a repair",
    group=_HARDWARE,
    rung=Rung.DEVICE,
    meaning="Errors that ECC could not correct, a row remapping that is pending or failed, or "
    "retired pages pending.",
    explains=("gpu-lost",),
)

GPU_THROTTLED = Diagnosis(
    id="gpu-throttled",
    title="A GPU is slowed down by heat or by its power supply",
    group=_HARDWARE,
    rung=Rung.DEVICE,
    meaning="A thermal, power-brake or hardware slowdown is active; the ordinary software power "
    "cap and idle clocks are not this.",
    explains=(),
)

PCIE_LINK_DEGRADED = Diagnosis(
    id="pcie-link-degraded",
    title="A GPU's PCIe link is slower than card and slot allow",
    group=_HARDWARE,
    rung=Rung.DEVICE,
    meaning="The link is narrower than slot and card allow, or of a lower generation under load; "
    "a low generation at idle is not this.",
    explains=(),
)

MIG_MISCONFIGURED = Diagnosis(
    id="mig-misconfigured",
    title="A GPU is in MIG mode and has no usable instance",
    group=_HARDWARE,
    rung=Rung.LIBCUDA,
    meaning="MIG is on with no usable instance, or CUDA_VISIBLE_DEVICES names an instance that "
    "does not exist.",
    explains=("gpu-hidden-by-environment",),
)

DEVICE_PERMISSION_DENIED = Diagnosis(
    id="device-permission-denied",
    title="This user may not open the GPU's device nodes",
    group=_HARDWARE,
    rung=Rung.DEVICE_NODES,
    meaning="The device nodes exist, and their mode bits, their owner, SELinux or a user "
    "namespace refuse this user.",
    explains=("gpu-hidden-by-environment", *_ABOVE_THE_DRIVER),
)

UVM_NOT_LOADED = Diagnosis(
    id="uvm-not-loaded",
    title="The kernel module nvidia_uvm is missing or wedged",
    group=_HARDWARE,
    rung=Rung.DEVICE_NODES,
    meaning="NVML works and CUDA answers 999 or 100 because nvidia_uvm is not loaded or broke "
    "in a suspend.",
    explains=("gpu-hidden-by-environment",),
)

FABRIC_MANAGER_NOT_RUNNING = Diagnosis(
    id="fabric-manager-not-running",
    title="The NVLink fabric between the GPUs is not initialised",
    group=_HARDWARE,
    rung=Rung.LIBCUDA,
    meaning="On an NVSwitch or NVL system CUDA answers 802 until the fabric manager (and its "
    "companions) of the driver's version runs.",
    explains=(),
)

CONTAINER_WITHOUT_GPU = Diagnosis(
    id="container-without-gpu",
    title="The GPU was not passed into this container",
    group=_CONTAINER,
    rung=Rung.DEVICE_NODES,
    meaning="Inside a container, a build step included: no device nodes or no driver libraries.",
    explains=("gpu-hidden-by-environment", "stub-libcuda-loaded", *_ABOVE_THE_DRIVER),
)

CONTAINER_LOST_GPU = Diagnosis(
    id="container-lost-gpu",
    title="This container may no longer use the GPU that it was given",
    group=_CONTAINER,
    rung=Rung.DEVICE_NODES,
    meaning="The container's device cgroup refuses the GPU though the mode bits allow it, as "
    "after systemd reloads on the host.",
    explains=("gpu-hidden-by-environment", *_ABOVE_THE_DRIVER),
)

WSL_DRIVER_MISCONFIGURED = Diagnosis(
    id="wsl-driver-misconfigured",
    title="WSL does not reach the driver of Windows",
    group=_CONTAINER,
    rung=Rung.KERNEL_MODULE,
    meaning="A Linux display driver inside WSL, no libcuda from Windows, WSL 1, no /dev/dxg, or "
    "a GPU in a mode that WSL does not take.",
    explains=("stub-libcuda-loaded", "gpu-hidden-by-environment", *_ABOVE_THE_DRIVER),
)

GPU_HIDDEN_BY_ENVIRONMENT = Diagnosis(
    id="gpu-hidden-by-environment",
    title="An environment variable hides every GPU",
    group=_CONTAINER,
    rung=Rung.LIBCUDA,
    meaning="CUDA_VISIBLE_DEVICES, set by hand or by a scheduler, hides every wanted GPU or "
    "names one that is not there.",
    explains=(),
)

COMPAT_LIBRARIES_UNSUPPORTED = Diagnosis(
    id="compat-libraries-unsupported",
    title="A forward-compatibility libcuda is loaded that this GPU or driver refuses",
    group=_CONTAINER,
    rung=Rung.LIBCUDA,
    meaning="The loaded libcuda is a forward-compatibility or image copy that this GPU (CUDA "
    "804) or this kernel driver (803) refuses.",
    explains=("driver-library-mismatch", "driver-too-old-for-cuda"),
)

STUB_LIBCUDA_LOADED = Diagnosis(
    id="stub-libcuda-loaded",
    title="The toolkit's stub libcuda is loaded in place of the driver's",
    group=_CONTAINER,
    rung=Rung.LIBCUDA,
    meaning="A libcuda that is only there to link against is found before the driver's.",
    explains=("driver-too-old-for-cuda", "gpu-hidden-by-environment"),
)

DRIVER_TOO_OLD_FOR_CUDA = Diagnosis(
    id="driver-too-old-for-cuda",
    title="The driver is too old for the CUDA that a framework was built for",
    group=_CUDA,
    rung=Rung.CUDA_RUNTIME,
    meaning="A framework's CUDA needs a newer driver; minor-version compatibility and working "
    "compat libraries are not this.",
    explains=(),
)

CUDA_LIBRARY_MISSING = Diagnosis(
    id="cuda-library-missing",
    title="A CUDA library that a framework needs is not there",
    group=_CUDA,
    rung=Rung.CUDA_RUNTIME,
    meaning="A CUDA library can't be loaded and no copy of any major version is provided.",
    explains=("cudnn-missing", "framework-broken-install"),
)

CUDNN_MISSING = Diagnosis(
    id="cudnn-missing",
    title="cuDNN is not there",
    group=_CUDA,
    rung=Rung.CUDNN,
    meaning="No cuDNN of any major version is provided, or a part of it is absent.",
    explains=("framework-broken-install",),
)

FRAMEWORK_CPU_ONLY = Diagnosis(
    id="framework-cpu-only",
    title="The framework is a build without CUDA",
    group=_FRAMEWORKS,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="A build without CUDA is installed where one with CUDA exists for this platform, "
    "ROCm and XPU builds on an NVIDIA machine included.",
    explains=(),
)

FRAMEWORK_LACKS_GPU_ARCH = Diagnosis(
    id="framework-lacks-gpu-arch",
    title="The framework has no code for this GPU",
    group=_FRAMEWORKS,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="The package has neither machine code nor usable PTX for this GPU: it is too new "
    "for the build, or was dropped from it.",
    explains=(),
)

FRAMEWORK_BROKEN_INSTALL = Diagnosis(
    id="framework-broken-install",
    title="The framework itself can't be imported",
    group=_FRAMEWORKS,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="The framework fails to import or is torn: missing or mixed files, two "
    "distributions of one package, unmet pins.",
    explains=(),
)

DIAGNOSES: tuple[Diagnosis, ...] = (
    NO_NVIDIA_GPU,
    DRIVER_NOT_INSTALLED,
    DRIVER_NOT_LOADED,
    DRIVER_LIBRARY_MISMATCH,
    DRIVER_TOO_OLD_FOR_GPU,
    GPU_DROPPED_BY_DRIVER,
    OPEN_KERNEL_MODULE_REQUIRED,
    PROPRIETARY_KERNEL_MODULE_REQUIRED,
    PCI_BAR_UNASSIGNED,
    GPU_FIRMWARE_FAILED,
    DRIVER_UNRESPONSIVE,
    VGPU_DRIVER_MISMATCH,
    GPU_LOST,
    GPU_MEMORY_ERRORS,
    GPU_THROTTLED,
    PCIE_LINK_DEGRADED,
    DEVICE_PERMISSION_DENIED,
    UVM_NOT_LOADED,
    FABRIC_MANAGER_NOT_RUNNING,
    MIG_MISCONFIGURED,
    CONTAINER_WITHOUT_GPU,
    CONTAINER_LOST_GPU,
    WSL_DRIVER_MISCONFIGURED,
    GPU_HIDDEN_BY_ENVIRONMENT,
    COMPAT_LIBRARIES_UNSUPPORTED,
    STUB_LIBCUDA_LOADED,
    DRIVER_TOO_OLD_FOR_CUDA,
    CUDA_LIBRARY_MISSING,
    CUDNN_MISSING,
    FRAMEWORK_CPU_ONLY,
    FRAMEWORK_LACKS_GPU_ARCH,
    FRAMEWORK_BROKEN_INSTALL,
)

BY_ID: Mapping[str, Diagnosis] = {each.id: each for each in DIAGNOSES}
