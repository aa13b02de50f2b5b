"""The diagnoses of the group "Container, WSL, visibility"."""

from gpudoctor.diagnoses.hardware import ABOVE_THE_DRIVER
from gpudoctor.findings import Diagnosis
from gpudoctor.rungs import Rung

_GROUP = "Container, WSL, visibility"

CONTAINER_WITHOUT_GPU = Diagnosis(
    id="container-without-gpu",
    title="The GPU was not passed into this container",
    group=_GROUP,
    rung=Rung.DEVICE_NODES,
    meaning="Inside a container, a build step included: no device nodes or no driver libraries.",
    explains=("gpu-hidden-by-environment", "stub-libcuda-loaded", *ABOVE_THE_DRIVER),
)

CONTAINER_LOST_GPU = Diagnosis(
    id="container-lost-gpu",
    title="This container may no longer use the GPU that it was given",
    group=_GROUP,
    rung=Rung.DEVICE_NODES,
    meaning="The container's device cgroup refuses the GPU though the mode bits allow it, as "
    "after systemd reloads on the host.",
    explains=("gpu-hidden-by-environment", *ABOVE_THE_DRIVER),
)

WSL_DRIVER_MISCONFIGURED = Diagnosis(
    id="wsl-driver-misconfigured",
    title="WSL does not reach the driver of Windows",
    group=_GROUP,
    rung=Rung.KERNEL_MODULE,
    meaning="A Linux display driver inside WSL, no libcuda from Windows, WSL 1, no /dev/dxg, or "
    "a GPU in a mode that WSL does not take.",
    explains=("stub-libcuda-loaded", "gpu-hidden-by-environment", *ABOVE_THE_DRIVER),
)

GPU_HIDDEN_BY_ENVIRONMENT = Diagnosis(
    id="gpu-hidden-by-environment",
    title="An environment variable hides every GPU",
    group=_GROUP,
    rung=Rung.LIBCUDA,
    meaning="CUDA_VISIBLE_DEVICES, set by hand or by a scheduler, hides every wanted GPU or "
    "names one that is not there.",
    explains=(),
)

COMPAT_LIBRARIES_UNSUPPORTED = Diagnosis(
    id="compat-libraries-unsupported",
    title="A forward-compatibility libcuda is loaded that this GPU or driver refuses",
    group=_GROUP,
    rung=Rung.LIBCUDA,
    meaning="The loaded libcuda is a forward-compatibility or image copy that this GPU (CUDA "
    "804) or this kernel driver (803) refuses.",
    explains=("driver-library-mismatch", "driver-too-old-for-cuda"),
)

STUB_LIBCUDA_LOADED = Diagnosis(
    id="stub-libcuda-loaded",
    title="The toolkit's stub libcuda is loaded in place of the driver's",
    group=_GROUP,
    rung=Rung.LIBCUDA,
    meaning="A libcuda that is only there to link against is found before the driver's.",
    explains=("driver-too-old-for-cuda", "gpu-hidden-by-environment"),
)
