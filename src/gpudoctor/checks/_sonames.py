"""What the name of one of NVIDIA's libraries says of the CUDA that it belongs to."""

import re
from collections.abc import Iterator

from gpudoctor.matrix import Matrix
from gpudoctor.versions import CudaVersion

_SONAME = re.compile(r"lib([A-Za-z]+)\.so\.(\d{1,3})(?:\.(\d{1,3}))?\Z")
_DLL = re.compile(r"([A-Za-z_]+?)64_(\d{1,3})(?:_\d+)?\.dll\Z", re.IGNORECASE)
_NUMBERED_AS_CUDA = ("cudart", "cublas", "cublasLt", "nvrtc", "nvJitLink")
_FIRST_WITHOUT_MINOR = 11  # before it NVIDIA's names carried the release: libcublas.so.10.0
_MAJORS = range(11, 20)


def as_soname(name: str) -> str:
    """A Windows name as Linux would have it, ``libcudnn.so.8``; others as they are."""
    match = _DLL.match(name)
    if match is None:
        return name
    stem, number = match.groups()
    if len(number) == len("110"):  # cudart64_101.dll
        number = f"{number[:2]}.{number[2]}"
    elif len(number) == len("90") and stem in ("cudart", "cublas") and number.startswith("9"):
        number = f"{number[0]}.{number[1]}"
    return f"lib{stem}.so.{number}"


def cuda_named_by(soname: str, matrix: Matrix) -> CudaVersion | int | None:
    """The release or the major of CUDA that a library's name tells; None where of several."""
    match = _SONAME.match(as_soname(soname))
    if match is None:
        return None
    stem, major, minor = match.group(1), int(match.group(2)), match.group(3)
    if stem in _NUMBERED_AS_CUDA:
        if minor is not None and major < _FIRST_WITHOUT_MINOR:
            return CudaVersion(major, int(minor))
        return major
    owners = list(_owners(f"lib{stem}.so.{major}", stem, matrix))
    return owners[0] if len(owners) == 1 else None


def _owners(soname: str, stem: str, matrix: Matrix) -> Iterator[int]:
    for major in _MAJORS:
        row = matrix.sonames(major)
        if row is not None and row.sonames.get(stem) == soname:
            yield major


def serves(provided: CudaVersion | int, wanted: CudaVersion | int) -> bool:
    """Whether libraries of one CUDA can stand for those of another: by what their names tell."""
    if isinstance(provided, CudaVersion) and isinstance(wanted, CudaVersion):
        same = provided.major == wanted.major
        return same and (provided.major >= _FIRST_WITHOUT_MINOR or provided.minor == wanted.minor)
    return _major(provided) == _major(wanted)


def _major(cuda: CudaVersion | int) -> int:
    return cuda if isinstance(cuda, int) else cuda.major
