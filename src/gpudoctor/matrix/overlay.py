"""Lays a few rows of a person's own on top of a whole matrix."""

from collections.abc import Iterable, Mapping
from typing import Any

from gpudoctor.matrix.columns import SECTIONS
from gpudoctor.matrix.identity import row_key, row_place

Rows = list[Mapping[str, Any]]


def overlaid(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> Mapping[str, Any]:
    """The base with the overlay's rows: the same key replaces, a new one takes its place in order.

    A source of the overlay takes the place of the base's of the same id.
    """
    sections = {
        name: _laid(name, base[name], overlay[name]) if name in overlay else base[name]
        for name in SECTIONS
    }
    return {
        "version": f"{base['version']}+overlay",
        "date": overlay.get("date", base["date"]),
        "sources": {**base["sources"], **overlay.get("sources", {})},
        **sections,
    }


def _laid(section: str, base: Rows, own: Iterable[Mapping[str, Any]]) -> Rows:
    rows = list(base)
    where = {row_key(section, row): number for number, row in enumerate(base)}
    added: Rows = []
    for row in own:
        number = where.get(row_key(section, row))
        if number is None:
            added.append(row)
        else:
            rows[number] = row
    for row in added:
        rows.insert(_place(section, rows, row), row)
    return rows


def _place(section: str, rows: Rows, new: Mapping[str, Any]) -> int:
    """Where a new row goes: behind the last of its group that comes before it, else at the end."""
    group, order = row_place(section, new)
    beside = [
        (number, found[1])
        for number, row in enumerate(rows)
        if (found := row_place(section, row))[0] == group
    ]
    before = [number for number, other in beside if other <= order]
    if before:
        return before[-1] + 1
    return beside[0][0] if beside else len(rows)
