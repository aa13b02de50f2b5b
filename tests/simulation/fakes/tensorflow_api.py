"""The simulated ``tensorflow``: devices through libcuda, arithmetic done in Python."""

import os
import sys
from random import Random
from types import SimpleNamespace, TracebackType
from typing import Any, NamedTuple

from . import arrays, devices, libraries, misbehaviour, settings
from .arrays import Array

_SITE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_settings: "dict[str, Any]" = settings.load(os.path.join(_SITE, "tensorflow", "__init__.py"))
_source = Random(0)  # noqa: S311 - numbers to multiply
_places: "list[str]" = []


def _log(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _start() -> None:
    misbehaviour.act(_settings, "importing")
    for own in _settings["own_libraries"]:
        if not os.path.exists(os.path.join(_SITE, "tensorflow", own)):
            raise ImportError(
                f"{os.path.basename(own)}: cannot open shared object file:"
                " No such file or directory\n\n\nFailed to load the native TensorFlow runtime."
            )
    try:
        libraries.driver()
    except OSError:
        _log(
            "I0000 00:00:1795459350.467751    7957 cudart_stub.cc:31] Could not find cuda drivers"
            " on your machine, GPU will not be used."
        )


class PhysicalDevice(NamedTuple):
    """A device as TensorFlow lists it."""

    name: str
    device_type: str


def _gpus() -> "list[PhysicalDevice]":
    misbehaviour.act(_settings, "devices")
    if not _settings["is_cuda_build"]:
        return []
    try:
        code, name, text = devices.initialize()
    except OSError:
        _log(_cuda_failure("UNKNOWN ERROR (303)"))
        return []
    if code:
        _log(_cuda_failure(f"CUDA error: Failed call to cuInit: {name}: {text}"))
        return []
    if not _loads_all():
        return []
    return [PhysicalDevice(f"/physical_device:GPU:{i}", "GPU") for i in range(devices.count())]


def _cuda_failure(words: str) -> str:
    return (
        "E0000 00:00:1795459354.356400    7957 cuda_platform.cc:52] failed call to cuInit:"
        f" INTERNAL: {words}"
    )


def _loads_all() -> bool:
    try:
        for name in _settings["libraries"]:
            libraries.load(_SITE, name)
    except OSError as error:
        soname = str(error).partition(":")[0]
        _log(
            "W0000 00:00:1795459354.400000    7957 dso_loader.cc:68] Could not load dynamic"
            f" library '{soname}'; dlerror: {error}"
        )
        _log(
            "W0000 00:00:1795459354.400001    7957 gpu_device.cc:2344] Cannot dlopen some GPU"
            " libraries. Please make sure the missing libraries mentioned above are installed"
            " properly if you would like to use the GPU. Follow the guide at"
            " https://www.tensorflow.org/install/gpu for how to download and setup the"
            " required libraries for your platform.\nSkipping registering GPU devices..."
        )
        return False
    return True


def list_physical_devices(kind: str | None = None) -> "list[PhysicalDevice]":
    """The CPU, and the GPUs that can be used."""
    found = [PhysicalDevice("/physical_device:CPU:0", "CPU")] if kind != "GPU" else []
    return found + (_gpus() if kind != "CPU" else [])


def _device_details(device: PhysicalDevice) -> "dict[str, Any]":
    gpu = devices.device(int(device.name.rpartition(":")[2]))
    return {"device_name": gpu.name, "compute_capability": (gpu.major, gpu.minor)}


class device:  # noqa: N801 - the name that TensorFlow gives it
    """A block whose arrays lie on a device such as ``/GPU:0``."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> "device":
        _places.append(self._name)
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        """Leave the block."""
        _places.pop()


def _launch(answer: Array, operation: str) -> Array:
    place = _places[-1] if _places else "/GPU:0" if _gpus() else "/CPU:0"
    if "GPU" not in place.upper():
        return answer
    misbehaviour.act(_settings, "computing")
    gpu = devices.device(int(place.rpartition(":")[2]))
    if not devices.runs(_settings["targets"], gpu.major, gpu.minor):
        raise RuntimeError(
            "'cuLaunchKernel(function, gridX, gridY, gridZ, blockX, blockY, blockZ, 0,"
            " reinterpret_cast<CUstream>(stream), params, nullptr)' failed with"
            " 'CUDA_ERROR_INVALID_HANDLE'"
        )
    how = str(_settings["behaviour"].get("computing", "works"))
    return arrays.spoil(answer, how) if how in (f"wrong-{operation}", "nan") else answer


def matmul(left: Array, right: Array) -> Array:
    """The product of two matrices."""
    return _launch(arrays.matmul(left, right), "matmul")


def conv2d(image: Array, filters: Array, *_: Any, **__: Any) -> Array:
    """A convolution without padding, stride 1: image NHWC, filters HWCO."""
    made = arrays.conv2d(
        arrays.transpose(image, (0, 3, 1, 2)), arrays.transpose(filters, (3, 2, 0, 1))
    )
    return _launch(arrays.transpose(made, (0, 2, 3, 1)), "convolution")


def reduce_max(array: Array) -> Array:
    """The largest number."""
    return Array((), [max(array.values)], array.device)


def reduce_sum(array: Array) -> Array:
    """The sum."""
    return Array((), [sum(array.values)], array.device)


def abs(array: Array) -> Array:  # noqa: A001 - the name that TensorFlow gives it
    """Each number without its sign."""
    return array.map(lambda value: -value if value < 0 else value)


_start()

random = SimpleNamespace(
    set_seed=_source.seed,
    uniform=lambda shape, **_: arrays.uniform(shape, _source),
    normal=lambda shape, **_: arrays.uniform(shape, _source),
)
nn = SimpleNamespace(conv2d=conv2d)
linalg = SimpleNamespace(matmul=matmul)
config = SimpleNamespace(
    list_physical_devices=list_physical_devices,
    experimental=SimpleNamespace(
        get_device_details=_device_details, set_memory_growth=lambda *_: None
    ),
)
test = SimpleNamespace(
    is_built_with_cuda=lambda: bool(_settings["is_cuda_build"]),
    is_built_with_gpu_support=lambda: bool(_settings["is_cuda_build"]),
    is_gpu_available=lambda *_: bool(_gpus()),
)
sysconfig = SimpleNamespace(get_build_info=lambda: _settings["build_info"])
float32 = "floating point"
__version__ = str(_settings["version"])
