from typing import Any

import pytest

from gpudoctor.checks.driver_not_loaded import check
from gpudoctor.facts import (
    NOT_LOOKED,
    Absent,
    DkmsBuild,
    Fact,
    Known,
    ModuleOnDisk,
    Snapshot,
    Unknown,
)
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import KERNEL, driver, machine, module_gone, nvml_gone, pci_device

OLDER = "6.8.0-40-generic"


def asleep(**changes: object) -> Snapshot:
    """A machine with a driver on disk that is not in the kernel."""
    return machine(**{**module_gone(), **changes})


def found(snapshot: Snapshot, matrix: Matrix) -> Finding:
    [finding] = check(snapshot, matrix)
    assert isinstance(finding, Finding)
    assert finding.remedies
    return finding


def test_clears_a_loaded_module(matrix: Matrix) -> None:
    [verdict] = check(machine(), matrix)

    assert isinstance(verdict, Cleared)


def test_finds_nouveau_on_the_device(matrix: Matrix) -> None:
    held = Known((pci_device(kernel_driver=Known("nouveau", "sysfs")),), "sysfs")

    finding = found(asleep(pci=held), matrix)

    assert finding.title.endswith("nouveau holds the GPU")
    assert finding.confidence is Confidence.CERTAIN
    assert "blacklist-nouveau" in str(finding.remedies[0].steps)
    assert finding.remedies[0].undo


def test_says_too_that_the_holder_leaves_the_gpu_without_a_module(matrix: Matrix) -> None:
    finding = found(
        asleep(
            pci=Known((pci_device(kernel_driver=Known("nouveau", "sysfs")),), "sysfs"),
            driver__modules_on_disk=Known((ModuleOnDisk(OLDER, "/m"),), "/lib/modules"),
        ),
        matrix,
    )

    assert "nouveau" in finding.title
    assert KERNEL in finding.detail
    assert any("Build the NVIDIA module" in remedy.summary for remedy in finding.remedies)


def test_finds_a_gpu_that_is_set_aside_for_a_virtual_machine(matrix: Matrix) -> None:
    held = Known((pci_device(kernel_driver=Known("vfio-pci", "sysfs")),), "sysfs")

    finding = found(asleep(pci=held), matrix)

    assert "vfio-pci" in finding.title


def test_finds_that_dkms_built_for_another_kernel_only(matrix: Matrix) -> None:
    finding = found(
        asleep(
            driver__modules_on_disk=Known((ModuleOnDisk(OLDER, "/m"),), "/lib/modules"),
            driver__dkms=Known((DkmsBuild("580.95.05", (OLDER,)),), "/var/lib/dkms"),
        ),
        matrix,
    )

    assert "no module for the running kernel" in finding.title
    assert KERNEL in finding.detail
    assert OLDER in finding.detail
    assert f"linux-headers-{KERNEL}" in str(finding.remedies[0].steps)
    assert OLDER in finding.remedies[1].summary


def test_finds_libraries_without_a_module_for_any_kernel(matrix: Matrix) -> None:
    finding = found(
        asleep(
            driver__modules_on_disk=Known((), "/lib/modules"),
            driver__dkms=Absent("/var/lib/dkms does not exist"),
        ),
        matrix,
    )

    assert "for no kernel" in finding.detail
    assert "ubuntu-drivers" in str(finding.remedies[0].steps)


def test_secure_boot_alone_makes_it_likely(matrix: Matrix) -> None:
    finding = found(asleep(platform__secure_boot=Known(True, "EFI")), matrix)

    assert "Secure Boot" in finding.title
    assert finding.confidence is Confidence.LIKELY
    assert "--enroll-key" in str(finding.remedies[0].steps)


def test_the_kernels_refusal_makes_secure_boot_certain(matrix: Matrix) -> None:
    log = Known(("nvidia: Key was rejected by service",), "/dev/kmsg")

    finding = found(asleep(driver__kernel_log=log), matrix)

    assert "Secure Boot refused" in finding.title
    assert finding.confidence is Confidence.CERTAIN


