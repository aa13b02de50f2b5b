"""Probe frameworks at work: the CUDA runtime that they bring, and real imports, each in a child."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gpudoctor.facts import (
    Absent,
    CallResult,
    Fact,
    FrameworkFacts,
    ImportFacts,
    Known,
    NvmlGpu,
    SharedLibrary,
    Snapshot,
    Unknown,
    known,
)
from gpudoctor.host import ChildResult, Host, Job
from gpudoctor.probes.interpreter import ASK, Interpreter, child_environ
from gpudoctor.versions import ComputeCapability, CudaVersion

_BUSY_SHARE = 0.25  # of a card's memory: someone works there, though no process is shown
_PRINTED_LINES = 400

HasMachineCode = Callable[[FrameworkFacts, ComputeCapability], bool]


def runtime_library(
    host: Host, framework: FrameworkFacts, libraries: tuple[SharedLibrary, ...]
) -> str | None:
    """The libcudart that torch would load: its wheels' own, else the first the loader finds."""
    built_for, location = known(framework.built_for_cuda), known(framework.location)
    if framework.name != "torch" or built_for is None or location is None:
        return None
    for name in host.names_in(f"{location}/lib"):  # wheels before 2.1 carry libcudart-<hash>.so
        if name.startswith("libcudart-"):
            return f"{location}/lib/{name}"
    for each in libraries:
        if each.soname.startswith(f"libcudart.so.{built_for.major}"):
            return each.path
    return None


def runtime_job(host: Host, interpreter: Interpreter, library: str, timeout_s: float) -> Job:
    """The child that calls a libcudart through ctypes: torch's verdict without torch."""
    argv = (interpreter.command, ASK, "cudart", host.outside(library))
    return Job("CUDA runtime", argv, child_environ(host), timeout_s)


def with_runtime(framework: FrameworkFacts, library: str, result: ChildResult) -> FrameworkFacts:
    """The framework with what its CUDA runtime answered."""
    try:
        return _with_runtime(framework, library, result)
    except _MALFORMED:
        gap = Unknown(f"{library} answered in a form that is none of ours")
        return replace(framework, runtime_version=gap, runtime=gap)


def _with_runtime(framework: FrameworkFacts, library: str, result: ChildResult) -> FrameworkFacts:
    runtime, count = result.stages.get("runtime"), result.stages.get("count")
    silence = Unknown(f"{library}: {result.end.how}, {result.end.detail}")
    version: Fact[CudaVersion] = silence
    if runtime and runtime["code"] == 0:
        version = Known(CudaVersion.from_number(runtime["number"]), library)
    verdict: Fact[CallResult] = silence
    if count:
        verdict = Known(
            CallResult(count["code"], count["name"]), f"cudaGetDeviceCount of {library}"
        )
    return replace(framework, runtime_version=version, runtime=verdict)


def import_job(
    host: Host,
    interpreter: Interpreter,
    framework: str,
    timeout_s: float,
    grant: Callable[[dict[str, Any]], dict[str, Any] | None],
) -> Job:
    """The child that imports a framework and asks it for GPUs."""
    argv = (interpreter.command, ASK, framework)
    return Job(f"import {framework}", argv, child_environ(host), timeout_s, grant)


_MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def import_facts(result: ChildResult) -> ImportFacts:
    """What an import did; stages that were not reached are unknown, with how the child ended."""
    try:
        return _import_facts(result)
    except _MALFORMED:  # what is imported may write anything in our child's name
        gap = Unknown("the import answered in a form that is none of ours")
        printed = result.printed[:_PRINTED_LINES]
        return ImportFacts(result.end, gap, printed, gap, gap, gap, gap, gap)


