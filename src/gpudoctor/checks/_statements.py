"""Which diagnosis a message states, and under which facts: a table."""

from collections.abc import Callable
from dataclasses import dataclass

from gpudoctor.facts import Known, Snapshot, known

When = Callable[[Snapshot], bool]


@dataclass(frozen=True, slots=True)
class Statement:
    """A symptom, the diagnosis that it states, and the facts under which it does."""

    symptom: str
    diagnosis: str
    when: When
    because: str  # what the message means, in words
    outweighs_facts: bool = False  # a program says it of itself, having tried


def _always(_: Snapshot) -> bool:
    return True


def _in_wsl(snapshot: Snapshot) -> bool:
    return isinstance(snapshot.platform.wsl, Known)


def _in_container(snapshot: Snapshot) -> bool:
    return isinstance(snapshot.platform.container, Known)


def _on_bare_linux(snapshot: Snapshot) -> bool:
    return not _in_wsl(snapshot) and not _in_container(snapshot)


def _not_in_wsl(snapshot: Snapshot) -> bool:
    return not _in_wsl(snapshot)


def _not_in_container(snapshot: Snapshot) -> bool:
    return not _in_container(snapshot)


def _driver_untold(snapshot: Snapshot) -> bool:
    """No driver is named anywhere in the text."""
    return _on_bare_linux(snapshot) and not any(
        isinstance(fact, Known)
        for fact in (
            snapshot.nvml.driver_version,
            snapshot.driver.kernel_module_version,
            snapshot.driver.libraries,
            snapshot.nvml.init,
        )
    )


def _torch_has_cuda(snapshot: Snapshot) -> bool:
    """No torch in the text is known to be a build without CUDA."""
    return all(
        known(framework.variant) in (None, "cuda")
        for _, framework in snapshot.frameworks()
        if framework.name == "torch"
    )


def _nvml_works(snapshot: Snapshot) -> bool:
    init = known(snapshot.nvml.init)
    return init is None or init.code == 0


