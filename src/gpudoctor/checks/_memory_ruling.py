"""Why a program ran out of a GPU's memory, by the first rule that answers."""

from collections.abc import Callable

from gpudoctor.checks import _memory_stated, _memory_unstated
from gpudoctor.checks._memory_cause import Cause, Ruling, size
from gpudoctor.checks._memory_troubles import Trouble, found_at_start
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Confidence
from gpudoctor.matrix import Matrix

_RULES: tuple[Callable[[Snapshot, Trouble], Ruling | None], ...] = (
    _memory_stated.too_large,
    _memory_stated.at_the_start,
    _memory_stated.held,
    _memory_stated.beside_the_allocator,
    _memory_stated.in_pieces,
    _memory_stated.free_enough,
    _memory_stated.own_load,
    _memory_unstated.by_the_table,
    _memory_unstated.found_little,
    _memory_unstated.by_the_allocator,
)


def rule(snapshot: Snapshot, matrix: Matrix, trouble: Trouble) -> Ruling:
    """The cause of one message, by the first rule that its bytes answer."""
    start = found_at_start(snapshot, matrix)
    if trouble.message.allocated is None and start is not None and start[0] < start[1] // 2:
        why = (
            f"TensorFlow found {size(start[0])} of {size(start[1])} for itself when it started. "
            "That others held the rest is an inference."
        )
        return Ruling(Cause.HELD, why, Confidence.LIKELY)
    for each in _RULES:
        ruling = each(snapshot, trouble)
        if ruling is not None:
            return ruling
    return Ruling(Cause.UNCLEAR, "how much was asked for, and who held the rest of the card")
