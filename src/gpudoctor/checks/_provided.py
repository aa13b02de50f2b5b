"""Which CUDA and which cuDNN an environment provides, from its files, packages and what is said."""

import re
from collections.abc import Iterator

from gpudoctor.checks._import_error import stem_of
from gpudoctor.checks._sonames import cuda_named_by
from gpudoctor.facts import EnvironmentFacts, Known, SharedLibrary, Snapshot, known
from gpudoctor.findings import Evidence
from gpudoctor.matrix import Matrix
from gpudoctor.versions import CudaVersion

_WHEEL = re.compile(r"nvidia-(?:cublas|cuda-runtime)-cu(\d{2})\Z")
_CUDNN_WHEEL = re.compile(r"nvidia-cudnn-cu\d{2}\Z")
_CONDA = ("cudatoolkit", "cuda-version")


def provided_cuda(
    snapshot: Snapshot, matrix: Matrix, index: int
) -> Iterator[tuple[CudaVersion | int, Evidence]]:
    """Each CUDA whose libraries are there for an environment, and what shows it."""
    environment = snapshot.environments[index]
    yield from _of_files(environment, index, matrix)
    for name, version in (known(environment.packages) or {}).items():
        match = _WHEEL.match(name)
        cuda = int(match.group(1)) if match else _release(version) if name in _CONDA else None
        if name == "nvidia-cublas":
            cuda = _major_of(version)
        if cuda is not None:
            yield cuda, Evidence(f"/environments/{index}/packages", f"{name} {version}", "packages")
    for framework in environment.frameworks:
        built_for = framework.built_for_cuda
        # PyTorch's wheels bring their CUDA; TensorFlow's don't.
        if framework.name == "torch" and isinstance(built_for, Known):
            pointer = f"/environments/{index}/frameworks/torch/built_for_cuda"
            yield built_for.value, Evidence.of(pointer, built_for)


def _of_files(
    environment: EnvironmentFacts, index: int, matrix: Matrix
) -> Iterator[tuple[CudaVersion | int, Evidence]]:
    for place, each in copies_of(environment, index):
        version = known(each.version)
        if stem_of(each.soname) == "libcudart" and version and (told := _release(version)):
            yield told, Evidence(place, f"CUDA {told}", each.path or "what the text names")
        elif (named := cuda_named_by(each.soname, matrix)) is not None:
            yield named, Evidence(place, each.path or each.soname, "its name")


def provided_cudnn(snapshot: Snapshot, index: int) -> Iterator[tuple[str, Evidence]]:
    """Each cuDNN's version, or its major, that is there for an environment."""
    environment = snapshot.environments[index]
    for place, each in copies_of(environment, index):
        if stem_of(each.soname) == "libcudnn":
            version = known(each.version) or each.soname.partition(".so.")[2]
            yield version, Evidence(place, each.path or version, "its name")
    for name, version in (known(environment.packages) or {}).items():
        if _CUDNN_WHEEL.match(name) or name == "cudnn":
            yield (
                version,
                Evidence(f"/environments/{index}/packages", f"{name} {version}", "packages"),
            )


def copies_of(environment: EnvironmentFacts, index: int) -> Iterator[tuple[str, SharedLibrary]]:
    """The copies that were seen, and those that a text names, each with its pointer."""
    for each in known(environment.libraries) or ():
        yield f"/environments/{index}/libraries", each
    for each in known(environment.named_libraries) or ():
        yield f"/environments/{index}/named_libraries", each


def _release(text: str) -> CudaVersion | None:
    try:
        return CudaVersion.parse(".".join(text.split(".")[:2]))
    except ValueError:
        return None


def _major_of(version: str) -> int | None:
    head = version.partition(".")[0]
    return int(head) if head.isdecimal() else None
