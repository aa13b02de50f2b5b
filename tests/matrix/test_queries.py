"""The matrix' answers at their boundaries."""

import pytest

from gpudoctor.matrix import CodeKind, Compatibility, Matrix, code_fit
from gpudoctor.matrix.rows import Origin
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion, GpuTarget


def fit(
    matrix: Matrix, driver: str | None, api: str | None, built_for: str
) -> "tuple[bool, Compatibility] | None":
    answer = matrix.driver_fit(
        driver=DriverVersion.parse(driver) if driver else None,
        cuda_driver_api=CudaVersion.parse(api) if api else None,
        built_for=CudaVersion.parse(built_for),
        os="linux",
    )
    return (answer.runs, answer.kind) if answer else None


BACKWARD = (True, Compatibility.BACKWARD)
MINOR = (True, Compatibility.MINOR_VERSION)
TOO_OLD = (False, Compatibility.TOO_OLD)


@pytest.mark.parametrize(
    ("driver", "api", "built_for", "answer"),
    [
        ("535.183.01", "12.2", "12.2", BACKWARD),
        ("535.183.01", "12.2", "12.1", BACKWARD),
        ("535.183.01", "12.2", "12.8", MINOR),
        ("535.183.01", "12.2", "11.8", BACKWARD),
        ("535.183.01", "12.2", "13.0", TOO_OLD),
        ("525.60.13", None, "12.9", MINOR),
        ("525.60.11", None, "12.9", TOO_OLD),
        ("580.65.06", None, "13.2", MINOR),
        ("575.57.08", None, "13.0", TOO_OLD),
        ("470.57.02", "11.4", "13.0", TOO_OLD),
        ("450.36.06", "11.0", "11.0", BACKWARD),
        ("450.36.06", "11.0", "11.8", TOO_OLD),
        ("450.80.02", "11.0", "11.8", MINOR),
        ("440.33", "10.2", "10.2", BACKWARD),
        ("418.39", "10.1", "10.2", TOO_OLD),
    ],
)
def test_decides_whether_a_driver_runs_a_cuda(
    matrix: Matrix, driver: str, api: str | None, built_for: str, answer: object
) -> None:
    assert fit(matrix, driver, api, built_for) == answer


def test_a_libcuda_that_speaks_the_cuda_counts_more_than_the_driver_below_it(
    matrix: Matrix,
) -> None:
    assert fit(matrix, "535.183.01", "12.8", "12.8") == BACKWARD


def test_the_majors_floor_decides_for_a_release_that_the_matrix_does_not_know(
    matrix: Matrix,
) -> None:
    assert fit(matrix, "580.65.06", "13.0", "13.99") == MINOR


def test_does_not_guess_for_a_major_that_the_matrix_does_not_know(matrix: Matrix) -> None:
    assert fit(matrix, None, None, "14.0") is None
    assert fit(matrix, "999.10", None, "14.0") is None


def test_does_not_guess_where_drivers_on_both_sides_of_the_floor_speak_a_cuda(
    matrix: Matrix,
) -> None:
    assert fit(matrix, None, "11.0", "11.8") is None
    assert fit(matrix, None, "11.1", "11.8") == MINOR


@pytest.mark.parametrize(
    ("built_for", "minimum"),
    [("13.0", "580.65.06"), ("12.8", "525.60.13"), ("11.0", "450.36.06"), ("10.2", "440.33")],
)
def test_names_the_oldest_driver(matrix: Matrix, built_for: str, minimum: str) -> None:
    requirement = matrix.oldest_driver_for(CudaVersion.parse(built_for), "linux")

    assert requirement is not None
    assert str(requirement.minimum) == minimum


def targets(text: str) -> tuple[GpuTarget, ...]:
    return tuple(GpuTarget.parse(word) for word in text.split())


@pytest.mark.parametrize(
    ("built", "capability", "kind"),
    [
        ("sm_80 sm_86", "8.0", CodeKind.MACHINE_CODE),
        ("sm_80 sm_86", "8.9", CodeKind.MACHINE_CODE),
        ("sm_86", "8.0", CodeKind.NONE),
        ("sm_80 sm_86 sm_90", "12.0", CodeKind.NONE),
        ("sm_90 compute_90", "12.0", CodeKind.PTX),
        ("sm_90a", "9.0", CodeKind.MACHINE_CODE),
        ("sm_100a", "10.3", CodeKind.NONE),
        ("sm_100f", "10.3", CodeKind.MACHINE_CODE),
        ("sm_100f", "12.0", CodeKind.NONE),
        ("compute_90a", "10.0", CodeKind.NONE),
        ("compute_100f", "10.3", CodeKind.PTX),
        ("compute_100f", "12.0", CodeKind.NONE),
        ("sm_120", "12.1", CodeKind.MACHINE_CODE),
        ("sm_75", "6.1", CodeKind.NONE),
        ("sm_80", "8.7", CodeKind.NONE),
        ("sm_87", "8.7", CodeKind.MACHINE_CODE),
        ("sm_70", "7.2", CodeKind.NONE),
        ("sm_70", "7.5", CodeKind.MACHINE_CODE),
        ("", "8.0", CodeKind.NONE),
    ],
)
def test_decides_which_code_a_gpu_runs(
    matrix: Matrix, built: str, capability: str, kind: CodeKind
) -> None:
    apart = matrix.capabilities_apart()

    answer = code_fit(targets(built), ComputeCapability.parse(capability), None, None, apart)

    assert answer.kind is kind


