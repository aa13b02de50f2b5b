"""The repairs of diagnoses that only a message states: what holds wherever that message is true."""

from collections.abc import Callable, Mapping

from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import Manual, Remedy
from gpudoctor.remedies import (
    access,
    companions,
    container,
    device,
    driver,
    fabric,
    gpu_health,
    kernel_module,
    loader,
    module_signing,
    wsl,
)
from gpudoctor.remedies.commands import kernel_log, proof

Repairs = Callable[[Snapshot, str], tuple[Remedy, ...]]


def remedies_of(snapshot: Snapshot, diagnosis: str, symptom: str) -> tuple[Remedy, ...]:
    """The repairs of a diagnosis by its message; where none holds for every case, its page."""
    repairs = _BY_MESSAGE.get((diagnosis, symptom)) or _REPAIRS.get(diagnosis)
    return repairs(snapshot, diagnosis) if repairs else (_its_page(diagnosis),)


def _its_page(diagnosis: str) -> Remedy:
    return Remedy(
        summary="Look at the machine itself, or at the page of this diagnosis",
        steps=(
            Manual("On that machine: gpudoctor check"),
            Manual(f"Repairs, case by case: gpudoctor explain {diagnosis}"),
        ),
        scope="system",
        verify=proof(diagnosis),
    )


def _load_module(snapshot: Snapshot, diagnosis: str) -> tuple[Remedy, ...]:
    look = Remedy(
        summary="See why the kernel module is not loaded, then repair that",
        steps=(kernel_log(snapshot.platform), Manual("On that machine: gpudoctor check")),
        scope="system",
        verify=proof(diagnosis),
    )
    return kernel_module.load_module(snapshot, diagnosis), look


def _reboot(snapshot: Snapshot, diagnosis: str) -> tuple[Remedy, ...]:
    summary = "Reboot, so that the module on disk is the one that is loaded"
    return (kernel_module.reboot(snapshot, summary, diagnosis),)


def _windows_side(_: Snapshot, diagnosis: str) -> tuple[Remedy, ...]:
    return wsl.renew_windows_side(diagnosis), wsl.leave_tcc(diagnosis)


def _against_numpy(snapshot: Snapshot, diagnosis: str) -> tuple[Remedy, ...]:
    environment = next(iter(snapshot.environments), None)
    if environment is None:
        return (_its_page(diagnosis),)
    return companions.rebuild_against_numpy(environment, diagnosis)


_BY_MESSAGE: Mapping[tuple[str, str], Repairs] = {
    ("driver-not-loaded", "module-refused"): lambda snapshot, id_: (
        module_signing.enrol_key(snapshot, id_),
    ),
    ("driver-not-loaded", "device-held-by-another-driver"): lambda snapshot, id_: (
        kernel_module.release_from_nouveau(snapshot, "nouveau", id_),
    ),
    ("driver-not-installed", "device-held-by-another-driver"): lambda snapshot, id_: (
        driver.install_driver(snapshot, id_),
    ),
    ("numpy-abi-mismatch", "built-for-another-numpy"): _against_numpy,
}
_REPAIRS: Mapping[str, Repairs] = {
    "driver-not-installed": lambda snapshot, id_: (driver.install_driver(snapshot, id_),),
    "driver-not-loaded": _load_module,
    "driver-library-mismatch": _reboot,
    "gpu-lost": lambda snapshot, id_: device.revive_gpu(snapshot, "the GPU", id_),
    "gpu-memory-errors": lambda snapshot, id_: gpu_health.repair_memory(
        snapshot, None, is_failed=False, diagnosis=id_
    ),
    "uvm-not-loaded": lambda snapshot, id_: (kernel_module.reload_uvm(snapshot, id_),),
    "fabric-manager-not-running": lambda snapshot, id_: (
        fabric.start_fabric_manager(snapshot, known(snapshot.nvml.driver_version), None, id_),
    ),
    "container-without-gpu": lambda snapshot, id_: (
        container.start_with_gpu(snapshot, id_),
        container.set_up_runtime(snapshot, id_),
    ),
    "container-lost-gpu": access.restart_container,
    "wsl-driver-misconfigured": _windows_side,
    "compat-libraries-unsupported": lambda snapshot, id_: (
        loader.remove_compat_package(snapshot, id_),
        driver.newer_driver(snapshot, None, id_),
    ),
    "stub-libcuda-loaded": lambda snapshot, id_: (loader.leave_out(snapshot, None, id_),),
    "driver-too-old-for-cuda": lambda snapshot, id_: (driver.newer_driver(snapshot, None, id_),),
}
