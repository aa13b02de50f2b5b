"""Reads a matrix from YAML, strictly: every complaint names file, line, column and expectation."""

import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import yaml

from gpudoctor.errors import MatrixError
from gpudoctor.hints import did_you_mean
from gpudoctor.matrix.columns import ORIGIN, SECTIONS, Form
from gpudoctor.matrix.identity import key_columns, row_key

BASE = "default"  # what an overlay extends
_SIZE_LIMIT = 8 << 20
_DEPTH_LIMIT = 8
_NODE_LIMIT = 1_000_000  # ours has 30,000
_ERROR_LIMIT = 20
_HEAD = ("version", "date")
_DATE = re.compile(r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """A matrix file as plain data; content is to be used only where there are no errors."""

    content: Mapping[str, Any]
    text: str
    is_overlay: bool
    errors: tuple[MatrixError, ...]  # at most 20, what causes others first


def read_matrix_file(path: str) -> tuple[Mapping[str, Any], str]:
    """A whole matrix file's content as plain data, validated, and its text; raise MatrixError."""
    document = read_document(path, dict)
    if document.is_overlay:
        raise MatrixError("this is an overlay, and a whole matrix is wanted", file=path)
    if document.errors:
        raise document.errors[0]
    return document.content, document.text


def read_document(path: str, base_sources: Callable[[], Mapping[str, str]]) -> Document:
    """Read a whole matrix or an overlay, whose rows may also name the base's sources.

    Raises MatrixError for a file that can't be read or is no YAML.
    """
    text = _text(path)
    _refuse_bombs(path, text)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(path, error) from error
    reader = _Reader(path)
    try:
        content = reader.document(root, base_sources)
    except _TooManyError:
        content = {}
    return Document(content, text, reader.is_overlay, tuple(reader.errors))


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
            data = file.read(_SIZE_LIMIT + 1)
        if len(data) > _SIZE_LIMIT:
            raise MatrixError("the matrix grows while it is read", file=path)
        return data.decode("utf-8")
    except OSError as error:
        raise MatrixError(f"the matrix can't be read: {error.strerror}", file=path) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise MatrixError("the matrix is not UTF-8", file=path, line=line) from error


def _refuse_bombs(path: str, text: str) -> None:
    """Refuse what a matrix has no use for and an attacker has: aliases, tags, deep nesting."""
    depth = 0
    try:
        for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
            mark = event.start_mark
            if count > _NODE_LIMIT:
                raise _error(path, mark, "has more values than any matrix")
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


class _TooManyError(Exception):
    """Enough errors were found to know that the file needs work."""


class _Reader:
    """Turns the YAML tree of one file into plain data, and collects what is wrong with it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.is_overlay = False
        self.errors: list[MatrixError] = []

    def _complain(self, mark: Any, words: str, hint: str | None = None) -> None:
        self.errors.append(_error(self._path, mark, words, hint))
        if len(self.errors) == _ERROR_LIMIT:
            raise _TooManyError

    def document(
        self, root: Any, base_sources: Callable[[], Mapping[str, str]]
    ) -> Mapping[str, Any]:
        if not isinstance(root, yaml.MappingNode):
            mark = getattr(root, "start_mark", None)
            self._complain(mark, "a matrix is a mapping of sections")
            return {}
        content = self._entries(root, "the matrix")
        self.is_overlay = "extends" in content
        wanted = ("extends", "date") if self.is_overlay else _HEAD
        self._check_sections(root, content, (*wanted, "sources", *SECTIONS))
        head = {name: self._word(name, content[name][1]) for name in wanted if name in content}
        if "date" in head and not _DATE.match(head["date"]):
            words = f"date: expected a day such as 2026-12-01, found {head['date']!r:.60}"
            self._complain(content["date"][1].start_mark, words)
        if self.is_overlay and head["extends"] != BASE:
            words = f"extends: expected {BASE!r}, found {head['extends']!r:.60}"
            self._complain(content["extends"][1].start_mark, words)
        sources = self._sources(content["sources"][1]) if "sources" in content else {}
        known = {**base_sources(), **sources} if self.is_overlay else sources
        rows = {
            name: self._section(name, content[name][1], known)
            for name in SECTIONS
            if name in content
        }
        return {**head, "sources": sources, **rows}

    def _check_sections(
        self, root: Any, content: Mapping[str, tuple[Any, Any]], wanted: tuple[str, ...]
    ) -> None:
        for name, (key, _) in content.items():
            if name == "version" and self.is_overlay:
                words = "an overlay has no version of its own: it is that of ours"
                self._complain(key.start_mark, words)
            elif name not in wanted:
                words = f"unknown section {name!r:.60}"
                self._complain(key.start_mark, words, did_you_mean(name[:60], wanted))
        for name in wanted:
            if name not in content and not self.is_overlay:
                self._complain(root.start_mark, f"the section {name!r} is missing")

    def _word(self, name: str, node: Any) -> str:
        value = self._plain(node)
        if not isinstance(value, str):
            self._complain(node.start_mark, f"{name:.60} is not a text: quote it")
        return str(value)

    def _sources(self, node: Any) -> Mapping[str, str]:
        if not isinstance(node, yaml.MappingNode):
            self._complain(node.start_mark, "sources is a mapping of ids to texts")
            return {}
        entries = self._entries(node, "sources")
        return {
            name: self._word(f"the source {name}", value) for name, (_, value) in entries.items()
        }

    def _section(self, name: str, node: Any, sources: Mapping[str, str]) -> list[Mapping[str, Any]]:
        if not isinstance(node, yaml.SequenceNode):
            self._complain(node.start_mark, f"{name} is a list of rows")
            return []
        rows: list[Mapping[str, Any]] = []
        seen: dict[str, tuple[int, int]] = {}
        for ordinal, each in enumerate(node.value, 1):
            row = self._row(name, ordinal, each, sources)
            rows.append(row)
            key = row_key(name, row)
            first, line = seen.setdefault(key, (ordinal, each.start_mark.line + 1))
            if key and first != ordinal:
                words = f"{_label(name, ordinal, row)}: stands twice, first in line {line}"
                self._complain(each.start_mark, words)
        return rows

    def _row(
        self, section: str, ordinal: int, node: Any, sources: Mapping[str, str]
    ) -> Mapping[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            words = f"{_label(section, ordinal, {})}: a row is a mapping of columns"
            self._complain(node.start_mark, words)
            return {}
        entries = self._entries(node, f"row {ordinal} of {section}")
        row = {column: self._plain(value) for column, (_, value) in entries.items()}
        label = _label(section, ordinal, row)
        required = {**SECTIONS[section].required, **ORIGIN}
        forms = {**required, **SECTIONS[section].optional}
        for column, (key, value) in entries.items():
            self._check_cell(label, column, key, value, forms)
        for column, form in required.items():
            if column not in row:
                words = f"{label}: lacks the column {column!r}, {form.expected}"
                self._complain(node.start_mark, words)
        if "source" in row and ORIGIN["source"].fits(row["source"]):
            self._check_sources(label, row["source"], entries["source"][1].start_mark, sources)
        return row

    def _check_cell(
        self, label: str, column: str, key: Any, value: Any, forms: Mapping[str, Form]
    ) -> None:
        if column not in forms:
            words = f"{label}: unknown column {column!r:.60}"
            self._complain(key.start_mark, words, did_you_mean(column[:60], forms))
            return
        found = self._plain(value)
        if not forms[column].fits(found):
            words = f"{label}: {column}: expected {forms[column].expected}"
            self._complain(value.start_mark, f"{words}, found {found!r:.60}")

    def _check_sources(
        self, label: str, named: list[str], mark: Any, sources: Mapping[str, str]
    ) -> None:
        if not named:
            self._complain(mark, f"{label}: names no source")
        for id_ in named:
            if id_ not in sources:
                words = f"{label}: names the source {id_!r:.60}, which is not in sources"
                self._complain(mark, words, did_you_mean(id_[:60], sources))

    def _entries(self, node: Any, what: str) -> dict[str, tuple[Any, Any]]:
        entries: dict[str, tuple[Any, Any]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._complain(key.start_mark, f"a key of {what} is not a text")
                continue
            if key.value in entries:
                self._complain(key.start_mark, f"{key.value!r:.60} stands twice in {what}")
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
                number = float(node.value)
                return number if isfinite(number) else node.value
        except ValueError:
            return node.value
        if kind == "bool":
            return node.value.lower() in ("true", "yes", "on")
        return None if kind == "null" else node.value


def _label(section: str, ordinal: int, row: Mapping[str, Any]) -> str:
    """A row as a person finds it: its section, its place in it, and its name."""
    named = [f"{name} {str(row[name])[:60]}" for name in key_columns(section) if name in row]
    return f"{section}, row {ordinal}" + (f" ({', '.join(named)})" if named else "")
