"""Decide ``pcie-link-degraded``, one verdict a GPU."""

from collections.abc import Iterator

from gpudoctor.checks._each_gpu import each_gpu, named, subject_of
from gpudoctor.checks._link_limits import (
    Limit,
    generation_limit,
    has_slot,
    is_in_laptop,
    is_loaded_with_work,
    width_limit,
)
from gpudoctor.diagnoses import PCIE_LINK_DEGRADED as DIAGNOSIS
from gpudoctor.facts import Absent, Fact, Known, NvmlGpu, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.gpu_health import mend_link


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    yield from each_gpu(snapshot, DIAGNOSIS, lambda gpu: _judged(snapshot, gpu))


def _judged(snapshot: Snapshot, gpu: NvmlGpu) -> Verdict:
    subject, width = subject_of(gpu), gpu.pcie_width
    if not has_slot(snapshot, gpu):
        return DIAGNOSIS.not_applicable(subject, "it does not hang on the CPU by a PCIe slot")
    if isinstance(width, Absent):
        return DIAGNOSIS.not_applicable(subject, "NVML tells of no PCIe link")
    if not isinstance(width, Known):
        return DIAGNOSIS.undetermined(subject, f"its PCIe link: {width.reason}")
    return _compared(snapshot, gpu, width)


def _compared(snapshot: Snapshot, gpu: NvmlGpu, width: Known[int]) -> Verdict:
    subject, generation, works = subject_of(gpu), gpu.pcie_generation, is_loaded_with_work(gpu)
    lanes, speed = width_limit(snapshot, gpu), generation_limit(snapshot, gpu)
    is_narrow = _is_below(width, lanes)
    is_slow = works and _is_below(generation, speed)
    evidence = (
        Evidence.of(f"/gpus/{gpu.nvml_index}/pcie_width", width),
        Evidence.of(f"/gpus/{gpu.nvml_index}/pcie_generation", generation),
        *(lanes.evidence if is_narrow else ()),
        *(speed.evidence if is_slow else ()),
    )
    if not is_narrow and not is_slow:
        said = f"generation {_text(generation)}, x{width.value}"
        return DIAGNOSIS.cleared(subject, said if works else f"{said}, not under load", evidence)
    if is_in_laptop(gpu):
        missing = "how many lanes the laptop's maker wired: both ends may have more"
        return DIAGNOSIS.undetermined(subject, missing, evidence)
    if not (lanes if is_narrow else speed).with_slot:
        missing = "what the slot can do, which sysfs does not show here"
        return DIAGNOSIS.undetermined(subject, missing, evidence)
    return _finding(
        snapshot, gpu, lanes if is_narrow else None, speed if is_slow else None, evidence
    )


def _is_below(now: Fact[int], limit: Limit) -> bool:
    number = known(now)
    return number is not None and limit.most is not None and number < limit.most


def _text(fact: Fact[int]) -> str:
    return str(fact.value) if isinstance(fact, Known) else "unknown"


def _finding(
    snapshot: Snapshot,
    gpu: NvmlGpu,
    lanes: Limit | None,
    speed: Limit | None,
    evidence: tuple[Evidence, ...],
) -> Verdict:
    parts = []
    if lanes is not None:
        parts.append(f"{_text(gpu.pcie_width)} lanes, where card and slot have {lanes.most}")
    if speed is not None:
        generation = _text(gpu.pcie_generation)
        parts.append(f"generation {generation} under load, where both speak {speed.most}")
    is_certain = is_loaded_with_work(gpu)
    idle = (
        " That it stays so under load is an inference: NVML was asked while the GPU had little to "
        "do, and an idle GPU may drop lanes."
    )
    return DIAGNOSIS.finding(
        subject_of(gpu),
        f"The PCIe link of {named(gpu)} has {' and '.join(parts)}: copies to and from the GPU are "
        f"slower than they could be.{'' if is_certain else idle}",
        evidence=evidence,
        remedies=(mend_link(snapshot, gpu, DIAGNOSIS.id),),
        blocks=False,
        confidence=Confidence.CERTAIN if is_certain else Confidence.LIKELY,
    )
