import pytest

from gpudoctor.checks.gpu_hidden_by_environment import check
from gpudoctor.facts import Known, Snapshot, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Shell, Undetermined
from gpudoctor.matrix import Matrix
from machines import cuda_fails, cuda_gone, gpu, machine, module_gone, nvml_gone

BLIND = cuda_fails(100, "CUDA_ERROR_NO_DEVICE")
TWO = Known((gpu(0), gpu(1)), "NVML")


def masked(value: str, **changes: object) -> Snapshot:
    """Two GPUs behind a mask, through which CUDA finds none."""
    hidden = {**BLIND, "nvml__gpus": TWO, "variables": {"CUDA_VISIBLE_DEVICES": value}}
    return machine(**{**hidden, **changes})


@pytest.mark.parametrize(
    "value", ["", "-1", "NoDevFiles", "none", "void", "all", "2", "7,0", "GPU-ffffffff", " "]
)
def test_finds_a_value_that_leaves_nothing(matrix: Matrix, value: str) -> None:
    [finding] = check(masked(value), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert "2 GPUs" in finding.detail
    assert Shell("unset CUDA_VISIBLE_DEVICES") in finding.remedies[0].steps


def test_says_what_the_value_names(matrix: Matrix) -> None:
    [by_index] = check(masked("2"), matrix)
    [empty] = check(masked(""), matrix)

    assert isinstance(by_index, Finding)
    assert isinstance(empty, Finding)
    assert "'2', which names no GPU" in by_index.detail
    assert "set and empty" in empty.detail


@pytest.mark.parametrize("value", ["0", "1,7", "0,1", "GPU-00000001", " 0 , 1"])
def test_clears_a_value_that_names_a_gpu(matrix: Matrix, value: str) -> None:
    [verdict] = check(masked(value), matrix)

    assert isinstance(verdict, Cleared)


def test_the_count_without_the_mask_decides(matrix: Matrix) -> None:
    count = Known(2, "libcuda without CUDA_VISIBLE_DEVICES")
    [finding] = check(masked("-1", libcuda__unmasked_count=count), matrix)
    [verdict] = check(masked("-1", libcuda__unmasked_count=Known(0, "libcuda")), matrix)

    assert isinstance(finding, Finding)
    assert isinstance(verdict, Cleared)


def test_clears_a_mask_that_leaves_some(matrix: Matrix) -> None:
    snapshot = machine(variables={"CUDA_VISIBLE_DEVICES": "0,5"})

    [verdict] = check(snapshot, matrix)

    assert isinstance(verdict, Cleared)
    assert "'5' names no GPU" in verdict.detail


def test_a_slurm_job_asks_its_scheduler(matrix: Matrix) -> None:
    variables = {"CUDA_VISIBLE_DEVICES": "", "SLURM_JOB_GPUS": ""}

    [finding] = check(masked("", variables=variables), matrix)

    assert isinstance(finding, Finding)
    assert "--gres=gpu:1" in str(finding.remedies[0].steps)


def test_is_likely_where_cuda_was_not_asked(matrix: Matrix) -> None:
    gap = Unknown("libcuda: the probe ended")
    silent = masked("-1", libcuda__init=gap, libcuda__devices=gap, environments=())

    [finding] = check(silent, matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_nvidia_visible_devices_acts_only_when_a_container_is_created(matrix: Matrix) -> None:
    [verdict] = check(machine(**BLIND, variables={"NVIDIA_VISIBLE_DEVICES": "void"}), matrix)

    assert isinstance(verdict, NotApplicable)


@pytest.mark.parametrize("code", [999, 803, 802, 34])
def test_no_mask_causes_other_errors(matrix: Matrix, code: int) -> None:
    [verdict] = check(masked("-1", **cuda_fails(code)), matrix)

    assert isinstance(verdict, NotApplicable)


def test_does_not_apply_without_libcuda_or_gpu(matrix: Matrix) -> None:
    [without_libcuda] = check(masked("-1", **cuda_gone(), environments=()), matrix)
    gone = {**module_gone(), **nvml_gone(), "pci": Known((), "/sys/bus/pci/devices")}
    [without_gpu] = check(masked("-1", **gone), matrix)

    assert isinstance(without_libcuda, NotApplicable)
    assert isinstance(without_gpu, NotApplicable)


def test_does_not_guess_which_gpus_there_are(matrix: Matrix) -> None:
    [by_index] = check(masked("3", **nvml_gone()), matrix)
    in_mig_mode = Known((gpu(0, mig_mode=Known(True, "NVML")),), "NVML")
    [by_instance] = check(masked("3", nvml__gpus=in_mig_mode), matrix)

    assert isinstance(by_index, Undetermined)
    assert isinstance(by_instance, Undetermined)


def test_an_id_of_mig_is_left_to_mig_misconfigured(matrix: Matrix) -> None:
    count = Known(2, "libcuda without CUDA_VISIBLE_DEVICES")

    [verdict] = check(masked("MIG-0f5e4e2c", libcuda__unmasked_count=count), matrix)

    assert isinstance(verdict, NotApplicable)


def test_hides_all_needs_no_nvml(matrix: Matrix) -> None:
    [finding] = check(masked("-1", **nvml_gone()), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def a_job(variables: dict[str, str], **changes: object) -> Snapshot:
    """A job of Slurm whose device cgroup hides the GPUs of the machine."""
    kept = {**BLIND, "nvml__gpus": Known((), "NVML"), "variables": variables}
    return machine(**{**kept, **changes})


def test_a_job_that_was_given_no_gpu_is_told_so(matrix: Matrix) -> None:
    [finding] = check(a_job({"SLURM_JOB_ID": "4711"}), matrix)

    assert isinstance(finding, Finding)
    assert finding.title == "Slurm gave this job no GPU"
    assert finding.confidence is Confidence.LIKELY
    assert "--gres=gpu:1" in str(finding.remedies[0].steps)


def test_a_job_that_was_given_gpus_is_not_told_to_ask_for_one(matrix: Matrix) -> None:
    variables = {"CUDA_VISIBLE_DEVICES": "7", "SLURM_JOB_ID": "4711", "SLURM_JOB_GPUS": "7"}

    [finding] = check(masked("7", variables=variables), matrix)

    assert isinstance(finding, Finding)
    assert "Slurm gave this job GPUs (SLURM_JOB_GPUS is '7')" in finding.detail
    assert "--gres" not in str(finding.remedies[0].steps)


@pytest.mark.parametrize(
    ("variables", "changes"),
    [
        ({}, {}),
        ({"SLURM_JOB_ID": "4711", "SLURM_GPUS_ON_NODE": "1"}, {}),
        ({"SLURM_JOB_ID": "4711"}, {"nvml__gpus": TWO}),
        ({"SLURM_JOB_ID": "4711"}, {"pci": Known((), "/sys/bus/pci/devices")}),
        ({"SLURM_JOB_ID": "4711"}, module_gone()),
    ],
)
def test_slurm_is_not_blamed_for_what_it_does_not_hide(
    matrix: Matrix, variables: dict[str, str], changes: dict[str, object]
) -> None:
    [verdict] = check(a_job(variables, **changes), matrix)

    assert isinstance(verdict, NotApplicable)
