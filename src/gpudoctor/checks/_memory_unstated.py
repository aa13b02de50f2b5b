"""Rules for a message without the card's state: what else is known of who held it."""

from gpudoctor.checks._memory_cause import Cause, Ruling, size
from gpudoctor.checks._memory_troubles import (
    Trouble,
    is_live,
    largest_process,
    stated_number,
)
from gpudoctor.checks._presence import working_gpus
from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import Confidence

_FULL = 0.9  # of the card
_TINY = 64 << 20
_OF_AN_ALLOCATOR = "gpu-out-of-memory"


def by_the_table(snapshot: Snapshot, trouble: Trouble) -> Ruling | None:
    """A message without the card's state: who is known to hold a GPU."""
    process, total = largest_process(snapshot), trouble.message.total
    if process is None and is_live(snapshot):
        return _by_the_card(snapshot)
    if process is None or total is None or process.used_bytes < 0.5 * total:
        return None
    why = (
        f"Process {process.pid} holds {size(process.used_bytes)} of {size(total)}. That it is "
        "another program, and held them at the time, is an inference."
    )
    return Ruling(Cause.HELD, why, Confidence.LIKELY, (process,))


def _by_the_card(snapshot: Snapshot) -> Ruling | None:
    """A machine that was asked now, and shows no process: how full its fullest card is."""
    uses = [
        (known(gpu.memory_used_bytes) or 0, known(gpu.memory_total_bytes) or 0)
        for gpu in working_gpus(snapshot)
    ]
    used, total = max(uses, default=(0, 0))
    if total == 0 or used < _FULL * total:
        return None
    why = (
        f"{size(used)} of {size(total)} are in use, by no process that is shown here. That it was "
        "that card is an inference."
    )
    return Ruling(Cause.HELD, why, Confidence.LIKELY)


def found_little(snapshot: Snapshot, trouble: Trouble) -> Ruling | None:
    """A framework that was refused its share, and then the smallest request as well."""
    asked = trouble.message.requested
    refused = any(each.id == "gpu-allocation-refused" for each in snapshot.symptoms)
    if refused and trouble.symptom.id == _OF_AN_ALLOCATOR and asked is not None and asked < _TINY:
        why = (
            f"The driver refused the framework its share at the start, and then not even "
            f"{size(asked)} were left. That others hold the card is an inference."
        )
        return Ruling(Cause.HELD, why, Confidence.LIKELY)
    return None


def by_the_allocator(snapshot: Snapshot, trouble: Trouble) -> Ruling | None:
    """A framework's own allocator, which has the card, ran out."""
    asked = trouble.message.requested
    limit, used = stated_number(snapshot, "bfc-limit"), stated_number(snapshot, "bfc-in-use")
    if limit is not None and used is not None and asked is not None and asked <= limit - used:
        why = (
            f"{size(asked)} were asked for while {size(limit - used)} of the allocator's "
            f"{size(limit)} were in no tensor: enough, in pieces that are too small."
        )
        return Ruling(Cause.FRAGMENTED, why)
    if trouble.symptom.id != _OF_AN_ALLOCATOR or "Tried to allocate" in trouble.symptom.text:
        return None
    wanted = f" It asked for {size(asked)}." if asked is not None else ""
    return Ruling(Cause.EXHAUSTED, f"The framework's own allocator ran out of memory.{wanted}")
