"""Synthetic machines with more than one thing out of order: which of them is the root cause."""

from typing import Any

import pytest

from examination import apart, cause, judge, told
from gpu_machines import GH200, GTX_680, GTX_1080_TI, RTX_5090, log, silent
from gpudoctor.facts import ASLEEP, Absent, ChildEnd, DeviceNode, Known, NativeProbe, Unknown
from gpudoctor.matrix import Matrix
from gpudoctor.report import Outcome, Status
from machines import (
    NODES,
    answer,
    cuda_fails,
    cuda_gone,
    driver,
    gpu,
    libraries,
    library,
    lost_gpu,
    machine,
    nodes,
    nvml_gone,
    pci_device,
)

INSIDE = Known("docker", "/.dockerenv")
OLD_CARD = pci_device(1, device_id=GTX_680, kernel_driver=Absent("sysfs"))
BESIDE_AN_OLD_CARD = Known((pci_device(0), OLD_CARD), "sysfs")
CLOSED = Known(
    tuple(DeviceNode(f"/dev/{name}", False, "crw-rw----", "root:video") for name in NODES), "/dev"
)
NEWER = Known(driver("580.105.08"), "file name")
TIMED_OUT = Unknown("no answer in 20 s")
LATE = ChildEnd("timed-out", "no answer in 20 s", 20.0)

# A card that the driver does not support lies beside one that it does; NVML can't be asked.
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a container without its GPU": (
        {
            "platform__container": INSIDE,
            "driver__nodes": nodes(),
            "driver__libraries": Absent("the loader's folders"),
            **nvml_gone(),
            **cuda_gone(),
        },
        "container-without-gpu",
    ),
    "a container that lost its GPU": (
        {
            "platform__container": INSIDE,
            **nvml_gone(answer(999)),
            "nvml__control_node": Known("EPERM", "open of /dev/nvidiactl"),
            **cuda_fails(100),
        },
        "container-lost-gpu",
    ),
    "libraries of another version": (
        {
            "driver__libraries": libraries(
                library("libcuda.so.1", version=NEWER), library("libnvidia-ml.so.1", version=NEWER)
            ),
            **nvml_gone(answer(18)),
            **cuda_fails(803),
        },
        "driver-library-mismatch",
    ),
    "a driver that does not answer": (
        {
            **dict.fromkeys(("nvml__init", "nvml__gpus", "nvml__driver_version"), TIMED_OUT),
            **dict.fromkeys(("libcuda__init", "libcuda__devices"), TIMED_OUT),
            "native_probes": (NativeProbe("NVML", LATE), NativeProbe("libcuda", LATE)),
        },
        "driver-unresponsive",
    ),
    "nodes that are closed": (
        {"driver__nodes": CLOSED, **nvml_gone(answer(4)), **cuda_fails(100)},
        "device-permission-denied",
    ),
}


@pytest.mark.parametrize(("changes", "id_"), FAULTS.values(), ids=FAULTS)
def test_an_unsupported_second_card_is_not_the_cause_of_what_fails(
    matrix: Matrix, changes: dict[str, Any], id_: str
) -> None:
    report = judge(machine(pci=BESIDE_AN_OLD_CARD, **changes), matrix)

    assert (cause(report), told(report, Status.FAIL)[0]) == (id_, id_)
    assert "gpu-dropped-by-driver" not in told(report, Status.FAIL)


def test_an_unsupported_card_beside_one_that_sleeps_is_no_problem(matrix: Matrix) -> None:
    asleep = pci_device(0, power_state=Known("D3cold", "sysfs"))
    gaps = ("nvml__init", "nvml__gpus", "libcuda__load", "libcuda__init", "libcuda__devices")

    report = judge(
        machine(pci=Known((asleep, OLD_CARD), "sysfs"), **dict.fromkeys(gaps, ASLEEP)), matrix
    )

    assert told(report, Status.FAIL) == []
    assert report.outcome is Outcome.WARNING


def test_two_cards_that_no_driver_of_this_branch_runs_are_the_cause(matrix: Matrix) -> None:
    """Each for a reason of its own: neither could work."""
    snapshot = silent(GTX_680, RTX_5090, flavour="proprietary")

    report = judge(snapshot, matrix)

    assert cause(report) == "gpu-dropped-by-driver"
    assert "open-kernel-module-required" in told(report, Status.FAIL)


def test_a_card_alone_that_the_driver_dropped_is_the_cause(matrix: Matrix) -> None:
    report = judge(silent(GTX_680, **nvml_gone(answer(4))), matrix)

    assert cause(report) == "gpu-dropped-by-driver"


def test_in_a_container_the_hosts_only_gpu_is_judged(matrix: Matrix) -> None:
    inside = silent(GTX_1080_TI, driver="590.48.01", platform__container=INSIDE)

    assert cause(judge(inside, matrix)) == "gpu-dropped-by-driver"


def test_an_upgrade_drops_no_card_that_was_dropped_already(matrix: Matrix) -> None:
    changes = {**FAULTS["libraries of another version"][0], "pci": BESIDE_AN_OLD_CARD}

    report = judge(machine(**changes), matrix)

    assert report.root_cause is not None
    assert "has dropped" not in str(report.root_cause.verdict)


