"""A question that is asked of each GPU that answers NVML."""

from collections.abc import Callable, Iterator

from gpudoctor.checks._driver_on_disk import is_loaded
from gpudoctor.facts import Absent, Known, NvmlGpu, Snapshot
from gpudoctor.findings import MACHINE, Diagnosis, Subject, Verdict, gpu_subject


def subject_of(gpu: NvmlGpu) -> Subject:
    """The GPU as a verdict's subject."""
    name = gpu.name.value if isinstance(gpu.name, Known) else f"GPU {gpu.nvml_index}"
    return gpu_subject(gpu.nvml_index, name)


def named(gpu: NvmlGpu) -> str:
    """``GPU 3 (NVIDIA A100-SXM4-80GB)``, for the beginning of a sentence."""
    number = f"GPU {gpu.nvml_index}"
    return f"{number} ({gpu.name.value})" if isinstance(gpu.name, Known) else number


def each_gpu(
    snapshot: Snapshot, diagnosis: Diagnosis, judge: Callable[[NvmlGpu], Verdict]
) -> Iterator[Verdict]:
    """What `judge` says of each GPU; one verdict on the machine where NVML tells of none."""
    gpus = snapshot.nvml.gpus
    if not isinstance(gpus, Known):
        yield without_nvml(snapshot, diagnosis)
    elif not gpus.value:
        yield diagnosis.not_applicable(MACHINE, "NVML lists no GPU")
    else:
        for gpu in gpus.value:
            if gpu.handle.code == 0:
                yield judge(gpu)
            else:
                yield diagnosis.not_applicable(subject_of(gpu), "it does not answer NVML")


def without_nvml(snapshot: Snapshot, diagnosis: Diagnosis) -> Verdict:
    """The verdict on a machine whose NVML gave no list of GPUs."""
    gpus = snapshot.nvml.gpus
    if is_loaded(snapshot) is False:
        return diagnosis.not_applicable(MACHINE, "the driver is not loaded")
    if isinstance(gpus, Absent):
        return diagnosis.not_applicable(MACHINE, f"NVML is not there to ask ({gpus.source})")
    reason = "NVML was not asked" if isinstance(gpus, Known) else gpus.reason
    return diagnosis.undetermined(MACHINE, f"NVML's list of GPUs: {reason}")
