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

CUDA_LIBRARY_MISSING = Diagnosis(
    id="cuda-library-missing",
    title="A CUDA library that a framework needs is not there",
    group=_GROUP,
    rung=Rung.CUDA_RUNTIME,
    meaning="A CUDA library can't be loaded and no copy of any major version is provided.",
    explains=("cudnn-missing", "framework-broken-install"),
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
