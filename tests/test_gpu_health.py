"""What NVML tells of GPUs' health, from the simulated driver to the report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from examination import apart, cause, examine
from gpudoctor.facts import Absent, NvmlGpu, Snapshot, Unknown, known
from gpudoctor.renderers.json import document_of
from gpudoctor.report import Outcome, Report
from schema import assert_valid
from simulation import A100, RTX_4090, T4, V100, Machine, NoCompilerError, healthy_machine
from simulation.build import shared_natives
from simulation.faults import hide_gpus

Make = Callable[..., Machine]
INSTANCES = ("MIG-5f1d6b7c-0000-5000-8000-000000000001", "MIG-5f1d6b7c-0000-5000-8000-000000000002")
THERMAL = 0x8 | 0x40


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A machine with these GPUs and no framework."""
    try:
        shared_natives()
    except NoCompilerError as error:
        pytest.skip(str(error))

    def healthy(*gpus: str, **options: Any) -> Machine:
        return healthy_machine(tmp_path, gpus or (A100,), **{"torch": None, **options})

    return healthy


def snapshot_of(report: Report) -> Snapshot:
    assert report.snapshot is not None
    return report.snapshot


def gpus_of(machine: Machine) -> tuple[NvmlGpu, ...]:
    return known(snapshot_of(examine(machine)).nvml.gpus) or ()


def test_every_fact_of_a_data_centre_gpu_is_known(make: Make) -> None:
    [gpu] = gpus_of(make(A100))

    assert known(gpu.ecc_mode) is True
    assert known(gpu.ecc_uncorrected_volatile) == 0
    rows = known(gpu.remapped_rows)
    assert rows is not None
    assert (rows.uncorrectable, rows.is_pending, rows.has_failed) == (0, False, False)
    assert known(gpu.throttle_reasons) == ("idle",)
    assert (known(gpu.pcie_width), known(gpu.pcie_max_width)) == (16, 16)
    assert (known(gpu.power_watts), known(gpu.power_limit_watts)) == (61.0, 400.0)
    assert (known(gpu.temperature_celsius), known(gpu.performance_state)) == (41, 8)
    assert known(gpu.persistence_mode) is False
    assert isinstance(gpu.mig_instances, Absent)


def test_what_a_geforce_lacks_is_absent(make: Make) -> None:
    [gpu] = gpus_of(make(RTX_4090))

    for fact in (gpu.ecc_mode, gpu.remapped_rows, gpu.mig_instances, gpu.nvlinks):
        assert isinstance(fact, Absent)


def test_nvlinks_are_counted_and_those_that_are_up(make: Make) -> None:
    machine = make(A100)
    machine.change_gpu(0, extra={"nvlinks": "12,11"})

    [gpu] = gpus_of(machine)

    assert (known(gpu.nvlinks), known(gpu.nvlinks_up)) == (12, 11)


def test_pages_are_retired_before_ampere(make: Make) -> None:
    machine = make(V100)
    machine.change_gpu(0, extra={"retired_pages": "2,3"})

    [gpu] = gpus_of(machine)

    assert known(gpu.retired_pages) == 5
    assert known(gpu.retired_pages_pending) is False


def test_an_old_driver_tells_the_reasons_by_their_older_name(make: Make) -> None:
    [gpu] = gpus_of(make(T4, driver="450.80.02"))

    assert known(gpu.throttle_reasons) == ("idle",)


def test_mig_instances_are_listed_with_their_numbers(make: Make) -> None:
    machine = make(A100)
    machine.change_gpu(0, mig=(1, 1), mig_instances=INSTANCES)

    [gpu] = gpus_of(machine)

    instances = known(gpu.mig_instances) or ()
    assert [known(each.uuid) for each in instances] == list(INSTANCES)
    assert [known(each.gpu_instance) for each in instances] == [1, 2]


def test_one_failing_call_hides_no_other_answer(make: Make) -> None:
    machine = make(A100, A100)
    machine.change_gpu(0, fail={"nvmlDeviceGetTotalEccErrors": 999, "nvmlDeviceGetPowerUsage": 4})

    sick, well = gpus_of(machine)

    assert isinstance(sick.ecc_uncorrected_volatile, Unknown)
    assert isinstance(sick.power_watts, Unknown)
    assert known(sick.temperature_celsius) == 41
    assert known(well.ecc_uncorrected_volatile) == 0


