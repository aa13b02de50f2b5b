"""What messages alone tell of a torn installation."""

from collections.abc import Iterator

from gpudoctor.checks._import_error import family_of
from gpudoctor.checks._messages import Message, has_symptom, message_about, messages
from gpudoctor.checks._whereabouts import environment_at
from gpudoctor.diagnoses import FRAMEWORK_BROKEN_INSTALL as DIAGNOSIS
from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Finding, Remedy, Subject, framework_subject
from gpudoctor.remedies.environments import (
    install_again_by_hand,
    keep_one_of,
    renew_dependency,
)
from gpudoctor.remedies.python_packages import install_again

_TORN = ("framework-part-missing", "framework-parts-mixed", "framework-hollow")
# protobuf's own error comes from whichever package was made with another one; TensorFlow is the
# framework that has such code.
_OF_TENSORFLOW = "protobuf-unfit"


def torn_by_message(snapshot: Snapshot, index: int, name: str) -> Finding | None:
    """The finding that a message gives, where no import of ours says more."""
    message = message_about(snapshot, index, name, *_TORN) or _own_library(snapshot, index, name)
    if message is not None:
        more = f" (a folder {name} in the way would say the same)"
        return _stated(index, message, install_again_by_hand(name, DIAGNOSIS.id), more)
    wanting = message_about(snapshot, index, name, "dependency-missing")
    if wanting is not None and wanting.names:
        return _stated(index, wanting, renew_dependency(wanting.names, DIAGNOSIS.id))
    if name == "tensorflow" and (unfit := _protobuf(snapshot, index)) is not None:
        return _stated(index, unfit, renew_dependency("protobuf", DIAGNOSIS.id))
    return _half_removed(snapshot, index, name)


def _stated(index: int, message: Message, remedy: Remedy, more: str = "") -> Finding:
    name = message.framework
    return DIAGNOSIS.finding(
        framework_subject(name, index),
        f"A message tells that {name}'s installation is torn: {message.text}{more}",
        evidence=(message.evidence,),
        remedies=(remedy,),
        confidence=Confidence.STATED,
        title=f"{name} itself can't be imported",
    )


def _own_library(snapshot: Snapshot, index: int, name: str) -> Message | None:
    """A library of the framework's own that the loader does not find."""
    for each in messages(snapshot, index, "shared-library-missing"):
        soname = each.names or ""
        if each.framework == name and family_of(soname) == "own" and not _of_gpu_part(soname):
            return each
    return None


def _of_gpu_part(soname: str) -> bool:
    """A part that builds without CUDA lack by right: there, whoever wants it does not fit."""
    return any(part in soname for part in ("cuda", "hip", "xpu"))


def _protobuf(snapshot: Snapshot, index: int) -> Message | None:
    environment = environment_at(snapshot, index)
    names = {each.name for each in environment.frameworks} if environment else set()
    for place, each in enumerate(snapshot.symptoms):
        if each.id != _OF_TENSORFLOW or (each.environment or 0) != index:
            continue
        if each.subject == "tensorflow" or (each.subject is None and names == {"tensorflow"}):
            evidence = Evidence(f"/symptoms/{place}", each.text, "a message")
            return Message(each.id, "tensorflow", evidence, each.text, "protobuf")
    return None


def _half_removed(snapshot: Snapshot, index: int, name: str) -> Finding | None:
    """pip's word on remains, where the framework is then not found."""
    remains = message_about(snapshot, index, name, "half-removed")
    missed = message_about(snapshot, index, name, "module-not-found")
    if remains is None or missed is None or has_symptom(snapshot, "build-isolation"):
        return None
    return _stated(index, remains, install_again_by_hand(name, DIAGNOSIS.id))


def remains(snapshot: Snapshot, index: int, name: str) -> Finding | None:
    """What is left on disk of a framework that was asked for and is not there."""
    environment = environment_at(snapshot, index)
    message = message_about(snapshot, index, name, "module-not-found")
    if environment is None or (message is None and name not in snapshot.wanted):
        return None
    damage = next((d for d in known(environment.damage) or () if d.package == name), None)
    if damage is None:
        return None
    pointer, source = f"/environments/{index}/damage", getattr(environment.damage, "source", "")
    words = f"{damage.kind}: {', '.join(damage.names)}"
    return DIAGNOSIS.finding(
        framework_subject(name, index),
        f"{name} was asked for, and only remains of it are here ({words}).",
        evidence=(Evidence(pointer, words, source), *((message.evidence,) if message else ())),
        remedies=(install_again(environment, name, None, DIAGNOSIS.id),),
        title=f"Only remains of {name} are installed",
    )


def doubled_companions(snapshot: Snapshot) -> Iterator[Finding]:
    """Two distributions of one companion, by its own warning."""
    for place, each in enumerate(snapshot.symptoms):
        if each.id != "packages-doubled" or each.subject is None:
            continue
        packages = known(snapshot.environments[0].packages) if snapshot.environments else None
        both = [name for name in packages or () if name.startswith(f"{each.subject}-cuda")]
        named = f" ({', '.join(both)})" if both else ""
        yield DIAGNOSIS.finding(
            Subject("package", each.subject, environment=each.environment or 0),
            f"Several distributions of {each.names} write into one folder{named}: {each.text}",
            evidence=(Evidence(f"/symptoms/{place}", each.text, "a message"),),
            remedies=(keep_one_of(each.subject, DIAGNOSIS.id),),
            blocks=False,
            confidence=Confidence.STATED,
            title=f"Several distributions of {each.names} are installed over one another",
        )
        return
