"""What the simulated PyTorch knows of itself: its settings, its CUDA runtime, its warnings."""

import ctypes
import os
from typing import Any, ClassVar

from . import libraries, misbehaviour, settings

_DOWNLOAD = "http://www.nvidia.com/Download/index.aspx"
_TOO_OLD = (
    "The NVIDIA driver on your system is too old (found version {}). Please update your GPU driver"
    f" by downloading and installing a new version from the URL: {_DOWNLOAD}"
    " Alternatively, go to: https://pytorch.org to install a PyTorch version that has been"
    " compiled with your version of the CUDA driver."
)
_NO_DRIVER = (
    "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and"
    f" installed a driver from {_DOWNLOAD}"
)
_SPOKEN = {
    3: "CUDA driver initialization failed, you might not have a CUDA gpu.",
    999: "CUDA unknown error - this may be due to an incorrectly set up environment, e.g. changing"
    " env variable CUDA_VISIBLE_DEVICES after program start. Setting the available devices to be"
    " zero.",
}
_UNEXPECTED = (
    "Unexpected error from cudaGetDeviceCount(). Did you run some cuda functions before calling"
    " NumCudaDevices() that might have already set an error? Error {}: {}"
)
NO_DEVICE = "No CUDA GPUs are available"
_INSUFFICIENT_DRIVER = 35


class State:
    """One PyTorch in one process."""

    site = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    settings: ClassVar[dict[str, Any]] = {}
    is_initialized = False

    @classmethod
    def load(cls) -> None:
        """Read the settings, misbehave if they say so, and load what a wheel links to."""
        package = os.path.join(cls.site, "torch", "__init__.py")
        cls.settings = settings.load(package)
        misbehaviour.act(cls.settings, "importing")
        for soname in cls.settings["libraries"]:
            libraries.load(cls.site, soname)
        for own in cls.settings["own_libraries"]:
            path = os.path.join(cls.site, "torch", "lib", own)
            if not os.path.exists(path):
                raise ImportError(
                    f"{own}: cannot open shared object file: No such file or directory"
                )
            ctypes.CDLL(path)


def act(stage: str) -> None:
    """Misbehave at this stage, if so wished."""
    misbehaviour.act(State.settings, stage)


def is_cuda_build() -> bool:
    """Whether this build can use a GPU at all."""
    return State.settings["cudart"] is not None


def verdict() -> "tuple[int, int, str]":
    """The count of devices, the runtime's code, and PyTorch's words for it."""
    runtime = libraries.load(State.site, State.settings["cudart"])
    number = ctypes.c_int()
    code = int(runtime.cudaGetDeviceCount(ctypes.byref(number)))
    if code == 0:
        return number.value, 0, "" if number.value else NO_DEVICE
    if code == 100:
        return 0, code, NO_DEVICE
    if code == _INSUFFICIENT_DRIVER:
        runtime.cudaDriverGetVersion(ctypes.byref(number))
        return 0, code, _TOO_OLD.format(number.value) if number.value else _NO_DRIVER
    runtime.cudaGetErrorString.restype = ctypes.c_char_p
    text = runtime.cudaGetErrorString(code).decode()
    return 0, code, _SPOKEN.get(code) or _UNEXPECTED.format(code, text)


def is_silent(code: int, words: str) -> bool:
    """Whether is_available() says nothing: no device, or no driver at all."""
    return code in (0, 100) or words == _NO_DRIVER
