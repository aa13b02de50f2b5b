"""Argument lists as lines for a POSIX shell that can be pasted as they stand."""

import re
from collections.abc import Sequence
from shlex import quote

from gpudoctor.escaping import escape_character, is_safe

# A home folder that the shell is to expand; quoted, it would be a folder named "~".
_HOME = re.compile(r"~[\w.-]*(?:/|\Z)")


def command_line(argv: Sequence[str], *, unicode: bool = True) -> str:
    """Quote the arguments for a shell, on one line whatever they hold."""
    return " ".join(_word(each, unicode=unicode) for each in argv)


def _word(argument: str, *, unicode: bool) -> str:
    if not is_safe(argument) or not (unicode or argument.isascii()):
        return "$'" + "".join(_ansi_c(each) for each in argument) + "'"
    home = _HOME.match(argument)
    if home is None:
        return quote(argument)
    rest = argument[home.end() :]
    return home[0] + (quote(rest) if rest else "")


def _ansi_c(character: str) -> str:
    r"""Write one character inside ``$'…'``, where the shell reads ``\x1b`` and ``\u00e9`` back."""
    code = ord(character)
    if character in "\\'":
        return "\\" + character
    if 0x20 <= code < 0x7F:
        return character
    if code < 0x80:
        return escape_character(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was no UTF-8, as Python keeps it in file names
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
