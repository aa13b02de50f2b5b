"""When a frightening line is harmless: questions to the facts around it."""

import re

from gpudoctor.facts import Absent, FrameworkFacts, Known, Snapshot, known

# Cards that are never part of an NVSwitch system.
_NO_FABRIC = re.compile(
    r"GeForce|\b[GR]TX\b|Quadro|TITAN|\bPCIE?\b|Tesla [TPKM]\d|\b(?:T4|L4|L40S?)\b"
)


def computes(_: Snapshot, framework: FrameworkFacts | None) -> bool:
    """The framework that printed it then computed right on a GPU."""
    imported = None if framework is None else known(framework.imported)
    return imported is not None and known(imported.computes) is True


def has_no_gpu(snapshot: Snapshot, _: FrameworkFacts | None) -> bool:
    """The bus was looked at, and neither it nor the driver shows a GPU."""
    shown = known(snapshot.nvml.gpus) or known(snapshot.libcuda.devices)
    return isinstance(snapshot.pci, Known) and not snapshot.pci.value and not shown


def asks_no_tensorrt(snapshot: Snapshot, _: FrameworkFacts | None) -> bool:
    """No environment that is known has TensorRT: nothing shows that anybody wants it."""
    packages = (known(each.packages) or {} for each in snapshot.environments)
    return not any(name.startswith("tensorrt") for names in packages for name in names)


def has_no_fabric(snapshot: Snapshot, _: FrameworkFacts | None) -> bool:
    """There is no NVSwitch: the bus shows none, or all GPUs are of kinds that never have one."""
    if isinstance(snapshot.fabric_hardware, Known):
        return False
    names = [known(gpu.name) or "" for gpu in known(snapshot.nvml.gpus) or ()]
    on_none = bool(names) and all(_NO_FABRIC.search(name) for name in names)
    return on_none or isinstance(snapshot.fabric_hardware, Absent)
