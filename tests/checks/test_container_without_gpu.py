from gpudoctor.checks.container_without_gpu import check
from gpudoctor.facts import Absent, Known, Snapshot, Unknown
from gpudoctor.findings import Cleared, Finding, Manual, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import (
    cuda_gone,
    libraries,
    library,
    machine,
    module_gone,
    nodes,
    nvml_gone,
)

DOCKER = Known("docker", "/.dockerenv")
NO_LIBRARIES = Absent("the loader's folders")


def container(**changes: object) -> Snapshot:
    """A container on a host whose GPU works, into which nothing of it was passed."""
    empty = {
        **nvml_gone(),
        **cuda_gone(),
        "platform__container": DOCKER,
        "driver__nodes": nodes(),
        "driver__libraries": NO_LIBRARIES,
    }
    return machine(**{**empty, **changes})


def words(finding: Finding) -> str:
    steps = (step for remedy in finding.remedies for step in remedy.steps)
    return " ".join(step.text for step in steps if isinstance(step, Manual))


def test_finds_a_container_without_device_nodes(matrix: Matrix) -> None:
    [finding] = check(container(), matrix)

    assert isinstance(finding, Finding)
    assert "devices were not passed" in finding.detail
    assert "--gpus all" in words(finding)


def test_names_the_runtime_that_it_found(matrix: Matrix) -> None:
    for runtime, option in (
        ("podman", "nvidia.com/gpu=all"),
        ("kubernetes", "resources.limits"),
        ("apptainer", "--nv"),
    ):
        [finding] = check(container(platform__container=Known(runtime, "test")), matrix)

        assert isinstance(finding, Finding)
        assert option in words(finding)


def test_sees_the_hosts_module_where_the_bus_is_hidden(matrix: Matrix) -> None:
    [finding] = check(container(pci=Known((), "/sys/bus/pci/devices")), matrix)

    assert isinstance(finding, Finding)
    assert "nvidia is loaded" in finding.detail


def test_says_that_the_hosts_driver_does_not_run(matrix: Matrix) -> None:
    asleep = {**module_gone(), **nvml_gone(), **cuda_gone()}

    [finding] = check(container(**asleep), matrix)

    assert isinstance(finding, Finding)
    assert "must run first" in finding.detail


def test_finds_nodes_without_libraries(matrix: Matrix) -> None:
    by_hand = container(driver__nodes=nodes("nvidia0", "nvidiactl", "nvidia-uvm"))

    [finding] = check(by_hand, matrix)

    assert isinstance(finding, Finding)
    assert "passed by hand" in finding.detail


def test_finds_a_container_without_the_compute_capability(matrix: Matrix) -> None:
    utility_only = container(
        driver__nodes=nodes("nvidia0", "nvidiactl"),
        driver__libraries=libraries(library("libnvidia-ml.so.1")),
    )

    [finding] = check(utility_only, matrix)

    assert isinstance(finding, Finding)
    assert "NVIDIA_DRIVER_CAPABILITIES" in words(finding)


def test_an_images_compat_libcuda_is_not_the_drivers(matrix: Matrix) -> None:
    compat = library("libcuda.so.1", "/usr/local/cuda/compat", kind="compat")
    snapshot = container(driver__nodes=nodes("nvidia0"), driver__libraries=libraries(compat))

    [finding] = check(snapshot, matrix)

    assert isinstance(finding, Finding)


def test_clears_a_container_with_nodes_and_libcuda_though_without_nvml(matrix: Matrix) -> None:
    compute_only = container(
        driver__nodes=nodes("nvidia0", "nvidiactl", "nvidia-uvm"),
        driver__libraries=libraries(library("libcuda.so.1")),
    )

    [verdict] = check(compute_only, matrix)

    assert isinstance(verdict, Cleared)


def test_clears_a_container_in_which_cuda_works(matrix: Matrix) -> None:
    [verdict] = check(machine(platform__container=DOCKER), matrix)

    assert isinstance(verdict, Cleared)


def test_does_not_apply_outside_a_container(matrix: Matrix) -> None:
    [verdict] = check(machine(), matrix)

    assert isinstance(verdict, NotApplicable)


def test_does_not_apply_where_the_host_has_no_gpu(matrix: Matrix) -> None:
    gone = {**module_gone(), **nvml_gone(), **cuda_gone(), "pci": Known((), "/sys/bus/pci")}

    [verdict] = check(container(**gone), matrix)

    assert isinstance(verdict, NotApplicable)


def test_does_not_guess_what_windows_has(matrix: Matrix) -> None:
    in_wsl = container(
        **{**module_gone(), **nvml_gone(), **cuda_gone()},
        pci=Known((), "/sys/bus/pci"),
        platform__wsl=Known("2", "kernel release"),
    )

    [verdict] = check(in_wsl, matrix)

    assert isinstance(verdict, Undetermined)


def test_does_not_guess_whether_this_is_a_container(matrix: Matrix) -> None:
    [verdict] = check(container(platform__container=Unknown("no /proc")), matrix)

    assert isinstance(verdict, Undetermined)


def test_a_build_step_is_told_that_builds_get_no_gpu(matrix: Matrix) -> None:
    [finding] = check(container(platform__build_step=Known("buildkit", "mountinfo")), matrix)

    assert isinstance(finding, Finding)
    assert finding.title == "A build step gets no GPU"
    assert "TORCH_CUDA_ARCH_LIST" in words(finding)


def test_says_whether_a_gpu_was_asked_for(matrix: Matrix) -> None:
    for value, said in (("all", "was asked for"), ("void", "asks the runtime for no GPU")):
        [finding] = check(container(variables={"NVIDIA_VISIBLE_DEVICES": value}), matrix)

        assert isinstance(finding, Finding)
        assert said in finding.detail


def test_names_the_capabilities_that_were_asked_for(matrix: Matrix) -> None:
    utility_only = container(
        driver__nodes=nodes("nvidia0", "nvidiactl"),
        driver__libraries=libraries(library("libnvidia-ml.so.1")),
        variables={"NVIDIA_DRIVER_CAPABILITIES": "utility"},
    )

    [finding] = check(utility_only, matrix)

    assert isinstance(finding, Finding)
    assert "is 'utility'" in finding.detail


def test_apptainer_needs_no_toolkit_of_nvidia(matrix: Matrix) -> None:
    [finding] = check(container(platform__container=Known("apptainer", "environment")), matrix)

    assert isinstance(finding, Finding)
    assert "Toolkit" not in words(finding)
