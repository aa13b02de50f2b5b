from typing import Any

from gpudoctor.checks.container_lost_gpu import check
from gpudoctor.facts import Absent, DeviceNode, Known, Snapshot, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import answer, cuda_fails, gpu, machine, nodes, nvml_gone
from wording import words

DOCKER = Known("docker", "/.dockerenv")
REVOKED = Known("EPERM", "open of /dev/nvidiactl")


def revoked(**changes: Any) -> Snapshot:
    """A container whose device cgroup was reset."""
    return machine(
        **{
            **nvml_gone(answer(999, "NVML_ERROR_UNKNOWN")),
            **cuda_fails(100, "CUDA_ERROR_NO_DEVICE"),
            "nvml__control_node": REVOKED,
            "platform__container": DOCKER,
            **changes,
        }
    )


def test_finds_a_node_that_the_device_cgroup_refuses(matrix: Matrix) -> None:
    [finding] = check(revoked(), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert "docker restart" in words(finding)
    assert "create-dev-char-symlinks" in words(finding)


def test_nvmls_unknown_error_alone_is_an_inference(matrix: Matrix) -> None:
    [finding] = check(revoked(nvml__control_node=Unknown("the probe ended")), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_words_the_repair_for_the_containers_kind(matrix: Matrix) -> None:
    [finding] = check(revoked(platform__container=Known("kubernetes", "environment")), matrix)

    assert isinstance(finding, Finding)
    assert "PASS_DEVICE_SPECS" in words(finding)


def test_an_unknown_error_with_a_node_that_opens_is_another_fault(matrix: Matrix) -> None:
    for opening in (Known("opened", "open"), Known("EACCES", "open"), Absent("/dev")):
        [verdict] = check(revoked(nvml__control_node=opening), matrix)

        assert isinstance(verdict, Cleared)


def test_another_answer_of_nvml_is_another_fault(matrix: Matrix) -> None:
    other = nvml_gone(answer(18, "NVML_ERROR_LIB_RM_VERSION_MISMATCH"))

    [verdict] = check(
        revoked(**{**other, "nvml__control_node": Unknown("the probe ended")}), matrix
    )

    assert isinstance(verdict, Cleared)


def test_clears_a_container_in_which_cuda_or_nvml_works(matrix: Matrix) -> None:
    healthy = machine(platform__container=DOCKER)
    nvml_works = machine(
        platform__container=DOCKER, **cuda_fails(999), nvml__gpus=Known((gpu(),), "t")
    )

    for snapshot in (healthy, nvml_works):
        [verdict] = check(snapshot, matrix)

        assert isinstance(verdict, Cleared)


def test_does_not_apply_outside_a_container(matrix: Matrix) -> None:
    [verdict] = check(revoked(platform__container=Absent("no mark")), matrix)

    assert isinstance(verdict, NotApplicable)


def test_does_not_apply_without_nodes_or_where_their_bits_refuse(matrix: Matrix) -> None:
    closed = DeviceNode("/dev/nvidia0", False, "crw-rw----", "root:video")

    for found in (nodes(), nodes("nvidiactl"), Known((closed,), "/dev")):
        [verdict] = check(revoked(driver__nodes=found), matrix)

        assert isinstance(verdict, NotApplicable)


def test_does_not_guess_without_an_answer(matrix: Matrix) -> None:
    silent = Unknown("NVML: the probe ended before this answer")
    for changes in (
        {**nvml_gone(silent), "nvml__control_node": silent},
        {"platform__container": Unknown("no /proc")},
        {"driver__nodes": Unknown("/dev can't be listed")},
    ):
        [verdict] = check(revoked(**changes), matrix)

        assert isinstance(verdict, Undetermined)
