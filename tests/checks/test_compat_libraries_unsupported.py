import pytest

from gpudoctor.checks.compat_libraries_unsupported import check
from gpudoctor.facts import DriverLibrary, Known, Snapshot, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Shell, Undetermined
from gpudoctor.matrix import Matrix
from machines import cuda, cuda_fails, driver, libraries, library, machine, nodes

COMPAT = "/usr/local/cuda-13.1/compat"
NEWER = Known(driver("590.48.01"), "file name")
DOCKER = Known("docker", "/.dockerenv")


def compat(**changes: object) -> DriverLibrary:
    return library(
        "libcuda.so.1",
        COMPAT,
        **{"kind": "compat", "version": NEWER, "found_by": "LD_LIBRARY_PATH", **changes},
    )


def with_compat(code: int, **changes: object) -> Snapshot:
    """The compat libcuda of CUDA 13.1 before a driver of 13.0."""
    first = {
        **cuda_fails(code),
        "driver__libraries": libraries(
            compat(), library("libcuda.so.1"), library("libnvidia-ml.so.1")
        ),
        "libcuda__load": Known(f"{COMPAT}/libcuda.so.590.48.01", "/proc/self/maps"),
        "libcuda__cuda_driver_api": Known(cuda("13.1"), "cuDriverGetVersion"),
        "variables": {"LD_LIBRARY_PATH": f"{COMPAT}:/opt/other"},
    }
    return machine(**{**first, **changes})


def with_copy(version: str, code: int = 803, **changes: object) -> Snapshot:
    """A libcuda of another version in the system's folder."""
    odd = library("libcuda.so.1", version=Known(driver(version), "file name"))
    copy = {
        **cuda_fails(code),
        "driver__libraries": libraries(odd, library("libnvidia-ml.so.1")),
        "libcuda__load": Known(f"/usr/lib/x86_64-linux-gnu/libcuda.so.{version}", "maps"),
    }
    return machine(**{**copy, **changes})


@pytest.mark.parametrize("code", [803, 804])
def test_finds_a_refused_compat_libcuda(matrix: Matrix, code: int) -> None:
    [finding] = check(with_compat(code), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert COMPAT in finding.detail
    assert "590.48.01" in finding.detail
    assert "580.95.05" in finding.detail


def test_takes_the_folder_out_of_the_variable(matrix: Matrix) -> None:
    [finding] = check(with_compat(804), matrix)
    [alone] = check(with_compat(804, variables={"LD_LIBRARY_PATH": COMPAT}), matrix)

    assert isinstance(finding, Finding)
    assert isinstance(alone, Finding)
    assert finding.remedies[0].steps[0] == Shell("export LD_LIBRARY_PATH=/opt/other")
    assert alone.remedies[0].steps[0] == Shell("unset LD_LIBRARY_PATH")
    assert finding.remedies[0].undo == (Shell(f"export LD_LIBRARY_PATH={COMPAT}:/opt/other"),)


def test_removes_the_package_where_no_variable_leads_there(matrix: Matrix) -> None:
    by_cache = libraries(compat(found_by="the loader's folders"), library("libcuda.so.1"))

    [finding] = check(with_compat(804, driver__libraries=by_cache, variables={}), matrix)

    assert isinstance(finding, Finding)
    assert "cuda-compat" in finding.remedies[0].summary


def test_clears_forward_compatibility_that_works(matrix: Matrix) -> None:
    working = with_compat(0, libcuda__devices=machine().libcuda.devices)

    [verdict] = check(working, matrix)

    assert isinstance(verdict, Cleared)
    assert "forward compatibility works" in verdict.detail


def test_finds_an_images_older_copy(matrix: Matrix) -> None:
    [finding] = check(with_copy("550.54.15", platform__container=DOCKER), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert not any("Install NVIDIA driver" in remedy.summary for remedy in finding.remedies)


def test_finds_a_stray_copy_before_the_drivers_own(matrix: Matrix) -> None:
    stray = library(
        "libcuda.so.1",
        "/opt/old",
        version=Known(driver("550.54.15"), "file name"),
        found_by="LD_LIBRARY_PATH",
    )
    snapshot = machine(
        **cuda_fails(803),
        driver__libraries=libraries(stray, library("libcuda.so.1")),
        libcuda__load=Known("/opt/old/libcuda.so.550.54.15", "/proc/self/maps"),
        variables={"LD_LIBRARY_PATH": "/opt/old"},
    )

    [finding] = check(snapshot, matrix)

    assert isinstance(finding, Finding)
    assert finding.remedies[0].steps[0] == Shell("unset LD_LIBRARY_PATH")


def test_leaves_a_half_updated_driver_to_its_own_diagnosis(matrix: Matrix) -> None:
    [verdict] = check(with_copy("580.105.08"), matrix)

    assert isinstance(verdict, NotApplicable)


def test_a_libcuda_that_speaks_more_than_its_driver_came_from_elsewhere(matrix: Matrix) -> None:
    nameless = library("libcuda.so.1", version=Unknown("the file name carries no version"))
    snapshot = machine(
        **cuda_fails(804),
        driver__libraries=libraries(nameless),
        libcuda__load=Known("/opt/lib/libcuda.so.1", "/proc/self/maps"),
        libcuda__cuda_driver_api=Known(cuda("13.1"), "cuDriverGetVersion"),
    )

    [finding] = check(snapshot, matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert "13.1" in finding.detail


def test_code_804_without_a_trace_of_compat_is_not_enough(matrix: Matrix) -> None:
    [verdict] = check(machine(**cuda_fails(804)), matrix)

    assert isinstance(verdict, Undetermined)


def test_does_not_apply_to_other_errors(matrix: Matrix) -> None:
    for code in (100, 999, 34):
        [verdict] = check(with_compat(code), matrix)

        assert isinstance(verdict, NotApplicable)


def test_does_not_guess_what_cuda_says_through_a_compat_libcuda(matrix: Matrix) -> None:
    gap = Unknown("libcuda: the probe ended")
    silent = with_compat(804, libcuda__init=gap, environments=(), driver__nodes=nodes())

    [verdict] = check(silent, matrix)

    assert isinstance(verdict, Undetermined)
