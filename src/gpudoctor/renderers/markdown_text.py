"""Text for Markdown that other people's trackers show: what a machine said must not act there."""

import re
from collections.abc import Sequence

from gpudoctor.escaping import visible, visible_lines

_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
# An underscore between letters is none to Markdown, and escaped it would break addresses.
_MARKUP = re.compile(r"([\\`*\[\]~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_BLOCK = re.compile(r"\A(?:#{1,6}(?:\s|\Z)|[-+](?:\s|\Z)|--|=+\Z|\d{1,9}[.)](?:\s|\Z))")
# "@name" notifies a person, "#12" and "GH-12" link a thread; a zero-width space keeps them apart.
_CALL = re.compile(r"((?<!\w)@(?=\w)|(?:#|GH-)(?=\d))")
_RUN = re.compile(r"`+")


def prose(text: str) -> str:
    """Write text as a paragraph or a cell: one line, nothing in it is markup."""
    line = " ".join(visible_lines(text)).strip()
    line = _MARKUP.sub(r"\\\1", line).translate(_HTML)
    line = _CALL.sub(r"\1&#8203;", line).replace("|", "&#124;")
    return f"&#8203;{line}" if _BLOCK.match(line) else line


def html(text: str) -> str:
    """Write text inside an HTML element, where Markdown is not read."""
    return _CALL.sub(r"\1&#8203;", visible(text).translate(_HTML))


def code(text: str) -> str:
    """Write text as a code span, fenced by more backticks than stand inside."""
    line = visible(text).strip()
    if not line:
        return ""
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def code_cell(text: str) -> str:
    """Write text as a code span in a table, where a bar would end the cell even so."""
    return code(text).replace("|", r"\|")


def fenced(lines: list[str], language: str = "") -> list[str]:
    """Write lines as a code block, fenced by more backticks than stand inside."""
    shown = [visible(line) for line in lines]
    fence = "`" * max(3, _longest_run("\n".join(shown)) + 1)
    return [f"{fence}{language}", *shown, fence]


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Write a table of cells that are escaped already."""
    lines = [head, tuple("---" for _ in head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _longest_run(text: str) -> int:
    return max((len(run) for run in _RUN.findall(text)), default=0)
