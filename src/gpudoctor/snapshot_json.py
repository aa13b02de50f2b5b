"""The snapshot as plain values for the JSON report, and where each of them came from."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from gpudoctor.facts import (
    NOT_LOOKED,
    Absent,
    EnvironmentFacts,
    Fact,
    FrameworkFacts,
    ImportFacts,
    Known,
    Snapshot,
    Unknown,
    known,
)
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion, GpuTarget

T = TypeVar("T")

_VERSIONS = (DriverVersion, CudaVersion, ComputeCapability, GpuTarget)
# Fields of FrameworkFacts that the contract names before the additions, or names otherwise.
_PLACED = ("name", "version", "built_for_cuda", "cudnn", "targets")


def encode_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """Build the `snapshot` object of the JSON report, with ``provenance`` as its last key."""
    provenance: dict[str, dict[str, str | None]] = {}
    encoded: dict[str, Any] = _encode(_arranged(snapshot), "", provenance)
    for name in ("gpus", "toolkits", "cudnn"):  # lists even where unknown: readers iterate
        encoded[name] = encoded[name] or []
    encoded["provenance"] = provenance
    return encoded


def _arranged(snapshot: Snapshot) -> dict[str, Any]:
    """Put the facts, still facts, under the contract's names and in its order."""
    driver, nvml, libcuda = snapshot.driver, snapshot.nvml, snapshot.libcuda
    api = _best(libcuda.cuda_driver_api, nvml.cuda_driver_api)
    return {
        "platform": _members(
            snapshot.platform, "os", "distribution", "kernel", "wsl", "container", "cpu_arch"
        ),
        "driver": {
            "version": nvml.driver_version,
            "cuda_driver_api": api,
            "kernel_module": driver.kernel_module_version,
            "libcuda": _version_on_disk(snapshot, "libcuda.so.1"),
            **_members(driver, "flavour", without=("kernel_module_version",)),
        },
        "gpus": _gpus(snapshot),
        "toolkits": snapshot.build.toolkits,
        "cudnn": NOT_LOOKED,
        "environments": [_environment(each) for each in snapshot.environments],
        "symptoms": [_members(each, "id", "text", "line", "subject") for each in snapshot.symptoms],
        "nvml": {
            **_members(nvml, "init", without=("gpus",)),
            "gpu_count": _count(nvml.gpus),
        },
        "libcuda": libcuda,
        "build": _members(snapshot.build, without=("toolkits",)),
        "pci": snapshot.pci,
        "native_probes": snapshot.native_probes,
        "variables": snapshot.variables,
        "wanted": snapshot.wanted,
        "other_environments": snapshot.other_environments,
        "fabric": {
            "hardware": snapshot.fabric_hardware,
            "services": snapshot.fabric_services,
        },
        "shared_memory": snapshot.shared_memory,
    }


def _gpus(snapshot: Snapshot) -> Fact[tuple[dict[str, Any], ...]]:
    """NVML's GPUs; where it gave none, those that libcuda enumerates."""
    order = ("name", "uuid", "compute_capability", "memory_total_bytes", "memory_used_bytes")
    of_nvml, of_cuda = snapshot.nvml.gpus, snapshot.libcuda.devices
    if snapshot.named_gpus and not known(of_nvml) and not known(of_cuda):
        of_cuda = Known(snapshot.named_gpus, "the text")
    if isinstance(of_cuda, Known) and not (isinstance(of_nvml, Known) and of_nvml.value):
        without = dict.fromkeys(("memory_total_bytes", "memory_used_bytes"), NOT_LOOKED)
        gpus = tuple(
            {
                "index": each.cuda_ordinal,
                **_members(each, *order[:3], without=("cuda_ordinal",)),
                **without,
            }
            for each in of_cuda.value
        )
        return Known(gpus, of_cuda.source)
    if not isinstance(of_nvml, Known):
        return of_nvml
    gpus = tuple(
        {"index": each.nvml_index, **_members(each, *order, without=("nvml_index",))}
        for each in of_nvml.value
    )
    return Known(gpus, of_nvml.source)


def _environment(environment: EnvironmentFacts) -> dict[str, Any]:
    return {
        "python": _members(environment.python, "version", "executable", "kind"),
        "frameworks": {each.name: _framework(each) for each in environment.frameworks},
        **_members(environment, "packages", without=("python", "frameworks")),
    }


def _framework(framework: FrameworkFacts) -> dict[str, Any]:
    imported = framework.imported
    error: Fact[str] = _then(imported, _error)
    sees_gpu: Fact[bool] = _then(imported, lambda facts: facts.sees_gpu)
    return {
        "version": framework.version,
        "built_for_cuda": framework.built_for_cuda,
        "cudnn": framework.cudnn,
        "arch_list": framework.targets,
        "sees_gpu": sees_gpu,
        "error": error,
        **_members(framework, "variant", without=_PLACED),
    }


def _error(imported: ImportFacts) -> Fact[str]:
    """Return what the import raised; else what the framework said when asked for GPUs."""
    return _best(imported.error, imported.device_error)


def _version_on_disk(snapshot: Snapshot, soname: str) -> Fact[DriverVersion]:
    """Return the version of the copy of a driver library that the loader would take."""
    libraries = snapshot.driver.libraries
    if not isinstance(libraries, Known):
        return libraries
    winner = snapshot.driver.winner(soname)
    return Absent(libraries.source) if winner is None else winner.version


def _best(first: Fact[T], second: Fact[T]) -> Fact[T]:
    """Choose the fact that is known, else the one that was looked at, else the first."""
    for each in (first, second):
        if isinstance(each, Known):
            return each
    return second if first == NOT_LOOKED else first


def _then(fact: Fact[T], step: Callable[[T], Fact[Any]]) -> Fact[Any]:
    """Step into a known fact; the absence or ignorance of the outer one is the inner one's."""
    return step(fact.value) if isinstance(fact, Known) else fact


def _count(fact: Fact[tuple[Any, ...]]) -> Fact[int]:
    return Known(len(fact.value), fact.source) if isinstance(fact, Known) else fact


def _members(record: Any, *first: str, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a record's fields, those named first in that order, the others as declared."""
    rest = [each.name for each in fields(record) if each.name not in (*first, *without)]
    return {name: getattr(record, name) for name in (*first, *rest)}


def _encode(value: Any, pointer: str, provenance: dict[str, dict[str, str | None]]) -> Any:
    """Return a plain value and enter each fact into `provenance` by its JSON Pointer."""
    if isinstance(value, (Known, Absent, Unknown)):
        provenance[pointer] = {
            "state": type(value).__name__.lower(),
            "source": None if isinstance(value, Unknown) else value.source,
            "reason": value.reason if isinstance(value, Unknown) else None,
        }
        return _encode(value.value, pointer, provenance) if isinstance(value, Known) else None
    if isinstance(value, _VERSIONS):
        return str(value)
    if is_dataclass(value):
        value = _members(value)
    if isinstance(value, Mapping):
        return {
            str(key): _encode(item, f"{pointer}/{_token(str(key))}", provenance)
            for key, item in value.items()
        }
    if isinstance(value, (tuple, list)):
        return [_encode(item, f"{pointer}/{place}", provenance) for place, item in enumerate(value)]
    return value


def _token(key: str) -> str:
    """Write a key as a reference token of a JSON Pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
