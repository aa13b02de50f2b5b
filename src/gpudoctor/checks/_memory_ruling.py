"""Why a program ran out of a GPU's memory: arithmetic on the bytes that its message states."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from gpudoctor.checks._memory_troubles import (
    Trouble,
    found_at_start,
    is_live,
    largest_process,
    stated_number,
)
from gpudoctor.checks._presence import working_gpus
from gpudoctor.facts import MemoryMessage, OtherProcess, Snapshot, known
from gpudoctor.findings import Confidence
from gpudoctor.matrix import Matrix

_GIB = 1 << 30
# What a CUDA context with its libraries takes beside a framework's own allocator: 0.3 to 1 GiB.
_CONTEXT = 1 * _GIB
_MUCH = 0.25  # of the card: less in others' hands is a desktop, and not what a job fails for
_NOTABLE = 0.05  # of the card: less lies about in any allocator
_EMPTY = 0.9  # of the card is free: then it is not short of memory
_TINY = 64 << 20
_OF_AN_ALLOCATOR = "gpu-out-of-memory"


class Cause(Enum):
    """Why memory ran out."""

    HELD = "others hold it"
    PREALLOCATED = "another library in the same process took it"
    FRAGMENTED = "it lies in pieces"
    EXHAUSTED = "the job wants more than there is"
    NOT_MEMORY = "there was enough of it"
    UNCLEAR = "the message does not say"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The cause, the sentence that shows it, and how sure it is."""

    cause: Cause
    why: str
    confidence: Confidence = Confidence.STATED
    others: tuple[OtherProcess, ...] = ()


def size(number: int) -> str:
    """``22.5 GiB``, ``300 MiB``."""
    for unit, width in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if number >= 1 << width:
            return f"{number / (1 << width):.4g} {unit}"
    return f"{number} bytes"


def rule(snapshot: Snapshot, matrix: Matrix, trouble: Trouble) -> Ruling:
    """The cause of one message, by the first rule that its bytes answer."""
    start = found_at_start(snapshot, matrix)
    if trouble.message.own is None and start is not None and start[0] < start[1] // 2:
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


def _too_large(_: Snapshot, trouble: Trouble) -> Ruling | None:
    asked, total = trouble.message.requested, trouble.message.total
    if asked is None or total is None or asked <= total:
        return None
    why = f"One request of {size(asked)} is larger than the whole card, {size(total)}."
    return Ruling(Cause.EXHAUSTED, why)


def _at_the_start(_: Snapshot, trouble: Trouble) -> Ruling | None:
    """Failures before the program has anything of its own on the card."""
    message = trouble.message
    if trouble.symptom.id == "gpu-context-refused":
        why = (
            "Not even a context fits, which takes some hundred MiB and is the first that a program "
            "makes. That others hold the card is an inference."
        )
        return Ruling(Cause.HELD, why, Confidence.LIKELY)
    if "on startup is less than" in trouble.symptom.text and message.free and message.total:
        taken = message.total - message.free
        why = f"{size(taken)} of {size(message.total)} were taken before the program began."
        return Ruling(Cause.HELD, why)
    return None


def _held(_: Snapshot, trouble: Trouble) -> Ruling | None:
    message = trouble.message
    total, free = message.total, message.free
    own = own_use(message)
    if total is None or free is None or own is None:
        return None
    others = others_of(message)
    named = sum(each.used_bytes for each in others)
    outside = max(named, total - free - own)
    fits = message.requested is None or message.requested <= free + outside
    if outside < _MUCH * total or not fits:
        return None
    if named >= _MUCH * total:
        who = ", ".join(f"process {each.pid} ({size(each.used_bytes)})" for each in others)
        return Ruling(Cause.HELD, f"Of {size(total)} others hold: {who}.", others=others)
    why = (
        f"Of {size(total)}, {size(free)} are free and this program has {size(own)}. That other "
        f"programs hold the missing {size(outside)} is an inference."
    )
    return Ruling(Cause.HELD, why, Confidence.LIKELY)


def others_of(message: MemoryMessage) -> tuple[OtherProcess, ...]:
    """The other processes; without a word of its own use, the program itself may be among them."""
    return tuple(each for each in message.others if each.pid != _itself(message))


def _itself(message: MemoryMessage) -> int | None:
    if message.own is not None or message.allocated is None:
        return None
    reserved = message.allocated + (message.cached or 0)
    for each in message.others:
        is_alike = reserved * 0.99 <= each.used_bytes <= reserved + 2 * _CONTEXT
        both = reserved + each.used_bytes
        if is_alike or (message.total is not None and both > message.total * 1.02):
            return each.pid
    return None


