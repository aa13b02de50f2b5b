"""Decide ``vgpu-driver-mismatch``."""

import re
from collections.abc import Iterator

from gpudoctor.checks._cuda_answer import cuda_answer
from gpudoctor.checks._driver_on_disk import driver_is_elsewhere
from gpudoctor.checks._evidence import counted, nvml_evidence, pci_evidence, seen
from gpudoctor.checks._installed_driver import flavour_of, installed_driver
from gpudoctor.checks._presence import working_gpus
from gpudoctor.diagnoses import VGPU_DRIVER_MISMATCH as DIAGNOSIS
from gpudoctor.facts import Absent, Known, PciDevice, Snapshot, Unknown, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.vgpu import fitting_guest_driver, grid_driver
from gpudoctor.versions import DriverVersion

# The guest's module in NVIDIA's open sources, and what its Xid 78 (vGPU start error) says.
_MISFIT = re.compile(r"Guest driver is incompatible with host driver|Xid[^:]*(?:\([^)]*\))?: 78\b")
_REFUSED = re.compile(
    r"NVIDIA GPU ([0-9a-fA-F:.]{7,16}) [^)]{0,40}\).{0,120}?not supported by the.{0,40}?"
    r"NVIDIA (\d{2,4}\.\d+(?:\.\d+)?) driver release",
    re.DOTALL,
)


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    machine, log = snapshot.platform.virtual_machine, snapshot.driver.kernel_log
    answer, gpus = cuda_answer(snapshot), working_gpus(snapshot)
    elsewhere = driver_is_elsewhere(snapshot)
    if isinstance(answer, Known) and answer.value.result.code == 0:
        yield DIAGNOSIS.cleared(MACHINE, "CUDA initialises", (answer.value.evidence,))
    elif elsewhere is not None:
        yield DIAGNOSIS.not_applicable(MACHINE, elsewhere)
    elif gpus:
        kinds = {known(each.virtualization) for each in gpus}
        whose = "virtual GPU" if "vgpu" in kinds else "GPU"
        detail = f"NVML reaches {counted(len(gpus), whose)}"
        yield DIAGNOSIS.cleared(MACHINE, detail, (nvml_evidence(snapshot),))
    elif isinstance(machine, Absent):
        yield DIAGNOSIS.not_applicable(MACHINE, "this is no virtual machine")
    elif not known(snapshot.pci):
        yield DIAGNOSIS.not_applicable(MACHINE, "no NVIDIA device is on the bus")
    elif isinstance(log, Unknown):
        missing = f"what the kernel says of the GPU: {log.reason}"
        yield DIAGNOSIS.undetermined(MACHINE, missing, (pci_evidence(snapshot),))
    else:
        yield _by_log(snapshot, matrix)


def _by_log(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    lines = known(snapshot.driver.kernel_log) or ()
    line = next((each.strip() for each in lines if _MISFIT.search(each)), None)
    if line is not None:
        return _misfit(snapshot, line)
    # The kernel's log writes the breaks inside one message as \x0a.
    for refused in _REFUSED.finditer("\n".join(lines).replace("\\x0a", "\n")):
        device = _device(snapshot, refused.group(1))
        version = DriverVersion.parse(refused.group(2))
        if device is not None and _is_a_guest(snapshot) and _is_here(snapshot, version):
            return _refused(snapshot, matrix, device, version)
    reason = "nothing shows that a driver refuses a virtual GPU"
    return DIAGNOSIS.not_applicable(MACHINE, reason)


def _device(snapshot: Snapshot, address: str) -> PciDevice | None:
    address = address.lower()
    return next((each for each in known(snapshot.pci) or () if each.address == address), None)


def _is_a_guest(snapshot: Snapshot) -> bool:
    """Whether a refusal may be a virtual GPU's; the open modules refuse real boards too."""
    is_open = flavour_of(snapshot) == "open"
    return isinstance(snapshot.platform.virtual_machine, Known) and not is_open


def _is_here(snapshot: Snapshot, version: DriverVersion) -> bool:
    """Whether the driver that refused is not one of before."""
    installed = installed_driver(snapshot)
    return installed is None or installed.version == version


def _refused(
    snapshot: Snapshot, matrix: Matrix, device: PciDevice, version: DriverVersion
) -> Verdict:
    capability = matrix.capability_of_pci_id(device.device_id)
    row = None if capability is None else matrix.architecture(capability)
    named = f"10de:{device.device_id} at {device.address}"
    if row is None or row.first_branch is None:
        missing = f"whether driver {version} has the chip of {named}"
        return DIAGNOSIS.undetermined(MACHINE, missing, (pci_evidence(snapshot),))
    is_dropped = row.last_branch is not None and version.branch > row.last_branch
    if version.branch < row.first_branch or is_dropped:
        reason = f"driver {version} does not have the chip of {named}"
        return DIAGNOSIS.not_applicable(MACHINE, reason)
    listed = matrix.gpu_by_pci_id(device.device_id)
    first = None if listed is None else listed.first_open_driver
    if first is not None and version < first and first != matrix.first_open_driver():
        reason = f"driver {version} may be too old for {named}, which {first} is known to list"
        return DIAGNOSIS.not_applicable(MACHINE, reason)
    return _ordinary(snapshot, device, version)


def _misfit(snapshot: Snapshot, line: str) -> Verdict:
    return DIAGNOSIS.finding(
        MACHINE,
        f"The driver in this virtual machine and the host's vGPU manager don't go together. The "
        f"kernel log says so, and NVML lists no working GPU: {line}",
        title="The guest's driver does not go with the host's vGPU manager",
        evidence=_evidence(snapshot, line),
        remedies=(fitting_guest_driver(DIAGNOSIS.id),),
        confidence=Confidence.STATED,
    )


def _ordinary(snapshot: Snapshot, device: PciDevice, version: DriverVersion) -> Verdict:
    machine = known(snapshot.platform.virtual_machine)
    line = f"{device.address} is not supported by driver {version}"
    return DIAGNOSIS.finding(
        MACHINE,
        f"The driver {version} refuses the GPU at {device.address} (10de:{device.device_id}) as "
        f"not supported, though its branch supports that chip, in a virtual machine ({machine}). "
        "Most likely this is a virtual GPU, which only NVIDIA's vGPU guest driver drives; that "
        "is an inference.",
        title="A virtual GPU needs NVIDIA's vGPU guest driver",
        evidence=(
            *_evidence(snapshot, line),
            Evidence.of("/platform/virtual_machine", snapshot.platform.virtual_machine),
        ),
        remedies=(grid_driver(DIAGNOSIS.id),),
        confidence=Confidence.LIKELY,
    )


def _evidence(snapshot: Snapshot, line: str) -> tuple[Evidence, ...]:
    log = snapshot.driver.kernel_log
    return seen("/driver/kernel_log", log, line), nvml_evidence(snapshot), pci_evidence(snapshot)
