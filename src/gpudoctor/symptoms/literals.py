"""What must stand in a line for a pattern to match it: read off the pattern's own source.

`in` on a long string is a hundred times faster than a regular expression that fails, and most
lines of a log hold none of our words.
"""

import re
from functools import cache

_SHORTEST = 4  # a shorter literal is in every second line
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_REPEAT = re.compile(r"(?:[*+?]|\{(\d*)(?:,\d*)?\})[?+]?")


@cache
def literals_of(pattern: "re.Pattern[str]") -> tuple[str, ...]:
    """The literals of which one stands in each match; none where the pattern tells of none.

    Lower-case ones for a pattern that ignores case.
    """
    if pattern.flags & re.VERBOSE:
        return ()
    found, _ = _alternatives(re.sub(r"\A\(\?[aims]+\)", "", pattern.pattern), 0)
    if pattern.flags & re.IGNORECASE:
        found = tuple(each.lower() for each in found)
    return found


def _alternatives(source: str, at: int) -> tuple[tuple[str, ...], int]:
    """The literals of the branches from `at` to the end of their group, and where that is."""
    branches: list[tuple[str, ...]] = []
    while True:
        literals, at = _branch(source, at)
        branches.append(literals)
        if at >= len(source) or source[at] == ")":
            break
        at += 1  # the bar
    if not all(branches):
        return (), at
    return tuple(dict.fromkeys(each for branch in branches for each in branch)), at


def _branch(source: str, at: int) -> tuple[tuple[str, ...], int]:
    """The best literals of one branch: those whose shortest is longest."""
    best: tuple[str, ...] = ()
    run = ""
    while at < len(source) and source[at] not in "|)":
        piece, inner, at = _piece(source, at)
        repeat = _REPEAT.match(source, at)
        if repeat is not None:
            at = repeat.end()
        is_optional = repeat is not None and (repeat[0][0] in "*?" or repeat[1] in ("", "0"))
        if not is_optional and inner:
            best = _better(best, inner)
        if piece and repeat is None:
            run += piece
            continue
        best = _better(best, (run + ("" if is_optional else piece),))
        run = ""
    return _better(best, (run,)), at


def _piece(source: str, at: int) -> tuple[str, tuple[str, ...], int]:
    """The next piece: its one character, or a group's literals, or neither; and its end."""
    char = source[at]
    if char == "\\":
        escaped = source[at + 1]
        return ("" if escaped.isalnum() else escaped), (), at + 2
    if char == "[":
        match = _CLASS.match(source, at)
        return "", (), match.end() if match else at + 1
    if char == "(":
        is_plain = source[at + 1] != "?" or source[at + 2] == ":"
        start = at + (3 if source[at + 1 : at + 3] == "?:" else 1)
        inner, end = _alternatives(source, start)
        return "", inner if is_plain else (), end + 1
    return ("" if char in ".^$" else char), (), at + 1


def _better(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    longest = max((one, other), key=lambda each: min(map(len, each), default=0))
    return longest if min(map(len, longest), default=0) >= _SHORTEST else ()
