"""What tells a row of a section from the others, and where it stands among them."""

import re
from collections.abc import Mapping
from typing import Any

from gpudoctor.matrix.columns import SECTIONS

_NUMBER = re.compile(r"\d{1,9}")  # a hostile file may hold millions of digits


def key_columns(section: str) -> tuple[str, ...]:
    """The columns that together name a section's rows."""
    spec = SECTIONS[section]
    return spec.key or (next(iter(spec.required)),)


def row_name(section: str, row: Mapping[str, Any]) -> str:
    """A row's name as it is written; empty where a column of it is missing."""
    columns = key_columns(section)
    if any(column not in row for column in columns):
        return ""
    return " ".join(str(row[column]) for column in columns)


def row_key(section: str, row: Mapping[str, Any]) -> str:
    """A row's name, the same in whatever case and spacing it is written."""
    return " ".join(row_name(section, row).lower().split())


def row_place(section: str, row: Mapping[str, Any]) -> tuple[str, tuple[int, ...]]:
    """The group of rows that a row stands in, and its order there."""
    if section == "gpu_products":  # by capability; within one in the file's own order
        return "", _numbers(row["capability"])
    if section in ("pci_ids", "pci_blocks"):
        return "", tuple(map(ord, str(row[key_columns(section)[0]]).upper()))
    *group, last = key_columns(section)
    return " ".join(str(row[column]).lower() for column in group), _numbers(row[last])


def _numbers(value: Any) -> tuple[int, ...]:
    return tuple(int(each) for each in _NUMBER.findall(str(value)))
