"""Why memory ran out, and the words for it."""

from dataclasses import dataclass
from enum import Enum

from gpudoctor.facts import OtherProcess
from gpudoctor.findings import Confidence


class Cause(Enum):
    """Why memory ran out."""

    HELD = "others hold it"
    PREALLOCATED = "another library in the same process took it"
    FRAGMENTED = "it lies in pieces"
    EXHAUSTED = "the job wants more than there is"
    NOT_MEMORY = "there was enough of it"
    UNCLEAR = "the message does not say"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The cause, the sentence that shows it, and how sure it is."""

    cause: Cause
    why: str
    confidence: Confidence = Confidence.STATED
    others: tuple[OtherProcess, ...] = ()


def size(number: int) -> str:
    """``22.5 GiB``, ``300 MiB``."""
    for unit, width in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if number >= 1 << width:
            return f"{number / (1 << width):.4g} {unit}"
    return f"{number} bytes"
