"""Snapshots as a pasted text leaves them: little is known, and messages stand as symptoms."""

from dataclasses import replace
from typing import Any

from gpudoctor.facts import (
    EnvironmentFacts,
    FrameworkFacts,
    Known,
    PlatformFacts,
    PythonFacts,
    Snapshot,
)
from gpudoctor.symptoms import read_symptoms


def pasted(
    *lines: str,
    python: str | None = None,
    os: str = "linux",
    frameworks: tuple[FrameworkFacts, ...] = (),
    **platform: Any,
) -> Snapshot:
    """What these lines say, read on a system of which nothing else is known."""
    interpreter = PythonFacts("python")
    if python is not None:
        interpreter = replace(interpreter, version=Known(python, "the text"))
    return Snapshot(
        platform=replace(PlatformFacts(os, "x86_64"), **platform),
        environments=(EnvironmentFacts(interpreter, frameworks=frameworks),),
        symptoms=tuple(read_symptoms(lines, None, 0)),
    )


def framework(name: str, version: str, **facts: Any) -> FrameworkFacts:
    """A framework of which a text tells the version."""
    return FrameworkFacts(name, Known(version, "the text"), **facts)
