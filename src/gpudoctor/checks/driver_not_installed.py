"""Decide ``driver-not-installed``."""

from collections.abc import Iterator

from gpudoctor.checks._driver_on_disk import driver_is_elsewhere, installed_traces, is_loaded
from gpudoctor.checks._evidence import libraries_evidence, modules_evidence, pci_evidence, seen
from gpudoctor.diagnoses import DRIVER_NOT_INSTALLED as DIAGNOSIS
from gpudoctor.facts import Absent, Known, Snapshot, Unknown, known
from gpudoctor.findings import MACHINE, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.driver import install_driver


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    if reason := driver_is_elsewhere(snapshot):
        yield DIAGNOSIS.not_applicable(MACHINE, reason)
        return
    loaded, traces = is_loaded(snapshot), installed_traces(snapshot)
    match snapshot.pci, traces:
        case _ if loaded is True:
            evidence = (modules_evidence(snapshot),)
            yield DIAGNOSIS.cleared(MACHINE, "the driver's kernel module is loaded", evidence)
        case (_, Known(trace)):
            yield DIAGNOSIS.cleared(MACHINE, f"a driver is installed: {trace.value}", (trace,))
        case (Known(devices), _) if not devices:
            yield DIAGNOSIS.not_applicable(MACHINE, "the PCI bus shows no NVIDIA device")
        case (Absent(reason) | Unknown(reason), _):
            yield DIAGNOSIS.undetermined(MACHINE, f"whether a GPU is on the bus: {reason}")
        case (_, Unknown(reason)):
            yield DIAGNOSIS.undetermined(MACHINE, f"whether a driver is installed: {reason}")
        case (Known(devices), Absent()):
            first = devices[0]
            others = {known(each.kernel_driver) for each in devices} - {None}
            held = f" Until then {', '.join(sorted(map(str, others)))} drives it." if others else ""
            yield DIAGNOSIS.finding(
                MACHINE,
                f"An NVIDIA device (10de:{first.device_id} at {first.address}) is there. No "
                "nvidia kernel module lies on disk for any kernel, and none of the driver's "
                f"libraries is found, so nothing can reach the GPU.{held}",
                evidence=(
                    pci_evidence(snapshot),
                    seen("/driver/modules_on_disk", snapshot.driver.modules_on_disk, "none"),
                    libraries_evidence(snapshot),
                    modules_evidence(snapshot),
                ),
                remedies=(install_driver(snapshot, DIAGNOSIS.id),),
            )
