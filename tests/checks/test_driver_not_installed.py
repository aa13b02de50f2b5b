import pytest

from gpudoctor.checks.driver_not_installed import check
from gpudoctor.facts import Absent, DkmsBuild, Known, ModuleOnDisk, Snapshot, Unknown
from gpudoctor.findings import Cleared, Command, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import (
    cuda_gone,
    libraries,
    library,
    machine,
    module_gone,
    nvml_gone,
    pci_device,
)


def bare(**changes: object) -> Snapshot:
    """A machine with a GPU that nobody installed a driver for."""
    nothing = {
        **module_gone(),
        **nvml_gone(),
        **cuda_gone(),
        "driver__modules_on_disk": Known((), "/lib/modules"),
        "driver__dkms": Absent("/var/lib/dkms does not exist"),
        "driver__libraries": Absent("the loader's folders"),
    }
    return machine(**{**nothing, **changes})


def test_finds_a_gpu_without_module_and_libraries(matrix: Matrix) -> None:
    [finding] = check(bare(), matrix)

    assert isinstance(finding, Finding)
    commands = [s.argv for s in finding.remedies[0].steps if isinstance(s, Command)]
    assert ("sudo", "ubuntu-drivers", "install") in commands


def test_says_which_driver_holds_the_gpu_until_then(matrix: Matrix) -> None:
    on_nouveau = Known((pci_device(kernel_driver=Known("nouveau", "sysfs")),), "sysfs")

    [finding] = check(bare(pci=on_nouveau), matrix)

    assert isinstance(finding, Finding)
    assert "nouveau" in finding.detail


@pytest.mark.parametrize(
    ("ids", "word"),
    [
        (("debian",), "nvidia-driver"),
        (("fedora",), "akmod-nvidia"),
        (("rocky", "rhel", "centos", "fedora"), "nvidia-open"),
        (("amzn", "fedora"), "https://www.nvidia.com/en-us/drivers/"),
        (("opensuse-leap", "suse"), "https://www.nvidia.com/en-us/drivers/"),
    ],
)
def test_names_only_packages_that_the_distribution_has(
    matrix: Matrix, ids: tuple[str, ...], word: str
) -> None:
    [finding] = check(bare(platform__distribution_ids=Known(ids, "os-release")), matrix)

    assert isinstance(finding, Finding)
    assert word in str(finding.remedies[0].steps)
    assert "ubuntu-drivers" not in str(finding.remedies[0].steps)


def test_root_needs_no_sudo(matrix: Matrix) -> None:
    [finding] = check(bare(platform__is_root=True), matrix)

    assert isinstance(finding, Finding)
    assert "sudo" not in str(finding.remedies)


@pytest.mark.parametrize(
    "trace",
    [
        {"driver__modules_on_disk": Known((ModuleOnDisk("6.8.0-40-generic", "/m"),), "/lib")},
        {"driver__dkms": Known((DkmsBuild("580.95.05", ()),), "/var/lib/dkms")},
        {"driver__libraries": libraries(library("libcuda.so.1"))},
        {"driver__modules_loaded": Known(("nvidia",), "/proc/modules")},
    ],
)
def test_clears_a_machine_with_any_part_of_a_driver(
    matrix: Matrix, trace: dict[str, object]
) -> None:
    [verdict] = check(bare(**trace), matrix)

    assert isinstance(verdict, Cleared)


def test_a_stub_libcuda_is_no_driver(matrix: Matrix) -> None:
    stub = library("libcuda.so.1", "/usr/local/cuda/lib64/stubs", kind="stub")

    [finding] = check(bare(driver__libraries=libraries(stub)), matrix)

    assert isinstance(finding, Finding)


@pytest.mark.parametrize(
    "change",
    [
        {"pci": Known((), "/sys/bus/pci/devices")},
        {"platform__container": Known("docker", "/.dockerenv")},
        {"platform__wsl": Known("2", "kernel release")},
        {"platform__integrated_board": Known("NVIDIA Jetson", "device tree")},
    ],
)
def test_does_not_apply_without_a_gpu_or_a_driver_of_its_own(
    matrix: Matrix, change: dict[str, object]
) -> None:
    [verdict] = check(bare(**change), matrix)

    assert isinstance(verdict, NotApplicable)


@pytest.mark.parametrize(
    "change",
    [
        {"pci": Unknown("not readable")},
        {"driver__modules_on_disk": Unknown("not readable")},
        {"driver__libraries": Unknown("not readable")},
    ],
)
def test_does_not_guess(matrix: Matrix, change: dict[str, object]) -> None:
    [verdict] = check(bare(**change), matrix)

    assert isinstance(verdict, Undetermined)
