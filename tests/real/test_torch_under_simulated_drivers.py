"""PyTorch's real CUDA build, and its real CUDA runtime, under drivers that are simulated."""

from collections.abc import Callable
from pathlib import Path

import pytest

from examination import apart, cause, examine
from gpudoctor.facts import known
from gpudoctor.report import Report
from simulation import faults
from simulation.healthy import A100, H100, RTX_4090, healthy_machine
from simulation.machine import Machine

PARTS = Path(__file__).resolve().parents[2] / ".real-parts"

pytestmark = pytest.mark.real


def examined(machine: Machine) -> Report:
    """The report with the real torch linked into the simulated machine."""
    real = PARTS / "cuda"
    if not (real / "bin/python").exists():
        pytest.fail(f"{real} is missing: run python tools/real_parts.py")
    machine.make_folder("/opt")
    machine.path("/opt/real").symlink_to(real)
    return examine(machine, pythons=("/opt/real/bin/python",), probe_timeout_s=120, timeout_s=240)


def runtime_code(report: Report) -> int | None:
    assert report.snapshot is not None
    [(_, torch)] = report.snapshot.frameworks()
    result = known(torch.runtime)
    return result.code if result else None


def said(report: Report) -> str:
    """What torch itself says when it is asked for a GPU."""
    assert report.snapshot is not None
    [(_, torch)] = report.snapshot.frameworks()
    imported = known(torch.imported)
    assert imported is not None
    return known(imported.device_error) or ""


CASES: dict[str, tuple[Callable[[Machine], object], dict[str, object], str, int, str]] = {
    "too old": (
        lambda machine: machine,
        {"gpus": [H100], "driver": "535.183.01"},
        "driver-too-old-for-cuda",
        35,
        "too old (found version 12020)",
    ),
    "802": (
        faults.stop_fabric_manager,
        {"gpus": [H100] * 8, "nvswitches": 4, "fabric_manager": "running"},
        "fabric-manager-not-running",
        802,
        "system not yet initialized",
    ),
    "804": (
        faults.load_compat_first,
        {"gpus": [RTX_4090]},
        "compat-libraries-unsupported",
        804,
        "forward compatibility was attempted on non supported HW",
    ),
    "34": (faults.load_stub_first, {"gpus": [A100]}, "stub-libcuda-loaded", 34, "stub library"),
    "999": (faults.unload_uvm, {"gpus": [A100]}, "uvm-not-loaded", 999, "unknown error"),
    "hidden": (
        faults.hide_gpus,
        {"gpus": [A100]},
        "gpu-hidden-by-environment",
        100,
        "No CUDA GPUs are available",
    ),
}


@pytest.mark.parametrize(("break_it", "machine", "id_", "code", "words"), CASES.values(), ids=CASES)
def test_torch_and_its_runtime_say_the_same_and_the_cause_is_named(
    tmp_path: Path,
    break_it: Callable[[Machine], object],
    machine: dict[str, object],
    id_: str,
    code: int,
    words: str,
) -> None:
    made = healthy_machine(tmp_path, torch=None, **machine)  # type: ignore[arg-type]
    break_it(made)

    report = examined(made)

    assert (cause(report), apart(report), runtime_code(report)) == (id_, [], code)
    assert words in said(report)
