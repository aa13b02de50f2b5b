"""Words, evidence and repairs that the checks of GPU against driver share."""

from gpudoctor.checks._bus_gpus import BusGpu, bus_gpus
from gpudoctor.checks._driver_on_disk import installed_traces
from gpudoctor.facts import Absent, Snapshot
from gpudoctor.findings import Confidence, Diagnosis, Evidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.gpu_driver import separate_gpus


def without_version(snapshot: Snapshot, diagnosis: Diagnosis, gpu: BusGpu) -> Verdict:
    """What to answer where no driver version is known."""
    if isinstance(installed_traces(snapshot), Absent):
        return diagnosis.not_applicable(gpu.subject, "no driver is installed")
    missing = "which driver version is installed"
    return diagnosis.undetermined(gpu.subject, missing, (gpu.evidence,))


def unknown_gpu(gpu: BusGpu) -> str:
    """What is missing where the matrix has no row for a GPU."""
    return f"what the GPU 10de:{gpu.device.device_id} is: the matrix does not list it"


def matrix_evidence(gpu: BusGpu) -> tuple[Evidence, ...]:
    """The matrix' row on a GPU's architecture, and on the product where that differs."""
    row = gpu.architecture
    if row is None:
        return ()
    branches = f"branches {row.first_branch or '?'} to {row.last_branch or 'today'}"
    words = f"{row.name}, {branches}, open modules {row.open_modules or 'unknown'}"
    evidence = Evidence(f"matrix:architectures/{row.capability}", words, row.origin.checked)
    if gpu.open_modules == row.open_modules:
        return (evidence,)
    its_own = f"open modules {gpu.open_modules}"
    return evidence, Evidence(f"matrix:pci_ids/{gpu.device.device_id}", its_own, "the matrix")


def surely(gpu: BusGpu) -> Confidence:
    """Certain where NVML was asked and does not have the GPU; else that it fails is inferred."""
    return Confidence.CERTAIN if gpu.works is False else Confidence.LIKELY


def inference(gpu: BusGpu) -> str:
    """Names the inference where there is one."""
    return "" if gpu.works is False else " NVML could not be asked: that it fails is an inference."


def for_all_gpus(
    snapshot: Snapshot,
    matrix: Matrix,
    gpu: BusGpu,
    branch: int,
    remedy: Remedy,
    *,
    is_open: bool,
) -> tuple[Remedy, ...]:
    """The repair, where this branch and flavour also serve the machine's other GPUs."""
    for other in bus_gpus(snapshot, matrix):
        row = other.architecture
        if other.device == gpu.device or row is None:
            continue
        is_too_new = row.first_branch is not None and row.first_branch > branch
        is_dropped = row.last_branch is not None and row.last_branch < branch
        refused = "unsupported" if is_open else "required"
        if is_too_new or is_dropped or other.open_modules == refused:
            return (separate_gpus(gpu.name, remedy.verify[-1]),)
    return (remedy,)
