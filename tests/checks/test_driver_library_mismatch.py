from typing import Any

import pytest

from gpudoctor.checks.driver_library_mismatch import check
from gpudoctor.facts import DeviceHolder, Known, ModuleOnDisk, Snapshot, Unknown
from gpudoctor.findings import Cleared, Command, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import (
    KERNEL,
    answer,
    cuda_fails,
    driver,
    libraries,
    library,
    machine,
    module_gone,
    nvml_gone,
    pci_device,
)

OLDER = Known(driver("580.82.07"), "/proc/driver/nvidia/version")
NVML_18 = nvml_gone(answer(18, "NVML_ERROR_LIB_RM_VERSION_MISMATCH"))


def half_updated(**changes: object) -> Snapshot:
    """Libraries of 580.95.05 over the loaded module of 580.82.07."""
    before_the_reboot = {
        **NVML_18,
        **cuda_fails(803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"),
        "driver__kernel_module_version": OLDER,
    }
    return machine(**{**before_the_reboot, **changes})


def test_clears_equal_versions(matrix: Matrix) -> None:
    [verdict] = check(machine(), matrix)

    assert isinstance(verdict, Cleared)


def test_finds_a_half_updated_driver(matrix: Matrix) -> None:
    [finding] = check(half_updated(), matrix)

    assert isinstance(finding, Finding)
    assert finding.blocks
    assert finding.confidence is Confidence.CERTAIN
    assert "580.82.07" in finding.detail
    assert "580.95.05" in finding.detail
    assert finding.remedies[0].scope == "reboot"
    assert finding.remedies[0].verify[-1] == "driver-library-mismatch"


def test_offers_to_unload_in_the_order_that_works(matrix: Matrix) -> None:
    [finding] = check(half_updated(), matrix)

    assert isinstance(finding, Finding)
    unload = "'nvidia_drm', 'nvidia_modeset', 'nvidia_uvm', 'nvidia'"
    assert unload in str(finding.remedies[1].steps)


def test_versions_alone_make_it_likely_where_nvml_was_not_asked(matrix: Matrix) -> None:
    gap = Unknown("NVML: the probe ended before this answer")
    silent = machine(nvml__init=gap, driver__kernel_module_version=OLDER)

    [finding] = check(silent, matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_a_host_must_reboot_for_its_container(matrix: Matrix) -> None:
    [finding] = check(half_updated(platform__container=Known("docker", "/.dockerenv")), matrix)

    assert isinstance(finding, Finding)
    assert finding.remedies[0].scope == "host"
    assert "image" in finding.detail


@pytest.mark.parametrize(("kind", "folder"), [("compat", "/usr/local/cuda/compat")])
def test_leaves_a_compat_libcuda_to_its_own_diagnosis(
    matrix: Matrix, kind: str, folder: str
) -> None:
    newer = Known(driver("590.48.01"), "file name")
    compat = library("libcuda.so.1", folder, kind=kind, version=newer)
    snapshot = machine(
        **cuda_fails(803),
        driver__libraries=libraries(compat, library("libnvidia-ml.so.1")),
        libcuda__load=Known(f"{folder}/libcuda.so.590.48.01", "/proc/self/maps"),
    )

    [verdict] = check(snapshot, matrix)

    assert isinstance(verdict, Cleared)


def test_leaves_an_images_own_libcuda_to_compat_libraries(matrix: Matrix) -> None:
    images = library("libcuda.so.1", version=Known(driver("550.54.15"), "file name"))
    snapshot = machine(
        **cuda_fails(803),
        driver__libraries=libraries(images, library("libnvidia-ml.so.1")),
        libcuda__load=Known("/usr/lib/x86_64-linux-gnu/libcuda.so.550.54.15", "/proc/self/maps"),
        platform__container=Known("docker", "/.dockerenv"),
    )

    [verdict] = check(snapshot, matrix)

    assert isinstance(verdict, Cleared)


def test_finds_a_libcuda_left_behind_by_the_drivers_own_upgrade(matrix: Matrix) -> None:
    left = library("libcuda.so.1", version=Known(driver("580.82.07"), "file name"))
    snapshot = machine(
        **cuda_fails(803),
        driver__libraries=libraries(left, library("libnvidia-ml.so.1")),
        libcuda__load=Known("/usr/lib/x86_64-linux-gnu/libcuda.so.580.82.07", "/proc/self/maps"),
    )

    [finding] = check(snapshot, matrix)

    assert isinstance(finding, Finding)


def test_an_nvml_of_an_image_does_not_block_cuda(matrix: Matrix) -> None:
    images = library("libnvidia-ml.so.1", version=Known(driver("550.54.15"), "file name"))
    snapshot = machine(
        **NVML_18,
        driver__libraries=libraries(library("libcuda.so.1"), images),
        platform__container=Known("docker", "/.dockerenv"),
    )

    [finding] = check(snapshot, matrix)

    assert isinstance(finding, Finding)
    assert not finding.blocks


def test_does_not_apply_without_a_loaded_module_or_in_wsl(matrix: Matrix) -> None:
    [unloaded] = check(machine(**module_gone()), matrix)
    [in_wsl] = check(machine(platform__wsl=Known("2", "kernel release")), matrix)

    assert isinstance(unloaded, NotApplicable)
    assert isinstance(in_wsl, NotApplicable)


def test_does_not_guess_without_versions(matrix: Matrix) -> None:
    gap = Unknown("not readable")
    [no_module] = check(machine(**nvml_gone(), driver__kernel_module_version=gap), matrix)
    [no_libraries] = check(machine(**nvml_gone(), driver__libraries=gap), matrix)

    assert isinstance(no_module, Undetermined)
    assert isinstance(no_libraries, Undetermined)


def on_disk(version: str, kernel: str = KERNEL) -> Known[Any]:
    there = ModuleOnDisk(kernel, "/m", Known(driver(version), "/m"))
    return Known((there,), "/lib/modules")


def found(snapshot: Snapshot, matrix: Matrix) -> Finding:
    [finding] = check(snapshot, matrix)
    assert isinstance(finding, Finding)
    return finding


def test_puts_all_versions_in_one_line(matrix: Matrix) -> None:
    detail = found(half_updated(driver__modules_on_disk=on_disk("580.95.05")), matrix).detail

    assert "loaded module 580.82.07, module on disk 580.95.05, libcuda.so.1 580.95.05" in detail


def test_does_not_promise_that_a_reboot_mends_a_module_that_was_not_built(matrix: Matrix) -> None:
    finding = found(half_updated(driver__modules_on_disk=on_disk("580.82.07")), matrix)

    assert "not built anew" in finding.detail
    assert "Build the NVIDIA module" in finding.remedies[0].summary


def test_warns_of_a_newer_kernel_that_would_boot_without_a_driver(matrix: Matrix) -> None:
    finding = found(
        half_updated(
            driver__modules_on_disk=on_disk("580.95.05"),
            platform__kernels=Known((KERNEL, "6.11.0-9-generic"), "/lib/modules"),
        ),
        matrix,
    )

    assert "6.11.0-9-generic" in finding.remedies[0].summary
    assert not any("modprobe" in str(step) for step in finding.remedies[0].steps)


def test_names_who_is_in_the_way_of_unloading(matrix: Matrix) -> None:
    holders = (
        DeviceHolder(1187, "Xorg"),
        DeviceHolder(900, "nvidia-persiste"),
        DeviceHolder(4242, "python3"),
    )

    reload_ = found(half_updated(driver__holders=Known(holders, "/proc/*/fd")), matrix).remedies[-1]

    steps = str(reload_.steps)
    assert "'systemctl', 'stop', 'nvidia-persistenced'" in steps
    assert "'systemctl', 'isolate', 'multi-user.target'" in steps
    assert "python3 (process 4242)" in steps


def test_nobody_in_the_way_needs_no_stopping(matrix: Matrix) -> None:
    reload_ = found(half_updated(driver__holders=Known((), "/proc/*/fd")), matrix).remedies[-1]

    assert len(reload_.steps) == 2


def test_what_was_unloaded_is_loaded_again_in_the_reverse_order(matrix: Matrix) -> None:
    reload_ = found(half_updated(driver__holders=Known((), "/proc/*/fd")), matrix).remedies[-1]

    unload, load = [step.argv[3:] for step in reload_.steps if isinstance(step, Command)]
    assert unload == ("nvidia_drm", "nvidia_modeset", "nvidia_uvm", "nvidia")
    assert load == unload[::-1]


def test_what_was_stopped_is_started_again(matrix: Matrix) -> None:
    holders = (DeviceHolder(1187, "Xorg"), DeviceHolder(900, "nvidia-persiste"))

    reload_ = found(half_updated(driver__holders=Known(holders, "/proc/*/fd")), matrix).remedies[-1]

    first, *_ = reload_.steps
    started = [step.argv[2:] for step in reload_.steps if isinstance(step, Command)][-2:]
    assert "SSH" in str(first)
    assert started == [("start", "nvidia-persistenced"), ("isolate", "graphical.target")]


def test_whoever_can_not_see_what_is_in_the_way_is_told_so(matrix: Matrix) -> None:
    unseen = Unknown("the processes of other users are closed to us (3 of them)")

    reload_ = found(half_updated(driver__holders=unseen), matrix).remedies[-1]

    assert "SSH" in str(reload_.steps[0])
    assert "fuser" in str(reload_.steps[1])
    assert "graphical.target" in str(reload_.steps[-1])


def test_does_not_send_a_gpu_into_a_reboot_that_drops_it(matrix: Matrix) -> None:
    newer = Known(driver("590.48.01"), "file name")
    pascal = Known((pci_device(device_id="1B06"),), "sysfs")

    finding = found(
        half_updated(
            pci=pascal,
            driver__libraries=libraries(
                library("libcuda.so.1", version=newer), library("libnvidia-ml.so.1", version=newer)
            ),
        ),
        matrix,
    )

    assert "dropped Pascal" in finding.detail
    assert [remedy.summary for remedy in finding.remedies] == [
        "Install NVIDIA driver branch 580 with the proprietary kernel modules, then reboot"
    ]
