"""The ladder tells where a machine stops, with every return code in words."""

import pytest

from gpudoctor.facts import ASLEEP, CallResult, Known
from gpudoctor.ladder import observe
from gpudoctor.report import Status
from gpudoctor.rungs import Rung
from machines import KERNEL, machine

SOURCE = "a test"


@pytest.mark.parametrize("code", [2, 3, 34, 46, 100, 101, 802, 803, 804, 999])
def test_every_answer_of_cuinit_is_explained(code: int) -> None:
    failed = machine(libcuda__init=Known(CallResult(code, "CUDA_ERROR"), SOURCE))

    [rung] = [each for each in observe(failed, {}) if each.rung is Rung.LIBCUDA]

    assert rung.status is Status.FAIL
    assert rung.detail.startswith(f"cuInit returned {code} (CUDA_ERROR): ")


@pytest.mark.parametrize("code", [9, 12, 15, 18, 999])
def test_every_answer_of_nvmlinit_is_explained(code: int) -> None:
    failed = machine(nvml__init=Known(CallResult(code, "NVML_ERROR"), SOURCE))

    [rung] = [each for each in observe(failed, {}) if each.rung is Rung.NVML]

    assert rung.detail.startswith(f"nvmlInit returned {code} (NVML_ERROR): ")


def test_a_code_that_is_not_known_is_given_as_it_is() -> None:
    failed = machine(libcuda__init=Known(CallResult(4711, "CUDA_ERROR_NEW"), SOURCE))

    [rung] = [each for each in observe(failed, {}) if each.rung is Rung.LIBCUDA]

    assert rung.detail == "cuInit returned 4711 (CUDA_ERROR_NEW)"


def test_a_kernel_that_would_boot_without_a_driver_is_mentioned() -> None:
    updated = machine(platform__kernels=Known((KERNEL, "6.11.0-9-generic"), SOURCE))

    [rung] = [each for each in observe(updated, {}) if each.rung is Rung.KERNEL_MODULE]

    assert rung.status is Status.PASS
    assert "none yet for the newest kernel 6.11.0-9-generic" in rung.detail


def test_a_gpu_that_sleeps_is_passed_over() -> None:
    asleep = machine(libcuda__init=ASLEEP, nvml__init=ASLEEP)

    statuses = {each.rung: each.status for each in observe(asleep, {})}

    assert statuses[Rung.NVML] is statuses[Rung.LIBCUDA] is Status.SKIPPED
