"""What messages about containers, WSL and the libcuda that is found state: a table."""

from gpudoctor.checks._statement import (
    Statement,
    always,
    driver_told,
    driver_untold_on_linux,
    in_container,
    in_wsl,
    not_half_updated,
    not_in_container,
    not_in_wsl,
    stubs_on_the_path,
)

ABOUT_CONTAINERS: tuple[Statement, ...] = (
    Statement(
        "wsl-without-adapter",
        "wsl-driver-misconfigured",
        always,
        "Windows keeps the GPU from WSL: its driver is too old or not there, or the GPU is in a "
        "mode that WSL does not take.",
    ),
    Statement(
        "driver-not-answering",
        "wsl-driver-misconfigured",
        in_wsl,
        "Inside WSL this is the nvidia-smi of a Linux driver, which finds no kernel module there: "
        "WSL takes the driver of Windows.",
    ),
    Statement(
        "container-host-driver-not-loaded",
        "driver-not-loaded",
        always,
        "The container toolkit found the driver's libraries on the host, and no loaded module.",
    ),
    Statement(
        "container-host-without-driver",
        "container-without-gpu",
        driver_told,
        "The host has a driver, and the container toolkit does not find its libraries: a runtime "
        "in a sandbox of its own, or a toolkit that is not configured.",
    ),
    Statement(
        "container-host-without-driver",
        "driver-not-installed",
        driver_untold_on_linux,
        "The container toolkit found no library of the driver on the host.",
    ),
    Statement(
        "libcuda-newer-than-module",
        "compat-libraries-unsupported",
        in_container,
        "In a container the libcuda that was loaded is the image's own, a forward-compatibility "
        "copy, and this kernel driver refuses it.",
    ),
    Statement(
        "libcuda-newer-than-module",
        "driver-library-mismatch",
        not_in_container,
        "The loaded kernel module is of another version than libcuda.",
    ),
    Statement(
        "access-lost",
        "container-lost-gpu",
        not_in_wsl,
        "Inside a container this is what a device cgroup answers that was reloaded without the "
        "GPU's devices.",
    ),
    Statement(
        "container-without-device",
        "container-without-gpu",
        always,
        "The container was started without the GPU: its runtime lacks NVIDIA's container toolkit, "
        "or was not asked for a GPU.",
    ),
    Statement(
        "nvml-not-in-container",
        "container-without-gpu",
        in_container,
        "No library of the driver is in the container: it was not passed in.",
    ),
    Statement(
        "no-device-node",
        "container-without-gpu",
        in_container,
        "No device node is in the container: the GPU was not passed in.",
    ),
    Statement(
        "cuinit-minus-one",
        "stub-libcuda-loaded",
        stubs_on_the_path,
        "The folder with the toolkit's stub libcuda is searched, and cuInit answers -1, as a stub "
        "does.",
    ),
    Statement(
        "stub-library",
        "stub-libcuda-loaded",
        always,
        "The libcuda that was loaded is the toolkit's stub, which is only there to link against.",
    ),
    Statement(
        "forward-compatibility-refused",
        "compat-libraries-unsupported",
        not_half_updated,
        "A forward-compatibility libcuda is loaded, and this GPU is none that takes it.",
    ),
    Statement(
        "driver-combination-refused",
        "compat-libraries-unsupported",
        in_container,
        "A libcuda of the image is loaded that this kernel driver refuses.",
    ),
    Statement(
        "driver-combination-refused",
        "driver-library-mismatch",
        not_in_container,
        "libcuda and the loaded kernel module are of versions that don't go together.",
    ),
    Statement(
        "container-needs-newer-driver",
        "driver-too-old-for-cuda",
        always,
        "The image was made for a CUDA that needs a newer driver than the host's.",
    ),
)
