"""Runs a table of patterns over the lines of a text, however long it is."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol, TypeVar

from gpudoctor.symptoms.literals import literals_of

_LINES_AT_ONCE = 256
_LONGEST_LINE = 4096  # a longer one is read piece by piece
_OVERLAP = 1024  # a message stands whole in one of two pieces
_MOST_PIECES = 64


class Row(Protocol):
    """A row of a table of messages."""

    @property
    def pattern(self) -> "re.Pattern[str]":
        """The message's form."""
        ...


R = TypeVar("R", bound=Row)


def find_rows(
    lines: Iterable[str], rows: Sequence[R]
) -> Iterator[tuple[int, str, R, "re.Match[str]"]]:
    """Each line's number from 0, the line (or the piece of it), the row, and what it matched."""
    numbered = enumerate(lines)
    while block := list(islice(numbered, _LINES_AT_ONCE)):
        text = "\n".join(line for _, line in block)
        lower = text.lower()
        wanted = [row for row in rows if _may_match(row.pattern, text, lower)]
        if not wanted:
            continue
        for number, line in block:
            for piece in _pieces(line):
                yield from ((number, piece, *each) for each in _in_piece(piece, wanted))


def _in_piece(piece: str, rows: Sequence[R]) -> Iterator[tuple[R, "re.Match[str]"]]:
    lower = piece.lower()
    for row in rows:
        if _may_match(row.pattern, piece, lower) and (match := row.pattern.search(piece)):
            yield row, match


def _may_match(pattern: "re.Pattern[str]", text: str, lower: str) -> bool:
    literals = literals_of(pattern)
    where = lower if pattern.flags & re.IGNORECASE else text
    return not literals or any(literal in where for literal in literals)


def _pieces(line: str) -> Iterator[str]:
    if len(line) <= _LONGEST_LINE:
        yield line
        return
    step = _LONGEST_LINE - _OVERLAP
    for start in range(0, min(len(line), step * _MOST_PIECES), step):
        yield line[start : start + _LONGEST_LINE]
