import pytest

from gpudoctor.checks.gpu_lost import check
from gpudoctor.facts import Absent, CallResult, Known, NvmlGpu, Snapshot, Unknown
from gpudoctor.findings import MACHINE, Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import (
    address,
    answer,
    cuda_fails,
    gpu,
    lost_gpu,
    machine,
    module_gone,
    nvml_gone,
    pci_device,
)

XID = "NVRM: Xid (PCI:0000:66:00): 79, pid=1234, name=python, GPU has fallen off the bus."


def with_gpus(*gpus: NvmlGpu, devices: int | None = None, **changes: object) -> Snapshot:
    """Several GPUs, all of them on the bus."""
    on_bus = tuple(pci_device(index) for index in range(devices or len(gpus)))
    return machine(nvml__gpus=Known(gpus, "NVML"), pci=Known(on_bus, "sysfs"), **changes)


def findings(snapshot: Snapshot, matrix: Matrix) -> list[Finding]:
    return [each for each in check(snapshot, matrix) if isinstance(each, Finding)]


def test_clears_every_gpu_that_answers(matrix: Matrix) -> None:
    verdicts = list(check(with_gpus(*(gpu(index) for index in range(8))), matrix))

    assert len(verdicts) == 8
    assert all(isinstance(verdict, Cleared) for verdict in verdicts)


def test_one_lost_of_eight_does_not_block(matrix: Matrix) -> None:
    eight = (*(gpu(index) for index in range(7)), lost_gpu(7))

    verdicts = list(check(with_gpus(*eight), matrix))
    [finding] = findings(with_gpus(*eight), matrix)

    assert len(verdicts) == 8
    assert finding.subject.gpu == 7
    assert not finding.blocks
    assert finding.confidence is Confidence.CERTAIN
    assert "7 GPUs" in finding.detail
    assert address(7) in finding.detail
    assert "CUDA_VISIBLE_DEVICES=GPU-00000000" in str(finding.remedies[0].steps)


def test_the_only_one_lost_blocks(matrix: Matrix) -> None:
    [finding] = findings(with_gpus(lost_gpu(0)), matrix)

    assert finding.blocks


def test_an_unknown_error_of_one_among_siblings_is_likely(matrix: Matrix) -> None:
    odd = NvmlGpu(1, CallResult(999, "NVML_ERROR_UNKNOWN"))

    [finding] = findings(with_gpus(gpu(0), odd), matrix)

    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize("code", [4, -1])
def test_does_not_call_lost_what_was_forbidden_or_not_asked(matrix: Matrix, code: int) -> None:
    odd = NvmlGpu(1, CallResult(code, "why"))

    verdicts = list(check(with_gpus(gpu(0), odd), matrix))

    assert isinstance(verdicts[1], Undetermined)


def test_all_failing_alike_is_not_a_lost_gpu(matrix: Matrix) -> None:
    all_odd = (NvmlGpu(index, CallResult(999, "NVML_ERROR_UNKNOWN")) for index in range(2))

    verdicts = list(check(with_gpus(*all_odd), matrix))

    assert all(isinstance(verdict, Undetermined) for verdict in verdicts)


def test_finds_a_bound_device_that_nvml_does_not_list(matrix: Matrix) -> None:
    [finding] = findings(with_gpus(gpu(0), devices=2), matrix)

    assert finding.subject.name == f"GPU at {address(1)}"
    assert finding.confidence is Confidence.LIKELY
    assert not finding.blocks


def test_finds_a_supported_board_whose_start_failed(matrix: Matrix) -> None:
    unbound = pci_device(1, kernel_driver=Absent("sysfs"))
    snapshot = machine(pci=Known((pci_device(0), unbound), "sysfs"))

    [finding] = findings(snapshot, matrix)

    assert address(1) in finding.subject.name


def test_the_kernel_log_makes_a_missing_board_certain(matrix: Matrix) -> None:
    snapshot = with_gpus(gpu(0), devices=2, driver__kernel_log=Known((XID,), "/dev/kmsg"))

    [finding] = findings(snapshot, matrix)

    assert finding.confidence is Confidence.CERTAIN
    assert XID in finding.detail


