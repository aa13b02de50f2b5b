"""What a text tells of NVML, libcuda and the GPUs that they list."""

from typing import Any

from gpudoctor.facts import (
    NOT_LOOKED,
    Absent,
    CallResult,
    CudaDevice,
    Fact,
    Known,
    LibcudaFacts,
    NvmlFacts,
    NvmlGpu,
    known,
)
from gpudoctor.readers.notes import SILENT, Kind, Note, Notes, Trust
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion

_FINE = CallResult(0, "SUCCESS")


def nvml_facts(notes: Notes) -> NvmlFacts:
    """NVML's answers, as nvidia-smi and its kin print them."""
    # A text that shows a failure is about the failure, whatever worked before it.
    answers = list(notes.of(Kind.NVML))
    failed = [note for note in answers if note.value[0] != 0]
    init: Fact[CallResult] = SILENT
    for note in (*failed, *answers):
        init = Known(CallResult(*note.value), note.source)
        break
    return NvmlFacts(
        init=init,
        driver_version=_driver_version(notes),
        cuda_driver_api=notes.fact(Kind.DRIVER_CUDA, read=CudaVersion.parse),
        gpus=_gpus(notes),
    )


def _driver_version(notes: Notes) -> Fact[DriverVersion]:
    for kind in (Kind.DRIVER, Kind.KERNEL_MODULE):
        fact = notes.fact(kind, read=DriverVersion.parse)
        if isinstance(fact, Known):
            return fact
    return SILENT


def _gpus(notes: Notes) -> Fact[tuple[NvmlGpu, ...]]:
    """The GPUs by their numbers, where a program lists them."""
    listed: dict[str, dict[str, Any]] = {}
    sources: dict[str, Note] = {}
    for note in notes.of(Kind.GPU):
        if note.trust is Trust.PRINTED:
            _merge(listed.setdefault(note.about, {}), note.value)
            sources.setdefault(note.about, note)
    if "none" in listed:
        return Known((), sources["none"].source)
    if not listed:
        return SILENT
    gpus = tuple(_gpu(place, gpu, sources[key]) for place, (key, gpu) in enumerate(listed.items()))
    return Known(gpus, sources[next(iter(sources))].source)


def named_gpus(notes: Notes) -> tuple[CudaDevice, ...]:
    """The GPUs that people name, each once, the most trusted first."""
    found: list[CudaDevice] = []
    for note in sorted(notes.of(Kind.GPU), key=lambda each: -each.trust):
        name = note.value.get("name")
        if note.trust is Trust.PRINTED or not name:
            continue
        if all(_plain(name) not in _plain(known(each.name) or "") for each in found):
            known_name = Known(name, note.source)
            found.append(CudaDevice(len(found), known_name, NOT_LOOKED, SILENT))
    return tuple(found)


def _plain(name: str) -> str:
    return (
        name.lower().replace("nvidia", "").replace("geforce", "").replace(" ", "").replace("-", "")
    )


def _merge(gpu: dict[str, Any], more: dict[str, Any]) -> None:
    """Add what another line says; a whole name goes before one that the table cut off."""
    for key, value in more.items():
        if value is not None and (gpu.get(key) is None or (key == "name" and "..." in gpu[key])):
            gpu[key] = value


def _gpu(index: int, gpu: dict[str, Any], note: Note) -> NvmlGpu:
    def said(key: str) -> Fact[Any]:
        return Known(gpu[key], note.source) if gpu.get(key) is not None else SILENT

    handle = CallResult(*gpu["code"]) if "code" in gpu else _FINE
    return NvmlGpu(
        nvml_index=index,
        handle=handle,
        name=said("name"),
        uuid=said("uuid"),
        pci_address=Known(_address(gpu["bus"]), note.source) if gpu.get("bus") else SILENT,
        memory_total_bytes=said("total"),
        memory_used_bytes=said("used"),
        compute_mode=_mode(gpu.get("mode"), note),
    )


def _mode(text: str | None, note: Note) -> Fact[str]:
    names = {"Default": "default", "E. Process": "exclusive-process", "Prohibited": "prohibited"}
    return Known(names[text], note.source) if text in names else SILENT


def _address(text: str) -> str:
    domain, _, rest = text.partition(":")
    return f"{domain[-4:]}:{rest}".lower()


def libcuda_facts(notes: Notes) -> LibcudaFacts:
    """libcuda's answers, as frameworks print them."""
    init: Fact[CallResult] = SILENT
    if note := notes.best(Kind.LIBCUDA):
        init = Known(CallResult(*note.value), note.source)
    load: Fact[str] = SILENT
    if missing := notes.best(Kind.LIBCUDA_LOAD):
        # TensorFlow's 303 stands for a libcuda that the loader did not find.
        load = Absent(missing.source) if missing.value == "303" else SILENT
    return LibcudaFacts(
        load=load,
        cuda_driver_api=notes.fact(Kind.DRIVER_CUDA, read=CudaVersion.parse),
        init=init,
        devices=_devices(notes),
    )


def _devices(notes: Notes) -> Fact[tuple[CudaDevice, ...]]:
    found: dict[str, CudaDevice] = {}
    source = ""
    for note in notes.of(Kind.CUDA_DEVICE):
        capability: Fact[ComputeCapability] = SILENT
        if note.value["capability"]:
            capability = Known(ComputeCapability.parse(note.value["capability"]), note.source)
        name = note.value["name"]
        if name not in found or found[name].compute_capability == SILENT:
            device = CudaDevice(len(found), Known(name, note.source), NOT_LOOKED, capability)
            found[name] = device
        source = source or note.source
    return Known(tuple(found.values()), source) if found else SILENT
