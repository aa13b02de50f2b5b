"""A sentence that programs print, and the note that is made of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gpudoctor.readers.notes import Kind, Trust


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence's form and the note that it makes of its named groups."""

    literal: str  # stands in every line that can match
    pattern: "re.Pattern[str]"
    kind: Kind
    read: Callable[["re.Match[str]"], Any]
    about: str = ""
    trust: Trust = Trust.PRINTED


def group(match: "re.Match[str]") -> str:
    """The first group, as it stands."""
    return match.group(1)
