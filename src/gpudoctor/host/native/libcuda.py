"""Asks libcuda alone, without any framework; run in a child: ``libcuda.py FD``."""

import ctypes
import json
import os
import sys

_CAPABILITY_MAJOR = 75
_CAPABILITY_MINOR = 76


def main():
    descriptor = int(sys.argv[1].split(",")[0])

    def say(stage, **answer):
        os.write(descriptor, json.dumps(dict(answer, stage=stage)).encode() + b"\n")

    say("started")
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        say("load", error=str(error))
        say("done")
        return
    say("load", path=_loaded_path())
    number = ctypes.c_int(0)
    code = cuda.cuDriverGetVersion(ctypes.byref(number))
    say("version", code=code, number=number.value)
    say("calling")
    code = cuda.cuInit(0)
    say("init", code=code, name=_error_name(cuda, code))
    if code == 0:
        say("devices", **_devices(cuda))
    say("done")


def _loaded_path():
    try:
        with open("/proc/self/maps") as maps:
            for line in maps:
                if "libcuda.so" in line:
                    return line.split(None, 5)[5].strip()
    except OSError:
        pass
    return "libcuda.so.1"


def _error_name(cuda, code):
    name = ctypes.c_char_p()
    try:
        cuda.cuGetErrorName(code, ctypes.byref(name))
    except AttributeError:
        pass
    return (name.value or b"CUDA error %d" % code).decode("ascii", "replace")


def _devices(cuda):
    count = ctypes.c_int(0)
    code = cuda.cuDeviceGetCount(ctypes.byref(count))
    if code:
        return {"code": code, "devices": []}
    return {"code": 0, "devices": [_device(cuda, ordinal) for ordinal in range(count.value)]}


def _device(cuda, ordinal):
    device = ctypes.c_int(0)
    if cuda.cuDeviceGet(ctypes.byref(device), ordinal):
        return {"name": None, "uuid": None, "capability": None}
    name = ctypes.create_string_buffer(256)
    named = cuda.cuDeviceGetName(name, 256, device) == 0
    return {
        "name": name.value.decode("utf-8", "replace") if named else None,
        "uuid": _uuid(cuda, device),
        "capability": _capability(cuda, device),
    }


def _uuid(cuda, device):
    raw = (ctypes.c_ubyte * 16)()
    for symbol in ("cuDeviceGetUuid_v2", "cuDeviceGetUuid"):  # the first knows MIG
        if hasattr(cuda, symbol) and getattr(cuda, symbol)(raw, device) == 0:
            digits = bytes(raw).hex()
            parts = digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]
            return "GPU-" + "-".join(parts)
    return None


def _capability(cuda, device):
    found = []
    for attribute in (_CAPABILITY_MAJOR, _CAPABILITY_MINOR):
        value = ctypes.c_int(0)
        if cuda.cuDeviceGetAttribute(ctypes.byref(value), attribute, device):
            return None
        found.append(value.value)
    return "%d.%d" % tuple(found)


main()
os._exit(0)
