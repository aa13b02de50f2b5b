"""The simulated ``torch.cuda``."""

import warnings
from types import TracebackType

from . import devices
from .torch_state import NO_DEVICE, State, act, is_cuda_build, is_silent, verdict


def is_available() -> bool:
    """Whether a GPU can be used; a driver's refusal becomes a warning."""
    act("devices")
    if not is_cuda_build():
        return False
    count, code, words = verdict()
    if code and not is_silent(code, words):
        warnings.warn(f"CUDA initialization: {words}", UserWarning, stacklevel=2)
    return count > 0


def device_count() -> int:
    """How many GPUs can be used."""
    return verdict()[0] if is_cuda_build() else 0


def init() -> None:
    """Initialise, or say why not."""
    if State.is_initialized:
        return
    if not is_cuda_build():
        raise AssertionError("Torch not compiled with CUDA enabled")
    count, _, words = verdict()
    if not count:
        raise RuntimeError(words or NO_DEVICE)
    devices.initialize()
    State.is_initialized = True
    for ordinal in range(count):
        _warn_of_architecture(ordinal)


def _warn_of_architecture(ordinal: int) -> None:
    gpu = devices.device(ordinal)
    if devices.runs(get_arch_list(), gpu.major, gpu.minor):
        return
    warnings.warn(
        f"\n{gpu.name} with CUDA capability sm_{gpu.major}{gpu.minor} is not compatible with the"
        " current PyTorch installation.\nThe current PyTorch install supports CUDA capabilities"
        f" {' '.join(get_arch_list())}.\nIf you want to use the {gpu.name} GPU with PyTorch, please"
        " check the instructions at https://pytorch.org/get-started/locally/\n",
        UserWarning,
        stacklevel=4,
    )


def is_initialized() -> bool:
    """Whether init() went well."""
    return State.is_initialized


def get_arch_list() -> "list[str]":
    """What this build has code for."""
    return str(State.settings["targets"]).split()


def get_device_properties(ordinal: int = 0) -> devices.Device:
    """Name, capability and memory of a GPU."""
    init()
    return devices.device(ordinal)


def get_device_name(ordinal: int = 0) -> str:
    """The name of a GPU."""
    return get_device_properties(ordinal).name


def get_device_capability(ordinal: int = 0) -> "tuple[int, int]":
    """The compute capability of a GPU."""
    gpu = get_device_properties(ordinal)
    return gpu.major, gpu.minor


def mem_get_info(ordinal: int = 0) -> "tuple[int, int]":
    """Free and total bytes."""
    total = get_device_properties(ordinal).total_memory
    return total, total


def current_device() -> int:
    """Always the first."""
    init()
    return 0


def set_device(_: object) -> None:
    """Accepted."""
    init()


def synchronize(_: object = None) -> None:
    """Nothing runs aside from Python."""
    init()


def empty_cache() -> None:
    """Nothing is cached."""


def memory_allocated(_: object = None) -> int:
    """Nothing is allocated."""
    return 0


class device:  # noqa: N801 - the name that PyTorch gives it
    """A block that runs on a GPU."""

    def __init__(self, _: object) -> None:
        init()

    def __enter__(self) -> "device":
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        """Leave the block."""


_lazy_init = init
