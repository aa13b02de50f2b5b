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
        handles = {}
        for index in range(count):
            answers, handles[index] = _gpu(pynvml, index)
            say("gpu-%d" % index, **answers)
        # Said apart, and of every GPU in turn: a crash in a newer call costs nothing older.
        for stage, ask in (("more", _more), ("health", _health), ("newer", _newer)):
            for index, handle in handles.items():
                if handle is not None:
                    say("gpu-%d-%s" % (index, stage), **ask(pynvml, handle))
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
        "mig": _answer(pynvml.nvmlDeviceGetMigMode, handle),
        "fabric": _answer(lambda: _fabric(pynvml, handle)),
        "virtualization": _answer(lambda: pynvml.nvmlDeviceGetVirtualizationMode(handle)),
        "driver_model": _answer(lambda: pynvml.nvmlDeviceGetCurrentDriverModel(handle)),
    }


def _health(pynvml, handle):
    """What every driver that this binding can load has: Kepler's among them."""
    uncorrected = pynvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED
    return {
        "ecc": _answer(pynvml.nvmlDeviceGetEccMode, handle),
        "ecc_volatile": _answer(
            pynvml.nvmlDeviceGetTotalEccErrors, handle, uncorrected, pynvml.NVML_VOLATILE_ECC
        ),
        "ecc_aggregate": _answer(
            pynvml.nvmlDeviceGetTotalEccErrors, handle, uncorrected, pynvml.NVML_AGGREGATE_ECC
        ),
        "retired": _answer(lambda: _retired_pages(pynvml, handle)),
        "retired_pending": _answer(pynvml.nvmlDeviceGetRetiredPagesPendingStatus, handle),
        "pcie_generation": _answer(pynvml.nvmlDeviceGetCurrPcieLinkGeneration, handle),
        "pcie_width": _answer(pynvml.nvmlDeviceGetCurrPcieLinkWidth, handle),
        "pcie_max_generation": _answer(pynvml.nvmlDeviceGetMaxPcieLinkGeneration, handle),
        "pcie_max_width": _answer(pynvml.nvmlDeviceGetMaxPcieLinkWidth, handle),
        "utilization": _answer(lambda: pynvml.nvmlDeviceGetUtilizationRates(handle).gpu),
        "performance_state": _answer(pynvml.nvmlDeviceGetPerformanceState, handle),
        "persistence": _answer(pynvml.nvmlDeviceGetPersistenceMode, handle),
        "temperature": _answer(
            pynvml.nvmlDeviceGetTemperature, handle, pynvml.NVML_TEMPERATURE_GPU
        ),
        "power": _answer(pynvml.nvmlDeviceGetPowerUsage, handle),
        "power_limit": _answer(pynvml.nvmlDeviceGetEnforcedPowerLimit, handle),
    }


def _newer(pynvml, handle):
    return {
        "throttle": _answer(lambda: _throttle_reasons(pynvml, handle)),
        "remapped": _answer(lambda: pynvml.nvmlDeviceGetRemappedRows(handle)),
        "pcie_card_max_generation": _answer(
            lambda: pynvml.nvmlDeviceGetGpuMaxPcieLinkGeneration(handle)
        ),
        "mig_instances": _answer(lambda: _mig_instances(pynvml, handle)),
        "nvlinks": _answer(lambda: _nvlinks(pynvml, handle)),
    }


def _retired_pages(pynvml, handle):
    causes = (
        pynvml.NVML_PAGE_RETIREMENT_CAUSE_MULTIPLE_SINGLE_BIT_ECC_ERRORS,
        pynvml.NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR,
    )
    return sum(len(pynvml.nvmlDeviceGetRetiredPages(handle, cause)) for cause in causes)


def _nvlinks(pynvml, handle):
    """How many links the GPU has, and how many of them are up."""
    states = []
    for link in range(pynvml.NVML_NVLINK_MAX_LINKS):
        try:
            states.append(pynvml.nvmlDeviceGetNvLinkState(handle, link))
        except pynvml.NVMLError:
            if link == 0:  # it has none
                raise
            break
    return [len(states), sum(map(bool, states))]


def _throttle_reasons(pynvml, handle):
    try:
        return pynvml.nvmlDeviceGetCurrentClocksEventReasons(handle)
    except Exception:  # drivers before 535 know it by its older name only
        return pynvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle)


def _mig_instances(pynvml, handle):
    if not pynvml.nvmlDeviceGetMigMode(handle)[0]:
        return None
    found = []
    for index in range(pynvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
        try:
            instance = pynvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, index)
        except pynvml.NVMLError as error:
            if error.value != pynvml.NVML_ERROR_NOT_FOUND:
                raise
            continue  # numbers may have gaps
        found.append(
            {
                "uuid": _answer(pynvml.nvmlDeviceGetUUID, instance),
                "gpu_instance": _answer(pynvml.nvmlDeviceGetGpuInstanceId, instance),
                "compute_instance": _answer(pynvml.nvmlDeviceGetComputeInstanceId, instance),
            }
        )
    return found


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
