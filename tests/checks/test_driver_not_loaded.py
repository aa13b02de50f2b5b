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
from wording import commands

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

    finding = found(asleep(**{**SECURE, "driver__kernel_log": log}), matrix)

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


REJECTED = "Loading of module with unavailable key is rejected"
REFUSALS = (
    REJECTED,
    "Loading of unsigned module is rejected",
    "Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7",
    "Lockdown: systemd-udevd: Loading of unsigned module is restricted; see man kernel_lockdown.7",
)


def logged(*lines: str) -> dict[str, Any]:
    return {**SECURE, "driver__kernel_log": Known(lines, "/dev/kmsg")}


@pytest.mark.parametrize("line", REFUSALS)
def test_a_refusal_of_an_unsigned_module_is_certain(matrix: Matrix, line: str) -> None:
    unsigned = module(signer=Absent("no signature"))

    finding = found(asleep(**logged(line), driver__modules_on_disk=unsigned), matrix)

    assert finding.title.endswith("Secure Boot refused it")
    assert finding.confidence is Confidence.CERTAIN
    assert line in finding.detail
    assert "--enroll-key" in str(finding.remedies[0].steps)


def test_a_refusal_of_a_key_that_is_not_enrolled_is_certain(matrix: Matrix) -> None:
    signed = module(signer=Known("build-host key", "/m"))

    finding = found(asleep(**logged(REJECTED), driver__modules_on_disk=signed), matrix)

    assert finding.confidence is Confidence.CERTAIN
    assert "build-host key" in finding.detail


def test_a_refusal_outranks_a_key_of_an_enrolled_name(matrix: Matrix) -> None:
    signed = module(signer=Known("ann", "/m"))

    finding = found(asleep(**logged(REJECTED), driver__modules_on_disk=signed), matrix)

    assert finding.title.endswith("Secure Boot refused it")
    assert finding.confidence is Confidence.LIKELY
    assert "names no module" in finding.detail
    assert "another one of that name" in finding.detail


def test_a_refusal_that_names_no_module_is_an_inference(matrix: Matrix) -> None:
    finding = found(asleep(**logged(REJECTED)), matrix)

    assert finding.confidence is Confidence.LIKELY
    assert "is an inference" in finding.detail


def test_a_refusal_after_nvidia_was_let_in_is_of_another_module(matrix: Matrix) -> None:
    """VirtualBox's, for one."""
    signed = module(signer=Known("ann", "/m"))
    lines = ("NVRM: No NVIDIA GPU found.", REJECTED)

    finding = found(asleep(**logged(*lines), driver__modules_on_disk=signed), matrix)

    assert "Secure Boot" not in finding.title


def test_a_refusal_before_nvidia_was_let_in_is_of_another_module(matrix: Matrix) -> None:
    lines = (REJECTED, "nvidia: loading out-of-tree module taints kernel.")

    finding = found(asleep(**logged(*lines), driver__modules_on_disk=module()), matrix)

    assert "Secure Boot refused" not in finding.title


def test_a_strict_kernel_without_secure_boot_is_told_apart(matrix: Matrix) -> None:
    strict = {**logged(REFUSALS[1]), "platform__secure_boot": Known(False, "EFI")}

    finding = found(
        asleep(**strict, driver__modules_on_disk=module(signer=Absent("no signature"))), matrix
    )

    assert finding.title.endswith("the kernel refused it")
    assert "sig_enforce" in str(finding.remedies[0].steps)


def on_bus(*drivers: str | None) -> Known[Any]:
    """Cards that these kernel drivers hold; None: nobody."""
    facts: list[Fact[str]] = [Absent("s") if each is None else Known(each, "s") for each in drivers]
    return Known(tuple(pci_device(n, kernel_driver=f) for n, f in enumerate(facts)), "sysfs")


