"""Changes cells of a matrix in its text, so that every other byte stays what it was."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from refresh.projects import Path

_PLAIN = re.compile(r"[A-Za-z_][\w-]*\Z")
_WORDS_OF_YAML = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
_ROW = "  - {"


class RowError(Exception):
    """A row that can't be changed by this means."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a section: its line's index in the text, and its plain data."""

    index: int
    data: Mapping[str, Any]


def rows(lines: list[str], section: str) -> Iterator[Row]:
    """The rows of a section; raise RowError where one isn't on a line of its own."""
    for index in _section(lines, section):
        line = lines[index]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line.startswith(_ROW):
            raise RowError(f"line {index + 1}: expected a row of {section} on a line of its own")
        yield Row(index, _plain(_mapping(line, index)))


def with_cell(line: str, path: Path, value: object) -> str | None:
    """The row's line with one cell changed or added; None where it has no place for it."""
    node: yaml.Node = _mapping(line, 0)
    for name in path[:-1]:
        inner = _entry(node, name)
        if inner is None:
            return None
        node = inner
    if isinstance(node, yaml.SequenceNode):
        return None
    old: yaml.Node | None = _entry(node, path[-1])
    if old is not None:
        return line[: old.start_mark.index] + written(value) + line[old.end_mark.index :]
    if not isinstance(node, yaml.MappingNode) or not node.value:
        return None
    before: yaml.Node | None = _entry(node, "source")
    if before is not None:
        key = next(key for key, each in node.value if each is before)
        place = key.start_mark.index
        return f"{line[:place]}{path[-1]}: {written(value)}, {line[place:]}"
    place = node.value[-1][1].end_mark.index
    return f"{line[:place]}, {path[-1]}: {written(value)}{line[place:]}"


def new_row(cells: Mapping[str, object], ending: str) -> str:
    """A row's line."""
    return f"{_ROW}{', '.join(f'{name}: {written(v)}' for name, v in cells.items())}}}{ending}"


def written(value: object) -> str:
    """A value as this matrix writes it: texts with dots are quoted."""
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {written(each)}' for name, each in value.items())}}}"
    if isinstance(value, str) and _PLAIN.match(value) and value.lower() not in _WORDS_OF_YAML:
        return value
    return json.dumps(value)


def _section(lines: list[str], section: str) -> range:
    """The lines between a section's head and the next section's."""
    heads = [index for index, line in enumerate(lines) if re.match(r"\w", line)]
    for number, head in enumerate(heads):
        if lines[head].startswith(f"{section}:"):
            end = heads[number + 1] if number + 1 < len(heads) else len(lines)
            return range(head + 1, end)
    raise RowError(f"the matrix has no section {section}")


def _mapping(line: str, index: int) -> yaml.MappingNode:
    # Python's own loader, for its marks count characters.
    try:
        root = yaml.compose(line, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise RowError(f"line {index + 1}: not a row in YAML: {error}") from error
    if isinstance(root, yaml.SequenceNode) and isinstance(root.value[0], yaml.MappingNode):
        return root.value[0]
    raise RowError(f"line {index + 1}: not a row")


def _entry(node: yaml.Node, name: str) -> Any:
    """A mapping's value of that name, or the member of a list whose `tag` is that name."""
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == name), None)
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            tag = _entry(each, "tag")
            if tag is not None and tag.value == name:
                return each
    return None


def _plain(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    if node.tag.endswith(":bool"):
        return node.value.lower() == "true"
    return node.value
