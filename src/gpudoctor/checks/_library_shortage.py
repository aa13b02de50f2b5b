"""Which CUDA or cuDNN libraries a framework lacks: said by its import, or read from the disk.

PyTorch links its libraries, so a missing one fails the import. TensorFlow opens them when it looks
for GPUs, so a missing one costs only the GPU: there the disk must tell.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._import_error import family_of, missing_library, stem_of
from gpudoctor.checks._library_messages import about
from gpudoctor.facts import Absent, FrameworkFacts, Known, Snapshot, known
from gpudoctor.findings import Confidence, Evidence
from gpudoctor.matrix import Matrix

_OPENED_BY_TENSORFLOW = ("libcublas", "libcublasLt", "libcufft", "libcusolver", "libcusparse")
_NEEDED_BY_TENSORFLOW = (*_OPENED_BY_TENSORFLOW, "libcudart", "libcurand", "libcudnn")
# What PyTorch's wheels require, and a library that each of them brings.
_BROUGHT_BY = {
    "nvidia-cublas": "libcublas",
    "nvidia-cuda-cupti": "libcupti",
    "nvidia-cuda-nvrtc": "libnvrtc",
    "nvidia-cuda-runtime": "libcudart",
    "nvidia-cudnn": "libcudnn",
    "nvidia-cufft": "libcufft",
    "nvidia-curand": "libcurand",
    "nvidia-cusolver": "libcusolver",
    "nvidia-cusparse": "libcusparse",
    "nvidia-nccl": "libnccl",
    "nvidia-nvjitlink": "libnvJitLink",
}


@dataclass(frozen=True, slots=True)
class Lack:
    """A library that a framework wants and does not get."""

    soname: str  # without a version where only a missing wheel tells of it
    evidence: Evidence
    confidence: Confidence
    wheel: str | None = None  # the requirement that would bring it: nvidia-cublas==13.1.0.3


@dataclass(frozen=True, slots=True)
class Shortage:
    """The lacks of one family, parted by what else is provided."""

    missing: tuple[Lack, ...]  # no copy of any version
    of_another_version: tuple[Lack, ...]
    present: tuple[Lack, ...]  # the very library is there, and the framework does not get it
    untold: str | None = None  # what would tell which libraries it needs


def find_shortage(
    snapshot: Snapshot, matrix: Matrix, index: int, framework: FrameworkFacts, family: str
) -> Shortage:
    """What of `family` (cuda, cudnn) the framework lacks."""
    lacks: dict[str, Lack] = {}
    for lack in (
        *_said(snapshot, index, framework),
        *_not_installed(index, framework),
        *_not_on_disk(snapshot, matrix, index, framework),
    ):
        if family_of(f"{stem_of(lack.soname)}.so") == family:
            lacks.setdefault(stem_of(lack.soname), lack)
    missing, other, present = [], [], []
    for lack in lacks.values():
        copies = _copies(snapshot, index, lack.soname)
        if copies and ".so" not in lack.soname:
            continue  # the wheel is missing, what it would bring is not
        if any(f"{each}.".startswith(f"{lack.soname}.") for each in copies):
            present.append(lack)
        elif copies:
            other.append(lack)
        else:
            missing.append(lack)
    return Shortage(
        tuple(missing), tuple(other), tuple(present), _untold(matrix, framework, family)
    )


def _untold(matrix: Matrix, framework: FrameworkFacts, family: str) -> str | None:
    """Which question about a TensorFlow's own libraries has no answer."""
    built_for = known(framework.built_for_cuda)
    if framework.name != "tensorflow":
        return None
    if family == "cudnn":
        return None if isinstance(framework.cudnn, Known) else "the cuDNN that it was built for"
    if built_for is None:
        return "the CUDA that it was built for"
    row = matrix.sonames(built_for.major)
    return f"the names of CUDA {built_for.major}'s libraries" if row is None else None


def _said(snapshot: Snapshot, index: int, framework: FrameworkFacts) -> Iterator[Lack]:
    imported = known(framework.imported)
    error = None if imported is None else imported.error
    if isinstance(error, Known) and (soname := missing_library(error.value)) is not None:
        evidence = Evidence.of(framework_pointer(index, framework.name, "error"), error)
        yield Lack(soname, evidence, Confidence.CERTAIN, _wheel_for(framework, soname))
    yield from _printed(snapshot, index, framework)


