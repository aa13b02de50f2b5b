"""Decide ``no-nvidia-gpu``."""

from collections.abc import Iterator

from gpudoctor.checks._evidence import modules_evidence, pci_evidence
from gpudoctor.checks._presence import gpu_nodes, gpu_presence
from gpudoctor.diagnoses import NO_NVIDIA_GPU as DIAGNOSIS
from gpudoctor.facts import Absent, Known, Snapshot, Unknown, known
from gpudoctor.findings import MACHINE, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.device import bring_gpu_on_the_bus


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    if reason := _out_of_scope(snapshot):
        yield DIAGNOSIS.not_applicable(MACHINE, reason)
        return
    match gpu_presence(snapshot):
        case Known(shown, source):
            yield DIAGNOSIS.cleared(MACHINE, shown, (Evidence("/gpus", shown, source),))
        case Absent(source) if isinstance(snapshot.pci, Known):
            container = known(snapshot.platform.container)
            where = "" if container is None else ", nor does the host's, which this container shows"
            yield DIAGNOSIS.finding(
                MACHINE,
                f"The PCI bus shows no NVIDIA device ({source}){where}. A GPU that firmware, a "
                "laptop's power switch or a hypervisor keeps off the bus looks the same. Nothing "
                "here can compute with CUDA.",
                evidence=(pci_evidence(snapshot), modules_evidence(snapshot)),
                remedies=bring_gpu_on_the_bus(DIAGNOSIS.id),
            )
        case Absent(reason) | Unknown(reason):
            yield DIAGNOSIS.undetermined(MACHINE, f"what the PCI bus shows: {reason}")


def _out_of_scope(snapshot: Snapshot) -> str | None:
    platform = snapshot.platform
    if platform.os != "linux":
        return f"the PCI bus is read on Linux only, and this is {platform.os}"
    if isinstance(platform.wsl, Known):
        return "WSL reaches the GPU through Windows, not through a PCI bus"
    if isinstance(platform.integrated_board, Known):
        return f"the GPU of a {platform.integrated_board.value} is part of the board"
    if isinstance(platform.container, Known) and not known(snapshot.pci):
        if "nvidia" in (known(snapshot.driver.modules_loaded) or ()):
            return "this is a container, and the host's kernel has the nvidia module loaded"
        if nodes := known(gpu_nodes(snapshot)):
            return f"this is a container, and the host passed in {nodes[0]}"
    return None
