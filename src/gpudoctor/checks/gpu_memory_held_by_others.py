"""Decide ``gpu-memory-held-by-others``: for programs that failed, and for cards that are full."""

from collections.abc import Iterator

from gpudoctor.checks._each_gpu import each_gpu, named, subject_of
from gpudoctor.checks._memory_cause import Cause, size
from gpudoctor.checks._memory_troubles import is_live, out_of_memory
from gpudoctor.checks._memory_verdicts import Repair, judge
from gpudoctor.checks._presence import working_gpus
from gpudoctor.diagnoses import GPU_MEMORY_HELD_BY_OTHERS as DIAGNOSIS
from gpudoctor.facts import Absent, GpuProcess, Known, NvmlGpu, Snapshot, known
from gpudoctor.findings import Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.memory import free_gpu

# Less than a CUDA context with the libraries of a framework takes: nothing more can start there.
_ALMOST_NOTHING = 512 << 20
_SHOWN = 5  # processes


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    failed: tuple[Verdict, ...] = ()
    if out_of_memory(snapshot, matrix):
        failed = tuple(judge(DIAGNOSIS, Cause.HELD, snapshot, matrix, _repair(snapshot)))
    spoken_of = {verdict.subject for verdict in failed}
    for verdict in each_gpu(snapshot, DIAGNOSIS, lambda gpu: _card(snapshot, gpu)):
        if verdict.subject not in spoken_of:
            yield verdict
    yield from failed


def _repair(snapshot: Snapshot) -> Repair:
    return lambda _, ruling: free_gpu(
        snapshot, None, tuple(each.pid for each in ruling.others), DIAGNOSIS.id
    )


def _card(snapshot: Snapshot, gpu: NvmlGpu) -> Verdict:
    subject, total, used = subject_of(gpu), gpu.memory_total_bytes, gpu.memory_used_bytes
    if not is_live(snapshot):
        return DIAGNOSIS.not_applicable(subject, "what a table shows of one moment is no fault")
    if known(gpu.mig_mode):
        return DIAGNOSIS.not_applicable(subject, "its memory is divided among MIG instances")
    if isinstance(total, Absent) or isinstance(used, Absent):
        return DIAGNOSIS.not_applicable(subject, "it has no memory of its own that NVML counts")
    if not isinstance(total, Known) or not isinstance(used, Known):
        return DIAGNOSIS.undetermined(subject, "how much of its memory is in use")
    free = total.value - used.value
    place = f"/gpus/{gpu.nvml_index}"
    evidence = (
        Evidence(f"{place}/memory_used_bytes", size(used.value), used.source),
        Evidence(f"{place}/memory_total_bytes", size(total.value), total.source),
    )
    if free >= min(_ALMOST_NOTHING, total.value // 4):
        return DIAGNOSIS.cleared(subject, f"{size(max(0, free))} of it are free", evidence)
    processes = sorted(known(gpu.processes) or (), key=_held_by, reverse=True)
    others = [each for each in working_gpus(snapshot) if each is not gpu and _has_room(each)]
    return DIAGNOSIS.finding(
        subject,
        f"{named(gpu)} has {size(max(0, free))} of {size(total.value)} left, less than a program "
        f"needs to begin. {_who(processes)}",
        title="A GPU's memory is taken, and nothing more can start on it",
        evidence=(
            *evidence,
            *(
                Evidence(f"{place}/processes/{number}", _shown(each), "NVML")
                for number, each in enumerate(known(gpu.processes) or ())
                if each in processes[:_SHOWN]
            ),
        ),
        remedies=free_gpu(
            snapshot,
            gpu.nvml_index,
            tuple(each.pid for each in processes[:_SHOWN]),
            DIAGNOSIS.id,
            others=tuple(each.nvml_index for each in others),
        ),
        blocks=False,
    )


def _has_room(gpu: NvmlGpu) -> bool:
    total, used = known(gpu.memory_total_bytes), known(gpu.memory_used_bytes)
    return total is not None and used is not None and total - used >= total // 2


def _held_by(process: GpuProcess) -> int:
    return known(process.memory_used_bytes) or 0


def _who(processes: list[GpuProcess]) -> str:
    if not processes:
        return "NVML shows no process on it: the holder is outside of this container or system."
    listed = ", ".join(_shown(each) for each in processes[:_SHOWN])
    more = len(processes) - _SHOWN
    return f"It is held by {listed}{f' and {more} more' if more > 0 else ''}."


def _shown(process: GpuProcess) -> str:
    """``python (pid 4711, uid 1000, docker 0123456789ab): 39 GiB``."""
    uid, container = known(process.uid), known(process.container)
    words = [f"pid {process.pid}", *([f"uid {uid}"] if uid is not None else []), container]
    inner = ", ".join(each for each in words if each)
    held = known(process.memory_used_bytes)
    return f"{known(process.name) or 'a process'} ({inner})" + (f": {size(held)}" if held else "")
