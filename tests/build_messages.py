"""Machines on which a build or a JIT compiler said something."""

from typing import Any

from gpudoctor.facts import EnvironmentFacts, FrameworkFacts, Known, PlatformFacts, Snapshot
from gpudoctor.symptoms import read_symptoms
from machines import environment, machine, torch


def saying(*lines: str, **changes: Any) -> Snapshot:
    """The healthy machine, where these lines were printed in its environment."""
    read = tuple(read_symptoms(lines, None, 0))
    assert read, "no symptom was recognised"
    return machine(symptoms=read, **changes)


def only_a_message(*lines: str) -> Snapshot:
    """A text of which nothing but these lines is known."""
    read = tuple(read_symptoms(lines, None, None))
    assert read, "no symptom was recognised"
    return Snapshot(PlatformFacts("linux", "x86_64"), symptoms=read)


def with_packages(
    framework: FrameworkFacts | None = None, **versions: str
) -> tuple[EnvironmentFacts]:
    """An environment with these packages beside a framework; ``numba_cuda`` is numba-cuda."""
    packages = {name.replace("_", "-"): version for name, version in versions.items()}
    found = Known({**packages, "torch": "2.14.1+cu130"}, "metadata folders")
    return (environment(framework or torch(), packages=found),)