@pytest.mark.parametrize("device_id", ["1180", "FFFF"])
def test_does_not_call_lost_what_the_driver_may_not_support(matrix: Matrix, device_id: str) -> None:
    kepler = pci_device(1, device_id=device_id, kernel_driver=Absent("sysfs"))
    snapshot = machine(pci=Known((pci_device(0), kepler), "sysfs"))

    verdicts = list(check(snapshot, matrix))

    assert [type(verdict) for verdict in verdicts] == [Cleared, Undetermined]


def test_a_board_of_another_driver_is_not_missing(matrix: Matrix) -> None:
    aside = pci_device(1, kernel_driver=Known("vfio-pci", "sysfs"))

    verdicts = list(check(machine(pci=Known((pci_device(0), aside), "sysfs")), matrix))

    assert [type(verdict) for verdict in verdicts] == [Cleared]


def test_a_container_sees_the_hosts_whole_bus(matrix: Matrix) -> None:
    inside = with_gpus(gpu(0), devices=8, platform__container=Known("docker", "/.dockerenv"))

    verdicts = list(check(inside, matrix))

    assert [type(verdict) for verdict in verdicts] == [Cleared]


def test_the_kernel_log_alone_is_believed_where_nvml_is_silent(matrix: Matrix) -> None:
    silent = {**nvml_gone(Unknown("NVML: the probe ended")), **cuda_fails(999)}
    snapshot = machine(**silent, driver__kernel_log=Known((XID,), "/dev/kmsg"))

    [finding] = findings(snapshot, matrix)

    assert finding.subject.name == "GPU at 0000:66:00.0"
    assert finding.confidence is Confidence.LIKELY


def test_a_gpu_that_answers_again_is_not_lost(matrix: Matrix) -> None:
    old = XID.replace("66:00", "65:00")

    verdicts = list(check(machine(driver__kernel_log=Known((old,), "/dev/kmsg")), matrix))

    assert [type(verdict) for verdict in verdicts] == [Cleared]


def test_nvml_that_cannot_start_for_a_lost_gpu_names_no_gpu(matrix: Matrix) -> None:
    lost = nvml_gone(answer(15, "NVML_ERROR_GPU_IS_LOST"))

    [finding] = findings(machine(**{**lost, **cuda_fails(999)}), matrix)

    assert finding.subject == MACHINE


def test_does_not_apply_without_a_driver(matrix: Matrix) -> None:
    [verdict] = check(machine(**module_gone()), matrix)

    assert isinstance(verdict, NotApplicable)


def test_does_not_guess_where_nothing_answered(matrix: Matrix) -> None:
    silent = {**nvml_gone(Unknown("NVML: the probe ended")), **cuda_fails(999)}

    [verdict] = check(machine(**silent), matrix)

    assert isinstance(verdict, Undetermined)


def test_the_gpus_of_other_jobs_are_not_lost(matrix: Matrix) -> None:
    bus = Known((pci_device(0), pci_device(1)), "/sys/bus/pci/devices")
    job = machine(pci=bus, variables={"SLURM_JOB_ID": "4711", "SLURM_JOB_GPUS": "0"})

    verdicts = list(check(job, matrix))

    assert not [each for each in verdicts if isinstance(each, Finding)]


def test_the_kernel_log_tells_of_a_gpu_that_answers_nothing_else(matrix: Matrix) -> None:
    odd = NvmlGpu(0, CallResult(999, "NVML_ERROR_UNKNOWN"))
    line = XID.replace("66:00", "65:00")

    [finding] = findings(with_gpus(odd, driver__kernel_log=Known((line,), "/dev/kmsg")), matrix)

    assert finding.confidence is Confidence.CERTAIN
    assert finding.blocks


def test_what_the_log_says_of_a_gpu_that_may_be_somebody_elses_is_open(matrix: Matrix) -> None:
    bus = Known((pci_device(0), pci_device(1)), "sysfs")
    inside = machine(
        **{**nvml_gone(), **cuda_fails(100)},
        pci=bus,
        driver__kernel_log=Known((XID,), "/dev/kmsg"),
        platform__container=Known("docker", "/.dockerenv"),
    )

    [verdict] = check(inside, matrix)

    assert isinstance(verdict, Undetermined)
