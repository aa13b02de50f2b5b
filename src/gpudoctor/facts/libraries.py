"""Copies of CUDA's and cuDNN's libraries, and which of them a framework would load."""

from dataclasses import dataclass

from gpudoctor.facts.fact import NOT_LOOKED, Fact


@dataclass(frozen=True, slots=True)
class SharedLibrary:
    """A copy of a CUDA or cuDNN library that a framework here could load."""

    soname: str  # libcublas.so.12
    path: str
    found_by: str = ""  # a wheel's folder, torch/lib, the prefix, LD_LIBRARY_PATH, …
    version: Fact[str] = NOT_LOOKED  # where a name or a header says it cheaply: 12.8.4.1
    brought_by: Fact[str] = NOT_LOOKED  # nvidia-cublas-cu12 12.8.4.1, conda's libcublas, system


@dataclass(frozen=True, slots=True)
class LibraryLoad:
    """The file that the dynamic loader takes for a name that a framework asks for."""

    soname: str
    needed_by: str  # the file that asks for it first
    path: Fact[str]  # its source is the rule: "DT_RPATH of libtorch_cuda.so", "LD_LIBRARY_PATH"
    shadows: tuple[str, ...] = ()  # copies of the same name that are not taken


@dataclass(frozen=True, slots=True)
class SymbolNeed:
    """The newest symbols of the C or C++ library that a framework's files ask for."""

    name: str  # GLIBCXX_3.4.29
    needed_by: str
    provider: Fact[str]  # the file that would be loaded for it
    provided: Fact[str]  # the newest of that family that it has: GLIBCXX_3.4.28


@dataclass(frozen=True, slots=True)
class WheelPin:
    """What a distribution's metadata asks of one of NVIDIA's wheels."""

    distribution: str  # torch 2.14.1
    wheel: str  # nvidia-cudnn-cu12
    specifier: str  # ==9.10.2.21
    extra: str | None = None  # and-cuda: asked for only where this extra was
