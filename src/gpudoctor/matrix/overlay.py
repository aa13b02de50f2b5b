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
    return _placed(section, rows, added)


def _placed(section: str, rows: Rows, added: Rows) -> Rows:
    """The rows with the new ones: each behind the last of its group that comes before it.

    One whose group begins later stands before it, one of a new group at the end.
    """
    groups: dict[str, list[tuple[tuple[int, ...], int]]] = {}
    for number, row in enumerate(rows):
        group, order = row_place(section, row)
        groups.setdefault(group, []).append((order, number))
    behind: dict[int, Rows] = {}  # the place of the row that they follow; -1: none
    for row in sorted(added, key=lambda each: row_place(section, each)):
        group, order = row_place(section, row)
        there = groups.get(group)
        if there is None:
            place = len(rows) - 1
        else:
            before = [number for other, number in there if other <= order]
            place = before[-1] if before else there[0][1] - 1
        behind.setdefault(place, []).append(row)
    placed = list(behind.get(-1, ()))
    for number, row in enumerate(rows):
        placed += (row, *behind.get(number, ()))
    return placed
