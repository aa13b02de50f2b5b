"""Messages that mean something, and lines that frighten and mean nothing, as tables of patterns."""

from collections.abc import Iterable, Iterator

from gpudoctor.facts import FrameworkFacts, Snapshot, Symptom
from gpudoctor.symptoms.builds import BUILDS
from gpudoctor.symptoms.companions import COMPANIONS
from gpudoctor.symptoms.containers import CONTAINERS
from gpudoctor.symptoms.driver import DRIVER
from gpudoctor.symptoms.environments import ENVIRONMENTS, INSTALLATIONS
from gpudoctor.symptoms.installing import INSTALLING
from gpudoctor.symptoms.libraries import LIBRARIES
from gpudoctor.symptoms.library_versions import LIBRARY_VERSIONS
from gpudoctor.symptoms.memory import MEMORY
from gpudoctor.symptoms.nccl import NCCL
from gpudoctor.symptoms.noise import NOISE
from gpudoctor.symptoms.pattern import SymptomPattern
from gpudoctor.symptoms.platforms import PLATFORMS
from gpudoctor.symptoms.reading import find_rows
from gpudoctor.symptoms.system import SYSTEM
from gpudoctor.symptoms.toolkit import TOOLKIT

SYMPTOMS = (
    *LIBRARY_VERSIONS,
    *LIBRARIES,
    *DRIVER,
    *SYSTEM,
    *CONTAINERS,
    *COMPANIONS,
    *BUILDS,
    *ENVIRONMENTS,
    *INSTALLATIONS,
    *INSTALLING,
    *PLATFORMS,
    *TOOLKIT,
    *MEMORY,
    *NCCL,
)
# What a text says of itself: kept for the checks, and no sign of trouble where it stands alone.
REMARKS = frozenset(each.id for each in SYMPTOMS if not each.is_trouble)

_LONGEST_TEXT = 2000
_MOST_LINES = 9  # of one message


def read_symptoms(
    lines: Iterable[str],
    subject: str | None,
    environment: int | None,
    *,
    first_line: int | None = None,
) -> Iterator[Symptom]:
    """The symptoms in `lines`, each id and named thing once.

    `first_line` is the number of the first line, where the lines have numbers.
    """
    seen: set[tuple[str, str | None]] = set()
    listed = list(lines)
    for number, line, each, match in find_rows(listed, SYMPTOMS):
        named = next((group for group in match.groups() if group), None)
        if (each.id, named) not in seen:
            seen.add((each.id, named))
            place = None if first_line is None else first_line + number
            text = _whole(each, line, listed[number + 1 : number + _MOST_LINES])
            yield Symptom(each.id, text, each.subject or subject, environment, place, named)


def _whole(row: SymptomPattern, line: str, following: list[str]) -> str:
    """The message up to its end, where the lines that follow have one; else the line itself."""
    text = line.strip()[:_LONGEST_TEXT]
    if row.end is None or row.end.search(text):
        return text
    joined = text
    for each in following:
        joined = f"{joined} {each[:_LONGEST_TEXT].strip()}"
        if row.pattern.search(each[:_LONGEST_TEXT]) or len(joined) > _LONGEST_TEXT:
            break
        if row.end.search(joined):
            return joined
    return text


def read_noise(
    lines: Iterable[str], snapshot: Snapshot, framework: FrameworkFacts | None = None
) -> Iterator[tuple[str, str]]:
    """The harmless lines, each kind once, with why they are; `framework` printed them."""
    rows = [each for each in NOISE if each.is_harmless(snapshot, framework)]
    seen: set[str] = set()
    for _, line, each, _match in find_rows(lines, rows):
        if each.example not in seen:
            seen.add(each.example)
            yield line.strip()[:_LONGEST_TEXT], each.why_harmless
