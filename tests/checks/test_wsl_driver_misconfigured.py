import re
from typing import Any

import pytest

from gpudoctor.checks.wsl_driver_misconfigured import check
from gpudoctor.facts import Absent, Known, Snapshot, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import (
    answer,
    cuda_fails,
    cuda_gone,
    gpu,
    libraries,
    library,
    machine,
    nodes,
    nvml_gone,
)
from wording import words

WINDOWS = library("libcuda.so.1", "/usr/lib/wsl/lib", kind="wsl", version=Unknown("no version"))
LINUX = library("libcuda.so.1")
LOADED = Known(LINUX.path, "/proc/self/maps")
GIVEN = Known(("libcuda.so.1", "libdxcore.so", "libnvidia-ml.so.1"), "/usr/lib/wsl/lib")


def wsl(**changes: Any) -> Snapshot:
    """WSL 2 with the driver of Windows, in which CUDA finds no device."""
    guest = {
        "platform__wsl": Known("2", "kernel release"),
        "platform__wsl_libraries": GIVEN,
        "platform__wsl_driver_package": Known("nv_dispi.inf_amd64_0", "/usr/lib/wsl/drivers"),
        "pci": Known((), "/sys/bus/pci/devices"),
        "driver__nodes": nodes("dxg"),
        "driver__modules_loaded": Known((), "/proc/modules"),
        "driver__libraries": libraries(WINDOWS),
        "libcuda__load": Known("/usr/lib/wsl/lib/libcuda.so.1", "/proc/self/maps"),
        "environments": (),
        **nvml_gone(answer(9, "NVML_ERROR_DRIVER_NOT_LOADED")),
        **cuda_fails(100, "CUDA_ERROR_NO_DEVICE"),
    }
    return machine(**{**guest, **changes})