@pytest.mark.parametrize(("api", "kind"), [("12.4", CodeKind.NONE), ("12.8", CodeKind.PTX)])
def test_a_driver_compiles_no_ptx_of_a_cuda_newer_than_its_own(api: str, kind: CodeKind) -> None:
    answer = code_fit(
        targets("sm_80 compute_80"),
        ComputeCapability(9, 0),
        CudaVersion.parse(api),
        CudaVersion(12, 8),
    )

    assert answer.kind is kind


def test_knows_a_card_by_its_pci_id(matrix: Matrix) -> None:
    row = matrix.gpu_by_pci_id("2b85")

    assert row is not None
    assert row.name == "GeForce RTX 5090"
    assert matrix.capability_of_pci_id("2B85") == ComputeCapability(12, 0)
    assert matrix.gpu_by_pci_id("FFFF") is None


@pytest.mark.parametrize(
    ("id_", "capability"),
    [("1180", "3.0"), ("102d", "3.7"), ("1B06", "6.1"), ("1DB1", "7.0"), ("1EB8", "7.5")],
)
def test_knows_the_capability_of_unlisted_cards_by_their_chips(
    matrix: Matrix, id_: str, capability: str
) -> None:
    assert str(matrix.capability_of_pci_id(id_)) == capability


@pytest.mark.parametrize("id_", ["0000", "102B", "1D57", "", "zzzz"])
def test_an_id_between_two_chips_is_nobodys(matrix: Matrix, id_: str) -> None:
    assert matrix.pci_block(id_) is None


def test_finds_a_product_as_the_driver_writes_it(matrix: Matrix) -> None:
    row = matrix.product("NVIDIA GeForce RTX 4090")

    assert row is not None
    assert row.capability == ComputeCapability(8, 9)


def test_a_release_is_found_behind_its_local_label(matrix: Matrix) -> None:
    assert matrix.torch_build("2.7.1+cu128", "cu128") is not None
    assert matrix.torch_release("2.7.99") is None


def test_tensorflows_row_tells_the_extra(matrix: Matrix) -> None:
    old, new = matrix.tensorflow_release("2.13.0"), matrix.tensorflow_release("2.16.1")

    assert old is not None
    assert new is not None
    assert (old.has_cuda_extra, new.has_cuda_extra) == (False, True)


def test_an_answer_names_how_sure_the_rows_are_that_it_leans_on(matrix: Matrix) -> None:
    by_floor = matrix.driver_fit(
        driver=DriverVersion.parse("535.183.01"),
        cuda_driver_api=None,
        built_for=CudaVersion(12, 8),
        os="linux",
    )
    by_branch = matrix.driver_fit(
        driver=DriverVersion.parse("560.35.03"),
        cuda_driver_api=None,
        built_for=CudaVersion(12, 6),
        os="linux",
    )
    by_the_machine = matrix.driver_fit(
        driver=None, cuda_driver_api=CudaVersion(12, 8), built_for=CudaVersion(12, 6), os="linux"
    )

    assert by_floor is not None
    assert by_floor.origin is not None
    assert by_floor.origin.checked == "two-sources"
    assert by_branch is not None
    assert by_branch.origin is not None
    assert (by_branch.kind, by_branch.origin.checked) == (Compatibility.BACKWARD, "one-source")
    assert by_the_machine is not None
    assert by_the_machine.origin is None


def test_what_leans_on_several_rows_is_as_sure_as_the_weakest() -> None:
    joined = Origin.joined((Origin(("a",), "two-sources"), Origin(("b", "a"), "inferred")))

    assert joined == Origin(("a", "b"), "inferred")


@pytest.mark.parametrize(
    ("branch", "first", "last"),
    [(470, "3.0", "8.6"), (535, "5.0", "9.0"), (580, "5.0", "12.1"), (590, "7.5", "12.1")],
)
def test_knows_the_architectures_of_a_branch(
    matrix: Matrix, branch: int, first: str, last: str
) -> None:
    served = [row.capability for row in matrix.architectures_of_branch(branch)]

    assert (str(min(served)), str(max(served))) == (first, last)


@pytest.mark.parametrize(
    ("branch", "kind", "end", "is_ended"),
    [
        (580, "LTS", "2028-06", False),
        (595, "production", "2027-03", False),
        (620, "LTS", "2029-09", False),
        (450, "LTS", "2023-07", True),
        (565, None, None, True),
        (615, None, None, False),
    ],
)
def test_knows_how_long_a_branch_is_supported(
    matrix: Matrix, branch: int, kind: str | None, end: str | None, *, is_ended: bool
) -> None:
    row = matrix.branch(branch)

    assert row is not None
    assert (row.kind, row.end_of_life, row.is_ended) == (kind, end, is_ended)


def test_a_toolkit_row_tells_the_driver_that_it_asks_for_from_the_one_that_it_brings(
    matrix: Matrix,
) -> None:
    row = matrix.cuda_toolkit(CudaVersion(12, 8))

    assert row is not None
    assert (str(row.linux), str(row.bundled_linux)) == ("570.26", "570.86.10")


@pytest.mark.parametrize(
    ("target", "capability"),
    [("sm_87", "8.9"), ("sm_72", "7.5"), ("sm_80", "8.7")],
)
def test_desktop_and_tegra_share_no_machine_code(
    matrix: Matrix, target: str, capability: str
) -> None:
    fit = code_fit(
        (GpuTarget.parse(target),),
        ComputeCapability.parse(capability),
        None,
        None,
        matrix.capabilities_apart(),
    )

    assert fit.kind is CodeKind.NONE
