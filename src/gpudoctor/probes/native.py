"""Probe NVML and libcuda, each in a child of gpudoctor's own interpreter, into facts."""

import os
from collections.abc import Mapping
from typing import Any

from gpudoctor.facts import (
    NOT_LOOKED,
    Absent,
    CallResult,
    CudaDevice,
    Fact,
    GpuProcess,
    Known,
    LibcudaFacts,
    NvmlFacts,
    NvmlGpu,
    Unknown,
)
from gpudoctor.host import ChildResult, Host, Job
from gpudoctor.probes.gpu_health import health_facts
from gpudoctor.probes.nvml_answers import fact_of
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion

_SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "host", "native")
_LIBRARY_NOT_FOUND = 12  # NVML_ERROR_LIBRARY_NOT_FOUND
# nvml.h: nvmlComputeMode_t and NVML_GPU_FABRIC_STATE_*
_COMPUTE_MODES = {0: "default", 1: "exclusive-thread", 2: "prohibited", 3: "exclusive-process"}
_FABRIC_STATES = {0: "not-supported", 1: "not-started", 2: "in-progress", 3: "completed"}

# nvml.h: nvmlGpuVirtualizationMode_t, and nvmlDriverModel_t, whose WDM is what all call TCC
_VIRTUALIZATION = {0: "none", 1: "passthrough", 2: "vgpu", 3: "host-vgpu", 4: "host-vsga"}
_DRIVER_MODELS = {0: "wddm", 1: "tcc", 2: "mcdm"}
_CONTROL_NODE = "/dev/nvidiactl"


def nvml_job(host: Host, timeout_s: float) -> Job:
    """The child that asks NVML through nvidia-ml-py."""
    script = os.path.join(_SCRIPTS, "nvml.py")
    asked = (script, host.own_module_path(), host.outside(_CONTROL_NODE))
    argv = (host.own_interpreter(), "-I", "-S", "-B", *asked)
    return Job("NVML", argv, host.environ, timeout_s)


def libcuda_job(host: Host, timeout_s: float, *, unmasked: bool = False) -> Job:
    """The child that asks libcuda; unmasked: without CUDA_VISIBLE_DEVICES."""
    script = os.path.join(_SCRIPTS, "libcuda.py")
    environ = dict(host.environ)
    if unmasked:
        environ.pop("CUDA_VISIBLE_DEVICES", None)
    argv = (host.own_interpreter(), "-I", "-S", "-B", script)
    return Job("libcuda", argv, environ, timeout_s)


def nvml_facts(host: Host, result: ChildResult) -> NvmlFacts:
    """NVML's answers; what the child did not get to say is unknown, with how it ended."""
    stages = result.stages
    silence = Unknown(f"NVML: the probe ended before this answer ({_ended(result)})")
    binding = stages.get("binding")
    if binding and binding["error"]:
        gap = Unknown(f"nvidia-ml-py can't be imported: {binding['error']}")
        return NvmlFacts(*[gap] * 7)
    init = stages.get("init")
    if init is None:
        return NvmlFacts(*[silence] * 7)
    if init["code"] == _LIBRARY_NOT_FOUND:
        gone = Absent("the loader finds no libnvidia-ml.so.1")
        return NvmlFacts(*[gone] * 7)
    call = Known(CallResult(init["code"], init["name"]), "nvmlInit")
    path = (stages.get("library") or {}).get("path")
    system = stages.get("system") or {}
    gap = silence if init["code"] == 0 else Unknown(f"nvmlInit returned {init['name']}")
    return NvmlFacts(
        init=call,
        driver_version=fact_of(system, "driver_version", DriverVersion.parse, gap),
        library_version=fact_of(system, "nvml_version", str, gap),
        library_path=Known(host.inside(path), "/proc/self/maps") if path else silence,
        cuda_driver_api=fact_of(system, "cuda_driver_version", CudaVersion.from_number, gap),
        gpus=_gpus(stages, gap),
        control_node=_control_node(stages, call.value, silence),
    )


def _control_node(
    stages: Mapping[str, Mapping[str, Any]], init: CallResult, silence: Unknown
) -> Fact[str]:
    if init.code == 0:
        return Unknown("not asked: NVML could start")
    answer = stages.get("control-node")
    if answer is None:
        return silence
    if answer["opening"] is None:
        return Absent(f"{_CONTROL_NODE} does not exist")
    return Known(answer["opening"], f"open of {_CONTROL_NODE}")


def _ended(result: ChildResult) -> str:
    last = next((line.strip() for line in reversed(result.printed) if line.strip()), "")
    return f"{result.end.how}, {result.end.detail}" + (f"; it printed {last!r}" if last else "")


def _gpus(stages: Mapping[str, Mapping[str, Any]], gap: Unknown) -> Fact[tuple[NvmlGpu, ...]]:
    count = stages.get("count")
    if count is None:
        return gap
    if count["code"]:
        return gap if count["code"] == 1 else Unknown(f"nvmlDeviceGetCount: code {count['code']}")
    found = [_gpu(stages, index, gap) for index in range(count["count"])]
    return Known(tuple(found), "NVML")


