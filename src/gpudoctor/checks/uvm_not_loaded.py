"""Decide ``uvm-not-loaded``."""

from collections.abc import Iterator

from gpudoctor.checks._cuda_answer import Answer, cuda_answer
from gpudoctor.checks._evidence import modules_evidence, nvml_evidence, seen
from gpudoctor.checks._fallen import fallen_lines
from gpudoctor.checks._installed_driver import log_messages
from gpudoctor.checks._libcuda import loaded_libcuda
from gpudoctor.checks._mask import apply_mask
from gpudoctor.checks._presence import working_gpus
from gpudoctor.checks._uvm import UNKNOWN_ERROR, is_uvm_closed, what_uvm_lacks
from gpudoctor.diagnoses import UVM_NOT_LOADED as DIAGNOSIS
from gpudoctor.facts import Known, Snapshot, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.kernel_module import load_uvm, reboot, reload_uvm

_NO_DEVICE = 100  # CUDA_ERROR_NO_DEVICE
_NO_ANSWER = (4, -1)  # NVML_ERROR_NO_PERMISSION; not asked


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    platform, answer = snapshot.platform, cuda_answer(snapshot)
    if isinstance(platform.wsl, Known) or isinstance(platform.integrated_board, Known):
        yield DIAGNOSIS.not_applicable(MACHINE, "this driver does without the module nvidia_uvm")
    elif isinstance(answer, Known) and answer.value.result.code == 0:
        yield DIAGNOSIS.cleared(MACHINE, "CUDA initialises", (answer.value.evidence,))
    elif not working_gpus(snapshot):
        yield DIAGNOSIS.not_applicable(MACHINE, "NVML lists no working GPU: the fault lies deeper")
    elif not isinstance(answer, Known):
        yield _without_answer(snapshot)
    elif answer.value.result.code == UNKNOWN_ERROR:
        yield _unknown_error(snapshot, answer.value)
    elif answer.value.result.code == _NO_DEVICE:
        yield _no_device(snapshot, answer.value)
    else:
        result = answer.value.result
        reason = f"CUDA answers {result.code} ({result.name}), which nvidia_uvm does not cause"
        yield DIAGNOSIS.not_applicable(MACHINE, reason)


def _without_answer(snapshot: Snapshot) -> Verdict:
    if what_uvm_lacks(snapshot):
        missing = "CUDA's own answer; nvidia_uvm is not there, and CUDA would try to load it"
        return DIAGNOSIS.undetermined(MACHINE, missing, (modules_evidence(snapshot),))
    return DIAGNOSIS.cleared(MACHINE, "nvidia_uvm is loaded", (modules_evidence(snapshot),))


def _unknown_error(snapshot: Snapshot, answer: Answer) -> Verdict:
    if missing := what_uvm_lacks(snapshot):
        return _missing(snapshot, answer, missing)
    if fault := _another_fault(snapshot):
        why = f"whether nvidia_uvm works: {fault}, which makes CUDA answer 999 too"
        return DIAGNOSIS.undetermined(MACHINE, why, (answer.evidence, modules_evidence(snapshot)))
    driver, loaded = snapshot.driver, loaded_libcuda(snapshot)
    module = known(driver.kernel_module_version)
    agree = loaded is not None and loaded.version is not None and loaded.version == module
    inside = isinstance(snapshot.platform.container, Known)
    if not agree or inside or known(driver.modules_loaded) is None:
        why = "whether nvidia_uvm works: CUDA's code 999 has other causes too"
        return DIAGNOSIS.undetermined(MACHINE, why, (answer.evidence, modules_evidence(snapshot)))
    return DIAGNOSIS.finding(
        MACHINE,
        "NVML works, the kernel module and libcuda are of one version, nvidia_uvm is loaded, and "
        "CUDA still answers 999 (unknown error). Most likely nvidia_uvm broke in a suspend; "
        "that is an inference.",
        title="The kernel module nvidia_uvm is wedged",
        evidence=(answer.evidence, nvml_evidence(snapshot), modules_evidence(snapshot)),
        remedies=(
            reload_uvm(snapshot, DIAGNOSIS.id),
            reboot(snapshot, "Or reboot", DIAGNOSIS.id),
        ),
        confidence=Confidence.LIKELY,
    )


def _another_fault(snapshot: Snapshot) -> str | None:
    if is_uvm_closed(snapshot):
        return "this user may not open /dev/nvidia-uvm"
    for gpu in known(snapshot.nvml.gpus) or ():
        if gpu.handle.code not in (0, *_NO_ANSWER):
            return f"GPU {gpu.nvml_index} does not answer NVML ({gpu.handle.code})"
    if fallen_lines(snapshot):
        return "the kernel log tells of a GPU that fell off the bus"
    if log_messages(snapshot, "gsp-stopped"):
        return "the kernel log tells of a GPU whose system processor stopped"
    return None


def _no_device(snapshot: Snapshot, answer: Answer) -> Verdict:
    missing = what_uvm_lacks(snapshot)
    if _is_masked(snapshot):
        reason = "CUDA_VISIBLE_DEVICES explains that CUDA finds no device"
        return DIAGNOSIS.not_applicable(MACHINE, reason)
    gpus = working_gpus(snapshot)
    if all(known(each.mig_mode) and known(each.mig_instances) == () for each in gpus):
        reason = "every GPU is in MIG mode without an instance, so that CUDA finds no device"
        return DIAGNOSIS.not_applicable(MACHINE, reason)
    if missing is None:
        why = "why CUDA finds no device: nvidia_uvm is loaded"
        return DIAGNOSIS.undetermined(MACHINE, why, (answer.evidence, modules_evidence(snapshot)))
    return _missing(snapshot, answer, missing)


def _is_masked(snapshot: Snapshot) -> bool:
    value = snapshot.variables.get("CUDA_VISIBLE_DEVICES")
    if value is None or known(snapshot.libcuda.unmasked_count) == 0:
        return False
    mask = apply_mask(value, working_gpus(snapshot))
    return mask is None or mask.visible == 0


def _missing(snapshot: Snapshot, answer: Answer, what: str) -> Verdict:
    nodes = known(snapshot.driver.nodes)
    listed = ", ".join(each.path for each in nodes or ())
    result = answer.result
    return DIAGNOSIS.finding(
        MACHINE,
        f"NVML works and CUDA answers {result.code} ({result.name}): {what}, and CUDA can't "
        "manage memory without it.",
        title="The kernel module nvidia_uvm is missing",
        evidence=(
            answer.evidence,
            nvml_evidence(snapshot),
            modules_evidence(snapshot),
            seen("/driver/nodes", snapshot.driver.nodes, listed or "none"),
            Evidence("/gpus", f"{len(working_gpus(snapshot))} answer NVML", "NVML"),
        ),
        remedies=(load_uvm(snapshot, DIAGNOSIS.id),),
    )
