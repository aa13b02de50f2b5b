"""The diagnoses of the group "Hardware and driver"."""

from gpudoctor.findings import Diagnosis
from gpudoctor.rungs import Rung

_GROUP = "Hardware and driver"

# A driver that does not answer keeps everything that asks it from working.
ABOVE_THE_DRIVER = (
    "uvm-not-loaded",
    "fabric-manager-not-running",
    "driver-too-old-for-cuda",
    "framework-lacks-gpu-arch",
)

NO_NVIDIA_GPU = Diagnosis(
    id="no-nvidia-gpu",
    title="There is no NVIDIA GPU on this machine's PCI bus",
    group=_GROUP,
    rung=Rung.DEVICE,
    meaning="The PCI bus can be read and shows no NVIDIA device, one that firmware or a laptop's "
    "power switch turned off included.",
    explains=("driver-not-loaded", "gpu-hidden-by-environment", *ABOVE_THE_DRIVER),
)

DRIVER_NOT_INSTALLED = Diagnosis(
    id="driver-not-installed",
    title="No NVIDIA driver is installed",
    group=_GROUP,
    rung=Rung.KERNEL_MODULE,
    meaning="An NVIDIA device is there, and neither a kernel module for any kernel nor the "
    "driver's libraries are on disk.",
    explains=("gpu-hidden-by-environment", *ABOVE_THE_DRIVER),
)

DRIVER_NOT_LOADED = Diagnosis(
    id="driver-not-loaded",
    title="The NVIDIA driver is installed, but its kernel module is not loaded",
    group=_GROUP,
    rung=Rung.KERNEL_MODULE,
    meaning="The module or the libraries are installed and the module is not loaded: not built "
    "for the running kernel, refused by Secure Boot, another driver holds the device, or loading "
    "failed.",
    explains=("gpu-hidden-by-environment", "stub-libcuda-loaded", *ABOVE_THE_DRIVER),
)

DRIVER_LIBRARY_MISMATCH = Diagnosis(
    id="driver-library-mismatch",
    title="The loaded kernel module and the driver's libraries are of different versions",
    group=_GROUP,
    rung=Rung.NVML,
    meaning="The loaded kernel module and the user-space libraries of the same installation "
    "differ, as after an upgrade without a reboot.",
    explains=("gpu-hidden-by-environment", "gpu-lost", *ABOVE_THE_DRIVER),
)

# A driver that refuses the GPU leaves none to be lost, loaded or hidden.
_GPU_REFUSED = ("driver-not-loaded", "gpu-lost", "gpu-hidden-by-environment", *ABOVE_THE_DRIVER)

DRIVER_TOO_OLD_FOR_GPU = Diagnosis(
    id="driver-too-old-for-gpu",
    title="The NVIDIA driver is older than this GPU",
    group=_GROUP,
    rung=Rung.KERNEL_MODULE,
    meaning="This GPU appears first in a newer driver branch than the one that is installed.",
    explains=("gpu-firmware-failed", *_GPU_REFUSED),
)

GPU_DROPPED_BY_DRIVER = Diagnosis(
    id="gpu-dropped-by-driver",
    title="The NVIDIA driver no longer supports this GPU",
    group=_GROUP,
    rung=Rung.KERNEL_MODULE,
    meaning="The GPU's architecture was dropped from the driver branch that is installed.",
    explains=("proprietary-kernel-module-required", *_GPU_REFUSED),
)

OPEN_KERNEL_MODULE_REQUIRED = Diagnosis(
    id="open-kernel-module-required",
    title="This GPU needs the open kernel modules, and the proprietary ones are loaded",
    group=_GROUP,
    rung=Rung.KERNEL_MODULE,
    meaning="The GPU (Blackwell, Grace) works only with the open kernel modules.",
    explains=_GPU_REFUSED,
)

PROPRIETARY_KERNEL_MODULE_REQUIRED = Diagnosis(
    id="proprietary-kernel-module-required",
    title="This GPU needs the proprietary kernel modules, and the open ones are loaded",
    group=_GROUP,
    rung=Rung.KERNEL_MODULE,
    meaning="The GPU (before Turing) has no system processor, which the open modules need; the "
    "installed branch itself still supports it.",
    explains=_GPU_REFUSED,
)

PCI_BAR_UNASSIGNED = Diagnosis(
    id="pci-bar-unassigned",
    title="The GPU was given no memory window on the PCI bus",
    group=_GROUP,
    rung=Rung.DEVICE,
    meaning="Firmware, kernel or virtual machine mapped no memory of the GPU (BAR1 is 0M).",
    explains=("gpu-firmware-failed", *_GPU_REFUSED),
)

