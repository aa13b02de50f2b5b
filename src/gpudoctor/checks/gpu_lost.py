"""Decide ``gpu-lost``, one verdict a GPU."""

from collections.abc import Iterator

from gpudoctor.checks._bus_and_nvml import (
    driver_should_run,
    may_be_others,
    missing_devices,
    place_of,
)
from gpudoctor.checks._driver_on_disk import is_loaded
from gpudoctor.checks._evidence import counted, nvml_evidence, seen
from gpudoctor.checks._fallen import fallen_lines
from gpudoctor.checks._presence import working_gpus
from gpudoctor.checks._uvm import whole_failure
from gpudoctor.diagnoses import GPU_LOST as DIAGNOSIS
from gpudoctor.facts import Known, NvmlGpu, PciDevice, Snapshot, Unknown, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Remedy, Subject, Verdict, gpu_subject
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.device import revive_gpu, work_on

_LOST = 15  # NVML_ERROR_GPU_IS_LOST
_NO_PERMISSION = 4  # NVML_ERROR_NO_PERMISSION
_NOT_ASKED = -1


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    gpus = snapshot.nvml.gpus
    if not isinstance(gpus, Known):
        yield from _without_nvml(snapshot)
        return
    for gpu in gpus.value:
        yield _listed(snapshot, gpu)
    missing = missing_devices(snapshot, gpus.value)
    for device in missing:
        yield _unlisted(snapshot, matrix, device)
    if not gpus.value and not missing:
        yield DIAGNOSIS.not_applicable(MACHINE, "NVML lists no GPU")


def _without_nvml(snapshot: Snapshot) -> Iterator[Verdict]:
    init, devices = known(snapshot.nvml.init), known(snapshot.libcuda.devices)
    fallen = fallen_lines(snapshot)
    if init is not None and init.code == _LOST:
        said = "NVML can't start, because a GPU is lost"
        yield _finding(snapshot, MACHINE, said, nvml_evidence(snapshot))
    elif devices:
        detail = f"CUDA lists {counted(len(devices), 'GPU')}; NVML was not there to ask"
        yield DIAGNOSIS.cleared(MACHINE, detail)
    elif is_loaded(snapshot) is False:
        yield DIAGNOSIS.not_applicable(MACHINE, "the driver is not loaded")
    elif fallen and may_be_others(snapshot, fallen):
        missing = "whether the GPU that the kernel log tells of was given to this process"
        yield DIAGNOSIS.undetermined(MACHINE, missing, _log_evidence(snapshot))
    elif fallen:
        for address, line in fallen.items():
            evidence = seen("/driver/kernel_log", snapshot.driver.kernel_log, line)
            subject = Subject("gpu", f"GPU at {address}" if address else "a GPU")
            said = "the kernel log says that it fell off the bus, and NVML could not be asked"
            yield _finding(snapshot, subject, said, evidence, Confidence.LIKELY)
    else:
        gpus = snapshot.nvml.gpus
        why = gpus.reason if isinstance(gpus, Unknown) else "NVML is not there"
        yield DIAGNOSIS.undetermined(MACHINE, f"whether every GPU answers: {why}")


def _listed(snapshot: Snapshot, gpu: NvmlGpu) -> Verdict:
    subject = gpu_subject(gpu.nvml_index, known(gpu.name) or f"GPU {gpu.nvml_index}")
    code, name = gpu.handle.code, gpu.handle.name
    evidence = Evidence(f"/gpus/{gpu.nvml_index}/handle", f"{code} ({name})", "NVML")
    if code == 0:
        return DIAGNOSIS.cleared(subject, "it answers NVML", (evidence,))
    said = f"NVML lists it and gets no handle of it, {code} ({name})"
    place = place_of(snapshot, gpu)
    if place:
        said += f"; by elimination it is the one at {place}"
    if code == _LOST or fallen_lines(snapshot).get(known(gpu.pci_address) or place or ""):
        return _finding(snapshot, subject, said, evidence)
    if code in (_NO_PERMISSION, _NOT_ASKED) or not working_gpus(snapshot):
        missing = f"why NVML answers {code} ({name}) for it"
        return DIAGNOSIS.undetermined(subject, missing, (evidence,))
    said += ", while its siblings answer; that it is lost is an inference"
    return _finding(snapshot, subject, said, evidence, Confidence.LIKELY)


def _unlisted(snapshot: Snapshot, matrix: Matrix, device: PciDevice) -> Verdict:
    subject = Subject("gpu", f"GPU at {device.address}")
    place = (known(snapshot.pci) or ()).index(device)
    words = f"10de:{device.device_id} at {device.address}"
    evidence = Evidence(f"/pci/{place}", words, "sysfs")
    line = fallen_lines(snapshot).get(device.address)
    if line is not None:
        return _finding(snapshot, subject, f"the kernel log says: {line}", evidence)
    if not driver_should_run(snapshot, matrix, device):
        missing = "whether the running driver supports this GPU at all"
        return DIAGNOSIS.undetermined(subject, missing, (evidence,))
    siblings = ", while its siblings answer" if working_gpus(snapshot) else ""
    said = (
        f"it is on the PCI bus and NVML does not list it{siblings}; that it failed to start is an "
        "inference"
    )
    return _finding(snapshot, subject, said, evidence, Confidence.LIKELY)


def _finding(
    snapshot: Snapshot,
    subject: Subject,
    said: str,
    evidence: Evidence,
    confidence: Confidence = Confidence.CERTAIN,
) -> Verdict:
    working, answer = working_gpus(snapshot), whole_failure(snapshot)
    uuids = tuple(each.uuid.value for each in working if isinstance(each.uuid, Known))
    left = f" {counted(len(working), 'GPU')} of this machine still answer NVML." if working else ""
    which = "the GPU" if subject == MACHINE else subject.name
    remedies: tuple[Remedy, ...] = revive_gpu(snapshot, which, DIAGNOSIS.id)
    spreads = answer is not None and bool(working) and confidence is Confidence.CERTAIN
    if answer is not None and spreads:
        confidence = Confidence.LIKELY
        left += (
            f" CUDA answers {answer.result.code} ({answer.result.name}) for them too; that this "
            "comes from the lost one is an inference."
        )
    elif working and len(uuids) == len(working):
        remedies = (work_on(uuids, DIAGNOSIS.id), *remedies)
    return DIAGNOSIS.finding(
        subject,
        f"{which[0].upper()}{which[1:]} no longer answers: {said}.{left}",
        evidence=(evidence, *_log_evidence(snapshot)),
        remedies=remedies,
        blocks=spreads or not (working or _others_may_work(snapshot)),
        confidence=confidence,
    )


def _others_may_work(snapshot: Snapshot) -> bool:
    """Whether NVML, that could not be asked, may have a GPU that did not fall off the bus."""
    if isinstance(snapshot.nvml.gpus, Known) or whole_failure(snapshot):
        return False
    fallen, devices = fallen_lines(snapshot), known(snapshot.pci) or ()
    named = any(fallen)  # "": a line that names no address
    return named and any(
        known(each.kernel_driver) == "nvidia" and each.address not in fallen for each in devices
    )


def _log_evidence(snapshot: Snapshot) -> tuple[Evidence, ...]:
    log = snapshot.driver.kernel_log
    return tuple(seen("/driver/kernel_log", log, line) for line in fallen_lines(snapshot).values())
