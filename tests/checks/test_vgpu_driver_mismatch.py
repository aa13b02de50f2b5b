from typing import Any

import pytest

from gpu_machines import RTX_4070_SUPER, with_driver
from gpudoctor.checks.vgpu_driver_mismatch import check
from gpudoctor.facts import Absent, Known, Snapshot, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined, Verdict
from gpudoctor.matrix import Matrix
from machines import DRIVER, answer, cuda_fails, driver, gpu, machine, nvml_gone, pci_device

BUS = "0000:65:00.0"
GUEST = Known("QEMU", "/sys/class/dmi/id/sys_vendor")
MISFIT = "NVRM: Xid (PCI:0000:65:00): 78, Guest driver is incompatible with host driver"
A100 = Known((pci_device(kernel_driver=Absent("sysfs")),), "/sys/bus/pci/devices")


def refusal(version: str = DRIVER, address: str = BUS) -> str:
    """What the kernel logs of a board that a driver does not take."""
    return (
        f"NVRM: The NVIDIA GPU {address} (PCI ID: 10de:20f1)\\x0aNVRM: installed in this system is "
        f"not supported by the\\x0aNVRM: NVIDIA {version} driver release."
    )


def guest(*lines: str, **changes: Any) -> Snapshot:
    """A virtual machine in which the driver reaches no GPU."""
    return machine(
        **{
            **nvml_gone(answer(9, "NVML_ERROR_DRIVER_NOT_LOADED")),
            **cuda_fails(100, "CUDA_ERROR_NO_DEVICE"),
            "platform__virtual_machine": GUEST,
            "pci": A100,
            "driver__flavour": Absent("/proc/driver/nvidia/version"),
            "driver__kernel_log": Known(lines, "/dev/kmsg"),
            **changes,
        }
    )


def test_the_guests_own_words_are_a_statement(matrix: Matrix) -> None:
    [finding] = check(guest(MISFIT), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED


def test_a_driver_that_refuses_a_chip_of_its_branch_meets_a_virtual_gpu(matrix: Matrix) -> None:
    [finding] = check(guest(refusal()), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert "inference" in finding.detail


def test_the_message_may_come_line_by_line(matrix: Matrix) -> None:
    [finding] = check(guest(*refusal().split("\\x0a")), matrix)

    assert isinstance(finding, Finding)


@pytest.mark.parametrize(
    "changes",
    [
        {"platform__virtual_machine": Absent("/proc/cpuinfo")},
        {"platform__virtual_machine": Unknown("no /proc/cpuinfo")},
        {"driver__flavour": Known("open", "/proc/driver/nvidia/version")},
        {"pci": Known((pci_device(address="0000:01:00.0"),), "/sys/bus/pci/devices")},
        {"pci": Known((), "/sys/bus/pci/devices")},
    ],
)
def test_a_refusal_elsewhere_is_another_fault(matrix: Matrix, changes: dict[str, Any]) -> None:
    [verdict] = check(guest(refusal(), **changes), matrix)

    assert isinstance(verdict, NotApplicable)


def test_a_branch_that_does_not_have_the_chip_refuses_it_rightly(matrix: Matrix) -> None:
    old = with_driver(driver("390.157"), None)

    [verdict] = check(guest(refusal("390.157"), **old), matrix)

    assert isinstance(verdict, NotApplicable)
    assert "does not have the chip" in verdict.reason


def test_a_card_that_came_out_after_the_driver_is_no_virtual_gpu(matrix: Matrix) -> None:
    """It was passed through; the driver is too old for it, though not for its chip's siblings."""
    card = pci_device(device_id=RTX_4070_SUPER, kernel_driver=Absent("sysfs"))
    old = {**with_driver(driver("535.54.03"), None), "pci": Known((card,), "sysfs")}
    new = {**with_driver(driver("550.54.14"), None), "pci": Known((card,), "sysfs")}

    [passed] = check(guest(refusal("535.54.03"), **old), matrix)
    [virtual] = check(guest(refusal("550.54.14"), **new), matrix)

    assert isinstance(passed, NotApplicable)
    assert isinstance(virtual, Finding)


@pytest.mark.parametrize(("flavour", "kind"), [("Open ", NotApplicable), ("", Finding)])
def test_the_greeting_tells_the_flavour_of_a_module_that_did_not_stay(
    matrix: Matrix, flavour: str, kind: type[Verdict]
) -> None:
    greeting = f"NVRM: loading NVIDIA UNIX {flavour}Kernel Module for x86_64  {DRIVER}  Release"

    [verdict] = check(guest(refusal(), greeting), matrix)

    assert isinstance(verdict, kind)


def test_the_refusal_of_a_driver_of_before_is_history(matrix: Matrix) -> None:
    [verdict] = check(guest(refusal("570.86.15")), matrix)

    assert isinstance(verdict, NotApplicable)


def test_does_not_guess_at_a_chip_that_the_matrix_lacks(matrix: Matrix) -> None:
    stranger = Known((pci_device(device_id="0FFF"),), "/sys/bus/pci/devices")

    [verdict] = check(guest(refusal(), pci=stranger), matrix)

    assert isinstance(verdict, Undetermined)


def test_a_quiet_log_shows_nothing(matrix: Matrix) -> None:
    [verdict] = check(guest("NVRM: loading NVIDIA UNIX x86_64 Kernel Module"), matrix)

    assert isinstance(verdict, NotApplicable)


def test_clears_a_virtual_gpu_that_works(matrix: Matrix) -> None:
    working = machine(
        platform__virtual_machine=GUEST,
        nvml__gpus=Known((gpu(virtualization=Known("vgpu", "NVML")),), "NVML"),
        driver__kernel_log=Known((MISFIT,), "/dev/kmsg"),
    )
    nvml_alone = machine(**cuda_fails(999), platform__virtual_machine=GUEST)

    for snapshot in (working, nvml_alone):
        [verdict] = check(snapshot, matrix)

        assert isinstance(verdict, Cleared)


def test_does_not_apply_in_a_container(matrix: Matrix) -> None:
    [verdict] = check(guest(MISFIT, platform__container=Known("docker", "t")), matrix)

    assert isinstance(verdict, NotApplicable)


def test_does_not_guess_without_the_kernel_log(matrix: Matrix) -> None:
    [verdict] = check(guest(driver__kernel_log=Unknown("/dev/kmsg can't be opened")), matrix)

    assert isinstance(verdict, Undetermined)
