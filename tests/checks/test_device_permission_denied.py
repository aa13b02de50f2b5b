from typing import Any

import pytest

from gpudoctor.checks.device_permission_denied import check
from gpudoctor.facts import Absent, DeviceNode, Known, NodeSetting, Snapshot, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import answer, cuda_fails, machine, module_gone, nodes, nvml_gone
from wording import commands, words

REFUSED = {
    **nvml_gone(answer(4, "NVML_ERROR_NO_PERMISSION")),
    **cuda_fails(100, "CUDA_ERROR_NO_DEVICE"),
}
BOARD, CONTROL, UVM = "/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia-uvm"


def node(path: str, mode: str = "crw-rw----", owner: str = "root:video") -> DeviceNode:
    return DeviceNode(path, mode == "crw-rw-rw-", mode, owner)


def closed(mode: str = "crw-rw----", owner: str = "root:video", **changes: Any) -> Snapshot:
    """A machine whose nodes are closed to this user."""
    found = tuple(node(path, mode, owner) for path in (BOARD, CONTROL, UVM))
    return machine(**{**REFUSED, "driver__nodes": Known(found, "/dev"), **changes})


def test_finds_closed_nodes_and_names_the_group_that_may(matrix: Matrix) -> None:
    [finding] = check(closed(), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert "group video" in finding.detail
    assert 'usermod -aG video "$USER"' in words(finding)


def test_a_node_that_only_root_may_open_is_opened_as_nvidia_does(matrix: Matrix) -> None:
    setting = Known(NodeSetting(True, "root:root", 0o600), "/proc/driver/nvidia/params")

    [finding] = check(closed("crw-------", "root:root", driver__node_setting=setting), matrix)

    assert isinstance(finding, Finding)
    assert "mode 0600" in finding.detail
    assert "NVreg_DeviceFileMode=0666" in words(finding)
    assert ("sudo", "chmod", "a+rw", BOARD, CONTROL, UVM) in commands(finding)


def test_a_container_gets_the_group_when_it_is_started(matrix: Matrix) -> None:
    [finding] = check(closed(platform__container=Known("docker", "/.dockerenv")), matrix)

    assert isinstance(finding, Finding)
    assert "--group-add" in words(finding)
    assert not commands(finding)


def test_a_rootless_container_keeps_its_users_groups(matrix: Matrix) -> None:
    rootless = closed(
        owner="nobody:nogroup",
        platform__user_namespace=Known(True, "/proc/self/uid_map"),
        platform__container=Known("podman", "/run/.containerenv"),
    )

    [finding] = check(rootless, matrix)

    assert isinstance(finding, Finding)
    assert "keep-groups" in words(finding)


def test_finds_a_closed_uvm_node_though_nvml_works(matrix: Matrix) -> None:
    found = (node(BOARD, "crw-rw-rw-"), node(CONTROL, "crw-rw-rw-"), node(UVM))
    snapshot = machine(**cuda_fails(304), driver__nodes=Known(found, "/dev"))

    [finding] = check(snapshot, matrix)

    assert isinstance(finding, Finding)
    assert UVM in finding.detail


def test_one_open_board_is_enough(matrix: Matrix) -> None:
    found = (
        node(BOARD),
        node("/dev/nvidia1", "crw-rw-rw-"),
        node(CONTROL, "crw-rw-rw-"),
        node(UVM, "crw-rw-rw-"),
    )

    [verdict] = check(machine(**cuda_fails(100), driver__nodes=Known(found, "/dev")), matrix)

    assert isinstance(verdict, Cleared)


@pytest.mark.parametrize("name", ["nvidia-modeset", "nvidia-uvm-tools"])
def test_a_closed_node_that_cuda_does_without_is_no_fault(matrix: Matrix, name: str) -> None:
    open_ones = nodes("nvidia0", "nvidiactl", "nvidia-uvm").value
    found = Known((*open_ones, node(f"/dev/{name}", "crw-------")), "/dev")

    [verdict] = check(machine(**cuda_fails(999), driver__nodes=found), matrix)

    assert isinstance(verdict, Cleared)


def test_selinux_refuses_a_container_in_spite_of_the_mode_bits(matrix: Matrix) -> None:
    confined = machine(
        **{**REFUSED, "nvml__control_node": Known("EACCES", "open of /dev/nvidiactl")},
        platform__container=Known("podman", "/run/.containerenv"),
        platform__selinux=Unknown("/sys/fs/selinux/enforce is not shown here"),
        platform__selinux_domain=Known("container_t", "/proc/self/attr/current"),
    )

    [finding] = check(confined, matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert "container_use_devices" in words(finding)
    assert "label=disable" in words(finding)


def test_a_permissive_selinux_is_not_blamed(matrix: Matrix) -> None:
    refused = machine(
        **{**REFUSED, "nvml__control_node": Known("EACCES", "open of /dev/nvidiactl")},
        platform__selinux=Known("permissive", "/sys/fs/selinux/enforce"),
        platform__selinux_domain=Known("unconfined_t", "/proc/self/attr/current"),
    )

    [finding] = check(refused, matrix)

    assert isinstance(finding, Finding)
    assert "SELinux refuses" not in finding.detail


def test_clears_whatever_works(matrix: Matrix) -> None:
    found = Known((node(BOARD), node(CONTROL), node(UVM)), "/dev")
    silent = Unknown("libcuda: the probe ended before this answer")
    nvml_only = machine(driver__nodes=found, libcuda__init=silent, libcuda__devices=silent)

    for snapshot in (machine(), machine(driver__nodes=found), nvml_only):
        [verdict] = check(snapshot, matrix)

        assert isinstance(verdict, Cleared)


@pytest.mark.parametrize("code", [15, 18])
def test_an_answer_of_the_kernel_module_shows_that_the_node_opened(
    matrix: Matrix, code: int
) -> None:
    [verdict] = check(closed(**nvml_gone(answer(code)), **cuda_fails(803)), matrix)

    assert not isinstance(verdict, Finding)


def test_does_not_apply_without_nodes_or_without_the_driver(matrix: Matrix) -> None:
    stale = closed(**{**module_gone(), "driver__nodes": Known((node(CONTROL),), "/dev")})

    for snapshot in (machine(**{**REFUSED, "driver__nodes": nodes()}), stale):
        [verdict] = check(snapshot, matrix)

        assert isinstance(verdict, NotApplicable)


def test_does_not_guess_where_nobody_tried_to_open_them(matrix: Matrix) -> None:
    silent = Unknown("the probe ended before this answer")
    untried = {**nvml_gone(), "libcuda__init": silent, "libcuda__devices": silent}

    [verdict] = check(closed(**untried, environments=()), matrix)

    assert isinstance(verdict, Undetermined)


def test_does_not_guess_without_the_nodes_or_the_errno(matrix: Matrix) -> None:
    for changes in (
        {"driver__nodes": Unknown("/dev can't be listed")},
        {"nvml__control_node": Unknown("the probe ended before this answer")},
    ):
        [verdict] = check(machine(**{**REFUSED, **changes}), matrix)

        assert isinstance(verdict, Undetermined)


def test_a_node_that_is_not_there_is_not_refused(matrix: Matrix) -> None:
    [verdict] = check(machine(**{**REFUSED, "nvml__control_node": Absent("/dev")}), matrix)

    assert isinstance(verdict, Cleared)


def closed_uvm(code: int, **changes: Any) -> Snapshot:
    """Only the node of nvidia_uvm is closed, and NVML works."""
    found = (node(BOARD, "crw-rw-rw-"), node(CONTROL, "crw-rw-rw-"), node(UVM))
    return machine(**{**cuda_fails(code), "driver__nodes": Known(found, "/dev"), **changes})


HIDDEN: dict[str, Any] = {"variables": {"CUDA_VISIBLE_DEVICES": ""}}


def test_what_cuda_lists_without_the_mask_proves_the_nodes_open(matrix: Matrix) -> None:
    shown = closed_uvm(100, **HIDDEN, libcuda__unmasked_count=Known(1, "libcuda"))
    none = closed_uvm(100, **HIDDEN, libcuda__unmasked_count=Known(0, "libcuda"))

    [cleared] = check(shown, matrix)
    [found] = check(none, matrix)

    assert isinstance(cleared, Cleared)
    assert isinstance(found, Finding)


def test_a_mask_that_hides_all_leaves_a_closed_node_open_to_doubt(matrix: Matrix) -> None:
    [verdict] = check(closed_uvm(100, **HIDDEN), matrix)

    assert isinstance(verdict, Undetermined)


@pytest.mark.parametrize("code", [2, 3, 46, 101, 214, 803])
def test_an_answer_that_no_node_causes_is_another_fault(matrix: Matrix, code: int) -> None:
    [verdict] = check(closed_uvm(code), matrix)

    assert isinstance(verdict, NotApplicable)


@pytest.mark.parametrize("code", [100, 304, 999])
def test_an_answer_that_a_closed_node_causes_is_found(matrix: Matrix, code: int) -> None:
    [verdict] = check(closed_uvm(code), matrix)

    assert isinstance(verdict, Finding)


def test_eperm_outside_of_containers_is_left_open_with_a_next_step(matrix: Matrix) -> None:
    refused = {**REFUSED, "nvml__control_node": Known("EPERM", "open of /dev/nvidiactl")}
    inside = Known("docker", "/.dockerenv")

    [verdict] = check(machine(**refused), matrix)
    [in_container] = check(machine(**refused, platform__container=inside), matrix)

    assert isinstance(verdict, Undetermined)
    assert "systemctl show" in verdict.missing
    assert isinstance(in_container, Cleared)


def test_the_modules_options_reach_the_initial_ram_disk(matrix: Matrix) -> None:
    """nvidia may be loaded from there, with the options that were copied into it."""
    [finding] = check(closed("crw-------", "root:root"), matrix)

    assert isinstance(finding, Finding)
    assert ("sudo", "update-initramfs", "-u") in commands(finding)
    assert "update-initramfs" in str(finding.remedies[0].undo)
