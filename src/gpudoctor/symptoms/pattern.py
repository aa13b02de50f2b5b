"""What a row of the tables of messages says."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SymptomPattern:
    """A message's form; its first group, where it has one, is what the message names.

    `subject` is the package that the message is about, where it isn't the one that printed it.
    """

    id: str
    pattern: "re.Pattern[str]"
    example: str
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class NoisePattern:
    """The form of a line that is harmless wherever it stands, and why."""

    pattern: "re.Pattern[str]"
    why_harmless: str
    example: str
