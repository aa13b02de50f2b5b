"""Compares a matrix' text with what the registry says, and drafts the text that would agree."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from packaging.version import InvalidVersion, Version

from gpudoctor.matrix.columns import SECTIONS
from refresh.lines import Row, RowError, new_row, rows, with_cell, written
from refresh.projects import Cells, Path, Project, Release, Survey
from refresh.registry import RegistryError

_PYTHONS = ("python", "python_aarch64", "python_windows")


@dataclass
class Draft:
    """The text that would agree with the registry, cell by cell how, and what it can't settle."""

    text: str
    changes: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)

    @property
    def is_drift(self) -> bool:
        """Whether matrix and registry differ."""
        return bool(self.changes or self.disagreements)


def compare(text: str, projects: Iterable[Project], survey: Survey) -> Draft:
    """Draft what the survey changes in a matrix; raise RowError or RegistryError."""
    draft = Draft(text)
    for project in projects:
        _compare(project, survey, draft)
    return draft


def _compare(project: Project, survey: Survey, draft: Draft) -> None:
    lines = draft.text.splitlines(keepends=True)
    there = list(_rows(lines, project))
    ours = {row.data[project.key]: row for row in there if _is_ours(row, project)}
    foreign = {row.data[project.key] for row in there} - set(ours)
    derived = {
        each: project.derive(each, survey)
        for each in project.releases(survey)
        if each.version not in foreign
    }
    _refuse_holes(project, ours.values(), derived.values())
    listed = {release.version for release in derived}
    for version in ours:
        if version not in listed:
            words = "the registry does not list it (yanked?); row left as it is"
            draft.disagreements.append(f"{project.name} {version}: {words}")
    added: list[tuple[Release, str]] = []
    for release, cells in derived.items():
        row = ours.get(release.version)
        if row is None:
            added.append((release, _added(release, project, cells, draft)))
        else:
            lines[row.index] = _mended(lines[row.index], row, release, project, cells, draft)
    _insert(lines, added, project)
    draft.text = "".join(lines)


def _rows(lines: list[str], project: Project) -> Iterator[Row]:
    for row in rows(lines, project.section):
        if all(row.data.get(name) == value for name, value in project.where.items()):
            yield row


def _is_ours(row: Row, project: Project) -> bool:
    """Whether a row rests on this metadata; all the others are none of our business."""
    try:
        return project.source in row.data["source"] and project.covers(row.data[project.key])
    except (InvalidVersion, KeyError) as error:
        raise RowError(f"line {row.index + 1}: {error}") from error


def _refuse_holes(project: Project, ours: Iterable[Row], derived: Iterable[Cells]) -> None:
    """A Python that rows have and that the registry lists nothing for is a broken answer."""
    rows_, cells = list(ours), list(derived)
    for column in _PYTHONS:
        known = {python for row in rows_ for python in row.data.get(column, ())}
        served = {python for each in cells for python in _texts(each.get((column,)))}
        # A section that does not refresh this column has nothing served at all.
        if served and (missing := sorted(known - served)):
            words = f"the registry lists nothing for Python {', '.join(missing)}"
            raise RegistryError(f"{project.name}: {words}, which rows of the matrix have")


def _texts(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _mended(
    line: str, row: Row, release: Release, project: Project, cells: Cells, draft: Draft
) -> str:
    begun = line
    others = [each for each in row.data["source"] if each != project.source]
    for path, value in cells.items():
        stated = _value(row.data, path)
        if stated == _as_text(value):
            continue
        words = f"{release.what}: {' '.join(path)} is {_words(stated)}, metadata says"
        words = f"{words} {written(value)}"
        changed = None
        if path[0] not in project.shared or not others:
            changed = with_cell(line, path, value)
        if changed is None:
            draft.disagreements.append(f"{words}; settle by hand")
        else:
            draft.changes.append(words)
            line = changed
    if line == begun:
        return line
    return with_cell(line, ("checked",), "metadata") or line


def _as_text(value: object) -> object:
    """A value as rows are read here: whole numbers are texts."""
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _value(data: Any, path: Path) -> Any:
    for name in path:
        if isinstance(data, list):
            data = next((each for each in data if each.get("tag") == name), None)
        elif isinstance(data, Mapping):
            data = data.get(name)
    return data


def _words(stated: Any) -> str:
    return "not there" if stated is None else written(stated)


def _added(release: Release, project: Project, derived: Cells, draft: Draft) -> str:
    cells: dict[str, Any] = {**project.where, project.key: release.version}
    for path, value in derived.items():
        if len(path) == 1:
            cells[path[0]] = value
        else:
            column, tag, name = path
            builds = cells.setdefault(column, [])
            if not builds or builds[-1]["tag"] != tag:
                builds.append({"tag": tag})
            builds[-1][name] = value
    forms = {**SECTIONS[project.section].required, **SECTIONS[project.section].optional}
    for name, value in cells.items():
        # What metadata can't complete stays unknown: a build without its architecture list.
        if isinstance(value, list) and not forms[name].fits(value):
            cells[name] = []
    draft.changes.append(f"{release.what}: new")
    return new_row({**cells, "source": [project.source], "checked": "metadata"}, "\n")


def _insert(lines: list[str], added: list[tuple[Release, str]], project: Project) -> None:
    """Put each new row behind its elder, newest first so that the places stay true."""
    places = [(Version(row.data[project.key]), row.index) for row in _rows(lines, project)]
    for release, line in reversed(added):
        elder = [index for version, index in places if version < Version(release.version)]
        if not elder:
            raise RowError(f"{release.what}: no older row of {project.section} to put it behind")
        lines.insert(max(elder) + 1, line)
