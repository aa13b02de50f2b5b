"""Decide ``framework-broken-install``."""

from collections.abc import Iterator

from gpudoctor.checks._broken_messages import doubled_companions, remains, torn_by_message
from gpudoctor.checks._broken_verdicts import (
    cut_short,
    finding,
    on_disk,
    pointer_to,
    raised,
)
from gpudoctor.checks._import_error import family_of, missing_library
from gpudoctor.checks._messages import FRAMEWORKS, places
from gpudoctor.checks._shadowed import is_in_the_way
from gpudoctor.checks._torn import torn, untidy
from gpudoctor.checks._torn_repairs import repairs
from gpudoctor.checks._whereabouts import environment_at, failure_of, framework_in, is_installed
from gpudoctor.diagnoses import FRAMEWORK_BROKEN_INSTALL as DIAGNOSIS
from gpudoctor.facts import (
    EnvironmentFacts,
    FrameworkFacts,
    Known,
    Snapshot,
    Unknown,
    known,
)
from gpudoctor.findings import Confidence, Evidence, Verdict, framework_subject
from gpudoctor.matrix import Matrix


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    for index in places(snapshot):
        environment = environment_at(snapshot, index)
        for name in FRAMEWORKS:
            framework = framework_in(environment, name)
            if environment is not None and framework is not None:
                yield _judge(snapshot, environment, index, framework)
                continue
            found = torn_by_message(snapshot, index, name) or remains(snapshot, index, name)
            if found is not None:
                yield found
    yield from doubled_companions(snapshot)


def _judge(
    snapshot: Snapshot, environment: EnvironmentFacts, index: int, framework: FrameworkFacts
) -> Verdict:
    subject = framework_subject(framework.name, index)
    signs = torn(environment, index, framework)
    imported = known(framework.imported)
    repair = repairs(environment, framework, DIAGNOSIS.id)
    if imported is None:
        stated = torn_by_message(snapshot, index, framework.name)
        return on_disk(subject, framework, signs, repair) if signs or not stated else stated
    if isinstance(imported.error, Known):
        reason = _fault_elsewhere(environment, framework, imported.error.value)
        if reason is not None:
            return DIAGNOSIS.not_applicable(subject, reason)
        more = tuple(dict.fromkeys((*signs, *untidy(environment, index, framework))))
        return raised(subject, imported.error, more, repair, is_torn=bool(signs))
    if isinstance(imported.error, Unknown):
        return cut_short(subject, imported, signs, repair)
    failure = failure_of(framework)
    if signs and failure is not None:  # such as a folder without its __init__.py, which imports
        evidence = (Evidence.of(pointer_to(subject, "error"), failure), *signs)
        what = f"it imports and then raised {failure.value}; {signs[0].value}"
        return finding(subject, what, Confidence.CERTAIN, evidence, repair)
    left = untidy(environment, index, framework)
    words = f"it imports; left in disorder is: {left[0].value}" if left else "it imports"
    evidence = (Evidence.of(pointer_to(subject, "error"), imported.error), *left)
    return DIAGNOSIS.cleared(subject, words, evidence)


def _fault_elsewhere(
    environment: EnvironmentFacts, framework: FrameworkFacts, error: str
) -> str | None:
    """Why a failed import is not that of an installation here."""
    if is_in_the_way(environment, framework):
        return f"something else is imported in place of {framework.name}"
    missed = error.endswith(f"No module named '{framework.name}'")
    if missed and not is_installed(environment, framework.name):
        return f"no {framework.name} is installed here"
    soname = missing_library(error)
    if soname is not None and family_of(soname) in ("cuda", "cudnn", "driver"):
        return f"what the import lacks is {soname}"
    return None
