from gpudoctor.checks.no_nvidia_gpu import check
from gpudoctor.facts import Absent, Known, Snapshot, Unknown
from gpudoctor.findings import MACHINE, Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import cuda_gone, machine, module_gone, nodes, nvml_gone, platform

EMPTY_BUS = Known((), "/sys/bus/pci/devices")
UNREADABLE = Unknown("/sys/bus/pci/devices does not exist: there is no PCI bus to read")


def without_gpu(**changes: object) -> Snapshot:
    """No GPU, no driver, nothing."""
    nothing = {**module_gone(), **nvml_gone(), **cuda_gone(), "pci": EMPTY_BUS}
    return machine(**{**nothing, **changes})


def test_clears_a_machine_with_a_gpu(matrix: Matrix) -> None:
    [verdict] = check(machine(), matrix)

    assert isinstance(verdict, Cleared)


def test_finds_an_empty_bus(matrix: Matrix) -> None:
    [finding] = check(without_gpu(), matrix)

    assert isinstance(finding, Finding)
    assert finding.subject == MACHINE
    assert finding.blocks
    assert finding.confidence is Confidence.CERTAIN
    assert finding.evidence[0].fact == "/pci"
    assert len(finding.remedies) == 2


def test_finds_an_empty_bus_in_a_container_without_traces_of_a_driver(matrix: Matrix) -> None:
    in_container = without_gpu(platform__container=Known("docker", "/.dockerenv"))

    [finding] = check(in_container, matrix)

    assert isinstance(finding, Finding)
    assert "host" in finding.detail


def test_leaves_a_container_with_the_hosts_driver_to_its_own_diagnosis(matrix: Matrix) -> None:
    for trace in (
        {"driver__modules_loaded": Known(("nvidia",), "/proc/modules")},
        {"driver__nodes": nodes("nvidia0")},
    ):
        snapshot = without_gpu(platform__container=Known("docker", "/.dockerenv"), **trace)

        [verdict] = check(snapshot, matrix)

        assert isinstance(verdict, NotApplicable)


def test_does_not_apply_where_no_bus_leads_to_the_gpu(matrix: Matrix) -> None:
    for change in (
        {"platform__wsl": Known("2", "kernel release")},
        {"platform__integrated_board": Known("NVIDIA Jetson Orin Nano", "device tree")},
        {"platform": platform(os="darwin")},
    ):
        [verdict] = check(without_gpu(**change), matrix)

        assert isinstance(verdict, NotApplicable)


def test_does_not_conclude_from_a_bus_that_cannot_be_read(matrix: Matrix) -> None:
    for gap in (UNREADABLE, Absent("no PCI bus")):
        [verdict] = check(without_gpu(pci=gap), matrix)

        assert isinstance(verdict, Undetermined)


def test_believes_the_driver_where_the_bus_cannot_be_read(matrix: Matrix) -> None:
    [by_nvml] = check(machine(pci=UNREADABLE), matrix)
    [by_node] = check(without_gpu(pci=UNREADABLE, driver__nodes=nodes("nvidia0")), matrix)
    [by_control_node] = check(without_gpu(pci=UNREADABLE, driver__nodes=nodes("nvidiactl")), matrix)

    assert isinstance(by_nvml, Cleared)
    assert isinstance(by_node, Cleared)
    assert isinstance(by_control_node, Undetermined)
