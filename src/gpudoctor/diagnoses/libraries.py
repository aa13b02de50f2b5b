"""The diagnoses of the group "CUDA toolkit and libraries"."""

from gpudoctor.findings import Diagnosis
from gpudoctor.rungs import Rung

_GROUP = "CUDA toolkit and libraries"

DRIVER_TOO_OLD_FOR_CUDA = Diagnosis(
    id="driver-too-old-for-cuda",
    title="The driver is too old for the CUDA that a framework was built for",
    group=_GROUP,
    rung=Rung.CUDA_RUNTIME,
    meaning="A framework's CUDA needs a newer driver; minor-version compatibility and working "
    "compat libraries are not this.",
    explains=(),
)

TOOLKIT_MISSING = Diagnosis(
    id="toolkit-missing",
    title="What compiles CUDA code finds no CUDA toolkit",
    group=_GROUP,
    rung=Rung.COMPUTES,
    meaning="Something that compiles CUDA code needs nvcc, headers or NVVM, and none is found.",
    explains=("libdevice-missing",),
)

TOOLKIT_MISMATCH = Diagnosis(
    id="toolkit-mismatch",
    title="nvcc is of another CUDA than the framework",
    group=_GROUP,
    rung=Rung.COMPUTES,
    meaning="Where extensions are compiled, nvcc's CUDA differs from the framework's, or does not "
    "serve the GPU; where nothing is compiled, a toolkit of another CUDA is no fault.",
    explains=(),
)

HOST_COMPILER_UNSUPPORTED = Diagnosis(
    id="host-compiler-unsupported",
    title="nvcc does not take this host compiler",
    group=_GROUP,
    rung=Rung.COMPUTES,
    meaning="gcc, clang or Visual C++ is outside what this nvcc accepts.",
    explains=(),
)

CUDA_LIBRARY_MISSING = Diagnosis(
    id="cuda-library-missing",
    title="A CUDA library that a framework needs is not there",
    group=_GROUP,
    rung=Rung.CUDA_RUNTIME,
    meaning="A CUDA library can't be loaded and no copy of any major version is provided.",
    explains=("cudnn-missing", "framework-broken-install"),
)

LIBCUDA_NOT_LINKABLE = Diagnosis(
    id="libcuda-not-linkable",
    title="A linker finds no libcuda",
    group=_GROUP,
    rung=Rung.COMPUTES,
    meaning="The driver is fine, and a linker or a JIT compiler can't find libcuda.so: its "
    "development link or the loader's cache is missing.",
    explains=(),
)

JIT_COMPILER_TOO_OLD = Diagnosis(
    id="jit-compiler-too-old",
    title="A compiler that is run at work is too old for this GPU",
    group=_GROUP,
    rung=Rung.COMPUTES,
    meaning="ptxas, nvrtc or Triton can't generate code for this GPU or read this PTX version; "
    "ordinary kernels may run.",
    explains=(),
)

CUDNN_MISSING = Diagnosis(
    id="cudnn-missing",
    title="cuDNN is not there",
    group=_GROUP,
    rung=Rung.CUDNN,
    meaning="No cuDNN of any major version is provided, or a part of it is absent.",
    explains=("framework-broken-install",),
)

FRAMEWORK_NEEDS_OTHER_CUDA = Diagnosis(
    id="framework-needs-other-cuda",
    title="The framework was built for another CUDA than the one that is here",
    group=_GROUP,
    rung=Rung.CUDA_RUNTIME,
    meaning="A CUDA library can't be loaded, and another CUDA major or minor is provided: the "
    "release was built for a different one.",
    explains=(
        "cuda-library-missing",
        "cudnn-missing",
        "cudnn-version-mismatch",
        "framework-broken-install",
    ),
)

CUDA_LIBRARY_CONFLICT = Diagnosis(
    id="cuda-library-conflict",
    title="Copies of CUDA libraries that don't belong together are loaded",
    group=_GROUP,
    rung=Rung.CUDA_RUNTIME,
    meaning="A CUDA library of the right major is shadowed or mixed with another release's: an "
    "undefined symbol or an older minor; cuDNN has a diagnosis of its own.",
    explains=("framework-broken-install",),
)

CUDNN_VERSION_MISMATCH = Diagnosis(
    id="cudnn-version-mismatch",
    title="The cuDNN that is loaded is not the one that is needed",
    group=_GROUP,
    rung=Rung.CUDNN,
    meaning="A cuDNN is there and it is the wrong one: another major or an older minor than built "
    "for, built for another CUDA, mixed parts, or a copy that shadows the right one.",
    explains=("cudnn-missing", "framework-broken-install"),
)

LIBDEVICE_MISSING = Diagnosis(
    id="libdevice-missing",
    title="XLA does not find libdevice",
    group=_GROUP,
    rung=Rung.COMPUTES,
    meaning="XLA can't find libdevice or CUDA's data folder when it compiles.",
    explains=(),
)
