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
