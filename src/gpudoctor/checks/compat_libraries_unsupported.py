"""Decide ``compat-libraries-unsupported``."""

from collections.abc import Iterator

from gpudoctor.checks._cuda_answer import Answer, answer_with, cuda_answer
from gpudoctor.checks._libcuda import LoadedLibcuda, is_foreign, loaded_libcuda
from gpudoctor.diagnoses import COMPAT_LIBRARIES_UNSUPPORTED as DIAGNOSIS
from gpudoctor.facts import Absent, Known, Snapshot, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.driver import newer_driver
from gpudoctor.remedies.loader import leave_out, remove_compat_package

_MISMATCH = 803  # CUDA_ERROR_SYSTEM_DRIVER_MISMATCH
_UNSUPPORTED = 804  # CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    answer = answer_with(snapshot, _UNSUPPORTED, _MISMATCH)
    loaded = loaded_libcuda(snapshot)
    if answer is None:
        yield _without_refusal(snapshot, loaded)
    elif loaded is not None and is_foreign(snapshot, loaded):
        yield _finding(snapshot, answer, loaded, None)
    elif (
        answer.result.code == _MISMATCH and loaded is not None and _is_drivers_own(snapshot, loaded)
    ):
        reason = f"{loaded.path} is the driver's own: driver-library-mismatch decides"
        yield DIAGNOSIS.not_applicable(MACHINE, reason)
    elif loaded is not None and (newer := _speaks_newer_cuda(snapshot, matrix)):
        yield _finding(snapshot, answer, loaded, newer)
    else:
        missing = "which libcuda is loaded, and whose it is"
        evidence = (answer.evidence, *((loaded.evidence,) if loaded else ()))
        yield DIAGNOSIS.undetermined(MACHINE, missing, evidence)


def _without_refusal(snapshot: Snapshot, loaded: LoadedLibcuda | None) -> Verdict:
    answer = cuda_answer(snapshot)
    if not isinstance(answer, Known):
        if loaded is not None and loaded.kind == "compat" and not isinstance(answer, Absent):
            missing = f"what CUDA answers through {loaded.path}"
            return DIAGNOSIS.undetermined(MACHINE, missing, (loaded.evidence,))
        return DIAGNOSIS.not_applicable(MACHINE, "no compat libcuda was asked")
    result = answer.value.result
    if result.code == 0:
        compat = loaded is not None and loaded.kind == "compat"
        detail = "forward compatibility works" if compat else "CUDA initialises"
        return DIAGNOSIS.cleared(MACHINE, detail, (answer.value.evidence,))
    reason = f"CUDA answers {result.code} ({result.name}), not 803 or 804"
    return DIAGNOSIS.not_applicable(MACHINE, reason)


def _is_drivers_own(snapshot: Snapshot, loaded: LoadedLibcuda) -> bool:
    module = known(snapshot.driver.kernel_module_version)
    return (
        loaded.kind == "driver"
        and None not in (module, loaded.version)
        and (module != loaded.version)
    )


def _speaks_newer_cuda(snapshot: Snapshot, matrix: Matrix) -> Evidence | None:
    """A libcuda that speaks a newer CUDA than the kernel's driver ever did came from elsewhere."""
    module, spoken = snapshot.driver.kernel_module_version, known(snapshot.libcuda.cuda_driver_api)
    if not isinstance(module, Known) or spoken is None:
        return None
    own = matrix.cuda_of_driver(module.value, snapshot.platform.os)
    if own is None or spoken <= own:
        return None
    words = f"libcuda speaks CUDA {spoken}; driver {module.value} itself speaks {own}"
    return Evidence("/libcuda/cuda_driver_api", words, "libcuda, and the matrix")


def _finding(
    snapshot: Snapshot, answer: Answer, loaded: LoadedLibcuda, newer: Evidence | None
) -> Verdict:
    module = snapshot.driver.kernel_module_version
    version = "," if loaded.version is None else f", version {loaded.version},"
    kernel = f" The kernel module is {module.value}." if isinstance(module, Known) else ""
    if answer.result.code == _UNSUPPORTED:
        why = "CUDA answers 804: this GPU does not take forward compatibility"
    else:
        why = "CUDA answers 803: this kernel module does not go with that libcuda"
    inferred = f" {newer.value}: that it is a foreign copy is an inference." if newer else ""
    is_certain = loaded.kind == "compat"
    return DIAGNOSIS.finding(
        MACHINE,
        f"The loaded libcuda is {loaded.path}{version} not the one that came with the driver. "
        f"{why}.{kernel}{inferred}",
        evidence=(
            answer.evidence,
            loaded.evidence,
            Evidence.of("/driver/kernel_module", module),
            *((newer,) if newer else ()),
        ),
        remedies=_remedies(snapshot, loaded),
        confidence=Confidence.CERTAIN if is_certain else Confidence.LIKELY,
    )


def _remedies(snapshot: Snapshot, loaded: LoadedLibcuda) -> tuple[Remedy, ...]:
    module = known(snapshot.driver.kernel_module_version)
    repairs: tuple[Remedy, ...] = (leave_out(snapshot, loaded.link, DIAGNOSIS.id),)
    if loaded.kind == "compat" and loaded.found_by != "LD_LIBRARY_PATH":
        repairs = (remove_compat_package(snapshot, DIAGNOSIS.id), *repairs)
    if loaded.version is None or module is None or module < loaded.version:
        repairs += (newer_driver(snapshot, loaded.version, DIAGNOSIS.id),)
    return repairs
