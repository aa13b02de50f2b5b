"""The JSON report and its schema."""

import copy
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import reports
from gpudoctor.renderers.json import document_of, render
from gpudoctor.report import Report
from schema import SCHEMA

VALIDATOR = Draft202012Validator(SCHEMA)
REPORTS = {
    "healthy": reports.healthy(),
    "problem": reports.problem(),
    "undetermined": reports.undetermined(),
    "everything": reports.of_everything(),
    "usage error": reports.error(),
    "matrix error": reports.matrix_error(),
}


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_report_fits_the_schema(report: Report) -> None:
    text = render(report)
    VALIDATOR.validate(json.loads(text))
    assert text.isascii()
    assert text.endswith("}\n")


def test_several_reports_of_one_text_fit_the_schema() -> None:
    both = [document_of(reports.problem()), document_of(reports.healthy())]
    VALIDATOR.validate({"schema_version": 1, "reports": both})
    both[1]["verdict"] = "fine"
    assert not VALIDATOR.is_valid({"schema_version": 1, "reports": both})


def test_the_keys_stand_in_the_contracts_order() -> None:
    document = json.loads(render(reports.problem()))
    assert list(document) == list(SCHEMA["$defs"]["report"]["properties"])
    assert next(iter(document)) == "schema_version"
    assert list(document["findings"][0]) == SCHEMA["$defs"]["finding"]["required"]
    assert list(document["findings"][0]["remedies"][0]) == SCHEMA["$defs"]["remedy"]["required"]


def test_a_finding_says_its_place_among_the_others() -> None:
    document = json.loads(render(reports.problem()))
    cause, consequence, apart, cleared, skipped = document["findings"]

    assert document["root_cause"] == cause["id"] == "driver-too-old-for-cuda"
    assert (cause["role"], cause["explained_by"], cause["blocks"]) == ("root-cause", None, True)
    assert consequence["role"] == "consequence"
    assert consequence["explained_by"] == cause["id"]
    assert apart["subject"] == {
        "kind": "gpu",
        "name": "NVIDIA A100-SXM4-80GB",
        "environment": None,
        "gpu": 1,
    }
    assert (cleared["status"], cleared["confidence"], cleared["remedies"]) == ("pass", None, [])
    assert cleared["evidence"] != []
    assert (skipped["status"], skipped["detail"]) == ("skipped", "no such variable is set")


def test_every_kind_of_step_has_its_form() -> None:
    document = json.loads(render(reports.problem()))
    assert document["findings"][2]["remedies"][0]["steps"] == [
        {"kind": "shell", "text": "unset LD_LIBRARY_PATH"},
        {
            "kind": "edit",
            "file": "~/.bashrc",
            "line": 12,
            "text": "export LD_LIBRARY_PATH=/usr/local/cuda/lib64",
        },
        {"kind": "manual", "text": "Open a new terminal"},
    ]


def test_what_is_undetermined_says_what_is_missing() -> None:
    [first, *_] = json.loads(render(reports.undetermined()))["findings"]
    assert first["status"] == "undetermined"
    assert first["title"] == "The kernel module nvidia_uvm is missing or wedged"
    assert first["detail"] == "cuInit was not asked: libcuda did not answer in 60 s"


def test_an_error_is_a_whole_document() -> None:
    document = json.loads(render(reports.matrix_error()))
    assert document["verdict"] == "error"
    assert document["findings"] == []
    assert document["error"] == {
        "kind": "matrix",
        "message": "expected a version, found a list",
        "file": "/etc/matrix.yaml",
        "line": 12,
        "column": 3,
        "hint": "quote it",
    }


def test_numbers_that_json_lacks_become_null() -> None:
    timings = {"nvml": math.nan, "cuda": math.inf, "import": 1.5}
    text = render(replace(reports.healthy(), timings_ms=timings))
    document = json.loads(text, parse_constant=pytest.fail)
    assert document["timings_ms"] == {"nvml": None, "cuda": None, "import": 1.5}
    VALIDATOR.validate(document)


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render(reports.problem()) == render(reports.problem())


_DOCUMENT = document_of(reports.of_everything())


def _promised(schema: Any, value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places in a document that the schema requires, each shape of them once."""
    schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if value is None:
        return
    for choice in schema.get("oneOf", ())[:1]:
        yield from _promised(choice, value, path)
    for key in schema.get("required", ()):
        yield (*path, key)
    if isinstance(value, list) and value and "items" in schema:
        yield from _promised(schema["items"], value[0], (*path, 0))
    for key, item in value.items() if isinstance(value, dict) else ():
        if key in schema.get("properties", ()):
            yield from _promised(schema["properties"][key], item, (*path, key))
    if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        key, item = next(iter(value.items()))
        yield from _promised(schema["additionalProperties"], item, (*path, key))


_PLACES = tuple(_promised({"$ref": "#/$defs/report"}, _DOCUMENT))


def _holder(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        document = document[key]
    return document


def test_the_promises_reach_into_every_part() -> None:
    deepest = {path[0] for path in _PLACES if len(path) > 2}
    assert deepest >= {"findings", "ladder", "noise", "snapshot"}


@pytest.mark.parametrize("path", _PLACES, ids=lambda path: "/".join(map(str, path)))
def test_a_promised_key_that_is_gone_or_of_another_type_does_not_fit(path: tuple[Any, ...]) -> None:
    without = copy.deepcopy(_DOCUMENT)
    del _holder(without, path)[path[-1]]
    assert not VALIDATOR.is_valid(without)

    wrong = copy.deepcopy(_DOCUMENT)
    value = _holder(wrong, path)[path[-1]]
    _holder(wrong, path)[path[-1]] = 3.5 if isinstance(value, list) else [3.5]
    assert not VALIDATOR.is_valid(wrong)


@pytest.mark.parametrize("number", [0, 1])
def test_a_step_needs_what_its_kind_needs(number: int) -> None:
    document = copy.deepcopy(_DOCUMENT)
    step = document["findings"][2]["remedies"][0]["steps"][number]
    del step["text"]
    assert not VALIDATOR.is_valid(document)


def test_additions_fit() -> None:
    document = copy.deepcopy(_DOCUMENT)
    document["new"] = document["findings"][0]["new"] = document["snapshot"]["new"] = {"a": 1}
    VALIDATOR.validate(document)
