"""Decide ``driver-library-mismatch``."""

from collections.abc import Iterator

from gpudoctor.checks._bus_gpus import BusGpu, bus_gpus
from gpudoctor.checks._cuda_answer import answer_with
from gpudoctor.checks._driver_fit import for_all_gpus
from gpudoctor.checks._driver_versions import (
    newest_kernel_without_module,
    version_on_disk,
    versions_line,
)
from gpudoctor.checks._evidence import libcuda_evidence, nvml_evidence
from gpudoctor.checks._libcuda import is_foreign, loaded_libcuda
from gpudoctor.diagnoses import DRIVER_LIBRARY_MISMATCH as DIAGNOSIS
from gpudoctor.facts import Absent, DriverLibrary, Known, Snapshot, Unknown, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.commands import is_inside_container
from gpudoctor.remedies.gpu_driver import install_branch
from gpudoctor.remedies.kernel_module import build_module, reboot
from gpudoctor.remedies.module_reload import reload_modules
from gpudoctor.versions import DriverVersion

_NVML_MISMATCH = 18  # NVML_ERROR_LIB_RM_VERSION_MISMATCH
_CUDA_MISMATCH = 803  # CUDA_ERROR_SYSTEM_DRIVER_MISMATCH


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    module, init = snapshot.driver.kernel_module_version, known(snapshot.nvml.init)
    code = None if init is None else init.code
    differing = _differing(snapshot)
    if isinstance(snapshot.platform.wsl, Known):
        yield DIAGNOSIS.not_applicable(MACHINE, "in WSL the kernel's part belongs to Windows")
    elif code == _NVML_MISMATCH:
        yield _finding(snapshot, matrix, differing, Confidence.CERTAIN)
    elif isinstance(module, Absent):
        yield DIAGNOSIS.not_applicable(MACHINE, "the kernel module is not loaded")
    elif code == 0 and not (differing and answer_with(snapshot, _CUDA_MISMATCH)):
        yield DIAGNOSIS.cleared(
            MACHINE, "NVML and the kernel module accept each other", (nvml_evidence(snapshot),)
        )
    elif differing is not None:
        said = answer_with(snapshot, _CUDA_MISMATCH) is not None
        yield _finding(
            snapshot, matrix, differing, Confidence.CERTAIN if said else Confidence.LIKELY
        )
    elif isinstance(module, Unknown):
        missing = f"the version of the loaded kernel module: {module.reason}"
        yield DIAGNOSIS.undetermined(MACHINE, missing)
    elif _own_versions(snapshot):
        evidence = (_module_evidence(snapshot), *_library_evidence(snapshot))
        detail = f"kernel module and libraries are both {module.value}"
        yield DIAGNOSIS.cleared(MACHINE, detail, evidence)
    else:
        missing = "the version of the driver's libraries"
        yield DIAGNOSIS.undetermined(MACHINE, missing, (_module_evidence(snapshot),))


def _own_libraries(snapshot: Snapshot) -> Iterator[DriverLibrary]:
    """The driver's own copies that programs get: a compat or stray libcuda is another diagnosis."""
    loaded = loaded_libcuda(snapshot)
    for soname in ("libnvidia-ml.so.1", "libcuda.so.1"):
        library = snapshot.driver.winner(soname)
        if library is None or library.kind != "driver":
            continue
        if soname == "libcuda.so.1" and loaded is not None and is_foreign(snapshot, loaded):
            continue
        yield library


def _own_versions(snapshot: Snapshot) -> tuple[tuple[DriverLibrary, DriverVersion], ...]:
    libraries = _own_libraries(snapshot)
    return tuple(
        (each, each.version.value) for each in libraries if isinstance(each.version, Known)
    )


def _differing(snapshot: Snapshot) -> tuple[DriverLibrary, DriverVersion] | None:
    module = known(snapshot.driver.kernel_module_version)
    if module is None:
        return None
    return next((pair for pair in _own_versions(snapshot) if pair[1] != module), None)


def _module_evidence(snapshot: Snapshot) -> Evidence:
    return Evidence.of("/driver/kernel_module", snapshot.driver.kernel_module_version)


def _library_evidence(snapshot: Snapshot) -> tuple[Evidence, ...]:
    return tuple(
        Evidence("/driver/libraries", f"{library.path} is {version}", "file name")
        for library, version in _own_versions(snapshot)
    )


def _dropped_next(
    snapshot: Snapshot, matrix: Matrix, differing: tuple[DriverLibrary, DriverVersion] | None
) -> tuple[BusGpu, str, int] | None:
    """A GPU that the driver on disk serves no more, its kind, and the last branch that did."""
    loaded = known(snapshot.driver.kernel_module_version)
    for gpu in bus_gpus(snapshot, matrix):
        row = gpu.architecture
        last = None if row is None else row.last_branch
        if row is None or last is None or (loaded is not None and loaded.branch > last):
            continue  # the driver that is loaded does not serve it either
        if differing and differing[1].branch > last:
            return gpu, row.name, last
    return None


def _finding(
    snapshot: Snapshot,
    matrix: Matrix,
    differing: tuple[DriverLibrary, DriverVersion] | None,
    confidence: Confidence,
) -> Verdict:
    module = known(snapshot.driver.kernel_module_version)
    if module is not None and differing is not None:
        what = f"The driver's parts are of different versions: {versions_line(snapshot)}"
    else:
        what = "NVML refuses to talk to the loaded kernel module, whose version is another"
    remedies: tuple[Remedy, ...] = (
        reboot(snapshot, "Reboot, so that the module that is on disk is loaded", DIAGNOSIS.id),
    )
    kernel = known(snapshot.platform.kernel)
    if is_inside_container(snapshot):
        why = (
            "The host's driver was changed without a reboot, or the image brings driver libraries "
            "of its own that shadow those of the host."
        )
    elif module is not None and kernel and version_on_disk(snapshot) == module:
        # A reboot would load the same module again.
        why = (
            "The libraries were changed and the module on disk was not: it was not built anew for "
            "the running kernel."
        )
        remedies = (build_module(snapshot, kernel, DIAGNOSIS.id, load=False), *remedies)
    else:
        why = "The driver was changed since the module was loaded, as an automatic upgrade does."
        if newest := newest_kernel_without_module(snapshot):
            # The reboot would end without any driver.
            remedies = (build_module(snapshot, newest, DIAGNOSIS.id, load=False), *remedies)
            why += f" The newest kernel, {newest}, has no NVIDIA module yet."
        remedies += (reload_modules(snapshot, DIAGNOSIS.id),)
    dropped = _dropped_next(snapshot, matrix, differing)
    if dropped and differing:
        gpu, name, last = dropped
        why += (
            f" The new one, {differing[1]}, has dropped {name} GPUs: after a reboot nothing would "
            f"drive them; branch {last} is the last that does."
        )
        back = install_branch(snapshot, last, is_open=False, diagnosis=DIAGNOSIS.id)
        remedies = for_all_gpus(snapshot, matrix, gpu, last, back, is_open=False)
    init = known(snapshot.libcuda.init)
    computes = init is not None and init.code == 0
    effect = (
        "CUDA works all the same" if computes else "Calls into the driver fail until they agree"
    )
    return DIAGNOSIS.finding(
        MACHINE,
        f"{what}. {why} {effect}.",
        evidence=(
            _module_evidence(snapshot),
            *_library_evidence(snapshot),
            nvml_evidence(snapshot),
            libcuda_evidence(snapshot),
        ),
        remedies=remedies,
        blocks=not computes,
        confidence=confidence,
    )
