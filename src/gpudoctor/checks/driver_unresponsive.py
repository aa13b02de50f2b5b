"""Decide ``driver-unresponsive``."""

from collections.abc import Iterator

from gpudoctor.diagnoses import DRIVER_UNRESPONSIVE as DIAGNOSIS
from gpudoctor.facts import NativeProbe, Snapshot
from gpudoctor.findings import MACHINE, Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.device import look_and_power_cycle


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    asked = [each for each in snapshot.native_probes if each.end.how != "not-started"]
    stuck = [each for each in asked if _is_stuck(each)]
    late = [each for each in asked if each.end.how == "timed-out"]
    if not asked:
        yield DIAGNOSIS.not_applicable(MACHINE, "no driver library was called")
    elif stuck:
        where = "; ".join(f"{each.name}: {each.end.detail}" for each in stuck)
        yield DIAGNOSIS.finding(
            MACHINE,
            f"A process that called into the driver is stuck in the kernel and can't be killed "
            f"({where}). Every program that uses the GPU waits behind it.",
            evidence=_evidence(snapshot, stuck),
            remedies=look_and_power_cycle(snapshot, DIAGNOSIS.id),
        )
    elif len(late) > 1:
        names = " and ".join(each.name for each in late)
        yield DIAGNOSIS.finding(
            MACHINE,
            f"{names} were each asked on their own and none answered in its time. That two "
            "independent probes hang, and not the probing, is an inference.",
            evidence=_evidence(snapshot, late),
            remedies=look_and_power_cycle(snapshot, DIAGNOSIS.id),
            confidence=Confidence.LIKELY,
        )
    elif late:
        one = late[0]
        missing = f"an answer of {one.name} ({one.end.detail}); one slow probe alone proves nothing"
        yield DIAGNOSIS.undetermined(MACHINE, missing, _evidence(snapshot, late))
    else:
        names = " and ".join(each.name for each in asked)
        yield DIAGNOSIS.cleared(
            MACHINE, f"calls into {names} came to an end", _evidence(snapshot, asked)
        )


def _is_stuck(probe: NativeProbe) -> bool:
    return probe.end.how == "unkillable" or (
        probe.end.how == "timed-out" and "state D" in probe.end.detail
    )


def _evidence(snapshot: Snapshot, probes: list[NativeProbe]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            f"/native_probes/{snapshot.native_probes.index(each)}/end",
            f"{each.end.how}: {each.end.detail}" if each.end.detail else each.end.how,
            f"a child process, {each.end.seconds:.1f} s",
        )
        for each in probes
    )
