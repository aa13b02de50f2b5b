"""The GPUs that a framework here would use, with their compute capabilities."""

from dataclasses import dataclass, replace

from gpudoctor.checks._presence import working_gpus
from gpudoctor.facts import Known, Snapshot, known
from gpudoctor.findings import Confidence, Evidence
from gpudoctor.matrix import Matrix
from gpudoctor.versions import ComputeCapability, CudaVersion


@dataclass(frozen=True, slots=True)
class VisibleGpu:
    """One GPU, and what shows its compute capability."""

    name: str
    capability: ComputeCapability
    evidence: Evidence
    confidence: Confidence  # likely where a table tells it from the PCI id


def visible_gpus(snapshot: Snapshot, matrix: Matrix) -> tuple[VisibleGpu, ...]:
    """CUDA's own list; where CUDA gave none, NVML's; else what the PCI ids stand for."""
    listed = _of_cuda(snapshot) or _of_nvml(snapshot)
    return listed or _of_text(snapshot) or _of_pci(snapshot, matrix)


def cuda_driver_api(snapshot: Snapshot) -> CudaVersion | None:
    """The newest CUDA that the driver speaks: through the loaded libcuda, else as NVML tells."""
    spoken = known(snapshot.libcuda.cuda_driver_api)
    return known(snapshot.nvml.cuda_driver_api) if spoken is None else spoken


def _of_cuda(snapshot: Snapshot) -> tuple[VisibleGpu, ...]:
    return tuple(
        _gpu(known(each.name), f"CUDA device {each.cuda_ordinal}", each.compute_capability, "gpus")
        for each in known(snapshot.libcuda.devices) or ()
        if isinstance(each.compute_capability, Known)
    )


def _of_text(snapshot: Snapshot) -> tuple[VisibleGpu, ...]:
    return tuple(
        replace(
            _gpu(known(each.name), "a GPU", each.compute_capability, "gpus"),
            confidence=Confidence.LIKELY,
        )
        for each in snapshot.named_gpus
        if isinstance(each.compute_capability, Known)
    )


def _of_nvml(snapshot: Snapshot) -> tuple[VisibleGpu, ...]:
    return tuple(
        _gpu(known(each.name), f"GPU {each.nvml_index}", each.compute_capability, "gpus")
        for each in working_gpus(snapshot)
        if isinstance(each.compute_capability, Known)
    )


def _gpu(
    name: str | None, number: str, capability: Known[ComputeCapability], pointer: str
) -> VisibleGpu:
    words = f"{name or number}: {capability.value}"
    evidence = Evidence(f"/{pointer}", words, capability.source)
    return VisibleGpu(name or number, capability.value, evidence, Confidence.CERTAIN)


def _of_pci(snapshot: Snapshot, matrix: Matrix) -> tuple[VisibleGpu, ...]:
    found = []
    for place, device in enumerate(known(snapshot.pci) or ()):
        row = matrix.gpu_by_pci_id(device.device_id)
        capability = matrix.capability_of_pci_id(device.device_id)
        if row is not None and capability is not None:
            words = f"10de:{device.device_id}, a {row.name}: {capability}"
            evidence = Evidence(f"/pci/{place}", words, "PCI id, and the matrix")
            found.append(VisibleGpu(row.name, capability, evidence, Confidence.LIKELY))
    return tuple(found)