GPU_FIRMWARE_FAILED = Diagnosis(
    id="gpu-firmware-failed",
    title="The firmware of the GPU's system processor does not start",
    group=_GROUP,
    rung=Rung.KERNEL_MODULE,
    meaning="The GPU's system processor (GSP) firmware can't be loaded, does not start, or "
    "stopped.",
    explains=_GPU_REFUSED,
)

DRIVER_UNRESPONSIVE = Diagnosis(
    id="driver-unresponsive",
    title="Calls into the NVIDIA driver do not return",
    group=_GROUP,
    rung=Rung.NVML,
    meaning="A process is stuck inside the driver, or two independent native probes ran past "
    "their deadline.",
    explains=("gpu-hidden-by-environment", "gpu-lost", *ABOVE_THE_DRIVER),
)

VGPU_DRIVER_MISMATCH = Diagnosis(
    id="vgpu-driver-mismatch",
    title="The driver does not fit this virtual GPU",
    group=_GROUP,
    rung=Rung.KERNEL_MODULE,
    meaning="A virtual GPU's guest with an ordinary driver, or with a guest driver that the "
    "host's driver does not go with.",
    explains=(
        "driver-not-loaded",
        "gpu-lost",
        "gpu-hidden-by-environment",
        *ABOVE_THE_DRIVER,
    ),
)

GPU_LOST = Diagnosis(
    id="gpu-lost",
    title="A GPU no longer answers",
    group=_GROUP,
    rung=Rung.DEVICE,
    meaning="A GPU fell off the bus or failed to start while its siblings run (Xid 79, NVML 15).",
    explains=("gpu-hidden-by-environment", "uvm-not-loaded"),
)

GPU_MEMORY_ERRORS = Diagnosis(
    id="gpu-memory-errors",
    title="A GPU's memory has errors that need a repair",
    group=_GROUP,
    rung=Rung.DEVICE,
    meaning="Errors that ECC could not correct, a row remapping that is pending or failed, or "
    "retired pages pending.",
    explains=("gpu-lost",),
)

GPU_THROTTLED = Diagnosis(
    id="gpu-throttled",
    title="A GPU is slowed down by heat or by its power supply",
    group=_GROUP,
    rung=Rung.DEVICE,
    meaning="A thermal, power-brake or hardware slowdown is active; the ordinary software power "
    "cap and idle clocks are not this.",
    explains=(),
)

PCIE_LINK_DEGRADED = Diagnosis(
    id="pcie-link-degraded",
    title="A GPU's PCIe link is slower than card and slot allow",
    group=_GROUP,
    rung=Rung.DEVICE,
    meaning="The link is narrower than slot and card allow, or of a lower generation under load; "
    "a low generation at idle is not this.",
    explains=(),
)

MIG_MISCONFIGURED = Diagnosis(
    id="mig-misconfigured",
    title="A GPU is in MIG mode and has no usable instance",
    group=_GROUP,
    rung=Rung.LIBCUDA,
    meaning="MIG is on with no usable instance, or CUDA_VISIBLE_DEVICES names an instance that "
    "does not exist.",
    explains=("gpu-hidden-by-environment",),
)

DEVICE_PERMISSION_DENIED = Diagnosis(
    id="device-permission-denied",
    title="This user may not open the GPU's device nodes",
    group=_GROUP,
    rung=Rung.DEVICE_NODES,
    meaning="The device nodes exist, and their mode bits, their owner, SELinux or a user "
    "namespace refuse this user.",
    explains=("gpu-hidden-by-environment", *ABOVE_THE_DRIVER),
)

UVM_NOT_LOADED = Diagnosis(
    id="uvm-not-loaded",
    title="The kernel module nvidia_uvm is missing or wedged",
    group=_GROUP,
    rung=Rung.DEVICE_NODES,
    meaning="NVML works and CUDA answers 999 or 100 because nvidia_uvm is not loaded or broke "
    "in a suspend.",
    explains=("gpu-hidden-by-environment",),
)

FABRIC_MANAGER_NOT_RUNNING = Diagnosis(
    id="fabric-manager-not-running",
    title="The NVLink fabric between the GPUs is not initialised",
    group=_GROUP,
    rung=Rung.LIBCUDA,
    meaning="On an NVSwitch or NVL system CUDA answers 802 until the fabric manager (and its "
    "companions) of the driver's version runs.",
    explains=(),
)
