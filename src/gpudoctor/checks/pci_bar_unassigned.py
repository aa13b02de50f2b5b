"""Decide ``pci-bar-unassigned``, one verdict a GPU."""

from collections.abc import Iterator
from functools import partial

from gpudoctor.checks._bus_gpus import BusGpu
from gpudoctor.checks._driver_fit import inference, surely
from gpudoctor.checks._gpu_messages import log_evidence, message_about
from gpudoctor.checks._gpu_verdicts import Blame, gpu_verdicts
from gpudoctor.diagnoses import PCI_BAR_UNASSIGNED as DIAGNOSIS
from gpudoctor.facts import Known, Snapshot
from gpudoctor.findings import Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.gpu_driver import give_memory_window


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    yield from gpu_verdicts(snapshot, matrix, DIAGNOSIS, partial(_look, snapshot, matrix))


def _look(snapshot: Snapshot, matrix: Matrix, gpu: BusGpu) -> Verdict | Blame:
    message = message_about(snapshot, matrix, gpu, "bar-invalid")
    told = (log_evidence(message),) if message else ()
    bars = gpu.device.bars
    repair = give_memory_window(snapshot, DIAGNOSIS.id)
    if not isinstance(bars, Known):
        if message is None:
            missing = "the memory windows that the GPU was given"
            return DIAGNOSIS.undetermined(gpu.subject, missing, (gpu.evidence,))
        said = "The kernel log says that the GPU was given no valid memory window."
        return Blame(said, told, repair, Confidence.STATED)
    missing_bars = [f"BAR{bar.number}" for bar in bars.value if not bar.is_assigned]
    pointer = f"{gpu.evidence.fact}/bars"
    if not missing_bars:
        evidence = (Evidence(pointer, "all assigned", bars.source), *told)
        return DIAGNOSIS.cleared(gpu.subject, "its memory windows are assigned", evidence)
    named = " and ".join(missing_bars)
    return Blame(
        f"{named} of the GPU has no place in the machine's address space, so the driver can't "
        f"reach it.{inference(gpu)}",
        (Evidence(pointer, f"{named} unassigned", bars.source), *told),
        repair,
        Confidence.CERTAIN if message else surely(gpu),
    )
