from typing import Any

import pytest

from gpudoctor.checks.mig_misconfigured import check
from gpudoctor.facts import Absent, Known, NvmlGpu, Snapshot, Unknown
from gpudoctor.findings import (
    MACHINE,
    Cleared,
    Command,
    Confidence,
    Finding,
    NotApplicable,
    Undetermined,
)
from gpudoctor.matrix import Matrix
from machines import cuda_fails, cuda_gone, gpu, machine, mig_instance, module_gone, nvml_gone

BLIND = cuda_fails(100, "CUDA_ERROR_NO_DEVICE")
UNMASKED = "libcuda without CUDA_VISIBLE_DEVICES"


def split(index: int = 0, instances: int = 0, **changes: Any) -> NvmlGpu:
    """A GPU in MIG mode with so many instances."""
    made = tuple(mig_instance(number) for number in range(instances))
    mode = Known(True, "NVML")
    fields = {"mig_mode": mode, "mig_mode_pending": mode, "mig_instances": Known(made, "NVML")}
    return gpu(index, **{**fields, **changes})


def with_gpus(*gpus: NvmlGpu, **changes: Any) -> Snapshot:
    return machine(nvml__gpus=Known(gpus, "NVML"), **changes)


def masked(value: str, *gpus: NvmlGpu, **changes: Any) -> Snapshot:
    """A machine whose CUDA sees nothing through a mask."""
    return with_gpus(*gpus, **{**BLIND, "variables": {"CUDA_VISIBLE_DEVICES": value}, **changes})


def test_finds_mig_mode_without_instances(matrix: Matrix) -> None:
    [finding] = check(with_gpus(split(), **BLIND), matrix)

    assert isinstance(finding, Finding)
    assert finding.blocks
    assert finding.subject.gpu == 0
    make, leave = finding.remedies
    assert Command(("sudo", "nvidia-smi", "mig", "-i", "0", "-cgi", "0", "-C")) in make.steps
    assert Command(("sudo", "nvidia-smi", "-i", "0", "-mig", "0")) in leave.steps


def test_does_not_block_while_another_gpu_works(matrix: Matrix) -> None:
    verdicts = list(check(with_gpus(split(0), gpu(1)), matrix))

    [finding] = verdicts
    assert isinstance(finding, Finding)
    assert not finding.blocks


def test_does_not_block_where_cuda_fails_for_another_reason(matrix: Matrix) -> None:
    [finding] = check(with_gpus(split(), **cuda_fails(999)), matrix)

    assert isinstance(finding, Finding)
    assert not finding.blocks


def test_clears_a_gpu_with_instances(matrix: Matrix) -> None:
    [verdict] = check(with_gpus(split(instances=2)), matrix)

    assert isinstance(verdict, Cleared)
    assert "2 instances" in verdict.detail


def test_device_zero_of_a_split_gpu_is_healthy(matrix: Matrix) -> None:
    snapshot = with_gpus(split(instances=7), variables={"CUDA_VISIBLE_DEVICES": "0"})

    assert [type(each) for each in check(snapshot, matrix)] == [Cleared]


def test_a_mode_that_waits_for_a_reset_is_told(matrix: Matrix) -> None:
    off = Known(False, "NVML")
    enters = gpu(mig_mode_pending=Known(True, "NVML"))
    [waiting] = check(with_gpus(enters), matrix)
    [leaving] = check(with_gpus(split(mig_mode_pending=off), **BLIND), matrix)

    assert isinstance(waiting, NotApplicable)
    assert "enters it at its next reset" in waiting.reason
    assert isinstance(leaving, Finding)
    assert "leaves MIG mode at its next reset" in leaving.detail
    assert Command(("sudo", "nvidia-smi", "--gpu-reset", "-i", "0")) in leaving.remedies[0].steps


def test_a_container_has_its_host_pass_an_instance(matrix: Matrix) -> None:
    inside = with_gpus(split(), **BLIND, platform__container=Known("docker", "/.dockerenv"))

    [finding] = check(inside, matrix)

    assert isinstance(finding, Finding)
    assert [each.scope for each in finding.remedies] == ["host"]


