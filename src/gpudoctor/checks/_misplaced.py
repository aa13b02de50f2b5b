"""A framework that is missed in one environment and installed in another."""

from gpudoctor.checks._messages import Message, has_symptom, message_about
from gpudoctor.checks._whereabouts import (
    environment_at,
    framework_in,
    imports,
    is_installed,
    lists_package,
    others_with,
)
from gpudoctor.diagnoses import WRONG_ENVIRONMENT as DIAGNOSIS
from gpudoctor.facts import EnvironmentFacts, OtherEnvironment, Snapshot, known
from gpudoctor.findings import (
    Confidence,
    Evidence,
    Finding,
    Remedy,
    Verdict,
    framework_subject,
)
from gpudoctor.remedies.environments import (
    build_without_isolation,
    match_interpreters,
    use_environment,
)

_PROJECTS_OWN = ("/.venv", "/venv", "/env")


def missed(snapshot: Snapshot, index: int, name: str) -> Verdict | None:
    """A verdict where a program misses a framework that is somewhere."""
    environment = environment_at(snapshot, index)
    message = message_about(snapshot, index, name, "module-not-found")
    others = others_with(snapshot, index, name)
    is_here = is_installed(environment, name)
    if message is not None and has_symptom(snapshot, "build-isolation"):
        return _isolated(index, name, message)
    if message is not None and is_here and imports(framework_in(environment, name)) is None:
        return _not_the_one(environment, index, name, message)
    if is_here or not others:
        return None
    if message is not None or name in snapshot.wanted:
        return _elsewhere(environment, index, name, message, others[0])
    return _unactivated(environment, index, name, others)


def _isolated(index: int, name: str, message: Message) -> Finding:
    detail = (
        f"pip builds a package in an empty environment of its own, which has no {name}; what is "
        "installed outside is not seen there."
    )
    return _finding(
        index,
        name,
        detail,
        (message.evidence,),
        build_without_isolation(name, DIAGNOSIS.id),
        Confidence.STATED,
    )


def _not_the_one(
    environment: EnvironmentFacts | None, index: int, name: str, message: Message
) -> Finding:
    seen = Evidence(f"/environments/{index}/packages", f"{name} is listed", "the package list")
    if not lists_package(environment, name):
        framework = framework_in(environment, name)
        version = known(framework.version) if framework else None
        pointer = f"/environments/{index}/frameworks/{name}/version"
        seen = Evidence(pointer, version or name, "what is known of it")
    detail = (
        f"{name} is installed, and the program's Python does not find it: {message.text} That "
        "the two are different environments is an inference."
    )
    remedy = match_interpreters(name, DIAGNOSIS.id)
    return _finding(index, name, detail, (message.evidence, seen), remedy, Confidence.LIKELY)


def _elsewhere(
    environment: EnvironmentFacts | None,
    index: int,
    name: str,
    message: Message | None,
    other: OtherEnvironment,
) -> Finding:
    heard = () if message is None else (message.evidence,)
    absent = lists_package(environment, name) is False
    here = environment.python.executable if environment else "the program's Python"
    inferred = "" if absent else " That it is missing here is taken from the message."
    return _finding(
        index,
        name,
        f"{name} is not installed for {here}; {other.executable} has {name} "
        f"{other.frameworks[name]}.{inferred}",
        (_found(other, name), *heard),
        use_environment(other, name, DIAGNOSIS.id),
        Confidence.CERTAIN if absent else Confidence.LIKELY,
    )


def _unactivated(
    environment: EnvironmentFacts | None,
    index: int,
    name: str,
    others: tuple[OtherEnvironment, ...],
) -> Finding | None:
    """The project's own environment has a framework, and none was activated."""
    first = next((each for each in others if each.prefix.endswith(_PROJECTS_OWN)), None)
    if first is None or environment is None or environment.python.chosen_by != "PATH":
        return None
    if environment.frameworks or known(environment.packages) is None:
        return None
    return DIAGNOSIS.finding(
        framework_subject(name, index),
        f"{environment.python.executable} has no framework, and {first.prefix} has {name} "
        f"{first.frameworks[name]}. That programs here want it is an inference.",
        evidence=(_found(first, name),),
        remedies=(use_environment(first, name, DIAGNOSIS.id),),
        blocks=False,
        confidence=Confidence.LIKELY,
        title=f"The environment that has {name} is not active",
    )


def _found(other: OtherEnvironment, name: str) -> Evidence:
    words = f"{name} {other.frameworks[name]} in {other.prefix}"
    return Evidence("/other_environments", words, "names of metadata folders")


def _finding(
    index: int,
    name: str,
    detail: str,
    evidence: tuple[Evidence, ...],
    remedy: Remedy,
    confidence: Confidence,
) -> Finding:
    return DIAGNOSIS.finding(
        framework_subject(name, index),
        detail,
        evidence=evidence,
        remedies=(remedy,),
        confidence=confidence,
        title=f"{name} is installed in another environment than the one in use",
    )
