"""Asks NVML everything, call by call; run alone in a child:
``nvml.py MODULE_PATH CONTROL_NODE FD``.

Each answer stands for itself: a value, or the NVML return code of the call that failed.
"""

import ctypes
import errno
import json
import os
import sys


def main():
    module_path, control_node, descriptor = sys.argv[1], sys.argv[2], int(sys.argv[3].split(",")[0])
    sys.path[:] = module_path.split(os.pathsep) + sys.path[1:]

    def say(stage, **answer):
        os.write(descriptor, json.dumps(dict(answer, stage=stage)).encode() + b"\n")

    say("started")
    try:
        import pynvml
    except ImportError as error:
        say("binding", error=str(error))
        say("done")
        return
    say("binding", error=None)
    init = _init(pynvml)
    say("init", **init)
    if init["code"]:
        say("control-node", opening=_opening(control_node))
    say("library", path=_loaded_path())
    say("system", **_system(pynvml))
    try:
        count = pynvml.nvmlDeviceGetCount()
    except pynvml.NVMLError as error:
        say("count", code=error.value)
    else:
        say("count", code=0, count=count)
        for index in range(count):
            answers, handle = _gpu(pynvml, index)
            say("gpu-%d" % index, **answers)
            if handle is not None:  # said apart: a crash in a newer call costs nothing older
                say("gpu-%d-more" % index, **_more(pynvml, handle))
    say("done")


def _init(pynvml):
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return {"code": error.value, "name": _name(pynvml, error.value)}
    return {"code": 0, "name": "NVML_SUCCESS"}


def _opening(control_node):
    """How the control node opens, which NVML has just tried; no board's own node is opened."""
    if not os.path.exists(control_node):
        return None
    try:
        os.close(os.open(control_node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return errno.errorcode.get(error.errno, "errno %s" % error.errno)
    return "opened"


def _name(pynvml, code):
    for name in dir(pynvml):
        if name.startswith("NVML_ERROR_") and getattr(pynvml, name) == code:
            return name
    return "NVML return code %s" % code


def _loaded_path():
    try:
        with open("/proc/self/maps") as maps:
            for line in maps:
                if "libnvidia-ml.so" in line:
                    return line.split(None, 5)[5].strip()
    except OSError:
        pass
    return None


def _answer(call, *arguments):
    """What a call returned, or how it failed: {"value": …} or {"code": …}."""
    try:
        value = call(*arguments)
    except Exception as error:
        # A binding newer than the driver's library meets missing symbols and odd structures.
        return {"code": getattr(error, "value", None), "text": str(error)}
    return {"value": value.decode("utf-8", "replace") if isinstance(value, bytes) else value}


def _system(pynvml):
    return {
        "driver_version": _answer(pynvml.nvmlSystemGetDriverVersion),
        "nvml_version": _answer(pynvml.nvmlSystemGetNVMLVersion),
        "cuda_driver_version": _answer(pynvml.nvmlSystemGetCudaDriverVersion_v2),
    }


def _gpu(pynvml, index):
    try:
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    except pynvml.NVMLError as error:
        return {"index": index, "code": error.value, "name": _name(pynvml, error.value)}, None
    answers = {
        "index": index,
        "code": 0,
        "name": "NVML_SUCCESS",
        "product": _answer(pynvml.nvmlDeviceGetName, handle),
        "uuid": _answer(pynvml.nvmlDeviceGetUUID, handle),
        "pci": _answer(lambda: _text(pynvml.nvmlDeviceGetPciInfo(handle).busId)),
        "capability": _answer(
            lambda: "%d.%d" % tuple(pynvml.nvmlDeviceGetCudaComputeCapability(handle))
        ),
        "memory": _answer(lambda: _memory(pynvml.nvmlDeviceGetMemoryInfo(handle))),
        "processes": _answer(lambda: _processes(pynvml, handle)),
        "compute_mode": _answer(pynvml.nvmlDeviceGetComputeMode, handle),
    }
    return answers, handle


def _more(pynvml, handle):
    return {
        "mig": _answer(lambda: pynvml.nvmlDeviceGetMigMode(handle)[0]),
        "fabric": _answer(lambda: _fabric(pynvml, handle)),
        "virtualization": _answer(lambda: pynvml.nvmlDeviceGetVirtualizationMode(handle)),
        "driver_model": _answer(lambda: pynvml.nvmlDeviceGetCurrentDriverModel(handle)),
    }


def _text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _memory(info):
    return {"total": info.total, "used": info.used}


def _processes(pynvml, handle):
    try:
        found = pynvml.nvmlDeviceGetComputeRunningProcesses(handle)
    except Exception:  # the binding's newest form is not in every driver that still serves
        found = pynvml.nvmlDeviceGetComputeRunningProcesses_v2(handle)
    return [{"pid": each.pid, "bytes": each.usedGpuMemory} for each in found]


def _fabric(pynvml, handle):
    info = pynvml.c_nvmlGpuFabricInfo_t()
    pynvml.nvmlDeviceGetGpuFabricInfo(handle, ctypes.byref(info))
    return {"state": info.state, "status": info.status}


main()
os._exit(0)
