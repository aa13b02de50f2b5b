"""The tables of messages: each row is met by its example, and none can be made to work for long."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gpudoctor.facts import PlatformFacts, Snapshot
from gpudoctor.symptoms import REMARKS, SYMPTOMS, read_noise, read_symptoms
from gpudoctor.symptoms.literals import literals_of
from gpudoctor.symptoms.noise import NOISE
from gpudoctor.symptoms.pattern import NoisePattern, SymptomPattern

ROWS: tuple[SymptomPattern | NoisePattern, ...] = (*SYMPTOMS, *NOISE)
NAMES = [f"{number} {each.example[:40]}" for number, each in enumerate(ROWS)]
SNAPSHOT = Snapshot(PlatformFacts("linux", "x86_64"))


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_a_row_matches_its_example(row: SymptomPattern | NoisePattern) -> None:
    assert row.pattern.search(row.example)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_a_row_has_literals_without_which_it_need_not_be_tried(
    row: SymptomPattern | NoisePattern,
) -> None:
    literals = literals_of(row.pattern)
    text = row.example.lower() if row.pattern.flags & re.IGNORECASE else row.example

    assert literals
    assert any(literal in text for literal in literals)


@pytest.mark.parametrize("row", SYMPTOMS, ids=NAMES[: len(SYMPTOMS)])
def test_a_symptom_is_read_from_its_example_and_from_the_middle_of_a_line(
    row: SymptomPattern,
) -> None:
    for line in (row.example, f"  {row.example}\r\n"):
        assert row.id in [each.id for each in read_symptoms(["x", line], None, None)]


def test_an_id_is_trouble_in_all_its_rows_or_in_none() -> None:
    assert not {each.id for each in SYMPTOMS if each.is_trouble} & REMARKS


@pytest.mark.parametrize("row", SYMPTOMS, ids=NAMES[: len(SYMPTOMS)])
def test_no_trouble_is_called_harmless(row: SymptomPattern) -> None:
    if row.is_trouble:
        assert list(read_noise([row.example], SNAPSHOT)) == []


# ---- no text can make a pattern work without end ----

try:
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:
    import sre_parse as parser

REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
WILDCARDS = ("ANY", "NOT_LITERAL", "NEGATE")
LONG = 400  # a repeat up to here costs a fixed amount for each place where a line could match


def inner(argument: Any) -> Iterator[Any]:
    """The patterns inside one item of a pattern's tree."""
    for part in argument if isinstance(argument, tuple | list) else ():
        for each in part if isinstance(part, list) else (part,):
            if isinstance(each, parser.SubPattern):
                yield each


def has_nested_repeat(tree: Any, *, inside: bool = False) -> bool:
    """Whether a repeat without end stands in another whose turns no literal tells apart."""
    for name, argument in tree:
        endless = str(name) in REPEATS and int(argument[1]) > LONG
        if endless and inside:
            return True
        for body in inner(argument):
            is_told_apart = len(body) > 0 and str(body[0][0]) == "LITERAL"
            if has_nested_repeat(body, inside=inside or (endless and not is_told_apart)):
                return True
    return False


def endless_wildcards(tree: Any) -> int:
    """How many repeats without end of nearly any character stand one after the other."""
    count = 0
    for name, argument in tree:
        if str(name) in REPEATS and int(argument[1]) > LONG:
            count += any(word in str(argument[2]) for word in WILDCARDS)
        elif str(name) == "BRANCH":
            count += max(endless_wildcards(each) for each in argument[1])
        else:
            count += sum(endless_wildcards(each) for each in inner(argument))
    return count


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_a_pattern_can_not_backtrack_without_end(row: SymptomPattern | NoisePattern) -> None:
    tree = parser.parse(row.pattern.pattern)

    assert not has_nested_repeat(tree)
    assert endless_wildcards(tree) <= 1


@pytest.mark.parametrize("pattern", [r"x(?:a+)+y", r"(\w*:?)*!", r"(?:[ab]+|b)+c", r"a.*b.*c"])
def test_the_inspection_sees_what_would(pattern: str) -> None:
    tree = parser.parse(pattern)

    assert has_nested_repeat(tree) or endless_wildcards(tree) > 1


@pytest.mark.parametrize("pattern", [r"lib\w+(?:\.\d+)*", r"a.*b|c.*d", r"a.{0,200}b.{0,200}c"])
def test_the_inspection_lets_ordinary_patterns_be(pattern: str) -> None:
    tree = parser.parse(pattern)

    assert not has_nested_repeat(tree)
    assert endless_wildcards(tree) <= 1


def test_a_very_long_line_is_read_in_bounded_pieces() -> None:
    inside = "x" * 100_000 + " CUDA out of memory. Tried to allocate 2.00 GiB. " + "y" * 100_000

    [found] = read_symptoms([inside], None, None)

    assert found.id == "gpu-out-of-memory"
    assert len(found.text) <= 2000


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_repeated_beginnings_of_a_message_are_survived(row: SymptomPattern | NoisePattern) -> None:
    hostile = row.example[: max(8, len(row.example) // 2)] * (100_000 // len(row.example))

    list(read_symptoms([hostile], None, None))
    list(read_noise([hostile], SNAPSHOT))
