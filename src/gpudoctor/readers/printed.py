"""Read facts out of sentences that programs print."""

from collections.abc import Iterable

from gpudoctor.readers.lines import Line
from gpudoctor.readers.notes import Notes
from gpudoctor.readers.sentences_driver import ABOUT_DRIVER
from gpudoctor.readers.sentences_system import ABOUT_SYSTEM

SENTENCES = (*ABOUT_DRIVER, *ABOUT_SYSTEM)


def read_printed(lines: Iterable[Line], notes: Notes) -> None:
    """Note what each sentence of the table says."""
    for line in lines:
        text = line.text[:4000]
        for each in SENTENCES:
            if each.literal in text and (match := each.pattern.search(text)):
                notes.add(each.kind, each.read(match), line.number, each.trust, about=each.about)
