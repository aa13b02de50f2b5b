"""What would compile CUDA code here: toolkits, host compilers, and the library to link against."""

from dataclasses import dataclass

from gpudoctor.facts.fact import NOT_LOOKED, Fact
from gpudoctor.versions import CudaVersion


@dataclass(frozen=True, slots=True)
class Toolkit:
    """A CUDA toolkit on disk, or those of its parts that a wheel brings; nothing of it was run."""

    path: str  # the folder that CUDA_HOME would name
    found_by: str  # CUDA_HOME, nvcc on PATH, /usr/local/cuda, a wheel, …
    version: Fact[CudaVersion] = NOT_LOOKED
    nvcc: Fact[str] = NOT_LOOKED
    headers: Fact[str] = NOT_LOOKED  # the folder that has cuda_runtime.h
    ptxas: Fact[str] = NOT_LOOKED
    libdevice: Fact[str] = NOT_LOOKED  # libdevice.10.bc
    environment: int | None = None  # the environment that it belongs to


@dataclass(frozen=True, slots=True)
class HostCompiler:
    """A C++ compiler that nvcc could be given; its version is read from names, not asked."""

    name: str  # gcc, clang
    path: str
    found_by: str  # CC, CUDAHOSTCXX, NVCC_CCBIN, PATH
    major: Fact[int]


@dataclass(frozen=True, slots=True)
class BundledAssembler:
    """A ptxas that a package brings and prefers to a toolkit's."""

    package: str  # triton
    path: str
    version: Fact[CudaVersion]
    environment: int
    lowest_capability: int = 0  # major of the GPUs that the package uses this one for


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """The tools that compile CUDA code on this machine."""

    toolkits: Fact[tuple[Toolkit, ...]] = NOT_LOOKED
    # The toolkit's folder that PyTorch's extensions are built with; the source is the rule.
    taken: Fact[str] = NOT_LOOKED
    host_compilers: Fact[tuple[HostCompiler, ...]] = NOT_LOOKED  # the one taken first
    libcuda_link: Fact[str] = NOT_LOOKED  # libcuda.so, as a linker finds it
    assemblers: tuple[BundledAssembler, ...] = ()
    unfinished_extensions: Fact[tuple[str, ...]] = NOT_LOOKED  # of PyTorch: begun and not built
