"""Decide ``framework-not-installed``."""

from collections.abc import Iterator

from gpudoctor.checks._messages import Message, has_symptom, message_about, messages, places
from gpudoctor.checks._whereabouts import (
    environment_at,
    framework_in,
    imports,
    is_installed,
    lists_package,
    others_with,
)
from gpudoctor.diagnoses import FRAMEWORK_NOT_INSTALLED as DIAGNOSIS
from gpudoctor.facts import EnvironmentFacts, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Subject, Verdict, framework_subject
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.environments import install_framework, install_where_it_runs

_ASKS = "module-not-found"


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    for index in places(snapshot):
        said = (each.framework for each in messages(snapshot, index, _ASKS))
        names = dict.fromkeys((*snapshot.wanted, *said))
        for name in names:
            yield _judge(snapshot, index, name)
        environment = environment_at(snapshot, index)
        if not names and environment is not None:
            subject = Subject("environment", environment.python.executable, index)
            yield DIAGNOSIS.not_applicable(subject, _unasked(snapshot, environment))


def _unasked(snapshot: Snapshot, environment: EnvironmentFacts) -> str:
    if environment.frameworks or known(environment.packages) is None:
        return "no framework was asked for that is not here"
    others = known(snapshot.other_environments) or ()
    places_of_others = ", ".join(each.prefix for each in others[:3])
    rest = f"; there are some in {places_of_others}" if others else ""
    return f"no framework is installed here, and none was asked for{rest}"


def _judge(snapshot: Snapshot, index: int, name: str) -> Verdict:
    subject = framework_subject(name, index)
    environment = environment_at(snapshot, index)
    message = message_about(snapshot, index, name, _ASKS)
    works = imports(framework_in(environment, name))
    if is_installed(environment, name) and (message is None or works is not None):
        return DIAGNOSIS.cleared(subject, f"{name} is installed here")
    another = _answered_elsewhere(snapshot, index, name)
    if another is not None:
        return DIAGNOSIS.not_applicable(subject, another)
    return _missing(subject, environment, message)


def _answered_elsewhere(snapshot: Snapshot, index: int, name: str) -> str | None:
    """Why another diagnosis has to tell of a framework that is missed."""
    if is_installed(environment_at(snapshot, index), name):
        return f"{name} is installed, and the program does not find it"
    if others := others_with(snapshot, index, name):
        return f"{name} is installed in {others[0].prefix}"
    if has_symptom(snapshot, "build-isolation"):
        return f"a package is built in an empty environment, which has no {name}"
    if _has_remains(snapshot, index, name):
        return f"remains of {name} are here"
    return None


def _has_remains(snapshot: Snapshot, index: int, name: str) -> bool:
    """Whether what is left of a framework shows that it was here."""
    environment = environment_at(snapshot, index)
    damage = (known(environment.damage) if environment else None) or ()
    said = message_about(snapshot, index, name, "half-removed", "framework-hollow")
    return said is not None or any(each.package == name for each in damage)


def _missing(
    subject: Subject, environment: EnvironmentFacts | None, message: Message | None
) -> Verdict:
    name, index = subject.name, subject.environment or 0
    heard = () if message is None else (message.evidence,)
    if environment is not None and lists_package(environment, name) is False:
        pointer = f"/environments/{index}/packages"
        seen = Evidence(pointer, f"no {name}", getattr(environment.packages, "source", ""))
        return DIAGNOSIS.finding(
            subject,
            f"{name} was asked for, and the environment of {environment.python.executable} does "
            "not have it.",
            evidence=(seen, *heard),
            remedies=(install_framework(environment, name, DIAGNOSIS.id),),
            title=f"{name} is not installed in this environment",
        )
    if message is None:
        return DIAGNOSIS.undetermined(subject, "the list of installed packages")
    return DIAGNOSIS.finding(
        subject,
        f"The program says that its Python has no {name}: {message.text}",
        evidence=heard,
        remedies=(install_where_it_runs(name, DIAGNOSIS.id),),
        confidence=Confidence.STATED,
        title=f"{name} is not installed where the program looks for it",
    )