def test_nouveau_that_took_what_nvidia_was_refused_is_not_the_cause(matrix: Matrix) -> None:
    unsigned = module(signer=Absent("no signature"))
    snapshot = asleep(**logged(REJECTED), driver__modules_on_disk=unsigned, pci=on_bus("nouveau"))

    finding = found(snapshot, matrix)

    assert finding.title.endswith("Secure Boot refused it")
    assert "nouveau has the GPU" in finding.detail
    enrol, release = finding.remedies
    assert "--enroll-key" in str(enrol.steps)
    assert release.summary.startswith("If that is not enough: keep nouveau")


def test_nouveau_is_the_cause_where_only_the_key_is_not_known(matrix: Matrix) -> None:
    secure = Known(True, "EFI variable SecureBoot")

    finding = found(asleep(platform__secure_boot=secure, pci=on_bus("nouveau")), matrix)

    assert finding.title.endswith("nouveau holds the GPU")
    assert len(finding.remedies) == 1


def test_a_card_set_aside_for_a_machine_comes_before_a_refusal(matrix: Matrix) -> None:
    unsigned = module(signer=Absent("no signature"))
    snapshot = asleep(**logged(REJECTED), driver__modules_on_disk=unsigned, pci=on_bus("vfio-pci"))

    finding = found(snapshot, matrix)

    assert finding.title.endswith("vfio-pci holds the GPU")
    assert "signature" in finding.detail
    assert len(finding.remedies) == 2


@pytest.mark.parametrize("holder", ["vfio-pci", "nouveau"])
def test_a_holder_of_one_card_explains_nothing_while_another_is_free(
    matrix: Matrix, holder: str
) -> None:
    older = Known((ModuleOnDisk(OLDER, "/m"),), "/lib/modules")

    unbuilt = found(asleep(pci=on_bus(holder, None), driver__modules_on_disk=older), matrix)
    built = found(asleep(pci=on_bus(holder, None)), matrix)

    assert unbuilt.title.endswith("no module for the running kernel")
    assert "holds" not in built.title


def test_nouveau_explains_more_than_a_card_set_aside(matrix: Matrix) -> None:
    finding = found(asleep(pci=on_bus("vfio-pci", "nouveau")), matrix)

    assert finding.title.endswith("nouveau holds the GPU")


FEDORA: dict[str, Any] = {"platform__distribution_ids": Known(("fedora",), "os-release")}
BY_DKMS: dict[str, Any] = {
    "driver__dkms": Known((DkmsBuild("580.95.05", (OLDER,)),), "/var/lib/dkms")
}
BY_AKMODS: dict[str, Any] = {"driver__dkms": Absent("/var/lib/dkms")}


@pytest.mark.parametrize(("builder", "command"), [(BY_DKMS, "dkms"), (BY_AKMODS, "akmods")])
def test_fedora_builds_by_what_is_on_disk(
    matrix: Matrix, builder: dict[str, Any], command: str
) -> None:
    older = Known((ModuleOnDisk(OLDER, "/m"),), "/lib/modules")

    finding = found(asleep(**FEDORA, **builder, driver__modules_on_disk=older), matrix)

    assert [argv[1] for argv in commands(finding) if KERNEL in argv] == [command]


@pytest.mark.parametrize(
    ("builder", "key"), [(BY_DKMS, "/var/lib/dkms/mok.pub"), (BY_AKMODS, "/etc/pki/akmods")]
)
def test_fedora_enrols_the_key_of_what_builds(
    matrix: Matrix, builder: dict[str, Any], key: str
) -> None:
    unsigned = module(signer=Absent("no signature"))
    snapshot = asleep(**FEDORA, **builder, **logged(REJECTED), driver__modules_on_disk=unsigned)

    assert key in str(found(snapshot, matrix).remedies[0].steps)


def test_nouveau_comes_first_where_a_refusal_is_only_to_be_expected(matrix: Matrix) -> None:
    """The log holds no word of one, so nvidia was not tried yet; it would be refused next."""
    unsigned = module(signer=Absent("no signature"))
    snapshot = asleep(**SECURE, driver__modules_on_disk=unsigned, pci=on_bus("nouveau"))

    finding = found(snapshot, matrix)

    assert finding.title.endswith("nouveau holds the GPU")
    assert "carries no signature" in finding.detail
    assert any("--enroll-key" in str(remedy.steps) for remedy in finding.remedies)
