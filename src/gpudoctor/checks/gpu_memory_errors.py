"""Decide ``gpu-memory-errors``, one verdict a GPU."""

from collections.abc import Iterator

from gpudoctor.checks._bus_and_nvml import may_be_others, place_of
from gpudoctor.checks._each_gpu import named, subject_of, without_nvml
from gpudoctor.checks._ecc_refusal import EccRefusal, ecc_refusal
from gpudoctor.checks._evidence import seen
from gpudoctor.checks._memory_faults import Fault, history, is_told, memory_faults
from gpudoctor.checks._memory_log import memory_error_lines
from gpudoctor.checks._presence import working_gpus
from gpudoctor.diagnoses import GPU_MEMORY_ERRORS as DIAGNOSIS
from gpudoctor.facts import Absent, Known, NvmlGpu, Snapshot, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Finding, Subject, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.gpu_health import repair_memory

_NO_ANSWER = (4, -1)  # NVML_ERROR_NO_PERMISSION; not asked


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    refusal, lines = ecc_refusal(snapshot), memory_error_lines(snapshot)
    gpus = known(snapshot.nvml.gpus)
    verdicts = [_judged(snapshot, gpu, refusal, lines) for gpu in gpus or ()]
    if gpus is None and lines and may_be_others(snapshot, lines):
        missing = "whether a GPU that the kernel log tells of was given to this process"
        verdicts = [DIAGNOSIS.undetermined(MACHINE, missing)]
    elif gpus is None:
        verdicts = [_stated(snapshot, address, line) for address, line in lines.items()]
    if refusal is not None and not any(isinstance(each, Finding) for each in verdicts):
        verdicts.append(_refused(snapshot, refusal))
    if not verdicts and gpus is not None:
        verdicts.append(DIAGNOSIS.not_applicable(MACHINE, "NVML lists no GPU"))
    yield from verdicts or [without_nvml(snapshot, DIAGNOSIS)]


def _judged(
    snapshot: Snapshot, gpu: NvmlGpu, refusal: EccRefusal | None, lines: dict[str, str]
) -> Verdict:
    subject, line = subject_of(gpu), lines.get(known(gpu.pci_address) or "no address")
    if gpu.handle.code:
        return _silent(snapshot, gpu, lines)
    if faults := memory_faults(gpu):
        return _faulty(snapshot, gpu, faults, refusal, line)
    if line is not None and not is_told(gpu):
        said = f"{named(gpu)} had a memory error, says the kernel log; NVML does not count them"
        log = _log_evidence(snapshot, line)
        return _finding(snapshot, subject, said, log, confidence=Confidence.STATED)
    facts = (gpu.ecc_uncorrected_volatile, gpu.remapped_rows, gpu.retired_pages_pending)
    if any(isinstance(each, Known) for each in facts):
        return DIAGNOSIS.cleared(subject, history(gpu), (_count_evidence(gpu),))
    if all(isinstance(each, Absent) for each in facts):
        return DIAGNOSIS.not_applicable(subject, "NVML counts no memory errors on it: ECC is off")
    return DIAGNOSIS.undetermined(
        subject, "NVML's counts of memory errors", (_count_evidence(gpu),)
    )


def _count_evidence(gpu: NvmlGpu) -> Evidence:
    pointer = f"/gpus/{gpu.nvml_index}/ecc_uncorrected_volatile"
    return Evidence.of(pointer, gpu.ecc_uncorrected_volatile)


def _log_evidence(snapshot: Snapshot, line: str | None) -> tuple[Evidence, ...]:
    return (seen("/driver/kernel_log", snapshot.driver.kernel_log, line),) if line else ()


def _faulty(
    snapshot: Snapshot,
    gpu: NvmlGpu,
    faults: tuple[Fault, ...],
    refusal: EccRefusal | None,
    line: str | None,
) -> Verdict:
    said = f"{named(gpu)}: {', and '.join(each.words for each in faults)}"
    if refusal is not None:
        said += f". {refusal.words}"
    evidence = (
        *(each.evidence for each in faults),
        *((refusal.evidence,) if refusal else ()),
        *_log_evidence(snapshot, line),
    )
    is_failed = any(each.is_final for each in faults)
    subject, blocks = subject_of(gpu), refusal is not None
    return _finding(snapshot, subject, said, evidence, is_failed=is_failed, blocks=blocks)


def _refused(snapshot: Snapshot, refusal: EccRefusal) -> Verdict:
    """CUDA met an error, and NVML shows on no GPU which one it was."""
    return _finding(
        snapshot,
        MACHINE,
        f"{refusal.words}; NVML shows no such error on any GPU",
        (refusal.evidence,),
        blocks=True,
        confidence=Confidence.CERTAIN if refusal.is_code else Confidence.STATED,
    )


def _silent(snapshot: Snapshot, gpu: NvmlGpu, lines: dict[str, str]) -> Verdict:
    """A GPU of which NVML gives no handle; the log may say that its memory is why."""
    place, code = place_of(snapshot, gpu), gpu.handle.code
    line = lines.get(place) if place else None
    if line is None or code in _NO_ANSWER:
        return DIAGNOSIS.not_applicable(subject_of(gpu), "it does not answer NVML")
    pointer = f"/gpus/{gpu.nvml_index}/handle"
    handle = Evidence(pointer, f"{code} ({gpu.handle.name})", "NVML")
    said = (
        f"NVML gets no handle of GPU {gpu.nvml_index}, {code} ({gpu.handle.name}), and the kernel "
        "log tells of a memory error at its address; that this is the reason is an inference"
    )
    return _finding(
        snapshot,
        subject_of(gpu),
        said,
        (handle, *_log_evidence(snapshot, line)),
        blocks=not working_gpus(snapshot),
        confidence=Confidence.LIKELY,
    )


def _stated(snapshot: Snapshot, address: str, line: str) -> Verdict:
    subject = Subject("gpu", f"GPU at {address}" if address else "a GPU")
    said = f"The kernel log tells of a memory error of {subject.name}; NVML could not be asked"
    log = _log_evidence(snapshot, line)
    return _finding(snapshot, subject, said, log, confidence=Confidence.STATED)


def _finding(
    snapshot: Snapshot,
    subject: Subject,
    said: str,
    evidence: tuple[Evidence, ...],
    *,
    is_failed: bool = False,
    blocks: bool = False,
    confidence: Confidence = Confidence.CERTAIN,
) -> Verdict:
    return DIAGNOSIS.finding(
        subject,
        f"{said}.",
        evidence=evidence,
        remedies=repair_memory(snapshot, subject.gpu, is_failed=is_failed, diagnosis=DIAGNOSIS.id),
        blocks=blocks,
        confidence=confidence,
    )