FALLEN = "NVRM: Xid (PCI:0000:66:00): 79, pid=7, name=python, GPU has fallen off the bus."
STOPPED = (
    "NVRM: Xid (PCI:0000:66:00): 119, pid=7, name=python, Timeout after 6s of waiting for RPC "
    "response from GPU1 GSP!"
)
TWO = Known((pci_device(0), pci_device(1)), "sysfs")
ONE_LOST = Known((gpu(0), lost_gpu(1)), "NVML")
BROKEN = cuda_fails(999, "CUDA_ERROR_UNKNOWN")

GONE: dict[str, tuple[dict[str, Any], str]] = {
    "a GPU that NVML calls lost": ({"nvml__gpus": ONE_LOST}, "gpu-lost"),
    "a GPU that fell off the bus and is not listed": (log(FALLEN), "gpu-lost"),
    "a stopped processor of a GPU that is not listed": (log(STOPPED), "gpu-firmware-failed"),
    "a stopped processor of a GPU that NVML still lists": (
        {"nvml__gpus": Known((gpu(0), gpu(1)), "NVML"), **log(STOPPED)},
        "gpu-firmware-failed",
    ),
    "a processor that stopped before its GPU fell off the bus": (
        {"nvml__gpus": ONE_LOST, **log(STOPPED, FALLEN)},
        "gpu-lost",
    ),
}


@pytest.mark.parametrize(("changes", "id_"), GONE.values(), ids=GONE)
def test_a_gpu_that_is_gone_explains_that_cuda_fails_as_a_whole(
    matrix: Matrix, changes: dict[str, Any], id_: str
) -> None:
    report = judge(machine(**{"pci": TWO, **BROKEN, **changes}), matrix)

    assert (cause(report), told(report, Status.FAIL), apart(report)) == (id_, [id_], [])
    assert report.root_cause is not None
    assert "is an inference" in str(report.root_cause.verdict)
    assert "suspend" not in str(report.root_cause.verdict)


@pytest.mark.parametrize(("changes", "id_"), GONE.values(), ids=GONE)
def test_a_gpu_that_is_gone_stays_a_warning_while_cuda_works(
    matrix: Matrix, changes: dict[str, Any], id_: str
) -> None:
    report = judge(machine(**{"pci": TWO, **changes}), matrix)

    assert told(report, Status.FAIL) == []
    assert cause(report) in (id_, None)  # NVML may list a GPU whose processor runs again


def test_a_missing_uvm_explains_999_better_than_a_lost_gpu(matrix: Matrix) -> None:
    without_uvm = Known(("nvidia_modeset", "nvidia"), "/proc/modules")

    report = judge(
        machine(pci=TWO, nvml__gpus=ONE_LOST, driver__modules_loaded=without_uvm, **BROKEN), matrix
    )

    assert cause(report) == "uvm-not-loaded"
    assert told(report, Status.WARN) == ["gpu-lost"]


def test_999_with_every_gpu_at_work_is_still_told_as_a_suspend(matrix: Matrix) -> None:
    report = judge(machine(**BROKEN), matrix)

    assert cause(report) == "uvm-not-loaded"
    assert "suspend" in str(report.root_cause)


def test_the_only_gpu_whose_processor_stopped_before_it_fell_is_lost(matrix: Matrix) -> None:
    bus = Known((pci_device(0, address="0000:66:00.0"),), "sysfs")
    gone = {"pci": bus, "nvml__gpus": Known((lost_gpu(0),), "NVML"), **cuda_fails(100)}

    fallen = judge(machine(**gone, **log(STOPPED, FALLEN)), matrix)
    stopped = judge(machine(**gone, **log(STOPPED)), matrix)

    assert (cause(fallen), apart(fallen)) == ("gpu-lost", [])
    assert (cause(stopped), apart(stopped)) == ("gpu-firmware-failed", [])


def test_one_that_fell_of_several_is_not_why_the_nodes_are_closed(matrix: Matrix) -> None:
    closed = {"driver__nodes": CLOSED, **nvml_gone(answer(4)), **cuda_fails(100)}

    report = judge(machine(pci=TWO, **closed, **log(FALLEN)), matrix)

    assert cause(report) == "device-permission-denied"
    assert told(report, Status.WARN) == ["gpu-lost"]


def test_grace_hopper_under_the_proprietary_modules_is_not_lost(matrix: Matrix) -> None:
    refused = judge(silent(GH200, driver="550.54.14", flavour="proprietary"), matrix)
    silently = judge(silent(GH200, driver="550.54.14"), matrix)

    assert (cause(refused), apart(refused)) == ("open-kernel-module-required", [])
    assert cause(silently) == "gpu-lost"


def test_a_lost_gpu_is_not_blamed_for_what_a_closed_node_causes(matrix: Matrix) -> None:
    closed = DeviceNode("/dev/nvidia-uvm", False, "crw-rw----", "root:video")
    found = Known((*nodes("nvidia0", "nvidiactl").value, closed), "/dev")

    report = judge(machine(pci=TWO, nvml__gpus=ONE_LOST, driver__nodes=found, **BROKEN), matrix)

    assert cause(report) == "device-permission-denied"
    assert told(report, Status.WARN) == ["gpu-lost"]


def test_a_card_that_nouveau_drives_is_left_alone_though_nvml_is_silent(matrix: Matrix) -> None:
    desktop = pci_device(1, device_id=GTX_680, kernel_driver=Known("nouveau", "sysfs"))
    closed = {"driver__nodes": CLOSED, **nvml_gone(answer(4)), **cuda_fails(100)}

    report = judge(machine(pci=Known((pci_device(0), desktop), "sysfs"), **closed), matrix)

    assert cause(report) == "device-permission-denied"
    assert told(report, Status.WARN) == []
