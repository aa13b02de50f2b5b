"""Sees on which rung a machine or a framework stops: observation only, rung by rung."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gpudoctor.checks._driver_versions import newest_kernel_without_module
from gpudoctor.codes import cuda_words, nvml_words
from gpudoctor.facts import (
    ASLEEP,
    Absent,
    CallResult,
    EnvironmentFacts,
    Fact,
    FrameworkFacts,
    ImportFacts,
    Known,
    Snapshot,
    Unknown,
    known,
)
from gpudoctor.findings import MACHINE, Subject, framework_subject
from gpudoctor.report import Status
from gpudoctor.rungs import FRAMEWORK_RUNGS, Rung


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of one rung."""

    rung: Rung
    subject: Subject
    status: Status
    detail: str


def observe(snapshot: Snapshot, products: Mapping[str, str]) -> tuple[Observed, ...]:
    """The machine's rungs, then each framework's; `products` names cards by their PCI ids."""
    machine = [
        Observed(Rung.DEVICE, MACHINE, *_device(snapshot, products)),
        *(Observed(rung, MACHINE, *look(snapshot)) for rung, look in _MACHINE.items()),
    ]
    frameworks = [
        Observed(
            rung,
            framework_subject(framework.name, index),
            *_FRAMEWORK[rung](snapshot.environments[index], framework),
        )
        for index, framework in snapshot.frameworks()
        for rung in FRAMEWORK_RUNGS
    ]
    silent = [
        Observed(
            Rung.FRAMEWORK_BUILD,
            Subject("environment", environment.python.executable, environment=index),
            Status.UNDETERMINED,
            reason,
        )
        for index, environment in enumerate(snapshot.environments)
        if (reason := _unseen(environment)) is not None
    ]
    return (*machine, *silent, *frameworks)


Seen = tuple[Status, str]


def _unseen(environment: EnvironmentFacts) -> str | None:
    """Why an environment could not be looked into, or None."""
    if isinstance(environment.python.version, Unknown):
        return environment.python.version.reason
    if isinstance(environment.packages, Unknown) and not environment.frameworks:
        return environment.packages.reason
    return None


def _device(snapshot: Snapshot, products: Mapping[str, str]) -> Seen:
    names = [known(gpu.name) or "a GPU" for gpu in known(snapshot.nvml.gpus) or ()]
    names = names or [known(each.name) or "a GPU" for each in known(snapshot.libcuda.devices) or ()]
    names = names or [known(each.name) or "a GPU" for each in snapshot.named_gpus]
    if names:
        return Status.PASS, _counted(names)
    if known(snapshot.platform.wsl):
        return Status.SKIPPED, "WSL shows no PCI bus; the GPU comes through /dev/dxg"
    if board := known(snapshot.platform.integrated_board):
        return Status.PASS, f"{board}: the GPU is part of the chip"
    if isinstance(snapshot.pci, Known):
        ids = [
            products.get(each.device_id, f"NVIDIA device {each.device_id}")
            for each in snapshot.pci.value
        ]
        if ids:
            return Status.PASS, _counted(ids)
        return Status.FAIL, f"no NVIDIA device in {snapshot.pci.source}"
    return Status.UNDETERMINED, _gap(snapshot.pci)


def _counted(names: list[str]) -> str:
    kinds = dict.fromkeys(names)
    return ", ".join(f"{names.count(k)} x {k}" if names.count(k) > 1 else k for k in kinds)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _gap(fact: Fact[object]) -> str:
    if isinstance(fact, Unknown):
        return fact.reason
    return f"absent ({fact.source})"


def _kernel_module(snapshot: Snapshot) -> Seen:
    if known(snapshot.platform.wsl):
        return Status.SKIPPED, "the kernel module is Windows' under WSL"
    driver = snapshot.driver
    version, flavour = known(driver.kernel_module_version), known(driver.flavour)
    if version is not None:
        newest = newest_kernel_without_module(snapshot)
        next_boot = f"; none yet for the newest kernel {newest}" if newest else ""
        return Status.PASS, f"{version}{f', {flavour}' if flavour else ''}, loaded{next_boot}"
    modules = known(driver.modules_loaded)
    if modules is None:
        return Status.UNDETERMINED, _gap(driver.modules_loaded)
    if "nvidia" in modules:
        return Status.PASS, "loaded, version not readable"
    return Status.FAIL, f"nvidia is not in {driver.modules_loaded.source}" if isinstance(
        driver.modules_loaded, Known
    ) else "not loaded"


def _nodes(snapshot: Snapshot) -> Seen:
    nodes = known(snapshot.driver.nodes)
    if nodes is None:
        return Status.UNDETERMINED, _gap(snapshot.driver.nodes)
    if not nodes:
        return Status.FAIL, "no /dev/nvidia* and no /dev/dxg"
    closed = [node for node in nodes if not node.accessible]
    if closed:
        return Status.FAIL, f"{closed[0].path} is {closed[0].mode} {closed[0].owner}: not for us"
    return Status.PASS, f"{_number(len(nodes), 'node')}, open to this user"


def _nvml(snapshot: Snapshot) -> Seen:
    nvml = snapshot.nvml
    if isinstance(nvml.init, Known) and nvml.init.value.code == 0:
        version = known(nvml.driver_version)
        lost = [gpu for gpu in known(nvml.gpus) or () if gpu.handle.code]
        count = _number(len(known(nvml.gpus) or ()), "GPU")
        told = f"driver {version or 'of unknown version'}, {count}"
        return Status.PASS, told + (f", {len(lost)} of them silent" if lost else "")
    return _called(nvml.init, "nvmlInit", nvml_words)


