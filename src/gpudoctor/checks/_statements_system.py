"""What messages about driver, kernel and devices state: a table."""

from gpudoctor.checks._statement import (
    Statement,
    always,
    driver_untold,
    mask_hides_all,
    module_on_disk_or_unknown,
    no_module_on_disk,
    not_in_wsl,
    nvml_works,
    toolkit_newer_than_driver,
)

ABOUT_SYSTEM: tuple[Statement, ...] = (
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
        "driver-not-answering",
        "driver-not-loaded",
        not_in_wsl,
        "nvidia-smi is there and finds no loaded kernel module to talk to.",
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