@pytest.mark.parametrize(
    "value", ["MIG-ffffffff-1111-2222-3333-444444444444", "MIG-ffffffff,MIG-00000000", "MIG-9"]
)
def test_finds_an_instance_that_is_not_there(matrix: Matrix, value: str) -> None:
    verdicts = list(check(masked(value, split(instances=2)), matrix))

    [finding] = [each for each in verdicts if isinstance(each, Finding)]
    assert finding.subject == MACHINE
    assert finding.blocks
    assert finding.confidence is Confidence.CERTAIN
    assert Command(("nvidia-smi", "-L")) in finding.remedies[0].steps


def test_finds_an_instance_of_a_gpu_that_is_not_split_at_all(matrix: Matrix) -> None:
    [finding] = check(masked("MIG-00000000", gpu()), matrix)

    assert isinstance(finding, Finding)


@pytest.mark.parametrize(
    "value",
    [
        "MIG-00000001-1111-2222-3333-444444444444",
        "MIG-00000001",
        "MIG-GPU-00000000-0000-0000-0000-000000000000/1/0",
    ],
)
def test_an_instance_that_is_listed_is_there_in_either_form(matrix: Matrix, value: str) -> None:
    verdicts = list(check(masked(value, split(instances=2)), matrix))

    assert [type(each) for each in verdicts] == [Cleared, Cleared]


def test_a_listed_instance_that_cuda_does_not_take_is_found(matrix: Matrix) -> None:
    count = Known(1, UNMASKED)
    old_form = "MIG-GPU-00000000-0000-0000-0000-000000000000/1/0"

    verdicts = list(
        check(masked(old_form, split(instances=2), libcuda__unmasked_count=count), matrix)
    )

    [finding] = [each for each in verdicts if isinstance(each, Finding)]
    assert "does not take" in finding.detail


def test_what_cuda_shows_clears_any_id(matrix: Matrix) -> None:
    snapshot = with_gpus(split(instances=1), variables={"CUDA_VISIBLE_DEVICES": "MIG-ffffffff"})

    assert [type(each) for each in check(snapshot, matrix)] == [Cleared, Cleared]


def test_the_mask_is_not_to_blame_where_cuda_shows_nothing_without_it(matrix: Matrix) -> None:
    none = Known(0, UNMASKED)

    verdicts = list(check(masked("MIG-ffffffff", split(), libcuda__unmasked_count=none), matrix))

    assert [type(each) for each in verdicts] == [Finding, Cleared]


@pytest.mark.parametrize("code", [999, 803, 34])
def test_no_mask_causes_other_errors(matrix: Matrix, code: int) -> None:
    [verdict] = check(masked("MIG-ffffffff", gpu(), **cuda_fails(code)), matrix)

    assert isinstance(verdict, NotApplicable)


def test_is_likely_where_cuda_was_not_asked(matrix: Matrix) -> None:
    gap = Unknown("libcuda: the probe ended")
    silent = {"libcuda__init": gap, "libcuda__devices": gap, "environments": ()}

    [finding] = check(masked("MIG-ffffffff", gpu(), **silent), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_does_not_guess_which_instances_there_are(matrix: Matrix) -> None:
    gap = Unknown("NVML gave no answer")
    [mode] = check(with_gpus(gpu(mig_mode=gap, mig_instances=gap)), matrix)
    [instances] = check(with_gpus(split(mig_instances=gap)), matrix)
    masked_alone = {"variables": {"CUDA_VISIBLE_DEVICES": "MIG-ffffffff"}, **BLIND, **nvml_gone()}
    [by_id] = check(machine(**masked_alone), matrix)

    assert isinstance(mode, Undetermined)
    assert isinstance(instances, Undetermined)
    assert isinstance(by_id, Undetermined)


def test_does_not_apply_without_mig(matrix: Matrix) -> None:
    gone = Absent("NVML: not supported")
    geforce = gpu(mig_mode=gone, mig_mode_pending=gone, mig_instances=gone)

    for snapshot in (
        with_gpus(gpu()),
        with_gpus(geforce),
        machine(**module_gone()),
        masked("MIG-ffffffff", gpu(), **cuda_gone(), environments=()),
    ):
        [verdict] = check(snapshot, matrix)
        assert isinstance(verdict, NotApplicable)


def test_cuda_alone_shows_that_nothing_is_wrong(matrix: Matrix) -> None:
    [verdict] = check(machine(**nvml_gone()), matrix)

    assert isinstance(verdict, Cleared)
