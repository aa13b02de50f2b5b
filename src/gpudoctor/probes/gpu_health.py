"""What NVML tells of a GPU's health and load, into facts."""

from collections.abc import Mapping
from typing import Any

from gpudoctor.facts import Absent, Fact, MigInstance, RemappedRows, Unknown, known
from gpudoctor.probes.nvml_answers import fact_of

# nvml.h: nvmlClocksEventReason*, nvmlClocksThrottleReason* in older drivers
_THROTTLE_REASONS = {
    0x1: "idle",
    0x2: "application-clocks",
    0x4: "sw-power-cap",
    0x8: "hw-slowdown",
    0x10: "sync-boost",
    0x20: "sw-thermal-slowdown",
    0x40: "hw-thermal-slowdown",
    0x80: "hw-power-brake",
    0x100: "display-clocks",
}
_SLOWEST_STATE = 15  # nvml.h: NVML_PSTATE_15; NVML_PSTATE_UNKNOWN is 32


def health_facts(
    stages: Mapping[str, Mapping[str, Any]], index: int, silence: Unknown
) -> dict[str, Any]:
    """The fields of NvmlGpu that tell of health and load."""
    health, newer = stages.get(f"gpu-{index}-health") or {}, stages.get(f"gpu-{index}-newer") or {}
    return {
        "mig_instances": _mig_instances(stages, index, silence),
        "ecc_mode": fact_of(health, "ecc", lambda each: bool(each[0]), silence),
        "ecc_mode_pending": fact_of(health, "ecc", lambda each: bool(each[1]), silence),
        "ecc_uncorrected_volatile": fact_of(health, "ecc_volatile", int, silence),
        "ecc_uncorrected_aggregate": fact_of(health, "ecc_aggregate", int, silence),
        "remapped_rows": fact_of(newer, "remapped", _remapped_rows, silence),
        "retired_pages": fact_of(health, "retired", int, silence),
        "retired_pages_pending": fact_of(health, "retired_pending", bool, silence),
        "throttle_reasons": fact_of(newer, "throttle", _reasons, silence),
        "pcie_generation": fact_of(health, "pcie_generation", _positive, silence),
        "pcie_width": fact_of(health, "pcie_width", _positive, silence),
        "pcie_max_generation": fact_of(health, "pcie_max_generation", _positive, silence),
        "pcie_max_width": fact_of(health, "pcie_max_width", _positive, silence),
        "pcie_card_max_generation": fact_of(newer, "pcie_card_max_generation", _positive, silence),
        "utilization_percent": fact_of(health, "utilization", int, silence),
        "performance_state": fact_of(health, "performance_state", _performance_state, silence),
        "persistence_mode": fact_of(health, "persistence", bool, silence),
        "temperature_celsius": fact_of(health, "temperature", int, silence),
        "nvlinks": fact_of(newer, "nvlinks", lambda each: int(each[0]), silence),
        "nvlinks_up": fact_of(newer, "nvlinks", lambda each: int(each[1]), silence),
        "power_watts": fact_of(health, "power", _watts, silence),
        "power_limit_watts": fact_of(health, "power_limit", _watts, silence),
    }


def _mig_instances(
    stages: Mapping[str, Mapping[str, Any]], index: int, silence: Unknown
) -> Fact[tuple[MigInstance, ...]]:
    mode = fact_of(
        stages.get(f"gpu-{index}-more") or {}, "mig", lambda each: bool(each[0]), silence
    )
    if isinstance(mode, Absent):
        return mode
    if known(mode) is False:
        return Absent("NVML: MIG is off")
    newer = stages.get(f"gpu-{index}-newer") or {}
    return fact_of(newer, "mig_instances", _instances, silence)


def _instances(found: list[dict[str, Any]]) -> tuple[MigInstance, ...]:
    silence = Unknown("NVML gave no answer")
    return tuple(
        MigInstance(
            fact_of(each, "uuid", str, silence),
            fact_of(each, "gpu_instance", int, silence),
            fact_of(each, "compute_instance", int, silence),
        )
        for each in found
    )


def _remapped_rows(answer: list[int]) -> RemappedRows:
    correctable, uncorrectable, pending, failed = answer
    return RemappedRows(correctable, uncorrectable, bool(pending), bool(failed))


def _reasons(mask: int) -> tuple[str, ...]:
    bits = [1 << place for place in range(mask.bit_length()) if mask >> place & 1]
    return tuple(_THROTTLE_REASONS.get(bit, f"0x{bit:x}") for bit in bits)


def _positive(number: int) -> int:
    """A generation or a width; virtual machines are told 0 where there is no link to speak of."""
    if number < 1:
        raise ValueError(number)
    return number


def _performance_state(number: int) -> int:
    if not 0 <= number <= _SLOWEST_STATE:
        raise ValueError(number)
    return number


def _watts(milliwatts: int) -> float:
    return round(milliwatts / 1000, 1)
