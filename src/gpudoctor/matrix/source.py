"""Reads a matrix from YAML, strictly: every complaint names file, line, column and expectation."""

import os
import stat
from collections.abc import Mapping
from typing import Any

import yaml

from gpudoctor.errors import MatrixError
from gpudoctor.hints import did_you_mean
from gpudoctor.matrix.columns import ORIGIN, SECTIONS, Section

_SIZE_LIMIT = 8 << 20
_DEPTH_LIMIT = 8
_HEAD = ("version", "date")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_matrix_file(path: str) -> tuple[Mapping[str, Any], str]:
    """A matrix file's content as plain data, validated, and its text; raise MatrixError."""
    text = _text(path)
    _refuse_bombs(path, text)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(path, error) from error
    return _Reader(path).document(root), text


def _text(path: str) -> str:
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise MatrixError("the matrix is not a regular file", file=path)
        if status.st_size > _SIZE_LIMIT:
            size = f"{status.st_size >> 20} MiB"
            raise MatrixError(
                f"the matrix has {size}; more than {_SIZE_LIMIT >> 20} MiB is not read", file=path
            )
        with open(path, "rb") as file:
            return file.read(_SIZE_LIMIT + 1).decode("utf-8")
    except OSError as error:
        raise MatrixError(f"the matrix can't be read: {error.strerror}", file=path) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise MatrixError("the matrix is not UTF-8", file=path, line=line) from error


def _refuse_bombs(path: str, text: str) -> None:
    """Refuse what a matrix has no use for and an attacker has: aliases, tags, deep nesting."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            mark = event.start_mark
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise _error(path, mark, "anchors and aliases are not allowed in a matrix")
            if tag := getattr(event, "tag", None):
                raise _error(path, mark, f"the tag {tag} is not allowed in a matrix")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > _DEPTH_LIMIT:
                raise _error(path, mark, f"nested more than {_DEPTH_LIMIT} deep")
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(path, error) from error
    except yaml.YAMLError as error:
        raise MatrixError(f"the matrix is not YAML: {error}", file=path) from error


def _syntax_error(path: str, error: yaml.MarkedYAMLError) -> MatrixError:
    words = f"not YAML: {error.problem or error.context or 'syntax error'}"
    return _error(path, error.problem_mark or error.context_mark, words)


def _error(path: str, mark: Any, message: str, hint: str | None = None) -> MatrixError:
    line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
    return MatrixError(message, file=path, line=line, column=column, hint=hint)


class _Reader:
    """Turns the YAML tree of one file into plain data."""

    def __init__(self, path: str) -> None:
        self._path = path

    def document(self, root: Any) -> Mapping[str, Any]:
        if not isinstance(root, yaml.MappingNode):
            mark = getattr(root, "start_mark", None)
            raise _error(self._path, mark, "a matrix is a mapping of sections")
        content = self._entries(root, "the matrix")
        wanted = (*_HEAD, "sources", *SECTIONS)
        for name, (key, _) in content.items():
            if name not in wanted:
                words = f"unknown section {name!r}"
                raise _error(self._path, key.start_mark, words, did_you_mean(name, wanted))
        for name in wanted:
            if name not in content:
                raise _error(self._path, root.start_mark, f"the section {name!r} is missing")
        sources = self._sources(content["sources"][1])
        head = {name: self._word(name, content[name][1]) for name in _HEAD}
        rows = {
            name: self._section(name, spec, content[name][1], sources)
            for name, spec in SECTIONS.items()
        }
        return {**head, "sources": sources, **rows}

    def _word(self, name: str, node: Any) -> str:
        value = self._plain(node)
        if not isinstance(value, str):
            raise _error(self._path, node.start_mark, f"{name} is not a text: quote it")
        return value

    def _sources(self, node: Any) -> Mapping[str, str]:
        if not isinstance(node, yaml.MappingNode):
            raise _error(self._path, node.start_mark, "sources is a mapping of ids to texts")
        entries = self._entries(node, "sources")
        return {
            name: self._word(f"the source {name}", value) for name, (_, value) in entries.items()
        }

    def _section(
        self, name: str, spec: Section, node: Any, sources: Mapping[str, str]
    ) -> list[Mapping[str, Any]]:
        if not isinstance(node, yaml.SequenceNode):
            raise _error(self._path, node.start_mark, f"{name} is a list of rows")
        return [self._row(name, spec, each, sources) for each in node.value]

    def _row(
        self, section: str, spec: Section, node: Any, sources: Mapping[str, str]
    ) -> Mapping[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise _error(self._path, node.start_mark, f"a row of {section} is a mapping")
        entries = self._entries(node, f"this row of {section}")
        required = {**spec.required, **ORIGIN}
        forms = {**required, **spec.optional}
        row: dict[str, Any] = {}
        for column, (key, value) in entries.items():
            if column not in forms:
                words = f"unknown column {column!r} in a row of {section}"
                raise _error(self._path, key.start_mark, words, did_you_mean(column, forms))
            row[column] = self._plain(value)
            if not forms[column].fits(row[column]):
                words = f"{column} of a row of {section}: expected {forms[column].expected}"
                raise _error(self._path, value.start_mark, f"{words}, found {row[column]!r:.60}")
        missing = next((column for column in required if column not in row), None)
        if missing:
            words = f"a row of {section} lacks the column {missing!r}"
            raise _error(self._path, node.start_mark, words)
        unknown = next((id_ for id_ in row["source"] if id_ not in sources), None)
        if unknown or not row["source"]:
            mark = entries["source"][1].start_mark
            words = (
                f"a row of {section} names no source"
                if not unknown
                else (f"a row of {section} names the source {unknown!r}, which is not in sources")
            )
            raise _error(self._path, mark, words)
        return row

    def _entries(self, node: Any, what: str) -> dict[str, tuple[Any, Any]]:
        entries: dict[str, tuple[Any, Any]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _error(self._path, key.start_mark, f"a key of {what} is not a text")
            if key.value in entries:
                raise _error(self._path, key.start_mark, f"{key.value!r} stands twice in {what}")
            entries[key.value] = (key, value)
        return entries

    def _plain(self, node: Any) -> Any:
        if isinstance(node, yaml.MappingNode):
            return {
                name: self._plain(value)
                for name, (_, value) in self._entries(node, "a mapping").items()
            }
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(each) for each in node.value]
        return self._scalar(node)

    def _scalar(self, node: Any) -> Any:
        kind = node.tag.rpartition(":")[2]
        try:
            if kind == "int":
                return int(node.value)
            if kind == "float":
                return float(node.value)
        except ValueError:
            return node.value
        if kind == "bool":
            return node.value.lower() in ("true", "yes", "on")
        return None if kind == "null" else node.value
