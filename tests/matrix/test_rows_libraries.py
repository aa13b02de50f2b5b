"""Rows of drivers, toolkits, cuDNN and compilers agree with one another."""

import re

import pytest

from gpudoctor.matrix import Matrix
from gpudoctor.matrix.columns import SECTIONS
from gpudoctor.matrix.load import IN_CHECKOUT
from gpudoctor.matrix.source import read_matrix_file
from gpudoctor.versions import CudaVersion, DriverVersion

CONTENT, _ = read_matrix_file(IN_CHECKOUT)
CUDAS = {str(CudaVersion.parse(row["cuda"])) for row in CONTENT["cuda_toolkits"]}


def numbers(text: object) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", str(text)))


@pytest.mark.parametrize("section", ["host_compilers", "cudnn", "jax"])
def test_rows_stand_in_order_and_once(section: str) -> None:
    column = next(iter(SECTIONS[section].required))
    keys = [numbers(row[column]) for row in CONTENT[section]]

    assert keys == sorted(set(keys))


def test_a_long_lived_branch_says_when_its_support_ends_or_that_it_ended() -> None:
    for row in CONTENT["driver_branches"]:
        if row.get("kind") == "LTS":
            assert "end_of_life" in row or row["branch"] == 470, row  # no source names its month


def test_every_branch_speaks_a_newer_cuda_than_the_one_before() -> None:
    spoken = [numbers(row["cuda"]) for row in CONTENT["driver_branches"]]

    assert spoken == sorted(set(spoken))


def test_a_toolkits_installer_brings_no_driver_older_than_the_one_that_it_asks_for() -> None:
    for row in CONTENT["cuda_toolkits"]:
        for system in ("linux", "windows"):
            if system in row and f"bundled_{system}" in row:
                bundled = DriverVersion.parse(row[f"bundled_{system}"])
                assert bundled >= DriverVersion.parse(row[system]), row


def test_a_toolkits_installer_brings_a_driver_of_the_branch_that_speaks_its_cuda(
    matrix: Matrix,
) -> None:
    for row in CONTENT["cuda_toolkits"]:
        if "bundled_linux" in row:
            spoken = matrix.cuda_of_driver(DriverVersion.parse(row["bundled_linux"]), "linux")
            assert spoken == CudaVersion.parse(row["cuda"]), row


def test_every_cuda_of_which_it_is_known_has_its_host_compilers(matrix: Matrix) -> None:
    listed = {row["cuda"] for row in CONTENT["host_compilers"]}

    assert listed == CUDAS
    for cuda in listed:
        found = matrix.host_compiler(CudaVersion.parse(cuda))
        assert found is not None
        assert (found.gcc_min or 0) <= (found.gcc_max or 99)
        assert (found.clang_min or 0) <= (found.clang_max or 99)


def test_a_newer_nvcc_takes_no_fewer_host_compilers() -> None:
    for column in ("gcc_max", "clang_max"):
        limits = [row[column] for row in CONTENT["host_compilers"] if column in row]
        assert limits == sorted(limits)


def test_a_cudnn_row_speaks_of_cudas_that_it_is_there_for(matrix: Matrix) -> None:
    for row in CONTENT["cudnn"]:
        for system in ("linux", "windows"):
            majors = {numbers(cuda)[0] for cuda in row.get(system, {})}
            assert majors <= set(row["majors"]), row
        majors = {numbers(cuda)[0] for cuda in row.get("releases", ())}
        assert not majors or majors == set(row["majors"]), row
        assert set(row.get("inferred", ())) <= set(row), row
        found = matrix.cudnn(row["version"])
        assert found is not None
        assert list(found.capabilities or ()) == sorted(found.capabilities or ())


def test_a_cudnn_asks_for_the_drivers_of_its_cudas_floor(matrix: Matrix) -> None:
    for row in CONTENT["cudnn"]:
        for major in (11, 12, 13):
            floor = matrix.minor_version_floor(major, "linux")
            if floor is not None and str(major) in row.get("linux", {}):
                asked = row["linux"][str(major)]
                assert asked == str(floor.driver) or asked == str(floor.driver.branch), row


def test_what_no_matrix_of_cudnns_says_is_marked_as_inferred() -> None:
    for row in CONTENT["cudnn"]:
        if row["checked"] in ("metadata", "inferred"):  # wheels tell the CUDA majors alone
            told = {"linux", "windows", "capabilities"} & set(row)
            assert told == set(row["inferred"]), row
        else:
            assert "inferred" not in row, row
