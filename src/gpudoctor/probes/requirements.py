"""Reads requirements of metadata: quickly where they are plainly met, by `packaging` where not.

`packaging` costs 35 ms to import, and in an environment in order nothing needs it.
"""

import re
from collections.abc import Mapping

_CLAUSE = re.compile(r"\s*(===|==|!=|<=|>=|~=|<|>)\s*([0-9]+(?:\.[0-9]+)*)(\.\*)?\s*\Z")
_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)*\Z")
_MARKER = re.compile(r"\s*\(?\s*(\w+)\s*(==|!=|<=|>=|<|>)\s*['\"]([^'\"]*)['\"]\s*\)?\s*\Z")
_EXTRA = re.compile(r"\bextra\s*==")


def is_met(version: str | None, specifier: str) -> bool:
    """Whether an installed version meets a specifier; what can't be read counts as met."""
    if version is None:
        return False
    if not specifier or _is_plainly_met(version, specifier):
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True  # a vendor's own numbering: nothing can be said


def _is_plainly_met(version: str, specifier: str) -> bool:
    """Whether plain numbers meet plain clauses; False only means that `packaging` must look."""
    public = version.partition("+")[0]
    if not _RELEASE.match(public):
        return False
    have = _numbers(public)
    for text in specifier.split(","):
        clause = _CLAUSE.match(text)
        if clause is None:
            return False
        operator, wanted, star = clause.groups()
        if not _meets(have, operator, _numbers(wanted), has_star=star is not None):
            return False
    return True


def _numbers(text: str) -> tuple[int, ...]:
    numbers = [int(part) for part in text.split(".")[:8]]
    return (*numbers, *[0] * (8 - len(numbers)))


def _meets(
    have: tuple[int, ...], operator: str, wanted: tuple[int, ...], *, has_star: bool
) -> bool:
    if has_star:
        return False  # rare enough for packaging
    return {
        "==": have == wanted,
        "!=": have != wanted,
        "<=": have <= wanted,
        ">=": have >= wanted,
        "<": have < wanted,
        ">": have > wanted,
    }.get(operator, False)


def applies(marker: str, python_version: str, machine: str) -> bool:
    """Whether a requirement holds for the examined Python on Linux; an extra's does not."""
    if not marker.strip():
        return True
    if _EXTRA.search(marker):
        return False
    environment = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_system": "Linux",
        "python_full_version": python_version,
        "python_version": ".".join(python_version.split(".")[:2]),
        "sys_platform": "linux",
    }
    plain = _plain_answer(marker, environment)
    return _full_answer(marker, environment) if plain is None else plain


def _plain_answer(marker: str, environment: Mapping[str, str]) -> bool | None:
    """The answer of comparisons joined by "and"; None where there is more to it."""
    answers = []
    for part in marker.split(" and "):
        match = _MARKER.match(part)
        if match is None or match.group(1) not in environment:
            return None
        name, operator, wanted = match.groups()
        have = environment[name]
        if name == "python_version" and _RELEASE.match(wanted):
            answers.append(_meets(_numbers(have), operator, _numbers(wanted), has_star=False))
        elif operator in ("==", "!=") and not name.startswith("python"):
            answers.append((have == wanted) == (operator == "=="))
        else:
            return None
    return all(answers)


def _full_answer(marker: str, environment: Mapping[str, str]) -> bool:
    from packaging.markers import (  # noqa: PLC0415
        InvalidMarker,
        Marker,
        UndefinedComparison,
        UndefinedEnvironmentName,
    )
    from packaging.version import InvalidVersion  # noqa: PLC0415

    try:
        return Marker(marker.strip()).evaluate(dict(environment))
    except (InvalidMarker, InvalidVersion, UndefinedComparison, UndefinedEnvironmentName):
        return False  # what can't be read asks for nothing
