"""The JSON Schema of matrix files is derived, shipped as derived, and agrees with the loader."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from gpudoctor.matrix.columns import ORIGIN, SECTIONS, Form
from gpudoctor.matrix.load import IN_CHECKOUT
from gpudoctor.matrix.schema import matrix_schema, shape_of
from gpudoctor.matrix.source import read_document

SHIPPED = Path(IN_CHECKOUT).parent / "src" / "gpudoctor" / "schemas" / "matrix.v1.json"
SCHEMA = matrix_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
OURS: dict[str, Any] = yaml.safe_load(Path(IN_CHECKOUT).read_text("utf-8"))


def forms() -> dict[str, Form]:
    found = {form.expected: form for form in ORIGIN.values()}
    for section in SECTIONS.values():
        found |= {form.expected: form for form in (section.required | section.optional).values()}  # type: ignore[operator]
    return found


def test_what_is_shipped_is_what_the_columns_say() -> None:
    assert json.loads(SHIPPED.read_text("utf-8")) == SCHEMA, (
        "gpudoctor matrix schema > src/gpudoctor/schemas/matrix.v1.json"
    )


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_our_matrix_obeys_it() -> None:
    assert [error.message for error in VALIDATOR.iter_errors(OURS)] == []


@pytest.mark.parametrize("words", forms())
def test_every_form_has_a_shape(words: str) -> None:
    assert shape_of(forms()[words]) is not None


VALUES: tuple[Any, ...] = (
    "", "x", "8.9", "8.0 8.6", "12.4", "12.4.1", "12", "550.54.14", "550", "sm_86",
    "sm_86 compute_86", "sm_1000000", "two-sources", "gossip", "LTS", "geforce", "2028-06",
    "2028-13", 1, 1.5, 0, -1, True, None, [], ["x"], [1], [[]], {}, {"a": "libx.so"}, {"a": "x"},
    {"12": "525.60.13"}, {"12": "535"}, {"12": "3.5"}, {"x": "3.5"}, {"": "x"}, {"nccl": ""},
    {"nccl": "==2"}, [{"tag": "cu128", "targets": "sm_86"}], [{"tag": "cu128"}],
    [{"tag": "x", "targets": ""}], [{"tag": "cu128", "targets": "sm_86", "more": 1}],
)  # fmt: skip


@pytest.mark.parametrize("words", forms())
def test_a_shape_takes_what_the_loader_takes_and_nothing_else(words: str) -> None:
    form = forms()[words]
    validator = Draft202012Validator(shape_of(form) or {})
    if words == "a list of texts":  # an empty source is refused apart
        assert not form.fits(1)

    taken = [value for value in VALUES if form.fits(value)]

    assert [value for value in VALUES if validator.is_valid(value)] == taken


@pytest.mark.parametrize(
    ("overlay", "valid"),
    [
        ({"extends": "default"}, True),
        ({"extends": "default", "date": "2030-01-01", "torch": [], "sources": {"own": "x"}}, True),
        ({"extends": "other"}, False),
        ({"extends": "default", "version": "2"}, False),
        ({"extends": "default", "torch": [{"version": "1"}]}, False),
        ({"version": "1"}, False),
    ],
)
def test_it_knows_overlays_as_the_loader_does(
    tmp_path: Path, overlay: dict[str, Any], *, valid: bool
) -> None:
    path = tmp_path / "overlay.yaml"
    path.write_text(yaml.safe_dump(overlay), "utf-8")

    assert VALIDATOR.is_valid(overlay) is valid
    assert (not read_document(str(path), dict).errors) is valid
