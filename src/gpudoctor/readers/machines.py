"""Tell several machines in one text apart, where the text itself begins anew."""

import re
from collections.abc import Sequence

from gpudoctor.readers.lines import Line

_BEGINS = re.compile(r"\s{0,8}Collecting environment information\.\.\.")
# What two runs on one machine have alike: the system, the driver and the cards.
_OF_A_MACHINE = re.compile(
    r"\s{0,8}(?:OS|Nvidia driver version|Python platform|CPU|Model name|GPU \d{1,3})\s{0,24}: "
    r"(.{1,200})"
)


def machines_apart(lines: Sequence[Line]) -> list[Sequence[Line]]:
    """The lines of each machine; all of them where collect_env ran once, or on one machine."""
    starts = [place for place, line in enumerate(lines) if _BEGINS.match(line.text)]
    if len(starts) < len(("one", "another")):
        return [lines]
    ends = [*starts[1:], len(lines)]
    parts = [lines[start:end] for start, end in zip([0, *starts[1:]], ends, strict=True)]
    if len({_identity(part) for part in parts}) < len(parts):
        return [lines]
    return parts


def _identity(lines: Sequence[Line]) -> tuple[str, ...]:
    found = (_OF_A_MACHINE.match(line.text) for line in lines)
    return tuple(match.group() for match in found if match)
