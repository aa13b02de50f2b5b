from typing import Any

import pytest

from gpudoctor.checks.uvm_not_loaded import check
from gpudoctor.facts import DeviceNode, Known, NvmlGpu, Snapshot, Unknown
from gpudoctor.findings import Cleared, Command, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import (
    answer,
    cuda_fails,
    driver,
    gpu,
    machine,
    mig_instance,
    module_gone,
    nodes,
    torch,
)

WITHOUT_UVM = Known(("nvidia_drm", "nvidia_modeset", "nvidia"), "/proc/modules")
DOCKER = Known("docker", "/.dockerenv")
FAILS = cuda_fails(999, "CUDA_ERROR_UNKNOWN")
BLIND = cuda_fails(100, "CUDA_ERROR_NO_DEVICE")


def test_clears_a_working_cuda_though_the_module_came_later(matrix: Matrix) -> None:
    [verdict] = check(machine(driver__modules_loaded=WITHOUT_UVM), matrix)

    assert isinstance(verdict, Cleared)


@pytest.mark.parametrize("failure", [FAILS, BLIND])
def test_finds_a_missing_module(matrix: Matrix, failure: dict[str, object]) -> None:
    [finding] = check(machine(**failure, driver__modules_loaded=WITHOUT_UVM), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert Command(("sudo", "modprobe", "nvidia_uvm")) in finding.remedies[0].steps


def test_finds_a_missing_node(matrix: Matrix) -> None:
    [finding] = check(machine(**FAILS, driver__nodes=nodes("nvidia0", "nvidiactl")), matrix)

    assert isinstance(finding, Finding)
    assert "/dev/nvidia-uvm" in finding.detail


def test_a_loaded_module_and_999_look_like_a_suspend(matrix: Matrix) -> None:
    [finding] = check(machine(**FAILS), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert "suspend" in finding.detail
    assert finding.remedies[0].stops


def test_does_not_guess_a_suspend_where_versions_differ_or_in_a_container(matrix: Matrix) -> None:
    for change in (
        {"driver__kernel_module_version": Known(driver("580.82.07"), "/proc")},
        {"platform__container": DOCKER},
    ):
        [verdict] = check(machine(**FAILS, **change), matrix)

        assert isinstance(verdict, Undetermined)


def test_the_host_loads_the_module_for_its_container(matrix: Matrix) -> None:
    inside = machine(**FAILS, driver__modules_loaded=WITHOUT_UVM, platform__container=DOCKER)

    [finding] = check(inside, matrix)

    assert isinstance(finding, Finding)
    assert finding.remedies[0].scope == "host"


def test_code_100_with_the_module_loaded_proves_nothing(matrix: Matrix) -> None:
    [verdict] = check(machine(**BLIND), matrix)

    assert isinstance(verdict, Undetermined)


def test_a_mask_that_hides_every_gpu_explains_code_100(matrix: Matrix) -> None:
    masked = machine(
        **BLIND, driver__modules_loaded=WITHOUT_UVM, variables={"CUDA_VISIBLE_DEVICES": "-1"}
    )

    [verdict] = check(masked, matrix)

    assert isinstance(verdict, NotApplicable)


def test_a_mask_that_names_a_gpu_does_not(matrix: Matrix) -> None:
    masked = machine(
        **BLIND, driver__modules_loaded=WITHOUT_UVM, variables={"CUDA_VISIBLE_DEVICES": "0"}
    )

    [finding] = check(masked, matrix)

    assert isinstance(finding, Finding)


def test_does_not_apply_to_other_errors_or_below_a_broken_nvml(matrix: Matrix) -> None:
    for changes in (cuda_fails(803), cuda_fails(802), module_gone()):
        [verdict] = check(machine(**changes), matrix)

        assert isinstance(verdict, NotApplicable)


def test_asks_the_frameworks_runtime_where_libcuda_was_not_asked(matrix: Matrix) -> None:
    silent = Unknown("libcuda: the probe ended before this answer")
    snapshot = machine(
        torch(runtime=answer(999, "cudaErrorUnknown")),
        libcuda__init=silent,
        libcuda__devices=silent,
        driver__modules_loaded=WITHOUT_UVM,
    )

    [finding] = check(snapshot, matrix)

    assert isinstance(finding, Finding)
    assert finding.evidence[0].fact == "/environments/0/frameworks/torch/runtime"


def test_does_not_guess_without_an_answer(matrix: Matrix) -> None:
    silent = Unknown("libcuda: the probe ended before this answer")
    snapshot = machine(
        torch(runtime=silent),
        libcuda__init=silent,
        libcuda__devices=silent,
        driver__modules_loaded=WITHOUT_UVM,
    )

    [verdict] = check(snapshot, matrix)

    assert isinstance(verdict, Undetermined)


def without_uvm(*gpus: NvmlGpu) -> Snapshot:
    return machine(**BLIND, driver__modules_loaded=WITHOUT_UVM, nvml__gpus=Known(gpus, "NVML"))


EMPTY_MIG: dict[str, Any] = {"mig_mode": Known(True, "NVML"), "mig_instances": Known((), "NVML")}


def test_mig_without_an_instance_explains_code_100(matrix: Matrix) -> None:
    [verdict] = check(without_uvm(gpu(0, **EMPTY_MIG)), matrix)

    assert isinstance(verdict, NotApplicable)


@pytest.mark.parametrize(
    "other", [gpu(1), gpu(1, **{**EMPTY_MIG, "mig_instances": Known((mig_instance(1),), "NVML")})]
)
def test_mig_without_an_instance_on_one_of_several_gpus_does_not(
    matrix: Matrix, other: NvmlGpu
) -> None:
    [verdict] = check(without_uvm(gpu(0, **EMPTY_MIG), other), matrix)

    assert isinstance(verdict, Finding)


def test_a_closed_node_is_not_told_as_a_suspend(matrix: Matrix) -> None:
    open_ones = nodes("nvidia0", "nvidiactl").value
    closed = DeviceNode("/dev/nvidia-uvm", False, "crw-rw----", "root:video")

    [verdict] = check(machine(**FAILS, driver__nodes=Known((*open_ones, closed), "/dev")), matrix)

    assert isinstance(verdict, Undetermined)
