"""Rules for a message that states how a GPU's memory is divided: arithmetic on its bytes."""

from gpudoctor.checks._memory_cause import Cause, Ruling, size
from gpudoctor.checks._memory_troubles import Trouble
from gpudoctor.facts import MemoryMessage, OtherProcess, Snapshot, known
from gpudoctor.findings import Confidence

# What a CUDA context with its libraries takes beside a framework's own allocator: 0.3 to 1 GiB.
_CONTEXT = 1 << 30
_MUCH = 0.25  # of the card: less in others' hands is a desktop, and not what a job fails for
_NOTABLE = 0.05  # of the card: less lies about in any allocator
_EMPTY = 0.9  # of the card is free: then it is not short of memory


def too_large(_: Snapshot, trouble: Trouble) -> Ruling | None:
    """One request that no card of this size can meet."""
    asked, total = trouble.message.requested, trouble.message.total
    if asked is None or total is None or asked <= total:
        return None
    why = f"One request of {size(asked)} is larger than the whole card, {size(total)}."
    return Ruling(Cause.EXHAUSTED, why)


def at_the_start(_: Snapshot, trouble: Trouble) -> Ruling | None:
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


def held(_: Snapshot, trouble: Trouble) -> Ruling | None:
    """Much of the card is neither free nor the program's own."""
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


def beside_the_allocator(snapshot: Snapshot, trouble: Trouble) -> Ruling | None:
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


def in_pieces(_: Snapshot, trouble: Trouble) -> Ruling | None:
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


def free_enough(_: Snapshot, trouble: Trouble) -> Ruling | None:
    """More was free than was asked for: nearly all of it, or pieces."""
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


def own_load(_: Snapshot, trouble: Trouble) -> Ruling | None:
    """The program itself fills the card."""
    message = trouble.message
    total, own = message.total, own_use(message)
    if total is None or own is None or message.free is None:
        return None
    asked = "more" if message.requested is None else size(message.requested)
    mine = size(own if message.own or message.allocated is None else message.allocated)
    why = f"Of {size(total)} the program itself has {mine} and asks for {asked}."
    return Ruling(Cause.EXHAUSTED, why)
