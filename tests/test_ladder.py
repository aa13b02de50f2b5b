"""The ladder tells where a machine stops, with every return code in words."""

import pytest

from gpudoctor.facts import CallResult, Known
from gpudoctor.ladder import observe
from gpudoctor.report import Status
from gpudoctor.rungs import Rung
from machines import machine

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
