"""What readers noticed in a text: values, each with its line and how far to trust it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any, TypeVar

from gpudoctor.facts import Fact, Known, Unknown

T = TypeVar("T")

SILENT = Unknown("the text does not say")


class Trust(IntEnum):
    """Who says a thing: a command that asks for it, the user in passing or in a form, a program."""

    ASKED = 0
    PROSE = 1
    FORM = 2
    PRINTED = 3


class Kind(Enum):
    """What a note is about."""

    DRIVER = "driver version"
    DRIVER_CUDA = "CUDA version of the driver"
    KERNEL_MODULE = "version of the loaded kernel module"
    KERNEL_FLAVOUR = "flavour of the kernel module"
    USER_DRIVER = "version of the driver's libraries"
    NVML = "answer of nvmlInit"
    LIBCUDA = "answer of cuInit"
    LIBCUDA_LOAD = "loading of libcuda"
    RUNTIME = "answer of the CUDA runtime"
    GPU = "name of a GPU"
    CUDA_DEVICE = "device that a framework lists"
    CAPABILITY = "compute capability"
    PCI = "PCI device"
    MODULE = "loaded kernel module"
    MODULES_ON_DISK = "kernel modules that could drive a device"
    KERNEL_LINE = "line of the kernel log"
    NODE = "device node"
    OS = "operating system"
    DISTRIBUTION = "distribution"
    KERNEL = "kernel"
    LIBC = "C library"
    CPU_ARCH = "CPU architecture"
    CPU_FLAGS = "CPU instructions"
    CONTAINER = "container"
    WSL = "WSL"
    VIRTUAL = "virtual machine"
    SECURE_BOOT = "Secure Boot"
    PYTHON = "Python version"
    PYTHON_PATH = "Python interpreter"
    PACKAGE = "installed package"
    FRAMEWORK_CUDA = "CUDA that a package was built for"
    FRAMEWORK_CUDNN = "cuDNN that a package was built for"
    FRAMEWORK_TARGETS = "architectures that a package was built for"
    FRAMEWORK_SEES = "whether a package sees a GPU"
    FRAMEWORK_COUNT = "how many GPUs a package sees"
    FRAMEWORK_ERROR = "error of an import"
    TOOLKIT = "CUDA toolkit"
    CUDNN = "cuDNN at hand"
    GCC = "host compiler"
    VARIABLE = "environment variable"


@dataclass(frozen=True, slots=True)
class Note:
    """A value, the line that says it, and who says it."""

    kind: Kind
    value: Any
    line: int
    trust: Trust
    about: str = ""  # a package, a variable, the number of a GPU
    by: str = ""  # the program that printed it

    @property
    def source(self) -> str:
        """Where the value stands, for a fact."""
        return f"line {self.line}" + (f", {self.by}" if self.by else "")


@dataclass(slots=True)
class Notes:
    """All notes of one machine, in the order of the text."""

    notes: list[Note] = field(default_factory=list)

    def add(
        self,
        kind: Kind,
        value: Any,
        line: int,
        trust: Trust,
        *,
        about: str = "",
        by: str = "",
    ) -> None:
        """Take a note."""
        self.notes.append(Note(kind, value, line, trust, about, by))

    def of(self, kind: Kind, about: str | None = None) -> Iterator[Note]:
        """The notes of a kind, about one thing where it is named."""
        return (each for each in self.notes if each.kind is kind and about in (None, each.about))

    def best(self, kind: Kind, about: str | None = None) -> Note | None:
        """The most trusted note of a kind, the first of equals."""
        return max(self.of(kind, about), key=lambda each: each.trust, default=None)

    def fact(
        self, kind: Kind, about: str | None = None, read: Callable[[Any], T] = lambda value: value
    ) -> Fact[T]:
        """The best note as a fact; a value that `read` refuses is unknown."""
        note = self.best(kind, about)
        if note is None:
            return SILENT
        try:
            return Known(read(note.value), note.source)
        except ValueError as error:
            return Unknown(f"{note.source}: {error}")
