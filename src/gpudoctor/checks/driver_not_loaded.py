"""Decide ``driver-not-loaded``."""

from collections.abc import Iterator

from gpudoctor.checks._driver_on_disk import driver_is_elsewhere, installed_traces, is_loaded
from gpudoctor.checks._evidence import modules_evidence, nvml_evidence, pci_evidence
from gpudoctor.checks._why_not_loaded import why_not_loaded
from gpudoctor.diagnoses import DRIVER_NOT_LOADED as DIAGNOSIS
from gpudoctor.facts import Absent, Known, Snapshot, Unknown, known
from gpudoctor.findings import MACHINE, Evidence, Verdict
from gpudoctor.matrix import Matrix

_DRIVER_NOT_LOADED = 9  # NVML_ERROR_DRIVER_NOT_LOADED


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    if reason := driver_is_elsewhere(snapshot):
        yield DIAGNOSIS.not_applicable(MACHINE, reason)
        return
    loaded = _is_loaded(snapshot)
    if loaded:
        evidence = (modules_evidence(snapshot),)
        yield DIAGNOSIS.cleared(MACHINE, "the kernel module nvidia is loaded", evidence)
        return
    match snapshot.pci, installed_traces(snapshot):
        case (Known(devices), _) if not devices:
            yield DIAGNOSIS.not_applicable(MACHINE, "the PCI bus shows no NVIDIA device")
        case (_, Absent()):
            yield DIAGNOSIS.not_applicable(MACHINE, "no driver is installed")
        case (Absent(reason) | Unknown(reason), _):
            yield DIAGNOSIS.undetermined(MACHINE, f"whether a GPU is on the bus: {reason}")
        case (_, Unknown(reason)):
            yield DIAGNOSIS.undetermined(MACHINE, f"whether a driver is installed: {reason}")
        case _ if loaded is None:
            modules = snapshot.driver.modules_loaded
            why = modules.reason if isinstance(modules, Unknown) else "not shown"
            yield DIAGNOSIS.undetermined(MACHINE, f"which kernel modules are loaded: {why}")
        case (Known(), Known(trace)):
            yield _finding(snapshot, trace)


def _is_loaded(snapshot: Snapshot) -> bool | None:
    loaded, init = is_loaded(snapshot), known(snapshot.nvml.init)
    if loaded is None and init is not None and init.code == _DRIVER_NOT_LOADED:
        return False
    return loaded


def _finding(snapshot: Snapshot, installed: Evidence) -> Verdict:
    why = why_not_loaded(snapshot, DIAGNOSIS.id)
    return DIAGNOSIS.finding(
        MACHINE,
        f"A driver is installed ({installed.value}) and its kernel module is not loaded, so no "
        f"program reaches the GPU. {why.detail}",
        title=f"The NVIDIA driver is installed and not loaded: {why.title}",
        evidence=(
            installed,
            modules_evidence(snapshot),
            pci_evidence(snapshot),
            nvml_evidence(snapshot),
            *why.evidence,
        ),
        remedies=why.remedies,
        confidence=why.confidence,
    )
