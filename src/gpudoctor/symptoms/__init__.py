"""Messages that mean something, and lines that frighten and mean nothing, as tables of patterns."""

from collections.abc import Iterable, Iterator

from gpudoctor.facts import Symptom
from gpudoctor.symptoms.builds import BUILDS
from gpudoctor.symptoms.driver import DRIVER
from gpudoctor.symptoms.libraries import LIBRARIES
from gpudoctor.symptoms.noise import NOISE
from gpudoctor.symptoms.toolkit import TOOLKIT

SYMPTOMS = (*LIBRARIES, *DRIVER, *BUILDS, *TOOLKIT)


def read_symptoms(
    lines: Iterable[str], subject: str | None, environment: int | None
) -> Iterator[Symptom]:
    """The symptoms in `lines`, each id and named thing once."""
    seen: set[tuple[str, str | None]] = set()
    for line in lines:
        for each in SYMPTOMS:
            match = each.pattern.search(line)
            if match is None:
                continue
            named = next((group for group in match.groups() if group), None)
            if (each.id, named) not in seen:
                seen.add((each.id, named))
                yield Symptom(
                    each.id, line.strip(), each.subject or subject, environment, None, named
                )


def read_noise(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The harmless lines, each kind once, with why they are."""
    seen: set[int] = set()
    for line in lines:
        for index, each in enumerate(NOISE):
            if index not in seen and each.pattern.search(line):
                seen.add(index)
                yield line.strip(), each.why_harmless