STATEMENTS: tuple[Statement, ...] = (
    Statement(
        "wsl-without-adapter",
        "wsl-driver-misconfigured",
        _always,
        "Windows keeps the GPU from WSL: its driver is too old or not there, or the GPU is in a "
        "mode that WSL does not take.",
    ),
    Statement(
        "driver-not-answering",
        "wsl-driver-misconfigured",
        _in_wsl,
        "Inside WSL this is the nvidia-smi of a Linux driver, which finds no kernel module there: "
        "WSL takes the driver of Windows.",
    ),
    Statement(
        "module-refused",
        "driver-not-loaded",
        _not_in_wsl,
        "The kernel refused the module for its signature: Secure Boot is on, and the key that "
        "signed it is not enrolled.",
    ),
    Statement(
        "module-not-built",
        "driver-not-loaded",
        _not_in_wsl,
        "There is no module of the driver for the running kernel: it was not built, or its build "
        "failed.",
    ),
    Statement(
        "device-held-by-another-driver",
        "driver-not-loaded",
        _not_in_wsl,
        "Another driver, as a rule nouveau or vfio-pci, holds the device.",
    ),
    Statement(
        "module-not-loadable",
        "driver-not-loaded",
        _not_in_wsl,
        "The driver's kernel module is there and could not be loaded.",
    ),
    Statement(
        "container-host-driver-not-loaded",
        "driver-not-loaded",
        _always,
        "The container toolkit found the driver's libraries on the host, and no loaded module.",
    ),
    Statement(
        "driver-not-answering",
        "driver-not-loaded",
        _not_in_wsl,
        "nvidia-smi is there and finds no loaded kernel module to talk to.",
    ),
    Statement(
        "container-host-without-driver",
        "driver-not-installed",
        _not_in_wsl,
        "The container toolkit found no library of the driver on the host.",
    ),
    Statement(
        "nvidia-smi-not-found",
        "driver-not-installed",
        _driver_untold,
        "nvidia-smi, which comes with the driver, is not there.",
    ),
    Statement(
        "driver-versions-differ",
        "driver-library-mismatch",
        _always,
        "The loaded kernel module is of another version than the driver's libraries.",
    ),
    Statement(
        "libcuda-newer-than-module",
        "compat-libraries-unsupported",
        _in_container,
        "In a container the libcuda that was loaded is the image's own, a forward-compatibility "
        "copy, and this kernel driver refuses it.",
    ),
    Statement(
        "libcuda-newer-than-module",
        "driver-library-mismatch",
        _not_in_container,
        "The loaded kernel module is of another version than libcuda.",
    ),
    Statement(
        "gpu-without-gsp",
        "proprietary-kernel-module-required",
        _always,
        "The kernel says that the open modules are loaded and this GPU has no system processor.",
    ),
    Statement(
        "gpu-needs-open-modules",
        "open-kernel-module-required",
        _always,
        "The kernel says that this GPU works with the open modules only, and others are loaded.",
    ),
    Statement(
        "bar-invalid",
        "pci-bar-unassigned",
        _always,
        "The kernel says that the GPU was given no memory window on the PCI bus.",
    ),
    Statement(
        "gpu-needs-legacy-driver",
        "gpu-dropped-by-driver",
        _always,
        "The kernel says that this GPU is left to a legacy branch of the driver.",
    ),
    Statement(
        "gpu-not-supported",
        "driver-too-old-for-gpu",
        _always,
        "The kernel says that this release of the driver does not know the GPU.",
    ),
    *(
        Statement(
            symptom,
            "gpu-firmware-failed",
            _always,
            "The kernel says that the firmware of the GPU's system processor did not start.",
        )
        for symptom in ("firmware-not-loaded", "gsp-not-started", "gsp-stopped")
    ),
    Statement(
        "gpu-fell-off",
        "gpu-lost",
        _always,
        "The driver no longer reaches a GPU.",
    ),
    Statement(
        "gpu-not-started",
        "gpu-lost",
        _always,
        "The driver could not start a GPU.",
    ),
    Statement(
        "memory-error",
        "gpu-memory-errors",
        _always,
        "A GPU's memory had an error that ECC could not correct, or waits for a repair.",
    ),
    Statement(
        "slowed-by-heat",
        "gpu-throttled",
        _always,
        "A GPU runs slower than it could: heat, or its power supply, holds its clocks down.",
    ),
    Statement(
        "fabric-not-ready",
        "fabric-manager-not-running",
        _always,
        "CUDA waits for the NVLink fabric: the fabric manager does not run, or is of another "
        "version than the driver.",
    ),
    Statement(
        "access-refused",
        "device-permission-denied",
        _always,
        "The device nodes are there, and this user may not open them.",
    ),
    Statement(
        "access-lost",
        "container-lost-gpu",
        _not_in_wsl,
        "Inside a container this is what a device cgroup answers that was reloaded without the "
        "GPU's devices.",
    ),
    Statement(
        "container-without-device",
        "container-without-gpu",
        _always,
        "The container was started without the GPU: its runtime lacks NVIDIA's container toolkit, "
        "or was not asked for a GPU.",
    ),
    Statement(
        "nvml-not-in-container",
        "container-without-gpu",
        _in_container,
        "No library of the driver is in the container: it was not passed in.",
    ),
    Statement(
        "no-device-node",
        "container-without-gpu",
        _in_container,
        "No device node is in the container: the GPU was not passed in.",
    ),
    Statement(
        "stub-library",
        "stub-libcuda-loaded",
        _always,
        "The libcuda that was loaded is the toolkit's stub, which is only there to link against.",
    ),
    Statement(
        "forward-compatibility-refused",
        "compat-libraries-unsupported",
        _always,
        "A forward-compatibility libcuda is loaded, and this GPU is none that takes it.",
    ),
    Statement(
        "driver-combination-refused",
        "compat-libraries-unsupported",
        _in_container,
        "A libcuda of the image is loaded that this kernel driver refuses.",
    ),
    Statement(
        "driver-combination-refused",
        "driver-library-mismatch",
        _not_in_container,
        "libcuda and the loaded kernel module are of versions that don't go together.",
    ),
    Statement(
        "mig-without-instance",
        "mig-misconfigured",
        _always,
        "MIG is on, and no instance was created.",
    ),
    Statement(
        "stuck-in-driver",
        "driver-unresponsive",
        _always,
        "A process is stuck inside the kernel, in a call that does not return.",
    ),
    Statement(
        "container-needs-newer-driver",
        "driver-too-old-for-cuda",
        _always,
        "The image was made for a CUDA that needs a newer driver than the host's.",
    ),
    Statement(
        "cuda-driver-insufficient",
        "driver-too-old-for-cuda",
        _nvml_works,
        "CUDA finds the driver older than the program's CUDA needs.",
    ),
    Statement(
        "cuda-unknown-error",
        "uvm-not-loaded",
        _nvml_works,
        "CUDA failed without saying why; where the driver answers otherwise this is nvidia_uvm, "
        "as a rule after a suspend.",
    ),
    Statement(
        "built-without-cuda",
        "framework-cpu-only",
        _nvml_works,
        "The package is a build without CUDA.",
    ),
    Statement(
        "companion-of-another-build",
        "companion-mismatch",
        _torch_has_cuda,
        "The package was built for another release or another CUDA of its framework.",
    ),
    Statement(
        "built-for-another-numpy",
        "numpy-abi-mismatch",
        _always,
        "A compiled module was built for another version of NumPy's binary interface.",
    ),
    Statement(
        "gpu-not-in-build",
        "framework-lacks-gpu-arch",
        _always,
        "The package says that it holds no code for this GPU.",
        outweighs_facts=True,
    ),
    Statement(
        "multiple-cupy-packages",
        "framework-broken-install",
        _always,
        "Several distributions of one package are installed and overwrite one another's files.",
    ),
    Statement(
        "protobuf-too-new",
        "framework-broken-install",
        _always,
        "protobuf is newer than this release of the framework takes.",
    ),
    Statement(
        "no-kernel-image",
        "framework-lacks-gpu-arch",
        _nvml_works,
        "CUDA found no code for this GPU in the program or library that was called.",
    ),
)
