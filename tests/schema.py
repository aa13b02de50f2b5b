"""The JSON Schema of the report, for tests that validate against it."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "src/gpudoctor/schemas/report.v1.json").read_text("utf-8")
)


def assert_valid(document: object) -> None:
    """Fail where a document breaks the schema."""
    Draft202012Validator(SCHEMA).validate(document)
