"""Which programs ran out of a GPU's memory, by what they printed, and what is said around it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gpudoctor.facts import MemoryMessage, OtherProcess, Snapshot, Symptom, known
from gpudoctor.findings import MACHINE, Evidence, Subject, framework_subject
from gpudoctor.matrix import Matrix
from gpudoctor.memory_numbers import read_listed_process, read_memory

# What a message tells of, the clearest first.
_FAILURES = (
    "gpu-out-of-memory",
    "gpu-context-refused",
    "gpu-allocation-refused",
    "gpu-out-of-memory-unsized",
)
HANDLE_FAILED = "gpu-handle-failed"
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message that tells of memory, the bytes in it, and whom it is about."""

    place: int  # among the snapshot's symptoms
    symptom: Symptom
    message: MemoryMessage
    subject: Subject

    @property
    def evidence(self) -> Evidence:
        """The message itself."""
        printed_by = self.symptom.subject or "a program"
        return Evidence(f"/symptoms/{self.place}", self.symptom.text, f"what {printed_by} printed")


def out_of_memory(snapshot: Snapshot, matrix: Matrix) -> tuple[Trouble, ...]:
    """The clearest message of each subject that ran out of a GPU's memory.

    A handle that could not be made is one where little was free from the start.
    """
    chosen: dict[Subject, Trouble] = {}
    handles = {each.subject for each in handle_failures(snapshot)}
    ids = (*_FAILURES, HANDLE_FAILED) if is_starved(snapshot, matrix) else _FAILURES
    for trouble in _all(snapshot, ids):
        if trouble.symptom.id == "gpu-allocation-refused" and trouble.subject in handles:
            continue  # TensorFlow goes on with less; what fails then is the handle
        best = chosen.get(trouble.subject)
        if best is None or _clarity(trouble) < _clarity(best):
            chosen[trouble.subject] = trouble
    return tuple(_completed(snapshot, matrix, each) for each in chosen.values())


def handle_failures(snapshot: Snapshot) -> tuple[Trouble, ...]:
    """The first message of each subject whose cuDNN or cuBLAS could not start."""
    chosen: dict[Subject, Trouble] = {}
    for trouble in _all(snapshot, (HANDLE_FAILED,)):
        chosen.setdefault(trouble.subject, trouble)
    return tuple(chosen.values())


def _all(snapshot: Snapshot, ids: tuple[str, ...]) -> Iterator[Trouble]:
    for place, symptom in enumerate(snapshot.symptoms):
        if symptom.id in ids:
            yield Trouble(place, symptom, read_memory(symptom.text), subject_of(symptom))


def subject_of(symptom: Symptom) -> Subject:
    """Whom a message is about: a package of an environment, or the machine where none is known."""
    if symptom.subject is None or symptom.environment is None:
        return MACHINE
    return framework_subject(symptom.subject, symptom.environment)


def _clarity(trouble: Trouble) -> tuple[bool, int]:
    order = (*_FAILURES, HANDLE_FAILED)
    return trouble.message.total is None, order.index(trouble.symptom.id)


def _completed(snapshot: Snapshot, matrix: Matrix, trouble: Trouble) -> Trouble:
    """The message with the GPU's size from elsewhere, where it does not say it."""
    message = trouble.message
    if message.total is None:
        message = replace(message, total=_size_of_gpus(snapshot, matrix))
    start = found_at_start(snapshot, matrix)
    if trouble.symptom.id == "gpu-allocation-refused" and start is not None:
        message = replace(message, free=start[0], total=start[1])  # it is the first allocation
    return replace(trouble, message=message)


def _size_of_gpus(snapshot: Snapshot, matrix: Matrix) -> int | None:
    """How much memory each GPU has; None unless it is known and all have alike."""
    sizes = set()
    for gpu in known(snapshot.nvml.gpus) or ():
        size, name = known(gpu.memory_total_bytes), known(gpu.name)
        if size is None and name and (row := matrix.product(name)) and row.memory_gb:
            size = int(row.memory_gb * (1 << 30))
        sizes.add(size)
    if sizes:
        return sizes.pop() if len(sizes) == 1 else None
    printed = (read_memory(each.text).total for each in snapshot.symptoms if _tells_size(each))
    return next((each for each in printed if each is not None), None)


def _tells_size(symptom: Symptom) -> bool:
    return symptom.id in ("gpu-memory-at-start", "gpu-memory-at-failure")


def found_at_start(snapshot: Snapshot, matrix: Matrix) -> tuple[int, int] | None:
    """What TensorFlow found free of the card when it started, and the card's size."""
    for each in snapshot.symptoms:
        if each.id == "gpu-memory-at-start":
            message = read_memory(each.text)
            if message.free is not None and message.total is not None:
                return message.free, message.total
    found, total = stated_number(snapshot, "tensorflow-device-memory"), None
    if found is not None:
        total = _size_of_gpus(snapshot, matrix)
    return None if found is None or total is None else (found * _MIB, total)


def is_starved(snapshot: Snapshot, matrix: Matrix) -> bool:
    """Whether less than half of the card was free when TensorFlow started."""
    start = found_at_start(snapshot, matrix)
    return start is not None and start[0] < start[1] // 2


def stated_number(snapshot: Snapshot, id_: str) -> int | None:
    """The number that the first remark of that id names."""
    for each in snapshot.symptoms:
        if each.id == id_ and each.names and each.names.isdecimal():
            return int(each.names)
    return None


def largest_process(snapshot: Snapshot) -> OtherProcess | None:
    """The process that holds most of a GPU, by NVML or by the table of nvidia-smi."""
    found = [
        OtherProcess(each.pid, known(each.memory_used_bytes) or 0)
        for gpu in known(snapshot.nvml.gpus) or ()
        for each in known(gpu.processes) or ()
    ]
    found += (
        listed
        for each in snapshot.symptoms
        if each.id == "gpu-process-listed" and (listed := read_listed_process(each.text))
    )
    return max(found, key=lambda each: each.used_bytes, default=None)


def is_live(snapshot: Snapshot) -> bool:
    """Whether the machine itself was asked, rather than a text about one."""
    return bool(snapshot.native_probes)