def _printed(snapshot: Snapshot, index: int, framework: FrameworkFacts) -> Iterator[Lack]:
    imported = known(framework.imported)
    if framework.name == "torch" and imported and isinstance(imported.error, Absent):
        return  # it imports, so it has what it links; something else was missed
    seen_on_disk = isinstance(snapshot.environments[index].libraries, Known)
    for message in about(snapshot, index, framework.name, "shared-library-missing"):
        name = message.symptom.names
        if not name:
            continue
        if framework.name != "tensorflow" or stem_of(name) in _NEEDED_BY_TENSORFLOW:
            confidence = Confidence.CERTAIN if seen_on_disk else Confidence.STATED
            yield Lack(name, message.evidence, confidence, _wheel_for(framework, name))


def _not_installed(index: int, framework: FrameworkFacts) -> Iterator[Lack]:
    """The wheels that the metadata asks for and that are not there, unless it imports."""
    imported = known(framework.imported)
    if imported is not None and isinstance(imported.error, Absent):
        return
    pointer = framework_pointer(index, framework.name, "requires")
    for required in known(framework.requires) or ():
        stem = _BROUGHT_BY.get(_without_suffix(required.name))
        if stem is not None and isinstance(required.installed, Absent):
            requirement = f"{required.name}{required.specifier}"
            evidence = Evidence(
                pointer, f"{requirement} is not installed", required.installed.source
            )
            yield Lack(stem, evidence, Confidence.LIKELY, requirement)


def _not_on_disk(
    snapshot: Snapshot, matrix: Matrix, index: int, framework: FrameworkFacts
) -> Iterator[Lack]:
    """What TensorFlow would open and no folder that it looks into has."""
    libraries = snapshot.environments[index].libraries
    if framework.name != "tensorflow" or not isinstance(libraries, Known):
        return
    there = {each.soname for each in libraries.value}
    imported = known(framework.imported)
    blind = imported is not None and known(imported.sees_gpu) is False
    confidence = Confidence.CERTAIN if blind else Confidence.LIKELY
    for soname in _wanted_by_tensorflow(matrix, framework):
        if soname not in there:
            evidence = Evidence(
                f"/environments/{index}/libraries", f"no {soname}", libraries.source
            )
            yield Lack(soname, evidence, confidence)


def _wanted_by_tensorflow(matrix: Matrix, framework: FrameworkFacts) -> Iterator[str]:
    built_for, cudnn = known(framework.built_for_cuda), known(framework.cudnn)
    if built_for is not None:
        row = matrix.sonames(built_for.major)
        sonames = {} if row is None else row.sonames
        named = (sonames.get(stem.removeprefix("lib")) for stem in _OPENED_BY_TENSORFLOW)
        yield from (soname for soname in named if soname is not None)
    if cudnn is not None and (major := cudnn.partition(".")[0]).isdecimal():
        yield f"libcudnn.so.{major}"


def _wheel_for(framework: FrameworkFacts, soname: str) -> str | None:
    stem = stem_of(soname)
    family = "libcudnn" if stem.startswith("libcudnn") else stem.removesuffix("Lt")
    for required in known(framework.requires) or ():
        if _BROUGHT_BY.get(_without_suffix(required.name)) == family:
            return f"{required.name}{required.specifier}"
    return None


def _without_suffix(name: str) -> str:
    """A wheel's name without its CUDA: ``nvidia-cublas`` of ``nvidia-cublas-cu12``."""
    base, _, suffix = name.rpartition("-")
    return base if suffix.startswith("cu") and suffix[2:].isdecimal() else name


def _copies(snapshot: Snapshot, index: int, soname: str) -> tuple[str, ...]:
    """The sonames of each copy of a library, of whatever version."""
    libraries = known(snapshot.environments[index].libraries) or ()
    stem = stem_of(soname)
    found = tuple(each.soname for each in libraries if stem_of(each.soname) == stem)
    if found or not stem.startswith("libcudnn_"):
        return found
    # A part of cuDNN is of another version where only another cuDNN is provided.
    version = soname.partition(".so.")[2].partition(".")[0]
    whole = tuple(each.soname for each in libraries if stem_of(each.soname) == "libcudnn")
    return () if f"libcudnn.so.{version}" in whole else whole