def test_quotes_the_kernel_log_where_nothing_else_explains_it(matrix: Matrix) -> None:
    line = "NVRM: The NVIDIA probe routine failed for 1 device(s)."

    finding = found(asleep(driver__kernel_log=Known((line,), "/dev/kmsg")), matrix)

    assert line in finding.detail
    assert finding.confidence is Confidence.LIKELY


def test_nvml_tells_where_the_modules_cannot_be_read(matrix: Matrix) -> None:
    unreadable = Unknown("/proc/modules: permission denied")

    finding = found(asleep(driver__modules_loaded=unreadable), matrix)
    [without_nvml] = check(asleep(**{**nvml_gone(), "driver__modules_loaded": unreadable}), matrix)

    assert finding.confidence is Confidence.LIKELY
    assert isinstance(without_nvml, Undetermined)


def test_does_not_guess_whether_a_gpu_is_there(matrix: Matrix) -> None:
    [verdict] = check(asleep(pci=Unknown("no PCI bus to read")), matrix)

    assert isinstance(verdict, Undetermined)


@pytest.mark.parametrize(
    "change",
    [
        {"pci": Known((), "/sys/bus/pci/devices")},
        {"platform__container": Known("docker", "/.dockerenv")},
        {"platform__wsl": Known("2", "kernel release")},
        {
            "driver__modules_on_disk": Known((), "/lib/modules"),
            "driver__dkms": Absent("/var/lib/dkms"),
            "driver__libraries": Absent("the loader's folders"),
        },
    ],
)
def test_does_not_apply_without_gpu_or_driver(matrix: Matrix, change: dict[str, object]) -> None:
    [verdict] = check(asleep(**change), matrix)

    assert isinstance(verdict, NotApplicable)


def module(version: str = "580.95.05", signer: Fact[str] = NOT_LOOKED) -> Known[Any]:
    """The module on disk for the running kernel, signed by somebody."""
    there = ModuleOnDisk(KERNEL, "/m", Known(driver(version), "/m"), Known("open", "/m"), signer)
    return Known((there,), "/lib/modules")


SILENT_LOG = Known(("nouveau 0000:01:00.0: timeout",), "/dev/kmsg")
SECURE = {
    "platform__secure_boot": Known(True, "EFI variable SecureBoot"),
    "platform__enrolled_keys": Known(("ann",), "EFI variables MokListRT and db"),
    "driver__kernel_log": SILENT_LOG,
}


def test_names_the_key_that_secure_boot_does_not_know(matrix: Matrix) -> None:
    signed = module(signer=Known("build-host key", "/m"))

    finding = found(asleep(**SECURE, driver__modules_on_disk=signed), matrix)

    assert "Secure Boot" in finding.title
    assert "build-host key" in finding.detail
    assert finding.confidence is Confidence.LIKELY


def test_says_that_a_module_is_not_signed(matrix: Matrix) -> None:
    finding = found(
        asleep(**SECURE, driver__modules_on_disk=module(signer=Absent("no signature"))), matrix
    )

    assert "no signature" in finding.detail


def test_does_not_blame_secure_boot_for_a_module_whose_key_is_enrolled(matrix: Matrix) -> None:
    signed = module(signer=Known("ann", "/m"))

    finding = found(asleep(**SECURE, driver__modules_on_disk=signed), matrix)

    assert "Secure Boot" not in finding.title


def test_right_after_an_installation_it_says_load_or_reboot(matrix: Matrix) -> None:
    finding = found(
        asleep(driver__modules_on_disk=module(), driver__kernel_log=Known((), "/dev/kmsg")), matrix
    )

    assert "not loaded since the machine started" in finding.title
    assert [remedy.scope for remedy in finding.remedies] == ["system", "reboot"]


def test_a_failed_loading_gives_the_kernels_last_word(matrix: Matrix) -> None:
    words = "nvidia: disagrees about version of symbol module_layout"

    finding = found(asleep(driver__kernel_log=Known((words,), "/dev/kmsg")), matrix)

    assert words in finding.detail
