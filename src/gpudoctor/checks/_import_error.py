"""What the error of a failed import is about: which library, and whose fault that is."""

import re

from gpudoctor.checks._sonames import as_soname

_MISSING = re.compile(r"(lib[\w.+-]+?\.so(?:\.\d+)*): cannot open shared object file")
_CUDNN = re.compile(r"libcudnn\w*\.so")
_CUDA = re.compile(
    r"lib(?:cudart|cublas|cublasLt|cufftw?|cufile|cupti|curand|cusolver|cusolverMg|cusparse"
    r"|cusparseLt|nccl|nvfatbin|nvJitLink|nvrtc|nvrtc-builtins|nvshmem_host|nvToolsExt)\.so"
)
_DRIVER = re.compile(r"lib(?:cuda|nvidia-[\w-]+)\.so")
_OWN = re.compile(r"lib(?:torch|c10|shm|caffe2|tensorflow)(?:_\w+)?\.so")
# Errors that another diagnosis of the catalogue names, so that installing again would not help.
_NEIGHBOURS = (
    (
        re.compile(r"version [`']?(?:GLIBC|GLIBCXX|CXXABI)_[\d.]+'? not found"),
        "the C or C++ library",
    ),
    (
        re.compile(
            r"compiled using NumPy 1|_ARRAY_API not found|numpy\.dtype size changed"
            r"|numpy\.core\.multiarray failed to import"
        ),
        "NumPy's binary interface",
    ),
    (
        re.compile(
            r"undefined symbol: (?:nccl|cublas|cudnn|cufft|cupti|curand|cusparse|cusolver"
            r"|(?:__)?nvJitLink|nvrtc|nvshmem|cuda\w+, version libcudart)"
        ),
        "another copy of a CUDA library that is loaded first",
    ),
    (re.compile(r"most likely due to a circular import"), "a local file of the same name"),
)


def missing_library(error: str) -> str | None:
    """The soname of the library that the loader did not find."""
    match = _MISSING.search(error)
    return None if match is None else match.group(1)


def family_of(soname: str) -> str:
    """Whose library a soname is: cuda, cudnn, driver, own (the framework's) or other."""
    for family, pattern in (
        ("cudnn", _CUDNN),
        ("cuda", _CUDA),
        ("driver", _DRIVER),
        ("own", _OWN),
    ):
        if pattern.match(as_soname(soname)):
            return family
    return "other"


def stem_of(soname: str) -> str:
    """A soname without its version: ``libcublas`` of ``libcublas.so.12``."""
    return as_soname(soname).partition(".so")[0]


def neighbour_of(error: str) -> str | None:
    """What else than a torn installation an error is about, where its words show it."""
    return next((what for pattern, what in _NEIGHBOURS if pattern.search(error)), None)
