"""A pasted text as numbered lines, freed of what terminals, loggers and Markdown put around."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LINE_LIMIT = 64 << 10  # characters of a line that are read

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]{0,32}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,256}(?:\x07|\x1b\\)?|.)"
)
_CONTROLS = {code: None for code in (*range(9), *range(11, 32), *range(127, 160)) if code != 9}
# What orchestrators put in front of each line of a container's log.
_PREFIX = re.compile(
    r"(?:"
    r"\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:?\d\d)? (?:std(?:out|err) [FP] )?"  # CRI
    r"|[\w.-]{1,80} {0,20}\| "  # docker compose
    r"|\[(?:pod/)?[\w./-]{1,120}\] (?=\S)"  # kubectl --prefix
    r"|\(\w{1,40} (?:pid|ip)=[\w.=, ]{1,60}\) ?"  # ray, vllm
    r"|\[?rank ?\d{1,5}\]?: ?"
    r")"
)
_QUOTE = re.compile(r"(?:> ?){1,5}")
_FENCE = re.compile(r"\s{0,8}(?:```|~~~)")
_ENTITIES = {"&gt;": ">", "&lt;": "<", "&quot;": '"', "&#39;": "'", "&amp;": "&", "&nbsp;": " "}
_ENTITY = re.compile("|".join(_ENTITIES))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the input: its number there, from 1, and its text without decoration."""

    number: int
    text: str


def clean_lines(numbered: Iterable[tuple[int, str]]) -> Iterator[Line]:
    """The lines without escapes, control characters, quotes and log prefixes; fences left out."""
    for number, raw in numbered:
        text = clean(raw)
        if not _FENCE.match(text):
            yield Line(number, text)


def clean(raw: str) -> str:
    """One line without what stands around its words."""
    text = raw[:LINE_LIMIT]
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    text = text.rstrip("\r\n")
    if "\r" in text:  # a progress bar: what was left standing is what was seen
        text = text.rsplit("\r", 1)[1]
    text = text.translate(_CONTROLS)
    if "&" in text:
        text = _ENTITY.sub(lambda match: _ENTITIES[match.group()], text)
    quote = _QUOTE.match(text)
    if quote and not text.startswith(">>>"):
        text = text[quote.end() :]
    prefix = _PREFIX.match(text)
    return text[prefix.end() :] if prefix else text
