"""Decide ``gpu-throttled``, one verdict a GPU."""

from collections.abc import Iterator

from gpudoctor.checks._each_gpu import each_gpu, named, subject_of
from gpudoctor.diagnoses import GPU_THROTTLED as DIAGNOSIS
from gpudoctor.facts import Absent, Known, NvmlGpu, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.gpu_health import end_throttling

# The reasons that mean trouble. Idle, application clocks, sync boost, display clocks and the
# software power cap are how a GPU ordinarily works.
_SLOWDOWNS = {
    "hw-thermal-slowdown": "hardware thermal slowdown (too hot)",
    "sw-thermal-slowdown": "software thermal slowdown (too hot)",
    "hw-power-brake": "hardware power brake (the power supply asks for less)",
    "hw-slowdown": "hardware slowdown",
}
_NAMES_NO_CAUSE = ["hw-slowdown"]


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    yield from each_gpu(snapshot, DIAGNOSIS, lambda gpu: _judged(snapshot, gpu))


def _judged(snapshot: Snapshot, gpu: NvmlGpu) -> Verdict:
    subject, reasons = subject_of(gpu), gpu.throttle_reasons
    if isinstance(reasons, Absent):
        return DIAGNOSIS.not_applicable(subject, "NVML can't tell why its clocks are as they are")
    if not isinstance(reasons, Known):
        missing = f"why its clocks are as they are: {reasons.reason}"
        return DIAGNOSIS.undetermined(subject, missing)
    active = [each for each in _SLOWDOWNS if each in reasons.value]
    evidence = _evidence(gpu, reasons.value)
    if not active:
        said = f"its clocks are limited by: {', '.join(reasons.value) or 'nothing'}"
        return DIAGNOSIS.cleared(subject, said, evidence)
    is_vague = active == _NAMES_NO_CAUSE
    if is_vague and _is_idle(gpu, reasons.value):
        missing = "whether the slowdown lasts: an idle GPU also shows it while its clocks change"
        return DIAGNOSIS.undetermined(subject, missing, evidence)
    return _finding(snapshot, gpu, active, evidence, is_vague=is_vague)


def _is_idle(gpu: NvmlGpu, reasons: tuple[str, ...]) -> bool:
    return "idle" in reasons or known(gpu.utilization_percent) == 0


def _evidence(gpu: NvmlGpu, reasons: tuple[str, ...]) -> tuple[Evidence, ...]:
    top = f"/gpus/{gpu.nvml_index}"
    readings = {
        "temperature_celsius": gpu.temperature_celsius,
        "power_watts": gpu.power_watts,
        "utilization_percent": gpu.utilization_percent,
    }
    return (
        Evidence(f"{top}/throttle_reasons", ", ".join(reasons) or "none", "NVML"),
        *(Evidence.of(f"{top}/{k}", v) for k, v in readings.items() if isinstance(v, Known)),
    )


def _finding(
    snapshot: Snapshot,
    gpu: NvmlGpu,
    active: list[str],
    evidence: tuple[Evidence, ...],
    *,
    is_vague: bool,
) -> Verdict:
    causes = [each for each in active if each not in _NAMES_NO_CAUSE] or active
    said = f"{named(gpu)} runs slower than it could: {', '.join(_SLOWDOWNS[c] for c in causes)}"
    if isinstance(gpu.temperature_celsius, Known):
        said += f", at {gpu.temperature_celsius.value} °C"
    if is_vague:
        said += ". That it lasts is an inference: a change of clocks shows so for a moment"
    return DIAGNOSIS.finding(
        subject_of(gpu),
        f"{said}.",
        evidence=evidence,
        remedies=(
            end_throttling(
                snapshot,
                gpu.nvml_index,
                is_hot=any("thermal" in each for each in causes),
                is_hungry="hw-power-brake" in causes,
                diagnosis=DIAGNOSIS.id,
            ),
        ),
        blocks=False,
        confidence=Confidence.LIKELY if is_vague else Confidence.CERTAIN,
    )
