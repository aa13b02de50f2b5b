"""Finds the rows about a subject, with their sources in words."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gpudoctor.errors import UsageError
from gpudoctor.hints import did_you_mean
from gpudoctor.matrix.columns import ORIGIN, SECTIONS
from gpudoctor.matrix.identity import key_columns, row_name
from gpudoctor.matrix.targets import named_products, near_products

HOW_CHECKED: Mapping[str, str] = {
    "two-sources": "two independent sources agree",
    "one-source": "one source was read",
    "metadata": "read from published wheels",
    "inferred": "inferred from a rule that a source states",
}
# What people say, and the sections and columns that answer; other sections answer by their names.
_SUBJECTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "cuda": (
        ("cuda_toolkits", "cuda"),
        ("minor_version_floors", "major"),
        ("driver_branches", "cuda"),
        ("forward_compat", "cuda"),
        ("cuda_libraries", "major"),
        ("host_compilers", "cuda"),
    ),
    "driver": (("driver_branches", "branch"), ("forward_compat", "branch")),
    "gpu": (("gpu_products", "name"), ("pci_ids", "name"), ("architectures", "capability")),
    "pytorch": (("torch", "version"),),
    "tf": (("tensorflow", "version"),),
    "tensorflow-gpu": (("tensorflow", "version"),),
}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the matrix with its sources spelled out."""

    section: str
    name: str
    columns: Mapping[str, Any]  # without the name, source and checked
    sources: Mapping[str, str]  # id → words
    checked: str


def subjects(content: Mapping[str, Any]) -> tuple[str, ...]:
    """What can be asked for: our words, sections, and what a section of several kinds holds."""
    inside = (row[column] for section, column in _kinds() for row in content[section])
    return tuple(dict.fromkeys((*_SUBJECTS, *SECTIONS, *map(str, inside))))


def _kinds() -> Iterator[tuple[str, str]]:
    """The sections that hold several kinds of rows, and the columns that tell the kinds."""
    for section in SECTIONS:
        kind, *rest = key_columns(section)
        if rest:
            yield section, kind


def shown_rows(
    content: Mapping[str, Any], subject: str, version: str | None
) -> tuple[ShownRow, ...]:
    """The rows about a subject, all or those of a version or name; raise UsageError for none."""
    known = {_plain(each): each for each in subjects(content)}
    name = known.get(_plain(subject))
    if name is None:
        hint = did_you_mean(subject[:60], known.values())
        raise UsageError(f"the matrix knows nothing of {subject[:60]!r}", hint)
    if version is not None and name in dict(_kinds()):
        # The section's own name, and then what a row is called: companions "vllm 0.28.0".
        name, _, rest = version.strip().lower().partition(" ")
        version = rest.strip() or None
    if name not in _SUBJECTS and name not in SECTIONS:
        content = _of_kind(content, name)
        if not any(content[section] for section, _ in _kinds()):
            raise UsageError(
                f"the matrix knows nothing of {name[:60]!r}",
                did_you_mean(name[:60], known.values()),
            )
        name = next(section for section, _ in _kinds() if content[section])
    places = _SUBJECTS.get(name) or ((name, key_columns(name)[-1]),)
    if version is None:
        section, _ = places[0]
        return tuple(_shown(section, row, content) for row in content[section])
    if name == "gpu":
        found = tuple(_gpu_rows(content, version))
    else:
        found = tuple(_rows(content, places, lambda value: _fits(value, version)))
    if not found:
        there = [str(row[column]) for section, column in places for row in content[section]]
        hint = near_products(content, version) if name == "gpu" else _near(version, there)
        raise UsageError(f"the matrix has no row for {subject} {version[:60]!r}", hint)
    return tuple(_shown(section, row, content) for section, row in found)


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def _of_kind(content: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The content with only the rows of one kind in the sections that hold several."""
    chosen = {
        section: [row for row in content[section] if row[column] == kind]
        for section, column in _kinds()
    }
    return {**content, **chosen}


Found = Iterator[tuple[str, Mapping[str, Any]]]


def _rows(
    content: Mapping[str, Any],
    places: Iterable[tuple[str, str]],
    fits: Callable[[Any], bool],
) -> Found:
    for section, column in places:
        for row in content[section]:
            if fits(row[column]):
                yield section, row


def _fits(value: Any, version: str) -> bool:
    """Whether a value is the version, or one of its releases; a major or branch fits its own."""
    have, want = str(value).lower(), version.strip().lower().removeprefix("v").partition("+")[0]
    if isinstance(value, int):
        return have == want.partition(".")[0]
    return have == want or have.startswith(f"{want}.")


def _gpu_rows(content: Mapping[str, Any], name: str) -> Found:
    products = named_products(content, name)
    if re.fullmatch(r"\d{1,2}\.\d", name.strip()):
        capabilities = {name.strip()}
        products = [row for row in content["gpu_products"] if row["capability"] in capabilities]
    else:
        capabilities = {row["capability"] for row in products}
        wanted_name = name.strip().lower()
        for row in content["architectures"]:  # Rubin, Hopper
            if wanted_name in row["name"].lower().split():
                capabilities.add(row["capability"])
    names = {row["name"] for row in products}
    wanted = name.strip().upper().removeprefix("10DE:")
    yield from (("gpu_products", row) for row in products)
    for row in content["pci_ids"]:
        if row["name"] in names or row["id"] == wanted:
            yield "pci_ids", row
    for row in content["pci_blocks"]:
        if row["first"] <= wanted <= row["last"]:
            yield "pci_blocks", row
            capabilities = {*capabilities, row["capability"]}
    yield from _rows(
        content, (("architectures", "capability"),), lambda value: value in capabilities
    )


def _shown(section: str, row: Mapping[str, Any], content: Mapping[str, Any]) -> ShownRow:
    return ShownRow(
        section,
        row_name(section, row),
        {
            name: value
            for name, value in row.items()
            if name not in ORIGIN and name not in key_columns(section)
        },
        {id_: content["sources"][id_] for id_ in row["source"]},
        row["checked"],
    )


def _near(version: str, known: list[str]) -> str:
    distinct = list(dict.fromkeys(known))
    hint = did_you_mean(version[:60], distinct)
    return hint if hint.startswith("did") else f"it has {distinct[0]} to {distinct[-1]}"