def own_use(message: MemoryMessage) -> int | None:
    """What the program itself has on the card."""
    if message.own is not None:
        return message.own
    itself = _itself(message)
    if itself is not None:
        return next(each.used_bytes for each in message.others if each.pid == itself)
    if message.allocated is None:
        return None
    return message.allocated + (message.cached or 0) + _CONTEXT


def _beside_the_allocator(snapshot: Snapshot, trouble: Trouble) -> Ruling | None:
    """Much of the program's own memory that its framework's allocator knows nothing of."""
    message = trouble.message
    if message.own is None or message.total is None or message.allocated is None:
        return None
    beside = message.own - message.allocated - (message.cached or 0)
    if beside < _MUCH * message.total:
        return None
    taker = preallocating_package(snapshot)
    said = f"{size(beside)} of this program's {size(message.own)} are not PyTorch's own"
    if taker is None:
        return Ruling(Cause.UNCLEAR, f"what took memory in this very process: {said}")
    why = f"{said}. That {taker}, in the same process, took them by default is an inference."
    return Ruling(Cause.PREALLOCATED, why, Confidence.LIKELY)


def preallocating_package(snapshot: Snapshot) -> str | None:
    """TensorFlow or JAX, where the environment has one of them."""
    for environment in snapshot.environments:
        names = {*(known(environment.packages) or {}), *(f.name for f in environment.frameworks)}
        for package, shown in (("tensorflow", "TensorFlow"), ("jax", "JAX"), ("jaxlib", "JAX")):
            if package in names:
                return shown
    return None


def _in_pieces(_: Snapshot, trouble: Trouble) -> Ruling | None:
    """Enough is reserved and unused: the sentence about it is always printed, so bytes decide."""
    message = trouble.message
    asked, cached = message.requested, message.cached
    if asked is None or cached is None:
        return None
    whole = message.total or (message.allocated or 0) + cached
    if cached < _NOTABLE * whole or asked > cached + (message.free or 0):
        return None
    why = (
        f"{size(asked)} were asked for while {size(cached)} were reserved and in no tensor"
        f"{f' and {size(message.free)} free' if message.free is not None else ''}: enough, in "
        "pieces that are too small."
    )
    return Ruling(Cause.FRAGMENTED, why)


def _free_enough(_: Snapshot, trouble: Trouble) -> Ruling | None:
    message = trouble.message
    asked, free, total = message.requested, message.free, message.total
    if asked is None or free is None or total is None or asked > free:
        return None
    if free >= _EMPTY * total:
        why = (
            f"{size(asked)} were refused with {size(free)} of {size(total)} free: the driver "
            "refused, and not for want of memory"
        )
        return Ruling(Cause.NOT_MEMORY, why)
    if free < _NOTABLE * total:
        return None
    why = (
        f"{size(asked)} were refused with {size(free)} of {size(total)} free. That the free part "
        "lies in pieces is an inference."
    )
    return Ruling(Cause.FRAGMENTED, why, Confidence.LIKELY)


def _own_load(_: Snapshot, trouble: Trouble) -> Ruling | None:
    message = trouble.message
    total, own = message.total, own_use(message)
    if total is None or own is None or message.free is None:
        return None
    asked = "more" if message.requested is None else size(message.requested)
    mine = size(own if message.own or message.allocated is None else message.allocated)
    why = f"Of {size(total)} the program itself has {mine} and asks for {asked}."
    return Ruling(Cause.EXHAUSTED, why)


def _by_the_table(snapshot: Snapshot, trouble: Trouble) -> Ruling | None:
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
    if total == 0 or used < _EMPTY * total:
        return None
    why = (
        f"{size(used)} of {size(total)} are in use, by no process that is shown here. That it was "
        "that card is an inference."
    )
    return Ruling(Cause.HELD, why, Confidence.LIKELY)


def _found_little(snapshot: Snapshot, trouble: Trouble) -> Ruling | None:
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


def _by_the_allocator(snapshot: Snapshot, trouble: Trouble) -> Ruling | None:
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


_RULES: tuple[Callable[[Snapshot, Trouble], Ruling | None], ...] = (
    _too_large,
    _at_the_start,
    _held,
    _beside_the_allocator,
    _in_pieces,
    _free_enough,
    _own_load,
    _by_the_table,
    _found_little,
    _by_the_allocator,
)
