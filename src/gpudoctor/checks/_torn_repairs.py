"""Repairs of a torn installation, the smallest that may do first."""

import re

from gpudoctor.checks._torn import SHARING, unmet_of
from gpudoctor.facts import EnvironmentFacts, FrameworkFacts, Known, known
from gpudoctor.findings import Remedy
from gpudoctor.remedies.environments import meet_requirements, remove_first
from gpudoctor.remedies.python_packages import install_again, tensorflow_with_cuda

_REQUIREMENT = re.compile(r"[a-z0-9-]+[<>=!~0-9A-Za-z.,*+\s]*\Z")
_MODULE = re.compile(r"No module named '([\w.]+)'")


def repairs(
    environment: EnvironmentFacts, framework: FrameworkFacts, diagnosis: str
) -> tuple[Remedy, ...]:
    """Meet what is required, leave one distribution of several, or install once more."""
    again = install_again(environment, framework.name, known(framework.version), diagnosis)
    packages = known(environment.packages) or {}
    doubled = {each.package for each in known(environment.damage) or () if each.kind == "doubled"}
    sharing = tuple(name for name in SHARING.get(framework.name, ()) if name in packages)
    if len(sharing) > 1:
        again = tensorflow_with_cuda(
            environment, "tensorflow[and-cuda]", diagnosis, replaces=sharing
        )
    elif framework.name in doubled:
        again = remove_first(environment, framework.name, again)
    wanted = _requirements(environment, framework)
    return (meet_requirements(environment, wanted, diagnosis), again) if wanted else (again,)


def _requirements(environment: EnvironmentFacts, framework: FrameworkFacts) -> tuple[str, ...]:
    """What is unmet, as pip takes it; where the import misses a module, that one alone."""
    unmet = unmet_of(environment, framework)
    imported = known(framework.imported)
    error = imported.error if imported is not None else None
    missed = _MODULE.search(error.value) if isinstance(error, Known) else None
    if missed:
        module = missed.group(1).replace("_", "-")
        named = tuple(each for each in unmet if each.name == module)
        unmet = named or unmet
    texts = (f"{each.name}{each.specifier}" for each in unmet)
    return tuple(text for text in texts if _REQUIREMENT.match(text))