def _import_facts(result: ChildResult) -> ImportFacts:
    silence = Unknown(
        f"the import ended before this answer ({result.end.how}, {result.end.detail})"
    )
    printed = result.printed[:_PRINTED_LINES]
    imported, devices = result.stages.get("import"), result.stages.get("devices")
    if imported is None:
        return ImportFacts(
            result.end, silence, printed, silence, silence, silence, silence, silence
        )
    if imported["error"]:
        error = Known(str(imported["error"]), "import")
        gap = Unknown("the import failed")
        return ImportFacts(result.end, error, printed, gap, gap, gap, gap, gap)
    fine = Absent("import")
    if devices is None:
        return ImportFacts(result.end, fine, printed, silence, silence, silence, silence, silence)
    if "error" in devices:
        gap = Unknown(f"asked for its devices it raised {devices['error']}")
        raised = Known(str(devices["error"]), "device query")
        return ImportFacts(result.end, fine, printed, gap, gap, raised, gap, gap)
    text = devices["error_text"]
    computes, detail = _computed(result, silence)
    return ImportFacts(
        end=result.end,
        error=fine,
        printed=printed,
        sees_gpu=Known(bool(devices["sees_gpu"]), "the framework, imported"),
        device_count=Known(int(devices["count"]), "the framework, imported"),
        device_error=Known(str(text), "the framework, imported") if text else Absent("no message"),
        computes=computes,
        compute_detail=detail,
    )


def _computed(result: ChildResult, silence: Unknown) -> tuple[Fact[bool], Fact[str]]:
    turn, compute = result.stages.get("turn"), result.stages.get("compute")
    if turn is None:
        reason = Absent("the framework sees no GPU") if result.end.is_done else silence
        return reason, reason
    if not turn["devices"]:
        held = Unknown(str(turn["reason"]))
        return held, held
    if compute is None:
        return silence, silence
    source = "matmul and convolution against the CPU"
    if compute["error"]:
        return Known(False, source), Known(str(compute["error"]), source)
    if compute["wrong"]:
        return Known(False, source), Known("; ".join(compute["wrong"]), source)
    count = len(turn["devices"])
    left_out = f"; {turn['reason']}" if turn["reason"] else ""
    return Known(True, source), Known(f"right on {count} GPU{'s' * (count > 1)}{left_out}", source)


def devices_of(stages: Mapping[str, Any]) -> int:
    """How many devices a framework named before it asked for its turn."""
    count = (stages.get("devices") or {}).get("count")
    return count if isinstance(count, int) else 0


def grant_turn(
    snapshot: Snapshot, framework: FrameworkFacts, count: int, has_machine_code: HasMachineCode
) -> dict[str, Any]:
    """Which of a framework's devices may be computed on, and why the others may not."""
    devices = known(snapshot.libcuda.devices)
    gpus = known(snapshot.nvml.gpus)
    if gpus is None:
        return _turn([], "NVML does not say whether the GPUs are busy, so no kernel was launched")
    allowed, reasons = [], []
    for ordinal in range(count):
        uuid = known(devices[ordinal].uuid) if devices and ordinal < len(devices) else None
        matching = [gpu for gpu in gpus if uuid and known(gpu.uuid) == uuid]
        # A device that NVML lists under another name (MIG) may be a part of any card.
        why = next(filter(None, (_closed(gpu) for gpu in matching or gpus)), None)
        if why is None and devices and ordinal < len(devices):
            capability = known(devices[ordinal].compute_capability)
            if capability and not has_machine_code(framework, capability):
                why = f"would first compile its code for compute capability {capability}"
        if why is None:
            allowed.append(ordinal)
        else:
            reasons.append(f"not on GPU {ordinal}: it {why}")
    return _turn(allowed, "; ".join(reasons))


def _turn(devices: list[int], reason: str) -> dict[str, Any]:
    return {"devices": devices, "reason": reason}


def _closed(gpu: NvmlGpu) -> str | None:
    """Why no kernel may be launched on a GPU, or None."""
    if gpu.handle.code:
        return f"does not answer ({gpu.handle.name})"
    mode = known(gpu.compute_mode)
    if mode not in (None, "default"):
        return f"is in compute mode {mode}"
    processes = known(gpu.processes)
    if processes:
        return f"is busy: {len(processes)} process{'es' * (len(processes) > 1)} on it"
    used, total = known(gpu.memory_used_bytes), known(gpu.memory_total_bytes)
    if used is not None and total and used > _BUSY_SHARE * total:
        return f"is busy: {used >> 20} of {total >> 20} MiB in use"
    return None