def _gpu(stages: Mapping[str, Mapping[str, Any]], index: int, gap: Unknown) -> NvmlGpu:
    answers, more = stages.get(f"gpu-{index}"), stages.get(f"gpu-{index}-more") or {}
    if answers is None:
        return NvmlGpu(index, CallResult(-1, gap.reason))
    handle = CallResult(answers["code"], answers["name"])
    if answers["code"]:
        return NvmlGpu(index, handle)
    silence = Unknown("NVML gave no answer")
    return NvmlGpu(
        nvml_index=index,
        handle=handle,
        name=fact_of(answers, "product", str, silence),
        uuid=fact_of(answers, "uuid", str, silence),
        pci_address=fact_of(answers, "pci", _pci_address, silence),
        compute_capability=fact_of(answers, "capability", ComputeCapability.parse, silence),
        memory_total_bytes=fact_of(answers, "memory", lambda each: int(each["total"]), silence),
        memory_used_bytes=fact_of(answers, "memory", lambda each: int(each["used"]), silence),
        processes=fact_of(answers, "processes", _processes, silence),
        compute_mode=fact_of(answers, "compute_mode", _COMPUTE_MODES.__getitem__, silence),
        mig_mode=fact_of(more, "mig", lambda each: bool(each[0]), silence),
        fabric_state=fact_of(more, "fabric", lambda each: _FABRIC_STATES[each["state"]], silence),
        fabric_status=fact_of(more, "fabric", lambda each: int(each["status"]), silence),
        mig_mode_pending=fact_of(more, "mig", lambda each: bool(each[1]), silence),
        virtualization=fact_of(more, "virtualization", _VIRTUALIZATION.__getitem__, silence),
        driver_model=fact_of(more, "driver_model", _DRIVER_MODELS.__getitem__, silence),
        **health_facts(stages, index, silence),
    )


def _pci_address(text: str) -> str:
    """NVML's ``00000000:65:00.0`` in the kernel's form ``0000:65:00.0``."""
    domain, _, rest = text.partition(":")
    return f"{domain[-4:]}:{rest}".lower()


def _processes(found: list[dict[str, Any]]) -> tuple[GpuProcess, ...]:
    return tuple(
        GpuProcess(
            int(each["pid"]),
            Known(int(each["bytes"]), "NVML")
            if each["bytes"] is not None
            else Absent("NVML does not say"),
        )
        for each in found
    )


def libcuda_facts(host: Host, result: ChildResult) -> LibcudaFacts:
    """libcuda's answers; a hang or crash in cuInit leaves what was said before it."""
    stages = result.stages
    silence = Unknown(f"libcuda: the probe ended before this answer ({_ended(result)})")
    load = stages.get("load")
    if load is None:
        return LibcudaFacts(silence, silence, silence, silence)
    if "error" in load:
        gone = _not_loaded(load["error"])
        return LibcudaFacts(gone, gone, gone, gone)
    path = Known(host.inside(load["path"]), "/proc/self/maps")
    init = stages.get("init")
    if init is None:
        return LibcudaFacts(path, _api(stages.get("version"), silence), silence, silence)
    call = Known(CallResult(init["code"], init["name"]), "cuInit")
    gap = silence if init["code"] == 0 else Unknown(f"cuInit returned {init['name']}")
    return LibcudaFacts(
        path, _api(stages.get("version"), silence), call, _devices(stages.get("devices"), gap)
    )


def _not_loaded(error: str) -> Absent | Unknown:
    if "libcuda.so.1: cannot open shared object file: No such file" in error:
        return Absent("the loader finds no libcuda.so.1")
    return Unknown(f"libcuda.so.1 can't be loaded: {error}")


def _api(answer: Mapping[str, Any] | None, silence: Unknown) -> Fact[CudaVersion]:
    if answer is None:
        return silence
    try:
        return Known(CudaVersion.from_number(answer["number"]), "cuDriverGetVersion")
    except ValueError:
        return Unknown(f"cuDriverGetVersion returned code {answer['code']}")


def _devices(answer: Mapping[str, Any] | None, gap: Unknown) -> Fact[tuple[CudaDevice, ...]]:
    if answer is None or answer["code"]:
        return gap
    devices = []
    for ordinal, each in enumerate(answer["devices"]):
        capability: Fact[ComputeCapability] = Unknown("libcuda gave no answer")
        if each["capability"]:
            capability = Known(ComputeCapability.parse(each["capability"]), "libcuda")
        devices.append(CudaDevice(ordinal, _said(each["name"]), _said(each["uuid"]), capability))
    return Known(tuple(devices), "libcuda")


def _said(value: str | None) -> Fact[str]:
    return NOT_LOOKED if value is None else Known(value, "libcuda")


def unmasked_count(result: ChildResult) -> Fact[int]:
    """How many devices libcuda shows without CUDA_VISIBLE_DEVICES."""
    init, devices = result.stages.get("init"), result.stages.get("devices")
    if init is None:
        return Unknown(f"libcuda without CUDA_VISIBLE_DEVICES: {_ended(result)}")
    if devices and devices["code"] == 0:
        return Known(len(devices["devices"]), "libcuda without CUDA_VISIBLE_DEVICES")
    if init["code"] == 100:  # CUDA_ERROR_NO_DEVICE
        return Known(0, "libcuda without CUDA_VISIBLE_DEVICES")
    return Unknown(f"libcuda without CUDA_VISIBLE_DEVICES: cuInit returned {init['name']}")
