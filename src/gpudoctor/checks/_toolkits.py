"""Which toolkit a build takes here, which others there are, and what here compiles CUDA code."""

from collections.abc import Iterator
from dataclasses import dataclass

from gpudoctor.checks._build_places import Place
from gpudoctor.checks._presence import gpu_presence
from gpudoctor.facts import Absent, Known, Snapshot, Toolkit, known
from gpudoctor.findings import Evidence
from gpudoctor.versions import CudaVersion

# They compile their kernels with nvcc when they are first used; a wheel with a label such as
# +pt24cu124 brings them compiled.
_COMPILE_WHEN_USED = ("deepspeed", "gsplat", "pycuda")
_COMPILE_BY_NVVM = "numba-cuda"


@dataclass(frozen=True, slots=True)
class Need:
    """What here needs a compiler, in words, and the fact that shows it."""

    words: str
    evidence: Evidence


def toolkits_for(snapshot: Snapshot, place: Place) -> tuple[Toolkit, ...]:
    """The toolkits of the machine, and of this environment."""
    listed = known(snapshot.build.toolkits) or ()
    return tuple(each for each in listed if each.environment in (None, place.index))


def taken_toolkit(snapshot: Snapshot) -> Toolkit | None:
    """What is in the folder that a build takes; None where that has nothing of a toolkit."""
    path = known(snapshot.build.taken)
    listed = known(snapshot.build.toolkits) or ()
    return next((each for each in listed if each.path == path), None)


def taken_evidence(snapshot: Snapshot) -> Evidence:
    """Which toolkit a build takes, and by which rule."""
    taken = snapshot.build.taken
    toolkit = taken_toolkit(snapshot)
    if not isinstance(taken, Known) or toolkit is None:
        return Evidence.of("/build/taken", taken)
    version = known(toolkit.version)
    words = taken.value if version is None else f"{taken.value} (CUDA {version})"
    return Evidence("/build/taken", words, taken.source)


def serving_toolkits(
    snapshot: Snapshot, place: Place, wanted: CudaVersion | None
) -> Iterator[Toolkit]:
    """The toolkits here that a build of this CUDA can use: the same release first, then its major.

    PyTorch's extensions may be built by another minor release, and not by another major one.
    """
    able = [
        each
        for each in toolkits_for(snapshot, place)
        if isinstance(each.nvcc, Known) and isinstance(each.headers, Known)
    ]
    if wanted is None:
        yield from able
        return
    versions = {each.path: known(each.version) for each in able}
    yield from (each for each in able if versions[each.path] == wanted)
    for each in able:
        version = versions[each.path]
        if version is not None and version != wanted and version.major == wanted.major:
            yield each


def what_compiles(snapshot: Snapshot, place: Place) -> Need | None:
    """What compiles CUDA code in this environment; None without any evidence of it."""
    environment = place.environment
    if environment is None or isinstance(gpu_presence(snapshot), Absent):
        return None
    torch = place.framework("torch")
    if torch is None or known(torch.variant) != "cuda":
        return None
    packages = known(environment.packages) or {}
    for name in _COMPILE_WHEN_USED:
        version = packages.get(name)
        if version is not None and "+" not in version:
            pointer = f"/environments/{place.index}/packages/{name}"
            words = f"{name} {version} compiles its kernels when they are first used"
            return Need(words, Evidence(pointer, version, "metadata folders"))
    return _begun(snapshot, place)


def what_needs_nvvm(snapshot: Snapshot, place: Place) -> Need | None:
    """What uses NVVM here; plain Numba has no need of it unless it compiles for a GPU."""
    packages = {} if place.environment is None else known(place.environment.packages) or {}
    version = packages.get(_COMPILE_BY_NVVM)
    if version is None or isinstance(gpu_presence(snapshot), Absent):
        return None
    pointer = f"/environments/{place.index}/packages/{_COMPILE_BY_NVVM}"
    words = f"{_COMPILE_BY_NVVM} {version} compiles with NVVM and libdevice"
    return Need(words, Evidence(pointer, version, "metadata folders"))


def _begun(snapshot: Snapshot, place: Place) -> Need | None:
    """An extension that PyTorch began to build for this very Python and CUDA."""
    version = known(place.environment.python.version) if place.environment else None
    unfinished = snapshot.build.unfinished_extensions
    if version is None or place.cuda is None or not isinstance(unfinished, Known):
        return None
    folder = f"py{''.join(version.split('.')[:2])}_cu{place.cuda.major}{place.cuda.minor}/"
    for name in unfinished.value:
        if name.startswith(folder):
            evidence = Evidence("/build/unfinished_extensions", name, unfinished.source)
            return Need(f"PyTorch began to build {name} and did not finish", evidence)
    return None
