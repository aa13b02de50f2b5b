"""What a row of the tables of messages says."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from gpudoctor.facts import FrameworkFacts, Snapshot

Condition = Callable[[Snapshot, "FrameworkFacts | None"], bool]


def always(_: Snapshot, __: "FrameworkFacts | None") -> bool:
    """The condition of a line that is harmless wherever it stands."""
    return True


@dataclass(frozen=True, slots=True)
class SymptomPattern:
    """A message's form; its first group that matched, if any, is what the message names.

    `subject` is the package that the message is about, where it isn't the one that printed it.
    A message that goes over several lines, or that a terminal broke, is taken up to its `end`.
    """

    id: str
    pattern: "re.Pattern[str]"
    example: str
    subject: str | None = None
    is_trouble: bool = True  # False: a remark that healthy programs print too
    end: "re.Pattern[str] | None" = None


@dataclass(frozen=True, slots=True)
class NoisePattern:
    """The form of a line that is harmless, why, and the condition under which it is.

    The condition is asked of the whole snapshot and of the framework that printed the line. It
    holds only where facts show it: a line whose condition is unknown is not called harmless.
    """

    pattern: "re.Pattern[str]"
    why_harmless: str
    example: str
    is_harmless: Condition = always
