"""The simulated ``torch``: tensors that know their device, and arithmetic done in Python."""

import math
import random
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from . import arrays, devices, torch_cuda
from .arrays import Array
from .torch_state import State, act

State.load()

float16 = bfloat16 = float32 = float64 = "floating point"
_source = random.Random(0)  # noqa: S311 - numbers to multiply


class Tensor(Array):
    """An array with PyTorch's names."""

    def to(self, device: Any = "cpu", *_: Any, **__: Any) -> "Tensor":
        """Move to ``cuda:0``, ``cuda``, 0 or ``cpu``; a dtype changes nothing."""
        name = str(device)
        if name == float32:
            return self
        if isinstance(device, int) or name == "cuda":
            name = f"cuda:{device if isinstance(device, int) else 0}"
        if name != arrays.CPU:
            _check_device(int(name.partition(":")[2] or 0))
        return _tensor(self.at(name))

    def cuda(self, ordinal: int = 0) -> "Tensor":
        """Move to a GPU."""
        return self.to(ordinal)

    def cpu(self) -> "Tensor":
        """Move to memory."""
        return self.to("cpu")

    def contiguous(self) -> "Tensor":
        """Already so."""
        return self

    clone = detach = contiguous

    def abs(self) -> "Tensor":
        """Each number without its sign."""
        return _tensor(abs(self))

    def max(self) -> "Tensor":
        """The largest number."""
        return Tensor((), [max(self.values)], self.device)

    def sum(self) -> "Tensor":
        """The sum."""
        return Tensor((), [sum(self.values)], self.device)

    def all(self) -> "Tensor":
        """1 where no number is 0."""
        return Tensor((), [float(all(self.values))], self.device)

    def item(self) -> "Any":
        """The only number."""
        return Array.__float__(self)

    def __bool__(self) -> bool:
        return bool(self.item())

    def __matmul__(self, other: "Tensor") -> "Tensor":
        return matmul(self, other)

    @property
    def is_cuda(self) -> bool:
        """Whether it is said to lie on a GPU."""
        return self.device != arrays.CPU


def _tensor(array: Array) -> Tensor:
    return Tensor(array.shape, array.values, array.device)


def _check_device(ordinal: int) -> None:
    torch_cuda.init()
    if ordinal >= torch_cuda.device_count():
        raise RuntimeError("CUDA error: invalid device ordinal")


def _launch(array: Tensor, answer: Array, operation: str) -> Tensor:
    """On a GPU: misbehave, refuse where there is no code for it, or give a wrong answer."""
    if array.is_cuda:
        act("computing")
        gpu = devices.device(int(array.device.partition(":")[2]))
        if not devices.runs(torch_cuda.get_arch_list(), gpu.major, gpu.minor):
            raise RuntimeError(
                "CUDA error: no kernel image is available for execution on the device\nCUDA kernel"
                " errors might be asynchronously reported at some other API call, so the"
                " stacktrace below might be incorrect."
            )
        how = str(State.settings["behaviour"].get("computing", "works"))
        if how in (f"wrong-{operation}", "nan"):
            answer = arrays.spoil(answer, how)
    return _tensor(answer)


def manual_seed(seed: int) -> None:
    """Start the random numbers anew."""
    _source.seed(seed)


def _made(shape: "tuple[Any, ...]", device: Any, number: "Callable[[], float]") -> Tensor:
    sizes: Iterable[int] = shape[0] if shape and not isinstance(shape[0], int) else shape
    sizes = tuple(sizes)
    made = Tensor(sizes, (number() for _ in range(math.prod(sizes))))
    return made if device is None else made.to(device)


def rand(*shape: Any, device: Any = None, **_: Any) -> Tensor:
    """Numbers between 0 and 1."""
    return _made(shape, device, _source.random)


def randn(*shape: Any, device: Any = None, **_: Any) -> Tensor:
    """Normally distributed numbers."""
    return _made(shape, device, lambda: _source.gauss(0.0, 1.0))


def zeros(*shape: Any, device: Any = None, **_: Any) -> Tensor:
    """Zeros."""
    return _made(shape, device, lambda: 0.0)


def ones(*shape: Any, device: Any = None, **_: Any) -> Tensor:
    """Ones."""
    return _made(shape, device, lambda: 1.0)


def matmul(left: Tensor, right: Tensor) -> Tensor:
    """The product of two matrices."""
    return _launch(left, arrays.matmul(left, right), "matmul")


mm = matmul


def conv2d(image: Tensor, kernel: Tensor, *_: Any, **__: Any) -> Tensor:
    """A convolution without padding."""
    return _launch(image, arrays.conv2d(image, kernel), "convolution")


def isfinite(tensor: Tensor) -> Tensor:
    """1 for each number that is one."""
    return _tensor(tensor.map(lambda value: float(math.isfinite(value))))


def allclose(one: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """Whether the numbers agree."""
    return all(
        abs(a - b) <= atol + rtol * abs(b) for a, b in zip(one.values, other.values, strict=True)
    )


def device(name: str, index: int | None = None) -> str:
    """A device's name stands for it."""
    return name if index is None else f"{name}:{index}"


def _cudnn_version() -> int | None:
    number: int | None = State.settings["cudnn"]
    return number


backends = SimpleNamespace(
    cuda=SimpleNamespace(
        is_built=lambda: State.settings["cudart"] is not None,
        matmul=SimpleNamespace(allow_tf32=False),
    ),
    cudnn=SimpleNamespace(
        version=_cudnn_version,
        is_available=lambda: _cudnn_version() is not None,
        enabled=True,
        allow_tf32=True,
        benchmark=False,
    ),
)
