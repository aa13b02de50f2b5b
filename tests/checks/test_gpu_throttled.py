from typing import Any

import pytest

from gpudoctor.checks.gpu_throttled import check
from gpudoctor.facts import Absent, Known, NvmlGpu, Unknown
from gpudoctor.findings import (
    Cleared,
    Confidence,
    Finding,
    Manual,
    NotApplicable,
    Undetermined,
    Verdict,
)
from gpudoctor.matrix import Matrix
from machines import gpu, lost_gpu, machine, module_gone


def busy(*reasons: str, **changes: Any) -> NvmlGpu:
    """A GPU at work whose clocks are limited for these reasons."""
    known: dict[str, Any] = {
        "throttle_reasons": Known(reasons, "NVML"),
        "utilization_percent": Known(97, "NVML"),
    }
    return gpu(**{**known, **changes})


def verdict_on(matrix: Matrix, *gpus: NvmlGpu) -> Verdict:
    [verdict, *_] = check(machine(nvml__gpus=Known(gpus, "NVML")), matrix)
    return verdict


@pytest.mark.parametrize(
    "reasons",
    [
        ("hw-slowdown", "hw-thermal-slowdown"),
        ("hw-slowdown", "hw-power-brake"),
        ("sw-thermal-slowdown",),
        ("sw-power-cap", "sw-thermal-slowdown"),
        ("idle", "hw-slowdown", "hw-power-brake"),
    ],
)
def test_finds_heat_and_power_brakes(matrix: Matrix, reasons: tuple[str, ...]) -> None:
    finding = verdict_on(matrix, busy(*reasons))

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert not finding.blocks


@pytest.mark.parametrize(
    "reasons",
    [
        (),
        ("idle",),
        ("sw-power-cap",),
        ("application-clocks",),
        ("sync-boost",),
        ("display-clocks",),
        ("idle", "sw-power-cap", "application-clocks", "0x200"),
    ],
)
def test_clears_what_is_ordinary(matrix: Matrix, reasons: tuple[str, ...]) -> None:
    assert isinstance(verdict_on(matrix, busy(*reasons)), Cleared)


def test_a_slowdown_without_a_named_cause_is_likely_under_load(matrix: Matrix) -> None:
    finding = verdict_on(matrix, busy("hw-slowdown"))

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert "inference" in finding.detail


@pytest.mark.parametrize(
    "idle", [busy("idle", "hw-slowdown"), busy("hw-slowdown", utilization_percent=Known(0, "NVML"))]
)
def test_a_slowdown_without_a_named_cause_may_be_a_change_of_clocks_at_idle(
    matrix: Matrix, idle: NvmlGpu
) -> None:
    assert isinstance(verdict_on(matrix, idle), Undetermined)


def test_heat_is_cooled_and_a_power_brake_is_fed(matrix: Matrix) -> None:
    hot = verdict_on(matrix, busy("sw-thermal-slowdown", temperature_celsius=Known(91, "NVML")))
    hungry = verdict_on(matrix, busy("hw-power-brake"))

    assert isinstance(hot, Finding)
    assert isinstance(hungry, Finding)
    assert "91 °C" in hot.detail
    assert [s.text[:7] for s in hot.remedies[0].steps if isinstance(s, Manual)] == ["Cooling"]
    assert "Power" in str(hungry.remedies[0].steps)
    assert "Cooling" not in str(hungry.remedies[0].steps)


def test_each_gpu_is_judged_by_itself(matrix: Matrix) -> None:
    gpus = (lost_gpu(0), busy("sw-thermal-slowdown", nvml_index=1), gpu(2))

    verdicts = list(check(machine(nvml__gpus=Known(gpus, "NVML")), matrix))

    assert [type(each) for each in verdicts] == [NotApplicable, Finding, Cleared]


def test_does_not_apply_where_nvml_has_no_such_question(matrix: Matrix) -> None:
    old = gpu(throttle_reasons=Absent("NVML: not supported"))

    assert isinstance(verdict_on(matrix, old), NotApplicable)
    [without_driver] = check(machine(**module_gone()), matrix)
    assert isinstance(without_driver, NotApplicable)


def test_does_not_guess_what_nvml_did_not_tell(matrix: Matrix) -> None:
    silent = gpu(throttle_reasons=Unknown("NVML throttle: Unknown Error (code 999)"))

    assert isinstance(verdict_on(matrix, silent), Undetermined)