def test_finds_a_linux_driver_in_front_of_windows(matrix: Matrix) -> None:
    shadowed = wsl(
        driver__libraries=libraries(LINUX, WINDOWS),
        libcuda__load=Known(f"{LINUX.path}", "/proc/self/maps"),
    )

    [finding] = check(shadowed, matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert "apt-get remove --purge $(dpkg-query" in words(finding)


def purged(text: str) -> "re.Pattern[str]":
    """What of the installed packages' names the purge takes."""
    [pattern] = re.findall(r"/(\^\(.*?\))/", text)
    return re.compile(pattern)


@pytest.mark.parametrize(
    "name",
    [
        "libnvidia-container1",
        "libnvidia-container-tools",
        "nvidia-container-toolkit",
        "nvidia-cuda-toolkit",
        "nvidia-cudnn",
        "cuda-toolkit-13-0",
        "libnvidia-ml-dev",
    ],
)
def test_removing_the_driver_spares_what_is_none_of_it(matrix: Matrix, name: str) -> None:
    [finding] = check(wsl(driver__libraries=libraries(LINUX), libcuda__load=LOADED), matrix)

    assert isinstance(finding, Finding)
    assert not purged(words(finding)).match(name)


@pytest.mark.parametrize(
    "name",
    [
        "nvidia-driver-535",
        "nvidia-utils-535-server",
        "nvidia-dkms-580-open",
        "libnvidia-compute-535",
        "libnvidia-common-535",
        "libcuda1",
        "cuda-drivers",
    ],
)
def test_removing_the_driver_takes_its_packages(matrix: Matrix, name: str) -> None:
    [finding] = check(wsl(driver__libraries=libraries(LINUX), libcuda__load=LOADED), matrix)

    assert isinstance(finding, Finding)
    assert purged(words(finding)).match(name)


def test_that_it_fails_is_an_inference_where_cuda_was_not_asked(matrix: Matrix) -> None:
    silent = Unknown("libcuda: the probe ended before this answer")
    shadowed = wsl(
        driver__libraries=libraries(LINUX),
        libcuda__load=silent,
        libcuda__init=silent,
    )

    [finding] = check(shadowed, matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_finds_wsl_1(matrix: Matrix) -> None:
    first = wsl(platform__wsl=Known("1", "kernel release"), **cuda_gone())

    [finding] = check(first, matrix)

    assert isinstance(finding, Finding)
    assert "--set-version" in words(finding)


def test_finds_a_missing_dxg(matrix: Matrix) -> None:
    [finding] = check(wsl(driver__nodes=nodes()), matrix)

    assert isinstance(finding, Finding)
    assert "gpuSupport" in words(finding)


def test_a_windows_driver_without_a_part_for_wsl_is_certain(matrix: Matrix) -> None:
    bare = {"driver__libraries": Absent("the loader's folders"), **cuda_gone()}
    given = Known(("libd3d12.so", "libdxcore.so"), "/usr/lib/wsl/lib")

    [finding] = check(wsl(**bare, platform__wsl_libraries=given), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN


def test_that_windows_has_an_nvidia_gpu_is_an_inference(matrix: Matrix) -> None:
    bare = {"driver__libraries": Absent("the loader's folders"), **cuda_gone()}
    none = Absent("/usr/lib/wsl/drivers")

    [finding] = check(
        wsl(**bare, platform__wsl_libraries=none, platform__wsl_driver_package=none), matrix
    )

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_finds_a_loader_that_does_not_search_windows_folder(matrix: Matrix) -> None:
    bare = {"driver__libraries": Absent("the loader's folders"), **cuda_gone()}

    [finding] = check(wsl(**bare), matrix)

    assert isinstance(finding, Finding)
    assert "ldconfig" in words(finding)


def test_nvmls_code_17_points_to_tcc(matrix: Matrix) -> None:
    [finding] = check(wsl(**nvml_gone(answer(17, "NVML_ERROR_OPERATING_SYSTEM"))), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert "-dm 0" in words(finding)


def test_nvml_may_say_that_the_mode_is_tcc(matrix: Matrix) -> None:
    listed = Known((gpu(driver_model=Known("tcc", "NVML")),), "NVML")

    [finding] = check(wsl(nvml__init=answer(0), nvml__gpus=listed), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN


def test_clears_what_works(matrix: Matrix) -> None:
    works = machine(platform__wsl=Known("2", "kernel release"))
    linux_but_works = machine(
        platform__wsl=Known("2", "kernel release"), driver__libraries=libraries(LINUX)
    )
    nvml_works = wsl(nvml__init=answer(0), nvml__gpus=Known((gpu(),), "NVML"))

    for snapshot in (works, linux_but_works, nvml_works):
        [verdict] = check(snapshot, matrix)

        assert isinstance(verdict, Cleared)


def test_a_stub_in_front_is_another_fault(matrix: Matrix) -> None:
    stub = library("libcuda.so.1", "/usr/local/cuda/lib64/stubs", kind="stub")
    snapshot = wsl(
        driver__libraries=libraries(stub, WINDOWS),
        libcuda__load=Known(stub.path, "/proc/self/maps"),
    )

    [verdict] = check(snapshot, matrix)

    assert isinstance(verdict, NotApplicable)


def test_does_not_apply_outside_wsl_or_in_a_container_there(matrix: Matrix) -> None:
    for snapshot in (
        machine(**cuda_fails(100)),
        wsl(platform__container=Known("docker", "/.dockerenv")),
    ):
        [verdict] = check(snapshot, matrix)

        assert isinstance(verdict, NotApplicable)


def test_does_not_guess_why_windows_is_silent(matrix: Matrix) -> None:
    bare = {"driver__libraries": Absent("the loader's folders"), **cuda_gone()}
    for snapshot in (
        wsl(),
        wsl(platform__wsl=Unknown("no /proc")),
        wsl(**bare, platform__wsl_libraries=Unknown("can't be listed")),
    ):
        [verdict] = check(snapshot, matrix)

        assert isinstance(verdict, Undetermined)
