"""Every row of our matrix is in its place and can be asked for."""

import re
from itertools import pairwise

import pytest

from gpudoctor.matrix import Matrix
from gpudoctor.matrix.columns import CHECKED, SECTIONS
from gpudoctor.matrix.load import IN_CHECKOUT
from gpudoctor.matrix.source import read_matrix_file
from gpudoctor.versions import ComputeCapability, CudaVersion

CONTENT, _ = read_matrix_file(IN_CHECKOUT)
ORDER = {
    "pci_ids": "id",
    "pci_blocks": "first",
    "architectures": "capability",
    "driver_branches": "branch",
    "cuda_toolkits": "cuda",
    "minor_version_floors": "major",
    "forward_compat": "cuda",
    "cuda_libraries": "major",
    "torch": "version",
    "tensorflow": "version",
}


def numbers(value: object) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", str(value))]


@pytest.mark.parametrize(("section", "column"), ORDER.items())
def test_rows_stand_in_order(section: str, column: str) -> None:
    order = str if section.startswith("pci_") else numbers
    keys = [order(row[column]) for row in CONTENT[section]]

    assert keys == sorted(keys)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_row_says_how_it_was_checked(section: str) -> None:
    assert CONTENT[section]
    assert all(row["source"] and row["checked"] in CHECKED for row in CONTENT[section])


def test_the_list_of_cudas_has_no_gap_but_the_release_that_never_was() -> None:
    listed = {tuple(numbers(row["cuda"])[:2]) for row in CONTENT["cuda_toolkits"]}
    last = {major: max(minor for m, minor in listed if m == major) for major, _ in listed}
    majors = range(min(last), max(last) + 1)
    expected = {(major, minor) for major in majors for minor in range(last[major] + 1)}

    assert expected - listed == {(12, 7)}


def test_every_architecture_and_branch_can_be_asked_for(matrix: Matrix) -> None:
    for row in CONTENT["architectures"]:
        found = matrix.architecture(ComputeCapability.parse(row["capability"]))
        assert found is not None
        assert found.name == row["name"]
    for row in CONTENT["driver_branches"]:
        assert matrix.branch(row["branch"]) is not None


def test_the_blocks_of_pci_ids_are_apart() -> None:
    blocks = CONTENT["pci_blocks"]
    for row, after in pairwise(blocks):
        assert row["first"] <= row["last"] < after["first"]


def test_a_listed_pci_id_is_of_its_blocks_capability(matrix: Matrix) -> None:
    for row in CONTENT["pci_ids"]:
        block, product = matrix.pci_block(row["id"]), matrix.product_of_pci_id(row["id"])
        if block is not None and product is not None:
            assert block.capability == product.capability, row["id"]


def test_every_release_can_be_asked_for(matrix: Matrix) -> None:
    for row in CONTENT["torch"]:
        release = matrix.torch_release(row["version"])
        assert release is not None
        assert [build.tag for build in release.builds] == [each["tag"] for each in row["builds"]]
    for row in CONTENT["tensorflow"]:
        assert matrix.tensorflow_release(row["version"]) is not None


def test_a_missing_row_is_none_and_never_its_neighbour(matrix: Matrix) -> None:
    assert matrix.cuda_toolkit(CudaVersion(12, 7)) is None
    assert matrix.branch(531) is None
    assert matrix.architecture(ComputeCapability(8, 5)) is None
    assert matrix.forward_compat(CudaVersion(13, 4)) is None
    assert matrix.minor_version_floor(10, "linux") is None
    assert matrix.minor_version_floor(13, "windows") is None
    assert matrix.sonames(10) is None
    assert matrix.tensorflow_release("2.14.99") is None


def test_a_forward_compatibility_package_comes_from_the_branch_that_speaks_its_cuda(
    matrix: Matrix,
) -> None:
    for row in CONTENT["forward_compat"]:
        found = matrix.forward_compat(CudaVersion.parse(row["cuda"]))
        assert found is not None
        branch = matrix.branch(found.branch)
        assert branch is not None
        assert branch.cuda == found.cuda
        assert all(base < found.branch for base in found.base_branches)


def test_a_toolkit_asks_for_no_driver_below_its_majors_floor_but_the_first(
    matrix: Matrix,
) -> None:
    below = []
    for row in CONTENT["cuda_toolkits"]:
        floor = matrix.minor_version_floor(numbers(row["cuda"])[0], "linux")
        if floor and "linux" in row and numbers(row["linux"]) < numbers(floor.driver):
            below.append(row["cuda"])

    assert below
    assert all(version.startswith("11.0.") for version in below)
