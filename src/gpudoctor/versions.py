"""The field's version numbers, each parsed once into a type that compares as people mean it."""

import re
from dataclasses import dataclass
from functools import total_ordering

_DRIVER = re.compile(r"(\d{2,4})\.(\d+)(?:\.(\d+))?\Z")
_CUDA = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.(\d+))?\Z")
_CAPABILITY = re.compile(r"(\d{1,3})\.(\d{1,2})\Z")
_NUMBER = re.compile(r"\d{1,9}")
_TARGET = re.compile(r"(sm|compute)_(\d{2,4})([af]?)\Z")


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class DriverVersion:
    """A release of the NVIDIA driver such as ``550.54.14``; keeps the text, compares by number.

    ``packaging`` would print ``450.80.02`` as ``450.80.2``, which no driver page knows.
    """

    text: str
    parts: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "DriverVersion":
        """Read ``550.54.14`` or ``418.43``; raise ValueError on anything else."""
        match = _DRIVER.match(text.strip())
        if match is None:
            raise ValueError(f"not a driver version: {text[:40]!r}")
        return cls(match.group(0), tuple(int(part) for part in match.groups() if part is not None))

    @property
    def branch(self) -> int:
        """The driver branch, ``550`` of ``550.54.14``."""
        return self.parts[0]

    def _key(self) -> tuple[int, ...]:
        return self.parts + (0,) * (3 - len(self.parts))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DriverVersion) and self._key() == other._key()

    def __lt__(self, other: "DriverVersion") -> bool:
        return self._key() < other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, order=True)
class CudaVersion:
    """A CUDA release by major and minor; ``12.10`` is newer than ``12.9``."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> "CudaVersion":
        """Read ``12.4`` or ``12.4.1`` (the patch is dropped); raise ValueError otherwise."""
        match = _CUDA.match(text.strip())
        if match is None:
            raise ValueError(f"not a CUDA version: {text[:40]!r}")
        return cls(int(match.group(1)), int(match.group(2)))

    @classmethod
    def from_number(cls, number: int) -> "CudaVersion":
        """Read ``cuDriverGetVersion``'s form, ``12040`` for 12.4; raise ValueError otherwise."""
        if not 1000 <= number < 1_000_000:
            raise ValueError(f"not a CUDA version number: {number}")
        return cls(number // 1000, number % 1000 // 10)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True, slots=True, order=True)
class ComputeCapability:
    """A property of a GPU, such as ``8.9``."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> "ComputeCapability":
        """Read ``8.9``; raise ValueError otherwise."""
        match = _CAPABILITY.match(text.strip())
        if match is None:
            raise ValueError(f"not a compute capability: {text[:40]!r}")
        return cls(int(match.group(1)), int(match.group(2)))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True, slots=True)
class GpuTarget:
    """What code was compiled for: machine code ``sm_90a`` or PTX ``compute_90``."""

    is_ptx: bool
    capability: ComputeCapability
    suffix: str

    @classmethod
    def parse(cls, text: str) -> "GpuTarget":
        """Read ``sm_86``, ``sm_90a``, ``sm_100f``, ``compute_120``; raise ValueError otherwise."""
        match = _TARGET.match(text.strip())
        if match is None:
            raise ValueError(f"not a GPU target: {text[:40]!r}")
        kind, digits, suffix = match.groups()
        capability = ComputeCapability(int(digits[:-1]), int(digits[-1]))
        return cls(kind == "compute", capability, suffix)

    def __str__(self) -> str:
        kind = "compute" if self.is_ptx else "sm"
        return f"{kind}_{self.capability.major}{self.capability.minor}{self.suffix}"


def numbers_in(text: str) -> tuple[int, ...]:
    """The numbers of a version of any form, in their order, for comparing two of one form."""
    return tuple(int(each) for each in _NUMBER.findall(text[:100]))
