"""Whether the CUDA that is provided is another than the one that a package asks for."""

from dataclasses import dataclass

from gpudoctor.checks._cudnn_dependency import is_said_by_cudnn
from gpudoctor.checks._import_error import family_of, stem_of
from gpudoctor.checks._library_shortage import Lack, Shortage
from gpudoctor.checks._provided import copies_of, provided_cuda
from gpudoctor.checks._sonames import cuda_named_by, serves
from gpudoctor.facts import FrameworkFacts, Known, Snapshot, known
from gpudoctor.findings import Evidence
from gpudoctor.matrix import Matrix
from gpudoctor.versions import CudaVersion


@dataclass(frozen=True, slots=True)
class OtherCuda:
    """What is wanted and what is there, in words, and what shows the latter."""

    wanted: str
    provided: str
    evidence: tuple[Evidence, ...]


def lacks_of_another_release(
    snapshot: Snapshot, index: int, shortage: Shortage
) -> tuple[Lack, ...]:
    """What a text misses: there nobody looked which other copies there are."""
    if isinstance(snapshot.environments[index].libraries, Known):
        return ()
    return shortage.missing


def another_release(
    snapshot: Snapshot,
    matrix: Matrix,
    index: int,
    framework: FrameworkFacts,
    lacks: tuple[Lack, ...],
) -> OtherCuda | None:
    """The other CUDA that is there instead of a framework's own, or None."""
    environment = snapshot.environments[index]
    if isinstance(environment.libraries, Known):
        return _on_disk(snapshot, matrix, index, framework, lacks)
    if lacks:
        return unserved(snapshot, matrix, index, lacks)
    return _without_a_message(snapshot, matrix, index, framework)


def unserved(
    snapshot: Snapshot, matrix: Matrix, index: int, lacks: tuple[Lack, ...]
) -> OtherCuda | None:
    """The CUDA that is provided, where none of it is what the missing names belong to."""
    wanted = [
        cuda
        for lack in lacks
        if family_of(lack.soname) == "cuda"
        and not is_said_by_cudnn(lack.evidence.value)
        and (cuda := cuda_named_by(lack.soname, matrix)) is not None
    ]
    return _compared(snapshot, matrix, index, wanted[0]) if wanted else None


def needs_another_cuda(snapshot: Snapshot, matrix: Matrix, index: int, soname: str) -> bool:
    """Whether a library's name belongs to a CUDA that is not the one that is there."""
    wanted = cuda_named_by(soname, matrix)
    if wanted is None or index >= len(snapshot.environments):
        return False
    return _compared(snapshot, matrix, index, wanted) is not None


def _compared(
    snapshot: Snapshot, matrix: Matrix, index: int, wanted: CudaVersion | int
) -> OtherCuda | None:
    provided = list(provided_cuda(snapshot, matrix, index))
    if not provided or any(serves(cuda, wanted) for cuda, _ in provided):
        return None
    words = " and ".join(dict.fromkeys(f"CUDA {cuda}" for cuda, _ in provided))
    shown = tuple(dict.fromkeys(evidence for _, evidence in provided))
    return OtherCuda(f"CUDA {wanted}", words, shown[:3])


def _on_disk(
    snapshot: Snapshot,
    matrix: Matrix,
    index: int,
    framework: FrameworkFacts,
    lacks: tuple[Lack, ...],
) -> OtherCuda | None:
    """The copies of the same libraries under another version's name."""
    if not lacks:
        return None
    stems = {stem_of(each.soname) for each in lacks}
    found = [
        (place, each)
        for place, each in copies_of(snapshot.environments[index], index)
        if stem_of(each.soname) in stems
    ]
    names = " and ".join(dict.fromkeys(each.soname for _, each in found))
    built_for = known(framework.built_for_cuda)
    wanted = f"CUDA {built_for}" if built_for else lacks[0].soname
    if built_for is None and (named := cuda_named_by(lacks[0].soname, matrix)) is not None:
        wanted = f"CUDA {named}"
    evidence = tuple(Evidence(place, each.path, "the folders") for place, each in found[:3])
    return OtherCuda(wanted, names, evidence)


def _without_a_message(
    snapshot: Snapshot, matrix: Matrix, index: int, framework: FrameworkFacts
) -> OtherCuda | None:
    """TensorFlow opens its libraries quietly; a blind one beside another CUDA alone tells it."""
    imported, version = known(framework.imported), known(framework.version)
    if framework.name != "tensorflow" or imported is None or known(imported.sees_gpu) is not False:
        return None
    row = matrix.tensorflow_release(version) if version else None
    if row is None or snapshot.platform.os not in row.gpu_on:
        return None
    named = known(snapshot.environments[index].named_libraries) or ()
    if not any(stem_of(each.soname) == "libcudart" for each in named):
        return None
    return _compared(snapshot, matrix, index, known(framework.built_for_cuda) or row.cuda)
