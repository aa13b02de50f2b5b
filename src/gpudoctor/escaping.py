"""Make text that came from a machine safe to show: nothing in it may act, hide or pose as ours."""

import re

# What moves the cursor, sets a title, reverses the reading order, or takes no room at all:
# C0 and C1 controls, soft hyphen, bidi marks and overrides, zero-width characters, line and
# paragraph separators, blank fillers, lone surrogates, variation selectors, tag characters.
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U000e0000-\U000e0fff]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": " "}
# What CI systems take as orders in a job's log: "::error::" first in a line, "##[", "##vso[".
_ORDER = re.compile(r"\A(\s*):(?=:)|#(?=#(?:\[|vso\[))")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PLAIN = str.maketrans(
    {
        "\N{NO-BREAK SPACE}": " ",
        "\N{MIDDLE DOT}": "-",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{RIGHTWARDS ARROW}": "->",
        "\N{LESS-THAN OR EQUAL TO}": "<=",
        "\N{GREATER-THAN OR EQUAL TO}": ">=",
    }
)


def escape_character(character: str) -> str:
    r"""Write one character in the form that shows it: ``\x1b``, ``\u202e``, ``\n``."""
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def is_safe(text: str) -> bool:
    """Tell whether nothing in the text needs to be made visible."""
    return _UNSAFE.search(text) is None


def visible(text: str) -> str:
    """Return one line of text whose control, reordering and invisible characters can be seen."""
    shown = _UNSAFE.sub(lambda each: _NAMED.get(each[0]) or escape_character(each[0]), text)
    return without_orders(shown)


def without_orders(line: str) -> str:
    """Return a line of output that no CI system takes for a command of its own."""
    if "::" not in line and "##" not in line:
        return line
    return _ORDER.sub(lambda each: (each[1] or "") + escape_character(each[0][-1]), line)


def visible_lines(text: str) -> list[str]:
    """Return the lines of the text that hold anything, each made visible."""
    return [visible(line.rstrip()) for line in text.split("\n") if line.strip()]


def ascii_only(text: str) -> str:
    """Return the text in ASCII: our own signs transliterated, the rest escaped."""
    return text.translate(_PLAIN).encode("ascii", "backslashreplace").decode("ascii")


def without_surrogates(text: str) -> str:
    """Return the text with lone surrogates shown, so that strict JSON readers take it."""
    return _SURROGATE.sub(lambda each: escape_character(each[0]), text)
