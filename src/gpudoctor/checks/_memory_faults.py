"""What of NVML's counts of memory errors is a fault now, and what is mere history."""

from dataclasses import dataclass

from gpudoctor.checks._evidence import counted
from gpudoctor.facts import Known, NvmlGpu, Unknown, known
from gpudoctor.findings import Evidence


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a GPU's memory needs now."""

    words: str
    evidence: Evidence
    is_final: bool = False  # no reset repairs it


def memory_faults(gpu: NvmlGpu) -> tuple[Fault, ...]:
    """The faults, worst first; errors of the past that were dealt with are none."""
    return tuple(each for each in (_remapping(gpu), _errors(gpu), _retirement(gpu)) if each)


def _remapping(gpu: NvmlGpu) -> Fault | None:
    rows = known(gpu.remapped_rows)
    if rows is None or not (rows.has_failed or rows.is_pending):
        return None
    state = "failed" if rows.has_failed else "pending"
    words = f"{state}, {rows.uncorrectable} rows remapped for uncorrectable errors"
    evidence = Evidence(f"/gpus/{gpu.nvml_index}/remapped_rows", words, "NVML")
    if rows.has_failed:
        said = "a broken row of its memory could not be remapped, which means that it is worn out"
        return Fault(said, evidence, is_final=True)
    return Fault("a row of its memory waits for a reset to be remapped", evidence)


def _errors(gpu: NvmlGpu) -> Fault | None:
    count = known(gpu.ecc_uncorrected_volatile)
    if not count:
        return None
    pointer = f"/gpus/{gpu.nvml_index}/ecc_uncorrected_volatile"
    words = f"{counted(count, 'memory error')} that ECC could not correct since the driver loaded"
    return Fault(words, Evidence.of(pointer, gpu.ecc_uncorrected_volatile))


def _retirement(gpu: NvmlGpu) -> Fault | None:
    if not known(gpu.retired_pages_pending):
        return None
    pointer = f"/gpus/{gpu.nvml_index}/retired_pages_pending"
    words = "a page of its memory waits for a reset to be retired"
    return Fault(words, Evidence.of(pointer, gpu.retired_pages_pending))


def is_told(gpu: NvmlGpu) -> bool:
    """Whether NVML would have shown a memory error of which the kernel log tells."""
    repairs = (gpu.remapped_rows, gpu.retired_pages_pending)
    is_counted = isinstance(gpu.ecc_uncorrected_volatile, Known)
    return is_counted and not any(isinstance(each, Unknown) for each in repairs)


def history(gpu: NvmlGpu) -> str:
    """The words for a GPU without faults."""
    past = known(gpu.ecc_uncorrected_aggregate)
    said = "no uncorrected memory error since the driver loaded, and no repair pending"
    return f"{said}; {past} in the card's whole life, dealt with" if past else said
