"""Puts verdicts in their places: root cause first, consequences folded, ignorance if asked for.

The root cause is the deepest blocking finding, or the deepest of the others where none blocks. A
rung proven above clears those below it; a failed rung that no finding explains is a problem whose
cause is not known, and only such a rung brings undetermined verdicts up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gpudoctor.diagnoses import DIAGNOSES
from gpudoctor.findings import (
    MACHINE,
    Cleared,
    Finding,
    Undetermined,
    Verdict,
)
from gpudoctor.ladder import Observed
from gpudoctor.report import Outcome, Ranked, Role, RungState, Status
from gpudoctor.rungs import Rung

_ORDER = {diagnosis.id: index for index, diagnosis in enumerate(DIAGNOSES)}
_CHAIN = (Rung.DEVICE, Rung.KERNEL_MODULE, Rung.DEVICE_NODES, Rung.LIBCUDA)
_NO_GPU = frozenset({"no-nvidia-gpu", "container-without-gpu", "wsl-driver-misconfigured"})


@dataclass(frozen=True, slots=True)
class Ranking:
    """The verdicts in their places, the ladder, and what they come to."""

    ranked: tuple[Ranked, ...]
    ladder: tuple[RungState, ...]
    root_cause: Ranked | None
    outcome: Outcome
    unexplained: tuple[RungState, ...]  # rungs that failed, and no finding says why


def rank(
    verdicts: Sequence[Verdict],
    observed: Sequence[Observed],
    *,
    everything_asked: bool,
    no_gpu_is_fine: bool = False,
    is_of_text: bool = False,
) -> Ranking:
    """Rank one report's verdicts; `everything_asked`: no check was deselected.

    A text is no machine: what it leaves out is no gap, and what it can't explain is undetermined.
    """
    findings = sorted((v for v in verdicts if isinstance(v, Finding)), key=_depth)
    roles = _fold(findings)
    ladder = _ladder(observed, findings)
    states = [
        RungState(o.rung, o.subject, s, d) for o, (s, d) in zip(observed, ladder, strict=True)
    ]
    if no_gpu_is_fine and any(finding.diagnosis.id in _NO_GPU for finding in findings):
        states = [_pardoned(state, findings) for state in states]
    asked = _asked(states) if everything_asked else []
    unexplained = [s for s in asked if s.status is Status.FAIL and not _explained(s, findings)]
    unseen = [s for s in asked if s.status is Status.UNDETERMINED and not is_of_text]
    pointed = (*unexplained, *unseen)
    placed = [
        *(_place_finding(f, roles[index], no_gpu_is_fine) for index, f in enumerate(findings)),
        *(
            _place_other(v, pointed, surfaces=not everything_asked and not is_of_text)
            for v in verdicts
            if not isinstance(v, Finding)
        ),
    ]
    placed.sort(key=lambda each: _PLACES.index(each.status))
    root = next((each for each in placed if each.role is Role.ROOT_CAUSE), None)
    outcome = _outcome(
        placed,
        has_unexplained=bool(unexplained) and not is_of_text,
        has_unseen=bool(unseen) or (bool(unexplained) and is_of_text),
    )
    return Ranking(tuple(placed), tuple(states), root, outcome, tuple(unexplained))


def _pardoned(state: RungState, findings: Sequence[Finding]) -> RungState:
    """A rung that breaks for want of a GPU alone does not apply where none is wanted."""
    if state.status is Status.FAIL and all(
        finding.diagnosis.id in _NO_GPU
        for finding in findings
        if finding.diagnosis.rung <= state.rung and finding.subject.contains(state.subject)
    ):
        return replace(state, status=Status.SKIPPED)
    return state


_PLACES = (Status.FAIL, Status.WARN, Status.UNDETERMINED, Status.PASS, Status.SKIPPED)


def _depth(finding: Finding) -> tuple[bool, Rung, int, int, int]:
    subject = finding.subject
    place = subject.environment if subject.environment is not None else -1
    return (
        not finding.blocks,
        finding.diagnosis.rung,
        _ORDER[finding.diagnosis.id],
        place,
        subject.gpu if subject.gpu is not None else -1,
    )


def _fold(findings: Sequence[Finding]) -> list[tuple[Role, str | None]]:
    """The role of each finding; the first that nothing explains is the root cause."""
    roles: list[tuple[Role, str | None]] = []
    has_root = False
    for finding in findings:
        cause = next((each for each in findings if _explains(each, finding)), None)
        if cause is not None:
            roles.append((Role.CONSEQUENCE, cause.diagnosis.id))
        else:
            roles.append((Role.INDEPENDENT if has_root else Role.ROOT_CAUSE, None))
            has_root = True
    return roles


def _explains(cause: Finding, other: Finding) -> bool:
    if cause is other or (other.blocks and not cause.blocks):
        return False
    return other.diagnosis.id in cause.diagnosis.explains and cause.subject.contains(other.subject)


def _asked(states: Sequence[RungState]) -> list[RungState]:
    """The rungs that a person asks for: each framework's own, else what libcuda says."""
    top = (Rung.FRAMEWORK_BUILD, Rung.FRAMEWORK_SEES_GPU, Rung.COMPUTES)
    frameworks = [s for s in states if s.rung in top]
    looked_at = [s for s in states if s.rung is Rung.FRAMEWORK_SEES_GPU]
    if any(s.status is not Status.SKIPPED for s in looked_at):
        return frameworks
    return [*frameworks, *(s for s in states if s.rung is Rung.LIBCUDA)]