def test_a_crash_in_a_newer_call_costs_no_gpu_its_older_answers(make: Make) -> None:
    machine = make(A100, A100)
    machine.scenario(nvml_crash="nvmlDeviceGetRemappedRows")

    for gpu in gpus_of(machine):
        assert known(gpu.name) == A100
        assert known(gpu.temperature_celsius) == 41
        assert isinstance(gpu.remapped_rows, Unknown)


SICK: dict[str, tuple[dict[str, Any], str]] = {
    "uncorrectable errors": ({"extra": {"ecc.uncorrected.volatile": 3}}, "gpu-memory-errors"),
    "a row that waits": ({"extra": {"remapped_rows": "0,1,1,0"}}, "gpu-memory-errors"),
    "heat": ({"extra": {"throttle": THERMAL, "temperature": 94}}, "gpu-throttled"),
    "four lanes": ({"extra": {"pcie.width": 4}}, "pcie-link-degraded"),
    "generation 1 under load": (
        {"extra": {"pcie.generation": 1, "utilization": "96,40", "performance_state": 0}},
        "pcie-link-degraded",
    ),
}


@pytest.mark.parametrize(("changes", "id_"), SICK.values(), ids=SICK)
def test_a_sick_gpu_among_healthy_ones_is_a_warning(
    make: Make, changes: dict[str, Any], id_: str
) -> None:
    machine = make(A100, A100, A100)
    machine.change_gpu(1, **changes)

    report = examine(machine)

    assert (report.outcome, cause(report), apart(report)) == (Outcome.WARNING, id_, [])
    assert report.root_cause is not None
    assert report.root_cause.verdict.subject.gpu == 1
    assert_valid(document_of(report))


WELL: dict[str, tuple[str, dict[str, Any]]] = {
    "errors long dealt with": (
        A100,
        {"extra": {"ecc.uncorrected.aggregate": 9, "remapped_rows": "1,2,0,0"}},
    ),
    "a power cap under load": (RTX_4090, {"extra": {"throttle": 4, "utilization": "100,60"}}),
    "generation 1 at idle": (RTX_4090, {"extra": {"pcie.generation": 1}}),
    "instances of MIG": (A100, {"mig": (1, 1), "mig_instances": INSTANCES}),
    "NVML that refuses all of it": (
        T4,
        {
            "fail": {
                "nvmlDeviceGetTotalEccErrors": 3,
                "nvmlDeviceGetCurrPcieLinkWidth": 3,
                "nvmlDeviceGetCurrentClocksEventReasons": 3,
                "nvmlDeviceGetUtilizationRates": 3,
            }
        },
    ),
}


@pytest.mark.parametrize(("model", "changes"), WELL.values(), ids=WELL)
def test_what_is_ordinary_raises_no_alarm(make: Make, model: str, changes: dict[str, Any]) -> None:
    machine = make(model)
    machine.change_gpu(0, **changes)

    report = examine(machine)

    assert (report.outcome, cause(report)) == (Outcome.HEALTHY, None)


def test_mig_mode_without_an_instance_is_the_cause(make: Make) -> None:
    machine = make(A100)
    machine.change_gpu(0, mig=(1, 1))
    machine.scenario(cuda_init=100)

    report = examine(machine)

    assert (report.outcome, cause(report), apart(report)) == (
        Outcome.PROBLEM,
        "mig-misconfigured",
        [],
    )


def test_an_instance_that_is_not_there_is_the_cause(make: Make) -> None:
    machine = make(A100)
    machine.change_gpu(0, mig=(1, 1), mig_instances=INSTANCES)
    hide_gpus(machine, "MIG-ffffffff-0000-5000-8000-000000000009")

    report = examine(machine)

    assert (cause(report), apart(report)) == ("mig-misconfigured", [])


@pytest.mark.parametrize("value", ["0", INSTANCES[1], "1"])
def test_one_instance_chosen_is_healthy(make: Make, value: str) -> None:
    machine = make(A100)
    machine.change_gpu(0, mig=(1, 1), mig_instances=INSTANCES)
    hide_gpus(machine, value)

    assert examine(machine).outcome is Outcome.HEALTHY
