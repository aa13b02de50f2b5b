"""Add to a text's snapshot what the matrix knows of the things that it names."""

from dataclasses import replace
from typing import TypeVar

from gpudoctor.facts import (
    Absent,
    CudaDevice,
    Fact,
    FrameworkFacts,
    Known,
    NvmlGpu,
    PciDevice,
    Snapshot,
    Unknown,
    known,
)
from gpudoctor.matrix import Matrix
from gpudoctor.versions import ComputeCapability, CudaVersion

Gpu = TypeVar("Gpu", NvmlGpu, CudaDevice)


def complete(snapshot: Snapshot, matrix: Matrix) -> Snapshot:
    """The snapshot with the compute capabilities of its GPUs and the CUDA of its builds."""
    nvml, libcuda = snapshot.nvml, snapshot.libcuda
    if isinstance(nvml.gpus, Known):
        gpus = tuple(_capable(gpu, matrix) for gpu in nvml.gpus.value)
        nvml = replace(nvml, gpus=Known(gpus, nvml.gpus.source))
    if isinstance(libcuda.devices, Known):
        devices = tuple(_capable(device, matrix) for device in libcuda.devices.value)
        libcuda = replace(libcuda, devices=Known(devices, libcuda.devices.source))
    named = tuple(_in_full(_capable(device, matrix), matrix) for device in snapshot.named_gpus)
    environments = tuple(
        replace(
            each,
            frameworks=tuple(_built(framework, snapshot, matrix) for framework in each.frameworks),
        )
        for each in snapshot.environments
    )
    return replace(
        snapshot,
        nvml=nvml,
        libcuda=libcuda,
        named_gpus=named,
        pci=_bus(snapshot, matrix),
        environments=environments,
    )


def _bus(snapshot: Snapshot, matrix: Matrix) -> Fact[tuple[PciDevice, ...]]:
    """The bus of the text; where only names are there, as if these GPUs stood on it."""
    lists_some = known(snapshot.nvml.gpus) or known(snapshot.libcuda.devices)
    if isinstance(snapshot.pci, Known) or lists_some or not snapshot.named_gpus:
        return snapshot.pci
    found = []
    for each in snapshot.named_gpus:
        product = matrix.product(known(each.name) or "")
        id_ = None if product is None else matrix.pci_id_of_product(product.name)
        if id_ is not None and isinstance(each.name, Known):
            found.append(PciDevice(each.name.source, id_, Unknown("the text does not say")))
    return Known(tuple(found), "the GPUs that the text names") if found else snapshot.pci


def _capable(gpu: Gpu, matrix: Matrix) -> Gpu:
    name = known(gpu.name)
    if name is None or isinstance(gpu.compute_capability, Known):
        return gpu
    product = matrix.product(name)
    if product is None:
        return gpu
    source = f"{gpu.name.source}; matrix: {product.name}" if isinstance(gpu.name, Known) else ""
    capability: Fact[ComputeCapability] = Known(product.capability, source)
    return replace(gpu, compute_capability=capability)


def _in_full(gpu: CudaDevice, matrix: Matrix) -> CudaDevice:
    """The GPU by what was written and, where that is loose, by its product's name too."""
    if not isinstance(gpu.name, Known):
        return gpu
    product = matrix.product(gpu.name.value)
    if product is None or product.name.lower() in gpu.name.value.lower():
        return gpu
    return replace(gpu, name=Known(f"{gpu.name.value} ({product.name})", gpu.name.source))


def _built(framework: FrameworkFacts, snapshot: Snapshot, matrix: Matrix) -> FrameworkFacts:
    version = known(framework.version)
    if version is None:
        return framework
    if framework.name == "torch":
        return _torch(framework, version, matrix)
    if framework.name == "tensorflow":
        return _tensorflow(framework, version, snapshot, matrix)
    return framework


def _torch(framework: FrameworkFacts, version: str, matrix: Matrix) -> FrameworkFacts:
    release, _, label = version.partition("+")
    said = framework.version.source if isinstance(framework.version, Known) else ""
    built_for = framework.built_for_cuda
    row = matrix.torch_release(release)
    if row is None:
        return framework
    tag = label or (_tag(built_for.value) if isinstance(built_for, Known) else "")
    build = next((each for each in row.builds if each.tag == tag), None)
    if build is not None and isinstance(framework.targets, Unknown) and build.targets:
        targets = Known(build.targets, f"{said}; matrix: torch {release}+{tag}")
        framework = replace(framework, targets=targets)
    if build is not None and isinstance(framework.cudnn, Unknown) and build.cudnn:
        framework = replace(
            framework, cudnn=Known(build.cudnn, f"{said}; matrix: torch {release}+{tag}")
        )
    return framework


def _tag(cuda: CudaVersion) -> str:
    return f"cu{cuda.major}{cuda.minor}"


def _tensorflow(
    framework: FrameworkFacts, version: str, snapshot: Snapshot, matrix: Matrix
) -> FrameworkFacts:
    row = matrix.tensorflow_release(version)
    if row is None or not isinstance(framework.built_for_cuda, Unknown):
        return framework
    said = framework.version.source if isinstance(framework.version, Known) else ""
    source = f"{said}; matrix: tensorflow {row.version}"
    if snapshot.platform.os not in row.gpu_on:
        return replace(framework, built_for_cuda=Absent(source), variant=Known("cpu", source))
    changed = replace(framework, built_for_cuda=Known(row.cuda, source))
    if isinstance(framework.cudnn, Unknown):
        changed = replace(changed, cudnn=Known(row.cudnn, source))
    if isinstance(framework.targets, Unknown) and row.targets:
        changed = replace(changed, targets=Known(row.targets, source))
    return changed
