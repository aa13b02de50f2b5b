"""A page of terminal text: styled lines, wrapped to a width, every string escaped on the way in."""

import re
from collections.abc import Iterable
from io import StringIO
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from gpudoctor.escaping import ascii_only, visible, visible_lines, without_orders

Part: TypeAlias = str | tuple[str, str]  # text, or text and a rich style

_WORD = re.compile(r"\s*\S+\s*")
_NARROWEST = 16  # cells left for words, however deep the indent


class Page:
    """Lines in the making; `finish` gives the text."""

    def __init__(self, width: int, *, colour: bool, unicode: bool) -> None:
        self.width = max(width, 20)
        self.unicode = unicode
        # The empty environment keeps the page a function of its arguments.
        self._console = Console(
            file=StringIO(),
            width=self.width,
            force_terminal=colour,
            no_color=not colour,
            color_system="standard" if colour else None,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            _environ={},
        )
        self._lines: list[Text] = []

    @property
    def is_narrow(self) -> bool:
        """Tell whether columns side by side would leave too little room for words."""
        return self.width < 60

    def clean(self, text: str) -> str:
        """Return the text as one line that is safe and in the stream's characters."""
        return self._plain(visible(text))

    def clip(self, text: str, room: int) -> str:
        """Return one safe line of at most `room` cells, with a mark where it was cut."""
        line = self.clean(text)
        if cell_len(line) <= room:
            return line
        mark = self._plain("…")
        return set_cell_size(line, max(room - len(mark), 1)).rstrip() + mark

    def blank(self) -> None:
        """Leave one line empty, never two."""
        if self._lines and self._lines[-1].plain:
            self._lines.append(Text())

    def line(self, *parts: Part, indent: int = 0, hang: int | None = None) -> None:
        """Add one line, wrapped between words; continuation lines start at `hang`."""
        text = self._text(parts)
        following = indent if hang is None else hang
        rooms = (max(self.width - each, _NARROWEST) for each in (indent, following))
        first, *others = text.divide(_breaks(text.plain, *rooms))
        self._add(first, indent)
        for each in others:
            self._add(each, following)

    def prose(self, text: str, *, indent: int = 0, style: str = "") -> None:
        """Add what may be several lines of text; each is wrapped, none starts at the margin."""
        for line in visible_lines(text):
            self.line((line, style), indent=indent)

    def copyable(self, prefix: str, text: str, *, indent: int = 0, style: str = "") -> None:
        """Add a line that is never broken, so that it can be copied; the terminal may fold it."""
        self._add(self._text([(prefix, "dim"), (text, style)]), indent)

    def finish(self) -> str:
        """Write the page out."""
        page = Text("\n").join(self._lines)
        with self._console.capture() as capture:
            self._console.print(page, soft_wrap=True)
        return capture.get()

    def _text(self, parts: Iterable[Part]) -> Text:
        text = Text()
        for part in parts:
            words, style = (part, "") if isinstance(part, str) else part
            text.append(self.clean(words), style or None)
        return text

    def _add(self, text: Text, indent: int) -> None:
        text.rstrip()
        if text.plain.startswith("::"):  # wrapping may have put it first in its line
            text = Text(without_orders(text.plain))
        self._lines.append(Text(" " * indent).append_text(text) if text.plain else Text())

    def _plain(self, text: str) -> str:
        return text if self.unicode else ascii_only(text)


def _breaks(text: str, first_room: int, room: int) -> list[int]:
    """Find where lines begin anew; a word longer than the room stays whole and runs over."""
    breaks: list[int] = []
    left = first_room
    for word in _WORD.finditer(text):
        cells = cell_len(word[0].rstrip())
        if cells > left and left < (room if breaks else first_room):
            breaks.append(word.start())
            left = room
        left -= cell_len(word[0])
    return breaks
