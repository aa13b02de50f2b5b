"""Runs the checks over a snapshot; a check that crashes becomes undetermined, never silence."""

from collections.abc import Iterable, Mapping

from gpudoctor.checks import Check
from gpudoctor.diagnoses import BY_ID
from gpudoctor.facts import Snapshot
from gpudoctor.findings import MACHINE, Verdict
from gpudoctor.matrix import Matrix


def run_checks(
    checks: Mapping[str, Check], selected: Iterable[str], snapshot: Snapshot, matrix: Matrix
) -> tuple[Verdict, ...]:
    """Every verdict of the selected checks, in the order of `checks`."""
    wanted = set(selected)
    verdicts: list[Verdict] = []
    for id_, check in checks.items():
        if id_ not in wanted:
            continue
        try:
            verdicts += check(snapshot, matrix)
        except Exception as error:  # noqa: BLE001 - one broken check must not cost the others
            words = f"this check failed itself: {type(error).__name__}: {error}"
            verdicts.append(BY_ID[id_].undetermined(MACHINE, words))
    return tuple(verdicts)
