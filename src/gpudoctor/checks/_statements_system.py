"""What messages about driver, kernel, containers and WSL state: a table."""

from gpudoctor.checks._statement import (
    Statement,
    always,
    driver_told,
    driver_untold,
    driver_untold_on_linux,
    in_container,
    in_wsl,
    mask_hides_all,
    module_on_disk_or_unknown,
    no_module_on_disk,
    not_half_updated,
    not_in_container,
    not_in_wsl,
    nvml_works,
    stubs_on_the_path,
    toolkit_newer_than_driver,
)

ABOUT_SYSTEM: tuple[Statement, ...] = (
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
        "module-refused",
        "driver-not-loaded",
        not_in_wsl,
        "The kernel refused the module for its signature: Secure Boot is on, and the key that "
        "signed it is not enrolled.",
    ),
    Statement(
        "module-not-built",
        "driver-not-loaded",
        not_in_wsl,
        "There is no module of the driver for the running kernel: it was not built, or its build "
        "failed.",
    ),
    Statement(
        "device-held-by-another-driver",
        "driver-not-installed",
        no_module_on_disk,
        "nouveau drives the GPU, and no module of NVIDIA's is among those that could.",
    ),
    Statement(
        "device-held-by-another-driver",
        "driver-not-loaded",
        module_on_disk_or_unknown,
        "Another driver, as a rule nouveau or vfio-pci, holds the device.",
    ),
    Statement(
        "module-not-loadable",
        "driver-not-loaded",
        not_in_wsl,
        "The driver's kernel module is there and could not be loaded.",
    ),
    Statement(
        "container-host-driver-not-loaded",
        "driver-not-loaded",
        always,
        "The container toolkit found the driver's libraries on the host, and no loaded module.",
    ),
    Statement(
        "driver-not-answering",
        "driver-not-loaded",
        not_in_wsl,
        "nvidia-smi is there and finds no loaded kernel module to talk to.",
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
        "nvidia-smi-not-found",
        "driver-not-installed",
        driver_untold,
        "nvidia-smi, which comes with the driver, is not there.",
    ),
    Statement(
        "driver-versions-differ",
        "driver-library-mismatch",
        always,
        "The loaded kernel module is of another version than the driver's libraries.",
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
        "gpu-without-gsp",
        "proprietary-kernel-module-required",
        always,
        "The kernel says that the open modules are loaded and this GPU has no system processor.",
    ),
    Statement(
        "gpu-needs-open-modules",
        "open-kernel-module-required",
        always,
        "The kernel says that this GPU works with the open modules only, and others are loaded.",
    ),
    Statement(
        "bar-invalid",
        "pci-bar-unassigned",
        always,
        "The kernel says that the GPU was given no memory window on the PCI bus.",
    ),
    Statement(
        "gpu-needs-legacy-driver",
        "gpu-dropped-by-driver",
        always,
        "The kernel says that this GPU is left to a legacy branch of the driver.",
    ),
    Statement(
        "gpu-not-supported",
        "driver-too-old-for-gpu",
        always,
        "The kernel says that this release of the driver does not know the GPU.",
    ),
    *(
        Statement(
            symptom,
            "gpu-firmware-failed",
            always,
            "The kernel says that the firmware of the GPU's system processor did not start.",
        )
        for symptom in ("firmware-not-loaded", "gsp-not-started", "gsp-stopped")
    ),
    Statement(
        "gpu-fell-off",
        "gpu-lost",
        always,
        "The driver no longer reaches a GPU.",
    ),
    Statement(
        "gpu-not-started",
        "gpu-lost",
        always,
        "The driver could not start a GPU.",
    ),
    Statement(
        "memory-error",
        "gpu-memory-errors",
        always,
        "A GPU's memory had an error that ECC could not correct, or waits for a repair.",
    ),
    Statement(
        "slowed-by-heat",
        "gpu-throttled",
        always,
        "A GPU runs slower than it could: heat, or its power supply, holds its clocks down.",
    ),
    Statement(
        "fabric-not-ready",
        "fabric-manager-not-running",
        always,
        "CUDA waits for the NVLink fabric: the fabric manager does not run, or is of another "
        "version than the driver.",
    ),
    Statement(
        "access-refused",
        "device-permission-denied",
        always,
        "The device nodes are there, and this user may not open them.",
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
        "no-cuda-device",
        "gpu-hidden-by-environment",
        mask_hides_all,
        "CUDA finds no device, and CUDA_VISIBLE_DEVICES hides every GPU that there could be.",
    ),
    Statement(
        "gpu-not-supported",
        "vgpu-driver-mismatch",
        always,
        "The kernel says that the driver does not support the GPU, and NVIDIA's table says that "
        "it does: as a rule a virtual GPU whose guest has the ordinary driver.",
        after_cleared="driver-too-old-for-gpu",
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
        "mig-without-instance",
        "mig-misconfigured",
        always,
        "MIG is on, and no instance was created.",
    ),
    Statement(
        "stuck-in-driver",
        "driver-unresponsive",
        always,
        "A process is stuck inside the kernel, in a call that does not return.",
    ),
    Statement(
        "container-needs-newer-driver",
        "driver-too-old-for-cuda",
        always,
        "The image was made for a CUDA that needs a newer driver than the host's.",
    ),
    Statement(
        "no-kernel-image",
        "driver-too-old-for-cuda",
        toolkit_newer_than_driver,
        "The CUDA that compiles here is newer than the driver's, whose own compiler then can't "
        "read what it wrote.",
    ),
    Statement(
        "cuda-driver-insufficient",
        "driver-too-old-for-cuda",
        nvml_works,
        "CUDA finds the driver older than the program's CUDA needs.",
    ),
    Statement(
        "cuda-unknown-error",
        "uvm-not-loaded",
        nvml_works,
        "CUDA failed without saying why; where the driver answers otherwise this is nvidia_uvm, "
        "as a rule after a suspend.",
    ),
)
