"""Text from a machine, made safe to show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpudoctor.escaping import (
    ascii_only,
    is_safe,
    visible,
    visible_lines,
    without_orders,
    without_surrogates,
)

ANY_TEXT = st.text(st.characters(), max_size=60)  # lone surrogates included


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("two\r\nlines", r"two\r\nlines"),
        ("tab\there", "tab here"),
        ("\x9b2J", r"\x9b2J"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("\udc80", r"\udc80"),
        ("Größe 数", "Größe 数"),
        (r"C:\new", r"C:\new"),
    ],
)
def test_what_acts_or_hides_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::broken", r"\x3a:error::broken"),
        ("  ::stop-commands::x", r"  \x3a:stop-commands::x"),
        ("a ##[error]b", r"a \x23#[error]b"),
        ("##vso[task.complete]", r"\x23#vso[task.complete]"),
        ("at::native::add", "at::native::add"),
        ("## heading", "## heading"),
    ],
)
def test_no_ci_system_takes_a_line_for_an_order(text: str, shown: str) -> None:
    assert without_orders(text) == shown
    assert visible(text) == shown


@given(ANY_TEXT)
def test_visible_text_is_safe_and_stays_as_it_is(text: str) -> None:
    assert is_safe(visible(text))
    assert visible(visible(text)) == visible(text)
    assert all(is_safe(line) for line in visible_lines(text))


@given(ANY_TEXT)
def test_ascii_text_is_ascii(text: str) -> None:
    assert ascii_only(visible(text)).isascii()


def test_our_own_signs_become_readable_ascii() -> None:
    assert ascii_only("a · b → 2 \N{MULTIPLICATION SIGN} c…") == "a - b -> 2 x c..."


def test_lines_without_words_are_left_out() -> None:
    assert visible_lines("first\n\n  \nsecond\r\n") == ["first", "second"]


def test_surrogates_leave_what_strict_json_readers_take() -> None:
    assert without_surrogates("caf\udce9") == r"caf\udce9"
