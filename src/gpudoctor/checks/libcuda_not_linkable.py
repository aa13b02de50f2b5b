"""Decide ``libcuda-not-linkable``."""

from collections.abc import Iterator

from gpudoctor.checks._build_places import Message, Place, build_places
from gpudoctor.diagnoses import LIBCUDA_NOT_LINKABLE as DIAGNOSIS
from gpudoctor.facts import Absent, Known, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.jit import link_libcuda, search_for_libcuda

_NOT_LINKED = "libcuda-not-linked"


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    for place in build_places(snapshot, _NOT_LINKED):
        message, link = place.said(_NOT_LINKED), snapshot.build.libcuda_link
        if message is None:
            reason = "nothing here is known to link against libcuda"
            if isinstance(link, Known):
                evidence = (Evidence.of("/build/libcuda_link", link),)
                yield DIAGNOSIS.cleared(place.subject, f"a linker finds {link.value}", evidence)
            else:
                yield DIAGNOSIS.not_applicable(place.subject, reason)
        elif _has_no_driver(snapshot):
            reason = "the driver's libcuda.so.1 is not there either: the fault lies deeper"
            yield DIAGNOSIS.not_applicable(place.subject, reason)
        else:
            yield _finding(snapshot, place, message)


def _has_no_driver(snapshot: Snapshot) -> bool:
    """Whether a place that would show libcuda.so.1 shows none."""
    return isinstance(snapshot.libcuda.load, Absent) or (
        isinstance(snapshot.driver.libraries, Known)
        and snapshot.driver.winner("libcuda.so.1") is None
    )


def _finding(snapshot: Snapshot, place: Place, message: Message) -> Verdict:
    link = snapshot.build.libcuda_link
    seen: tuple[Evidence, ...] = (Evidence.of("/build/libcuda_link", link),)
    if isinstance(link, Absent):
        why = " The driver's libcuda.so.1 is there, and no libcuda.so that a linker would find."
        confidence = Confidence.CERTAIN
    elif isinstance(link, Known):
        why = f" {link.value} is there; the linker that was used does not look into its folder."
        confidence = Confidence.STATED
    else:
        why, confidence, seen = "", Confidence.STATED, ()
    return DIAGNOSIS.finding(
        place.subject,
        f"A linker or a JIT compiler finds no libcuda to link against: {message.words}.{why}",
        evidence=(message.evidence, *seen),
        remedies=_remedies(snapshot),
        confidence=confidence,
    )


def _remedies(snapshot: Snapshot) -> tuple[Remedy, ...]:
    link = known(snapshot.build.libcuda_link)
    if link is not None:
        return (search_for_libcuda(link.rpartition("/")[0], DIAGNOSIS.id),)
    return (link_libcuda(snapshot, DIAGNOSIS.id),)
