"""Decide ``gpu-memory-fragmented``."""

from collections.abc import Iterator

from gpudoctor.checks._memory_cause import Cause
from gpudoctor.checks._memory_verdicts import judge
from gpudoctor.diagnoses import GPU_MEMORY_FRAGMENTED as DIAGNOSIS
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.memory import ask_for_less, defragment


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    yield from judge(
        DIAGNOSIS,
        Cause.FRAGMENTED,
        snapshot,
        matrix,
        lambda trouble, _: (
            defragment(snapshot, trouble.symptom.text, DIAGNOSIS.id),
            ask_for_less(trouble.symptom.subject, DIAGNOSIS.id),
        ),
    )