def _libcuda(snapshot: Snapshot) -> Seen:
    libcuda = snapshot.libcuda
    if isinstance(libcuda.init, Known) and libcuda.init.value.code == 0:
        devices = known(libcuda.devices)
        api = known(libcuda.cuda_driver_api)
        count = "devices unknown" if devices is None else _number(len(devices), "device")
        status = Status.FAIL if devices == () else Status.PASS
        return status, f"cuInit succeeded, {count}, CUDA driver API {api or 'unknown'}"
    return _called(libcuda.init, "cuInit", cuda_words)


def _called(init: Fact[CallResult], call: str, words: Callable[[CallResult], str]) -> Seen:
    if isinstance(init, Known):
        return Status.FAIL, f"{call} returned {words(init.value)}"
    if init == ASLEEP:
        return Status.SKIPPED, ASLEEP.reason
    return (Status.FAIL if isinstance(init, Absent) else Status.UNDETERMINED), (
        init.source if isinstance(init, Absent) else init.reason
    )


def _build(_: EnvironmentFacts, framework: FrameworkFacts) -> Seen:
    variant = known(framework.variant)
    if variant is None:
        return Status.UNDETERMINED, _gap(framework.variant)
    version = known(framework.version) or "of unknown version"
    if variant != "cuda":
        return Status.FAIL, f"{version}, a {variant.upper()} build: it can't use an NVIDIA GPU"
    targets = " ".join(str(each) for each in known(framework.targets) or ()) or "unknown targets"
    return Status.PASS, f"{version}, built for CUDA {known(framework.built_for_cuda)}: {targets}"


def _runtime(_: EnvironmentFacts, framework: FrameworkFacts) -> Seen:
    runtime = framework.runtime
    if isinstance(runtime, Known):
        if runtime.value.code == 0:
            version = known(framework.runtime_version)
            return Status.PASS, f"CUDA runtime {version or ''} sees GPUs"
        return Status.FAIL, f"its CUDA runtime answers {cuda_words(runtime.value)}"
    if sees_gpu(framework):
        return Status.PASS, "works: the framework sees the GPU"
    return Status.SKIPPED, _gap(runtime)


def _cudnn(environment: EnvironmentFacts, framework: FrameworkFacts) -> Seen:
    libraries = [each.soname for each in known(environment.libraries) or ()]
    found = sorted({name for name in libraries if name.startswith("libcudnn.so")})
    wanted = known(framework.cudnn)
    if known(framework.variant) != "cuda" or wanted is None:
        return Status.SKIPPED, "not asked for by this build"
    if found:
        return Status.PASS, f"built for {wanted}; {', '.join(found)} found"
    if sees_gpu(framework):
        return Status.PASS, f"built for {wanted}, and the framework works"
    return Status.SKIPPED, f"built for {wanted}; no libcudnn found"


def sees_gpu(framework: FrameworkFacts) -> bool | None:
    """Whether the imported framework sees a GPU; None where it could not be asked."""
    imported = known(framework.imported)
    return known(imported.sees_gpu) if imported else None


def _sees(_: EnvironmentFacts, framework: FrameworkFacts) -> Seen:
    imported = known(framework.imported)
    if imported is None:
        return Status.SKIPPED, _gap(framework.imported)
    if (sees := known(imported.sees_gpu)) is not None:
        count = known(imported.device_count) or 0
        if sees:
            return Status.PASS, f"yes, {_number(count, 'device')}"
        said = known(imported.device_error)
        return Status.FAIL, "no" + (f": {said}" if said else "")
    for raised in (imported.error, imported.device_error):
        if isinstance(raised, Known):
            return Status.FAIL, raised.value
    if imported.end.how in ("crashed", "exited-early"):
        return Status.FAIL, f"the import ended the process: {imported.end.detail}"
    return Status.UNDETERMINED, _ended(imported)


def _ended(imported: ImportFacts) -> str:
    return f"the import was not finished ({imported.end.how}: {imported.end.detail})"


def _computes(_: EnvironmentFacts, framework: FrameworkFacts) -> Seen:
    imported = known(framework.imported)
    if imported is None or not known(imported.sees_gpu):
        return Status.SKIPPED, "no GPU to compute on" if imported else _gap(framework.imported)
    detail = known(imported.compute_detail) or ""
    computes = known(imported.computes)
    if computes is None:
        # A busy card is no fault; a kernel that never came back is not known to be one.
        status = Status.SKIPPED if imported.end.is_done else Status.UNDETERMINED
        return status, _gap(imported.computes)
    return (Status.PASS if computes else Status.FAIL), detail


_MACHINE: dict[Rung, Callable[[Snapshot], Seen]] = {
    Rung.KERNEL_MODULE: _kernel_module,
    Rung.DEVICE_NODES: _nodes,
    Rung.NVML: _nvml,
    Rung.LIBCUDA: _libcuda,
}
_FRAMEWORK: dict[Rung, Callable[[EnvironmentFacts, FrameworkFacts], Seen]] = {
    Rung.FRAMEWORK_BUILD: _build,
    Rung.CUDA_RUNTIME: _runtime,
    Rung.CUDNN: _cudnn,
    Rung.FRAMEWORK_SEES_GPU: _sees,
    Rung.COMPUTES: _computes,
}
