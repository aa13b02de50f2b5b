"""Write the generated parts of the pages on diagnoses from the catalogue and the checks.

    python tools/build_docs.py [--check]

Each page has its title and a table of properties between two marks, and ``index.md`` lists all
diagnoses. With ``--check`` nothing is written: what is stale is named, and the exit code is 1.
"""

import argparse
import ast
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PAGES = PROJECT / "docs" / "diagnoses"
CHECKS = PROJECT / "src" / "gpudoctor" / "checks"
BEGIN, END = "<!-- generated:begin -->", "<!-- generated:end -->"

sys.path.insert(0, str(PROJECT / "src"))  # a checkout that is not installed

from gpudoctor.diagnoses import DIAGNOSES  # noqa: E402
from gpudoctor.findings import Diagnosis  # noqa: E402


class StaleError(Exception):
    """A page that can't be written: what is missing from it."""


def main() -> int:
    """Write the pages, or with --check say which of them are stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    stale = []
    for path, write in generated():
        try:
            text, fresh = with_body(path, write())
        except StaleError as error:
            stale.append(str(error))
            continue
        if text != fresh and arguments.check:
            stale.append(f"{path.relative_to(PROJECT)} is stale: run python tools/build_docs.py")
        elif text != fresh:
            path.write_text(fresh, encoding="utf-8")
    for each in stale:
        print(each, file=sys.stderr)
    return 1 if stale else 0


def generated() -> Iterator[tuple[Path, Callable[[], str]]]:
    """Each page, and what writes the part between its marks."""
    for diagnosis in DIAGNOSES:
        yield PAGES / f"{diagnosis.id}.md", partial(properties, diagnosis)
    yield PAGES / "index.md", index


def with_body(path: Path, body: str) -> tuple[str, str]:
    """The page as it is, and as it should be."""
    name = path.relative_to(PROJECT)
    if not path.exists():
        raise StaleError(f"{name} is missing")
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise StaleError(f"{name} lacks the marks {BEGIN} and {END}")
    return text, f"{before}{BEGIN}\n{body}{END}{after}"


def properties(diagnosis: Diagnosis) -> str:
    """A diagnosis' title and its properties."""
    rows = [
        ("Group", "Rung", "Blocks", "Since"),
        (diagnosis.group, diagnosis.rung.slug, blocks(diagnosis), diagnosis.since),
    ]
    explains = f"May explain: {', '.join(diagnosis.explains) or 'nothing else'}."
    lines = textwrap.fill(explains, 80, break_on_hyphens=False)
    return f"**{diagnosis.title}.**\n\n{table(rows)}\n{lines}\n"


def index() -> str:
    """All diagnoses, a table a group, in the order of the catalogue."""
    parts = []
    for group, members in groupby(DIAGNOSES, key=lambda each: each.group):
        rows = [("Diagnosis", "What is so", "Rung", "Blocks")]
        rows += [
            (f"[{each.id}]({each.id}.md)", each.title, each.rung.slug, blocks(each))
            for each in members
        ]
        parts.append(f"## {group}\n\n{table(rows)}")
    return "\n".join(parts)


def blocks(diagnosis: Diagnosis) -> str:
    """Whether it keeps a GPU from computing, as the check's source says: unsaid means yes."""
    path = CHECKS / f"{diagnosis.id.replace('-', '_')}.py"
    if not path.exists():
        raise StaleError(f"{path.relative_to(PROJECT)} is missing")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = [
        keyword.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "blocks"
    ]
    if not said or all(isinstance(each, ast.Constant) and each.value is True for each in said):
        return "yes"
    if all(isinstance(each, ast.Constant) and each.value is False for each in said):
        return "no"
    return "depends on the case"


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table in columns, so that it reads well as plain text too."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines.insert(1, ["-" * width for width in widths])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
