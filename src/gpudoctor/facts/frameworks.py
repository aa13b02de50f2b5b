"""A framework on disk, by its CUDA runtime, and at work."""

from dataclasses import dataclass

from gpudoctor.facts.fact import NOT_LOOKED, Fact
from gpudoctor.facts.gpus import CallResult
from gpudoctor.facts.libraries import LibraryLoad, SymbolNeed
from gpudoctor.versions import CudaVersion, GpuTarget


@dataclass(frozen=True, slots=True)
class RequiredPackage:
    """An nvidia-* wheel that a framework's metadata asks for on this platform."""

    name: str
    specifier: str
    installed: Fact[str]  # the version found


@dataclass(frozen=True, slots=True)
class ChildEnd:
    """How a child process ended, in the words of the report."""

    how: str  # done, exited-early, crashed, killed, timed-out, unkillable, not-started
    detail: str  # "SIGSEGV", "exit code 3", "no answer in 180 s; state D in nvidia_open", …
    seconds: float

    @property
    def is_done(self) -> bool:
        """Whether the child said all that it had to say."""
        return self.how == "done"


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """What a real import of a framework did, and what the framework then said of GPUs."""

    end: ChildEnd
    error: Fact[str] = NOT_LOOKED  # "OSError: libcublas.so.12: cannot open …" when it raised
    printed: tuple[str, ...] = ()  # lines on stdout and stderr, bounded
    sees_gpu: Fact[bool] = NOT_LOOKED
    device_count: Fact[int] = NOT_LOOKED
    device_error: Fact[str] = NOT_LOOKED  # what it said when asked
    computes: Fact[bool] = NOT_LOOKED  # matmul and convolution agree with the CPU
    compute_detail: Fact[str] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class FrameworkFacts:
    """One framework in one environment: on disk, by its CUDA runtime, and at work."""

    name: str  # torch, tensorflow
    version: Fact[str]
    location: Fact[str] = NOT_LOOKED  # the package's folder
    variant: Fact[str] = NOT_LOOKED  # cuda, cpu, rocm, xpu
    built_for_cuda: Fact[CudaVersion] = NOT_LOOKED  # Absent: a build without CUDA
    cudnn: Fact[str] = NOT_LOOKED  # version or major that it was built for
    targets: Fact[tuple[GpuTarget, ...]] = NOT_LOOKED
    requires: Fact[tuple[RequiredPackage, ...]] = NOT_LOOKED
    missing_files: Fact[tuple[str, ...]] = NOT_LOOKED  # listed in RECORD, needed to import, gone
    runtime_version: Fact[CudaVersion] = NOT_LOOKED
    runtime: Fact[CallResult] = NOT_LOOKED  # cudaGetDeviceCount of the framework's own libcudart
    imported: Fact[ImportFacts] = NOT_LOOKED
    loads: Fact[tuple[LibraryLoad, ...]] = NOT_LOOKED  # read from its files' headers
    symbol_needs: Fact[tuple[SymbolNeed, ...]] = NOT_LOOKED  # of the C and C++ libraries
