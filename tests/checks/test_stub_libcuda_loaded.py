from gpudoctor.checks.stub_libcuda_loaded import check
from gpudoctor.facts import Absent, Known, Snapshot, Unknown
from gpudoctor.findings import Cleared, Finding, NotApplicable, Shell, Undetermined
from gpudoctor.matrix import Matrix
from machines import cuda_fails, cuda_gone, libraries, library, machine

STUBS = "/usr/local/cuda/lib64/stubs"
REAL_STUBS = "/usr/local/cuda-12.4/targets/x86_64-linux/lib/stubs"
UNVERSIONED = Unknown("the file name carries no version")


def stub(folder: str = STUBS, found_by: str = "LD_LIBRARY_PATH", **changes: object) -> Snapshot:
    """A stub before the driver's own libcuda."""
    first = library("libcuda.so.1", folder, kind="stub", version=UNVERSIONED, found_by=found_by)
    loaded = {
        **cuda_fails(34, "CUDA_ERROR_STUB_LIBRARY"),
        "driver__libraries": libraries(
            first, library("libcuda.so.1"), library("libnvidia-ml.so.1")
        ),
        "libcuda__load": Known(f"{REAL_STUBS}/libcuda.so", "/proc/self/maps"),
        "libcuda__cuda_driver_api": Unknown("cuDriverGetVersion returned code 34"),
        "variables": {"LD_LIBRARY_PATH": f"{STUBS}:/opt/other"},
    }
    return machine(**{**loaded, **changes})


def test_clears_the_drivers_own_libcuda(matrix: Matrix) -> None:
    [verdict] = check(machine(), matrix)

    assert isinstance(verdict, Cleared)


def test_finds_a_stub_on_the_variable(matrix: Matrix) -> None:
    [finding] = check(stub(), matrix)

    assert isinstance(finding, Finding)
    assert "/usr/lib/x86_64-linux-gnu/libcuda.so.1" in finding.detail
    assert finding.remedies[0].steps[0] == Shell("export LD_LIBRARY_PATH=/opt/other")


def test_finds_a_link_that_passes_a_stub_off_as_the_drivers(matrix: Matrix) -> None:
    linked = stub("/usr/lib", "the loader's folders", variables={})

    [finding] = check(linked, matrix)

    assert isinstance(finding, Finding)
    assert finding.remedies[0].summary == "Remove /usr/lib/libcuda.so.1"


def test_finds_a_stub_that_nobody_called(matrix: Matrix) -> None:
    gap = Unknown("libcuda: the probe ended")
    uncalled = stub(libcuda__load=gap, libcuda__init=gap, environments=())

    [finding] = check(uncalled, matrix)

    assert isinstance(finding, Finding)


def test_believes_the_code_where_no_copy_was_seen(matrix: Matrix) -> None:
    unseen = stub(driver__libraries=UNVERSIONED, libcuda__load=UNVERSIONED)

    [finding] = check(unseen, matrix)

    assert isinstance(finding, Finding)
    assert finding.remedies


def test_a_stub_elsewhere_on_disk_is_harmless(matrix: Matrix) -> None:
    behind = libraries(library("libcuda.so.1"), library("libcuda.so.1", STUBS, kind="stub"))

    [verdict] = check(machine(**cuda_fails(999), driver__libraries=behind), matrix)

    assert isinstance(verdict, Cleared)


def test_does_not_apply_without_any_libcuda(matrix: Matrix) -> None:
    none = machine(**cuda_gone(), driver__libraries=Absent("the loader's folders"), environments=())

    [verdict] = check(none, matrix)

    assert isinstance(verdict, NotApplicable)


def test_does_not_guess_what_would_be_loaded(matrix: Matrix) -> None:
    gap = Unknown("not readable")
    blind = machine(
        driver__libraries=gap,
        libcuda__load=gap,
        libcuda__init=gap,
        libcuda__devices=gap,
        environments=(),
    )

    [verdict] = check(blind, matrix)

    assert isinstance(verdict, Undetermined)