def _explained(state: RungState, findings: Sequence[Finding]) -> bool:
    """Whether a blocking finding at or below the rung accounts for its failing.

    A GPU's own finding blocks only where it leaves no GPU to compute on.
    """
    return any(
        finding.blocks
        and finding.diagnosis.rung <= state.rung
        and (finding.subject.kind == "gpu" or finding.subject.contains(state.subject))
        for finding in findings
    )


def _place_finding(
    finding: Finding,
    role: tuple[Role, str | None],
    no_gpu_is_fine: bool,  # noqa: FBT001
) -> Ranked:
    if no_gpu_is_fine and finding.diagnosis.id in _NO_GPU:
        return Ranked(finding, Status.SKIPPED)
    return Ranked(finding, Status.FAIL if finding.blocks else Status.WARN, *role)


def _place_other(verdict: Verdict, pointed: Sequence[RungState], *, surfaces: bool) -> Ranked:
    if isinstance(verdict, Cleared):
        return Ranked(verdict, Status.PASS)
    if isinstance(verdict, Undetermined) and (
        surfaces or any(_bears_on(verdict, state) for state in pointed)
    ):
        return Ranked(verdict, Status.UNDETERMINED)
    return Ranked(verdict, Status.SKIPPED)


def _bears_on(verdict: Undetermined, state: RungState) -> bool:
    return verdict.diagnosis.rung <= state.rung and verdict.subject.contains(state.subject)


def _outcome(placed: Sequence[Ranked], *, has_unexplained: bool, has_unseen: bool) -> Outcome:
    statuses = {each.status for each in placed}
    if Status.FAIL in statuses or has_unexplained:
        return Outcome.PROBLEM
    if Status.UNDETERMINED in statuses or has_unseen:
        return Outcome.UNDETERMINED
    return Outcome.WARNING if Status.WARN in statuses else Outcome.HEALTHY


def _ladder(observed: Sequence[Observed], findings: Sequence[Finding]) -> list[tuple[Status, str]]:
    """Each rung's status: as seen, cleared by what stands on it, or not reached from below."""
    blocking = [finding for finding in findings if finding.blocks]
    return [_state(each, observed, blocking) for each in observed]


def _state(
    each: Observed, observed: Sequence[Observed], blocking: Sequence[Finding]
) -> tuple[Status, str]:
    named = next((f for f in blocking if _breaks(f, each)), None)
    if named is not None:
        return Status.FAIL, each.detail if each.status is Status.FAIL else named.title
    if each.status is Status.PASS:
        return each.status, each.detail
    below = next((f for f in blocking if _keeps_from(f, each)), None)
    if below is not None and not _proven(each, observed):
        return Status.SKIPPED, f"not reached: {below.diagnosis.id}"
    if each.status is not Status.SKIPPED and _proven(each, observed):
        return Status.PASS, "works: what stands on it does"
    return each.status, each.detail


def _breaks(finding: Finding, each: Observed) -> bool:
    if finding.diagnosis.rung is not each.rung:
        return False
    return finding.subject == each.subject or (
        finding.subject.kind == "gpu" and each.subject == MACHINE
    )


def _keeps_from(finding: Finding, each: Observed) -> bool:
    return finding.diagnosis.rung < each.rung and finding.subject.contains(each.subject)


def _proven(each: Observed, observed: Sequence[Observed]) -> bool:
    """Whether a rung that stands on this one was seen to work, for the same subject or by it."""
    if each.subject == MACHINE:
        if each.rung not in _CHAIN:
            return False  # NVML is a side branch: nothing stands on it
        return any(
            o.status is Status.PASS
            and o.rung > each.rung
            and (o.rung is Rung.LIBCUDA or _is_gpu_proof(o))
            for o in observed
        )
    return any(
        o.subject == each.subject
        and o.status is Status.PASS
        and o.rung > each.rung
        and _is_gpu_proof(o)
        for o in observed
    )


def _is_gpu_proof(observed: Observed) -> bool:
    return observed.rung in (Rung.FRAMEWORK_SEES_GPU, Rung.COMPUTES)
