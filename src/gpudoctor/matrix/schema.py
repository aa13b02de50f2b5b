"""Derives the JSON Schema of matrix files from the columns that the loader demands."""

from collections.abc import Mapping
from typing import Any

from gpudoctor.matrix.columns import ORIGIN, SECTIONS, Form, Section

JsonSchema = dict[str, Any]

_TEXT: JsonSchema = {"type": "string"}
_TARGETS = r"^((sm|compute)_[0-9]{2,4}[af]?( +|$))*$"


def _by_cuda(pattern: str) -> JsonSchema:
    """A mapping of CUDA versions or majors to texts of a pattern."""
    return {
        "type": "object",
        "propertyNames": {"pattern": r"^[0-9]{1,2}(\.[0-9]{1,2})?$"},
        "additionalProperties": {"type": "string", "pattern": pattern},
    }


# By the words of the form; one that is not listed here is described by its words alone.
_SHAPES: Mapping[str, JsonSchema] = {
    "a text": {"type": "string", "minLength": 1},
    "a list of texts": {"type": "array", "items": _TEXT},
    "a whole number": {"type": "integer"},
    "a list of whole numbers": {"type": "array", "items": {"type": "integer"}},
    "a number": {"type": "number", "exclusiveMinimum": 0},
    "true or false": {"type": "boolean"},
    'a PCI device id such as "1B06"': {"type": "string", "pattern": "^[0-9A-F]{4}$"},
    'a compute capability such as "8.9"': {
        "type": "string",
        "pattern": r"^[0-9]{1,3}\.[0-9]{1,2}$",
    },
    'a CUDA version such as "12.4"': {
        "type": "string",
        "pattern": r"^[0-9]{1,3}\.[0-9]{1,3}(\.[0-9]+)?$",
    },
    'a CUDA release such as "12.4.1"': {
        "type": "string",
        "pattern": r"^[0-9]{1,2}\.[0-9]{1,2}(\.[0-9]+)?$",
    },
    'a driver version such as "550.54.14"': {
        "type": "string",
        "pattern": r"^[0-9]{2,4}\.[0-9]+(\.[0-9]+)?$",
    },
    'targets such as "sm_86 compute_86"': {"type": "string", "pattern": _TARGETS},
    "a mapping of names to sonames": {
        "type": "object",
        "additionalProperties": {"type": "string", "pattern": "^lib"},
    },
    "a list of builds {tag, targets, cudnn}": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["tag"],
            "additionalProperties": False,
            "properties": {
                "tag": {"type": "string", "pattern": "^cu[0-9]{2,3}$"},
                "targets": {"type": "string", "pattern": _TARGETS},
                "cudnn": _TEXT,
            },
        },
    },
    'capabilities such as "8.0 8.6"': {
        "type": "string",
        "pattern": r"^ *([0-9]{1,3}\.[0-9]{1,2}( +|$))*$",
    },
    'a month such as "2028-06"': {"type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$"},
    'a mapping of CUDA versions to drivers or branches such as {"12": "525.60.13"}': _by_cuda(
        r"^[0-9]{3}(\.[0-9]+){0,2}$"
    ),
    'a mapping of CUDA versions to the lowest capability such as {"11": "3.5"}': _by_cuda(
        r"^[0-9]{1,3}\.[0-9]{1,2}$"
    ),
    'a mapping of names to requirements such as {nccl: "==2.27.3"}': {
        "type": "object",
        "propertyNames": {"minLength": 1},
        "additionalProperties": {"type": "string", "minLength": 1},
    },
}


def matrix_schema() -> JsonSchema:
    """The JSON Schema (2020-12) of a matrix file, whole or overlay, as plain data."""
    sections = {name: {"$ref": f"#/$defs/{name}"} for name in SECTIONS}
    sources = {"type": "object", "additionalProperties": _TEXT}
    whole = {"version": _TEXT, "date": _TEXT, "sources": sources, **sections}
    overlay = {"extends": {"const": "default"}, "date": _TEXT, "sources": sources, **sections}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A compatibility matrix of gpudoctor",
        "description": "A whole matrix, or with `extends` a few rows on top of gpudoctor's own.",
        "if": {"required": ["extends"]},
        "then": _mapping(overlay, ["extends"]),
        "else": _mapping(whole, list(whole)),
        "$defs": {name: _rows(section) for name, section in SECTIONS.items()},
    }


def shape_of(form: Form) -> JsonSchema | None:
    """The JSON Schema of a form, None where only its words are known."""
    if form.expected.startswith("one of "):
        return {"enum": form.expected.removeprefix("one of ").split(", ")}
    return _SHAPES.get(form.expected)


def _mapping(properties: JsonSchema, required: list[str]) -> JsonSchema:
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": properties,
    }


def _rows(section: Section) -> JsonSchema:
    required = {**section.required, **ORIGIN}
    forms = {**required, **section.optional}
    properties = {
        name: {"description": form.expected, **(shape_of(form) or {})}
        for name, form in forms.items()
    }
    properties["source"] = {**properties["source"], "minItems": 1}
    return {"type": "array", "items": _mapping(properties, list(required))}
