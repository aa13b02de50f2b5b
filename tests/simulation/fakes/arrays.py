"""Just enough arithmetic on lists of floats to check a matrix product and a convolution."""

import math
import operator
import random
from collections.abc import Callable, Iterable
from typing import Any

CPU = "cpu"


class Array:
    """Numbers with a shape, and the name of the device that they are said to lie on."""

    def __init__(
        self, shape: "Iterable[int]", values: "Iterable[float]", device: str = CPU
    ) -> None:
        self.shape = tuple(shape)
        self.values = list(values)
        self.device = device

    def at(self, device: str) -> "Array":
        """The same numbers on another device."""
        return Array(self.shape, self.values, device)

    def map(self, function: "Callable[[float], float]") -> "Array":
        """Each number changed."""
        return Array(self.shape, map(function, self.values), self.device)

    def _with(self, other: Any, function: "Callable[[float, float], float]") -> "Array":
        if isinstance(other, Array):
            return Array(self.shape, map(function, self.values, other.values), self.device)
        return self.map(lambda value: function(value, float(other)))

    def __add__(self, other: Any) -> "Array":
        return self._with(other, operator.add)

    def __sub__(self, other: Any) -> "Array":
        return self._with(other, operator.sub)

    def __mul__(self, other: Any) -> "Array":
        return self._with(other, operator.mul)

    def __truediv__(self, other: Any) -> "Array":
        return self._with(other, operator.truediv)

    def __abs__(self) -> "Array":
        return self.map(abs)

    def __float__(self) -> float:
        (value,) = self.values
        return value


def uniform(shape: "Iterable[int]", source: random.Random) -> Array:
    """Numbers between 0 and 1."""
    shape = tuple(shape)
    return Array(shape, (source.random() for _ in range(math.prod(shape))))


def matmul(left: Array, right: Array) -> Array:
    """The product of two matrices."""
    (rows, inner), (_, columns) = left.shape, right.shape
    turned = [right.values[column::columns] for column in range(columns)]
    values = [
        sum(map(operator.mul, left.values[row * inner : (row + 1) * inner], column))
        for row in range(rows)
        for column in turned
    ]
    return Array((rows, columns), values, left.device)


def conv2d(image: Array, kernel: Array) -> Array:
    """A convolution without padding, stride 1: image NCHW, kernel OCHW."""
    count, channels, height, width = image.shape
    outputs, _, tall, wide = kernel.shape
    across = width - wide + 1
    values = []
    for n in range(count):
        for o in range(outputs):
            for y in range(height - tall + 1):
                row = [0.0] * across
                for c in range(channels):
                    for dy in range(tall):
                        start = ((n * channels + c) * height + y + dy) * width
                        weights = ((o * channels + c) * tall + dy) * wide
                        for dx in range(wide):
                            weight = kernel.values[weights + dx]
                            line = image.values[start + dx : start + dx + across]
                            row = [
                                total + weight * value
                                for total, value in zip(row, line, strict=True)
                            ]
                values += row
    return Array((count, outputs, height - tall + 1, across), values, image.device)


def transpose(array: Array, order: "tuple[int, int, int, int]") -> Array:
    """The axes of a four-dimensional array in another order."""
    steps = [math.prod(array.shape[axis + 1 :]) for axis in range(4)]
    shape = [array.shape[axis] for axis in order]
    a, b, c, d = (steps[axis] for axis in order)
    values = [
        array.values[i * a + j * b + k * c + m * d]
        for i in range(shape[0])
        for j in range(shape[1])
        for k in range(shape[2])
        for m in range(shape[3])
    ]
    return Array(shape, values, array.device)


def spoil(array: Array, how: str) -> Array:
    """A wrong answer in place of the right one."""
    if how == "nan":
        return array.map(lambda _: math.nan)
    return Array(array.shape, [array.values[0] + 1e3, *array.values[1:]], array.device)
