"""Every check, written out: a pure function of a snapshot and the matrix, one a diagnosis.

Modules that begin with an underscore are no checks; they read one thing that several checks need.
"""

from collections.abc import Callable, Iterator, Mapping

from gpudoctor.checks import (
    compat_libraries_unsupported,
    container_lost_gpu,
    container_without_gpu,
    cuda_library_missing,
    cudnn_missing,
    device_permission_denied,
    driver_library_mismatch,
    driver_not_installed,
    driver_not_loaded,
    driver_too_old_for_cuda,
    driver_too_old_for_gpu,
    driver_unresponsive,
    fabric_manager_not_running,
    framework_broken_install,
    framework_cpu_only,
    framework_lacks_gpu_arch,
    framework_not_installed,
    gpu_dropped_by_driver,
    gpu_firmware_failed,
    gpu_hidden_by_environment,
    gpu_lost,
    gpu_memory_errors,
    gpu_throttled,
    mig_misconfigured,
    no_nvidia_gpu,
    open_kernel_module_required,
    pci_bar_unassigned,
    pcie_link_degraded,
    proprietary_kernel_module_required,
    stub_libcuda_loaded,
    uvm_not_loaded,
    vgpu_driver_mismatch,
    wrong_environment,
    wsl_driver_misconfigured,
)
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Verdict
from gpudoctor.matrix import Matrix

Check = Callable[[Snapshot, Matrix], Iterator[Verdict]]

CHECKS: Mapping[str, Check] = {
    "no-nvidia-gpu": no_nvidia_gpu.check,
    "driver-not-installed": driver_not_installed.check,
    "driver-not-loaded": driver_not_loaded.check,
    "driver-library-mismatch": driver_library_mismatch.check,
    "driver-too-old-for-gpu": driver_too_old_for_gpu.check,
    "gpu-dropped-by-driver": gpu_dropped_by_driver.check,
    "open-kernel-module-required": open_kernel_module_required.check,
    "proprietary-kernel-module-required": proprietary_kernel_module_required.check,
    "pci-bar-unassigned": pci_bar_unassigned.check,
    "gpu-firmware-failed": gpu_firmware_failed.check,
    "driver-unresponsive": driver_unresponsive.check,
    "vgpu-driver-mismatch": vgpu_driver_mismatch.check,
    "gpu-lost": gpu_lost.check,
    "gpu-memory-errors": gpu_memory_errors.check,
    "gpu-throttled": gpu_throttled.check,
    "pcie-link-degraded": pcie_link_degraded.check,
    "device-permission-denied": device_permission_denied.check,
    "uvm-not-loaded": uvm_not_loaded.check,
    "fabric-manager-not-running": fabric_manager_not_running.check,
    "mig-misconfigured": mig_misconfigured.check,
    "container-without-gpu": container_without_gpu.check,
    "container-lost-gpu": container_lost_gpu.check,
    "wsl-driver-misconfigured": wsl_driver_misconfigured.check,
    "gpu-hidden-by-environment": gpu_hidden_by_environment.check,
    "compat-libraries-unsupported": compat_libraries_unsupported.check,
    "stub-libcuda-loaded": stub_libcuda_loaded.check,
    "driver-too-old-for-cuda": driver_too_old_for_cuda.check,
    "cuda-library-missing": cuda_library_missing.check,
    "cudnn-missing": cudnn_missing.check,
    "framework-not-installed": framework_not_installed.check,
    "framework-cpu-only": framework_cpu_only.check,
    "framework-lacks-gpu-arch": framework_lacks_gpu_arch.check,
    "framework-broken-install": framework_broken_install.check,
    "wrong-environment": wrong_environment.check,
}
