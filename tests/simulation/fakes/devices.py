"""Asks libcuda for what a framework asks of it."""

import ctypes
from typing import NamedTuple

from . import libraries


class Device(NamedTuple):
    """A GPU as libcuda describes it."""

    name: str
    major: int
    minor: int
    total_memory: int
    multi_processor_count: int


def initialize() -> "tuple[int, str, str]":
    """What cuInit returns, with its name and its text."""
    driver = libraries.driver()
    code = int(driver.cuInit(0))
    return code, _word(driver.cuGetErrorName, code), _word(driver.cuGetErrorString, code)


def _word(ask: "ctypes._NamedFuncPointer", code: int) -> str:
    text = ctypes.c_char_p()
    ask(code, ctypes.byref(text))
    return (text.value or b"").decode()


def count() -> int:
    """How many devices an initialised libcuda shows."""
    number = ctypes.c_int()
    libraries.driver().cuDeviceGetCount(ctypes.byref(number))
    return number.value


def device(ordinal: int) -> Device:
    """A device of an initialised libcuda."""
    driver = libraries.driver()
    name = ctypes.create_string_buffer(256)
    total = ctypes.c_size_t()
    driver.cuDeviceGetName(name, 256, ordinal)
    driver.cuDeviceTotalMem_v2(ctypes.byref(total), ordinal)
    attributes = []
    for number in (75, 76, 16):  # capability major and minor, multiprocessors
        value = ctypes.c_int()
        driver.cuDeviceGetAttribute(ctypes.byref(value), number, ordinal)
        attributes.append(value.value)
    major, minor, processors = attributes
    return Device(name.value.decode("utf-8", "replace"), major, minor, total.value, processors)


def runs(targets: "list[str]", major: int, minor: int) -> bool:
    """Whether code built for these targets has something that such a GPU can run."""
    for target in targets:
        kind, _, number = target.partition("_")
        digits = number.rstrip("af")
        of_major, of_minor = int(digits[:-1]), int(digits[-1])
        if (
            kind == "compute"
            and not number.endswith("a")
            and (of_major, of_minor) <= (major, minor)
        ):
            return True
        is_exact = number.endswith("a") and (of_major, of_minor) == (major, minor)
        is_family = not number.endswith("a") and of_major == major and of_minor <= minor
        if kind == "sm" and (is_exact or is_family):
            return True
    return False
