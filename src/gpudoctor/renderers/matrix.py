"""Shows rows of the matrix and its answers, as text and as JSON; a user's file may be hostile."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gpudoctor.escaping import visible, without_surrogates
from gpudoctor.matrix.answers import Answer, Row, Step
from gpudoctor.matrix.queries import Matrix
from gpudoctor.matrix.rows import MatrixInfo
from gpudoctor.matrix.show import HOW_CHECKED, ShownRow
from gpudoctor.matrix.targets import Gpu

SCHEMA_VERSION = 1


def rows_as_text(found: Iterable[ShownRow], width: int) -> str:
    """Rows, each with its columns, how it was checked and its sources in words."""
    lines: list[str] = []
    for row in found:
        lines += [f"{row.section} {visible(row.name)}"]
        for column, value in row.columns.items():
            for text in _lines(value):
                lines += _entry(column, text, width)
        lines += _entry("checked", f"{row.checked}: {HOW_CHECKED[row.checked]}", width)
        for id_, words in row.sources.items():
            lines += _entry("source", f"{visible(id_)}: {visible(words)}", width)
        lines.append("")
    return "\n".join(lines)


def rows_as_json(found: Iterable[ShownRow], info: MatrixInfo) -> str:
    """The same rows as one JSON document."""
    listed = [
        {
            "section": row.section,
            "name": row.name,
            "columns": row.columns,
            "checked": row.checked,
            "sources": row.sources,
        }
        for row in found
    ]
    return _json({"schema_version": SCHEMA_VERSION, "matrix": _info(info), "rows": listed})


def answer_as_text(answer: Answer, matrix: Matrix, width: int) -> str:
    """The verdict, the steps to it with their rows, and the sources in words."""
    lines = textwrap.wrap(visible(f"{answer.verdict.value}: {answer.summary}"), width)
    lines.append("")
    for step in answer.steps:
        lines += _step(step, width)
    named = _source_ids(answer)
    lines += [""] if named else []
    for id_ in named:
        words = f"{visible(id_)}: {visible(matrix.source(id_))}"
        lines += textwrap.wrap(words, width, subsequent_indent="  ", **_WHOLE_WORDS)
    if answer.is_inferred:
        lines += ["", "This leans on a row that was inferred and that no source states."]
    info = matrix.info
    lines += ["", visible(f"matrix {info.version} of {info.date}")]
    return "\n".join(lines) + "\n"


def answer_as_json(answer: Answer, gpu: Gpu, matrix: Matrix) -> str:
    """The same answer as one JSON document."""
    steps = [
        {
            "about": step.about,
            "verdict": step.verdict.value,
            "decides": step.decides,
            "words": step.words,
            "rows": [
                {"name": r.name, "checked": r.origin.checked, "sources": r.origin.sources}
                for r in step.rows
            ],
        }
        for step in answer.steps
    ]
    return _json(
        {
            "schema_version": SCHEMA_VERSION,
            "matrix": _info(matrix.info),
            "verdict": answer.verdict.value,
            "summary": answer.summary,
            "inferred": answer.is_inferred,
            "gpu": {"name": gpu.name, "capability": str(gpu.capability)},
            "steps": steps,
            "sources": {id_: matrix.source(id_) for id_ in _source_ids(answer)},
        }
    )


_WHOLE_WORDS: Mapping[str, Any] = {"break_long_words": False, "break_on_hyphens": False}


def _entry(name: str, text: str, width: int) -> list[str]:
    head = f"  {name:17} "
    indent = " " * len(head)
    room = max(width, 40)
    return textwrap.wrap(
        text, room, initial_indent=head, subsequent_indent=indent, **_WHOLE_WORDS
    ) or [head.rstrip()]


def _step(step: Step, width: int) -> Iterator[str]:
    head = f"  {step.verdict.value:8}{step.about:11} "
    indent = " " * len(head)
    room = max(width, 40)
    yield from textwrap.wrap(
        visible(step.words), room, initial_indent=head, subsequent_indent=indent, **_WHOLE_WORDS
    )
    for row in step.rows:
        yield from textwrap.wrap(
            f"by {_row(row)}",
            room,
            initial_indent=indent,
            subsequent_indent=f"{indent}   ",
            **_WHOLE_WORDS,
        )


def _row(row: Row) -> str:
    return visible(f"{row.name} ({row.origin.checked}: {', '.join(row.origin.sources)})")


def _source_ids(answer: Answer) -> list[str]:
    named = {id_ for step in answer.steps for row in step.rows for id_ in row.origin.sources}
    return sorted(named)


def _lines(value: Any) -> list[str]:
    """A cell, with a line for each mapping in it."""
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return [_value(item) for item in value]
    return [_value(value)]


def _value(value: Any) -> str:
    """A cell in one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{visible(str(name))} {_value(item)}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_value(item) for item in value)
    return visible(str(value))


def _info(info: MatrixInfo) -> Mapping[str, str]:
    return {"version": info.version, "date": info.date, "sha256": info.sha256}


def _json(document: Mapping[str, Any]) -> str:
    text = json.dumps(_cleaned(document), indent=2, allow_nan=False)
    return text.replace("##", r"#\u0023") + "\n"  # "##[…]" would be an order to a CI system


def _cleaned(value: Any) -> Any:
    """Replace what JSON has no form for: lone surrogates."""
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, Mapping):
        return {without_surrogates(str(name)): _cleaned(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(item) for item in value]
    return value
