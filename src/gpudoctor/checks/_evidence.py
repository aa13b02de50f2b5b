"""Evidence of facts whose values are records, said in a few words."""

from gpudoctor.facts import Fact, Known, Snapshot
from gpudoctor.findings import Evidence


def seen(pointer: str, fact: Fact[object], words: str | None = None) -> Evidence:
    """The evidence that a fact is; `words` stand for a known value that prints badly."""
    if isinstance(fact, Known) and words is not None:
        return Evidence(pointer, words, fact.source)
    return Evidence.of(pointer, fact)


def counted(number: int, noun: str) -> str:
    """``1 GPU``, ``8 GPUs``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def pci_evidence(snapshot: Snapshot) -> Evidence:
    """What the PCI bus shows."""
    devices = snapshot.pci.value if isinstance(snapshot.pci, Known) else ()
    named = ", ".join(f"10de:{each.device_id} at {each.address}" for each in devices)
    return seen("/pci", snapshot.pci, named or "no NVIDIA device")


def modules_evidence(snapshot: Snapshot) -> Evidence:
    """Which kernel modules for NVIDIA devices are loaded."""
    fact = snapshot.driver.modules_loaded
    names = ", ".join(fact.value) if isinstance(fact, Known) else ""
    return seen("/driver/modules_loaded", fact, names or "none")


def libraries_evidence(snapshot: Snapshot) -> Evidence:
    """Which driver libraries the loader finds."""
    fact = snapshot.driver.libraries
    paths = ", ".join(each.path for each in fact.value) if isinstance(fact, Known) else ""
    return seen("/driver/libraries", fact, paths or "none")


def nvml_evidence(snapshot: Snapshot) -> Evidence:
    """What nvmlInit answered."""
    fact = snapshot.nvml.init
    words = f"{fact.value.code} ({fact.value.name})" if isinstance(fact, Known) else None
    return seen("/nvml/init", fact, words)


def libcuda_evidence(snapshot: Snapshot) -> Evidence:
    """What cuInit answered."""
    fact = snapshot.libcuda.init
    words = f"{fact.value.code} ({fact.value.name})" if isinstance(fact, Known) else None
    return seen("/libcuda/init", fact, words)


def framework_pointer(environment: int, name: str, field: str) -> str:
    """Where a fact of a framework stands in the report's snapshot."""
    return f"/environments/{environment}/frameworks/{name}/{field}"
