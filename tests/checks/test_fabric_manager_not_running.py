import pytest

from gpudoctor.checks.fabric_manager_not_running import check
from gpudoctor.facts import Known, NvmlGpu, Snapshot, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import answer, cuda_fails, gpu, machine, pci_device, torch

NOT_READY = cuda_fails(802, "CUDA_ERROR_SYSTEM_NOT_READY")
SWITCHES = Known("6 NVSwitch", "/sys/bus/pci/devices")


def stopped(state: str) -> Known[dict[str, str]]:
    return Known({"nvidia-fabricmanager.service": state}, "systemd")


def listing(one: NvmlGpu) -> Known[tuple[NvmlGpu, ...]]:
    return Known((one,), "NVML")


def found(snapshot: Snapshot, matrix: Matrix) -> Finding:
    [finding] = check(snapshot, matrix)
    assert isinstance(finding, Finding)
    return finding


def test_clears_a_cuda_that_initialises(matrix: Matrix) -> None:
    [verdict] = check(machine(fabric_hardware=SWITCHES), matrix)

    assert isinstance(verdict, Cleared)


def test_finds_code_802_beside_nvswitches(matrix: Matrix) -> None:
    finding = found(
        machine(**NOT_READY, fabric_hardware=SWITCHES, fabric_services=stopped("stopped")), matrix
    )

    assert finding.confidence is Confidence.CERTAIN
    assert "nvidia-fabricmanager.service is stopped" in finding.detail
    assert "enable" in str(finding.remedies[0].steps[0])


def test_installs_the_fabric_manager_of_the_drivers_branch(matrix: Matrix) -> None:
    finding = found(
        machine(**NOT_READY, fabric_hardware=SWITCHES, fabric_services=stopped("not installed")),
        matrix,
    )

    assert "nvidia-fabricmanager-580" in str(finding.remedies[0].steps)


def test_a_running_service_may_be_of_another_version(matrix: Matrix) -> None:
    finding = found(
        machine(**NOT_READY, fabric_hardware=SWITCHES, fabric_services=stopped("running")), matrix
    )

    assert "580.95.05" in str(finding.remedies[0].steps)


def test_believes_a_fabric_state_that_is_unfinished(matrix: Matrix) -> None:
    waiting = gpu(name=Known("NVIDIA H200", "NVML"), fabric_state=Known("in-progress", "NVML"))

    finding = found(machine(**NOT_READY, nvml__gpus=listing(waiting)), matrix)

    assert finding.confidence is Confidence.CERTAIN


@pytest.mark.parametrize(
    "name", ["NVIDIA A100-SXM4-80GB", "NVIDIA H100 80GB HBM3", "NVIDIA H200", "NVIDIA GB200"]
)
def test_a_boards_name_makes_it_likely(matrix: Matrix, name: str) -> None:
    board = gpu(name=Known(name, "NVML"))

    finding = found(machine(**NOT_READY, nvml__gpus=listing(board)), matrix)

    assert finding.confidence is Confidence.LIKELY
    assert name in finding.detail


@pytest.mark.parametrize("name", ["NVIDIA H100 PCIe", "NVIDIA H200 NVL", "NVIDIA L40S"])
def test_a_card_that_works_alone_shows_no_fabric(matrix: Matrix, name: str) -> None:
    card = gpu(name=Known(name, "NVML"))

    [verdict] = check(machine(**NOT_READY, nvml__gpus=listing(card)), matrix)

    assert isinstance(verdict, Undetermined)


def test_a_frameworks_runtime_may_be_the_one_that_says_802(matrix: Matrix) -> None:
    silent = Unknown("libcuda: the probe ended")
    snapshot = machine(
        torch(runtime=answer(802, "cudaErrorSystemNotReady")),
        libcuda__init=silent,
        libcuda__devices=silent,
        fabric_hardware=SWITCHES,
    )

    assert found(snapshot, matrix).evidence[0].fact.endswith("/runtime")


def test_does_not_blame_a_fabric_that_nothing_shows(matrix: Matrix) -> None:
    [verdict] = check(machine(**NOT_READY), matrix)

    assert isinstance(verdict, Undetermined)


def test_a_failing_service_without_802_is_harmless(matrix: Matrix) -> None:
    [verdict] = check(machine(fabric_services=stopped("stopped")), matrix)
    [other] = check(machine(**cuda_fails(999), fabric_services=stopped("stopped")), matrix)

    assert isinstance(verdict, Cleared)
    assert isinstance(other, NotApplicable)


def test_does_not_guess_what_cuda_would_say(matrix: Matrix) -> None:
    silent = Unknown("libcuda: the probe ended")
    without_answer = {"libcuda__init": silent, "libcuda__devices": silent}

    [with_switches] = check(
        machine(torch(runtime=silent), **without_answer, fabric_hardware=SWITCHES), matrix
    )
    [without] = check(machine(torch(runtime=silent), **without_answer), matrix)

    assert isinstance(with_switches, Undetermined)
    assert isinstance(without, NotApplicable)


def test_the_bus_names_the_board_where_nvml_is_silent(matrix: Matrix) -> None:
    sxm = pci_device(device_id="2330")  # H100 SXM5
    gap = Unknown("NVML: the probe ended")
    snapshot = machine(**NOT_READY, pci=Known((sxm,), "sysfs"), nvml__gpus=gap)

    assert found(snapshot, matrix).confidence is Confidence.LIKELY
