"""A file or folder that an import by the framework's name finds in its place."""

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._messages import Message, message_about
from gpudoctor.checks._whereabouts import environment_at, failure_of, framework_in, shadow_of
from gpudoctor.diagnoses import WRONG_ENVIRONMENT as DIAGNOSIS
from gpudoctor.facts import EnvironmentFacts, FrameworkFacts, Known, Shadow, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Verdict, framework_subject
from gpudoctor.remedies.environments import clear_the_way, leave_or_rename

_BY = {
    "working-directory": "the current folder",
    "PYTHONPATH": "PYTHONPATH",
    "user-site": "the home folder's packages",
    "module-path": "the module path",
}


def on_module_path(snapshot: Snapshot, index: int, name: str) -> Verdict | None:
    """What every program of this Python imports in the framework's place, and fails with."""
    environment = environment_at(snapshot, index)
    shadow = shadow_of(environment, name, here=False)
    if environment is None or shadow is None:
        return None
    error = failure_of(framework_in(environment, name))
    message = message_about(snapshot, index, name, "framework-shadowed")
    subject = framework_subject(name, index)
    evidence = _evidence(environment, shadow, index)
    if error is None and not shadow.path.endswith(".py"):
        missing = f"whether {shadow.path}, which comes first, imports"
        return DIAGNOSIS.undetermined(subject, missing, (evidence,))
    heard = () if message is None else (message.evidence,)
    if error is not None:
        heard = (Evidence.of(framework_pointer(index, name, "error"), error), *heard)
    fails = error is not None and (shadow.path.endswith(".py") or shadow.path in error.value)
    is_named = message is not None or fails
    inferred = "" if is_named else " That it is what fails is an inference."
    return DIAGNOSIS.finding(
        subject,
        f"`import {name}` takes {shadow.path} from {_BY[shadow.by]}{_hidden(shadow)}.{inferred}",
        evidence=(evidence, *heard),
        remedies=(clear_the_way(shadow, environment, DIAGNOSIS.id),),
        confidence=Confidence.CERTAIN if is_named else Confidence.LIKELY,
        title=f"Something else is imported in place of {name}",
    )


def is_in_the_way(environment: EnvironmentFacts, framework: FrameworkFacts) -> bool:
    """Whether a failed import is that of something else on the module path."""
    has_failed = failure_of(framework) is not None
    return has_failed and shadow_of(environment, framework.name, here=False) is not None


def in_users_folder(environment: EnvironmentFacts, index: int, name: str) -> Verdict | None:
    """What programs that are started from the user's folder import in the framework's place."""
    shadow = shadow_of(environment, name, here=True)
    if shadow is None:
        return None
    what = f"a source checkout of {name}" if shadow.is_checkout else shadow.path
    return DIAGNOSIS.finding(
        framework_subject(name, index),
        f"The current folder has {what}. `python -m`, `python -c` and scripts that lie in this "
        f"folder import it in place of {name}. That programs are started from here is an "
        "inference.",
        evidence=(_evidence(environment, shadow, index),),
        remedies=(clear_the_way(shadow, environment, DIAGNOSIS.id),),
        blocks=False,
        confidence=Confidence.LIKELY,
        title=f"The current folder has something that hides {name}",
    )


def said_to_be(snapshot: Snapshot, index: int, name: str) -> Verdict | None:
    """What only a message tells of."""
    message = message_about(snapshot, index, name, "framework-shadowed")
    if message is None:
        return None
    environment = environment_at(snapshot, index)
    here = shadow_of(environment, name, here=True)
    subject = framework_subject(name, index)
    if here is None and environment is not None and isinstance(environment.shadows, Known):
        missing = f"what is imported in place of {name}: nothing on the module path is"
        return DIAGNOSIS.undetermined(subject, missing, (message.evidence,))
    return _stated(subject.name, index, message, here, environment)


def _stated(
    name: str,
    index: int,
    message: Message,
    here: Shadow | None,
    environment: EnvironmentFacts | None,
) -> Verdict:
    remedy = leave_or_rename(name, DIAGNOSIS.id)
    evidence: tuple[Evidence, ...] = (message.evidence,)
    if here is not None and environment is not None:
        remedy = clear_the_way(here, environment, DIAGNOSIS.id)
        evidence = (*evidence, _evidence(environment, here, index))
    return DIAGNOSIS.finding(
        framework_subject(name, index),
        f"A file or a source tree of the same name is imported in place of {name}: {message.text}",
        evidence=evidence,
        remedies=(remedy,),
        confidence=Confidence.STATED if here is None else Confidence.LIKELY,
        title=f"Something else is imported in place of {name}",
    )


def _hidden(shadow: Shadow) -> str:
    hidden = known(shadow.hides)
    return f", and not {hidden}" if hidden else ""


def _evidence(environment: EnvironmentFacts, shadow: Shadow, index: int) -> Evidence:
    source = getattr(environment.shadows, "source", "")
    return Evidence(f"/environments/{index}/shadows", f"{shadow.path} ({shadow.by})", source)
