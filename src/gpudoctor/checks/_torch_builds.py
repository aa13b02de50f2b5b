"""Which build of PyTorch would serve this machine's GPUs and driver."""

from gpudoctor.checks._driver_for_cuda import is_run_by_driver
from gpudoctor.checks._visible_gpus import cuda_driver_api, visible_gpus
from gpudoctor.facts import FrameworkFacts, Snapshot, known
from gpudoctor.findings import Remedy
from gpudoctor.matrix import Matrix, TorchBuild
from gpudoctor.remedies.python_packages import other_torch_build, torch_from_its_site

_COMPANIONS = ("torchvision", "torchaudio")


def fitting_build(
    snapshot: Snapshot,
    matrix: Matrix,
    index: int,
    framework: FrameworkFacts,
    *,
    any_driver: bool = False,
) -> TorchBuild | None:
    """A build with code for the GPUs, of a CUDA that the driver runs; None where none is known."""
    if snapshot.platform.cpu_arch != "x86_64":
        return None  # the matrix lists the builds for x86_64
    capabilities = sorted({each.capability for each in visible_gpus(snapshot, matrix)})
    python = known(snapshot.environments[index].python.version)
    minor = None if python is None else ".".join(python.split(".")[:2])
    # An old display card that no build serves must not keep the big card from its own.
    for first in range(max(len(capabilities), 1)):
        builds = tuple(
            matrix.torch_builds_for(
                capabilities[first:],
                lambda cuda: any_driver or is_run_by_driver(snapshot, matrix, cuda),
                minor,
            )
        )
        if builds:
            return _nearest(snapshot, matrix, framework, builds)
    return None


def _nearest(
    snapshot: Snapshot, matrix: Matrix, framework: FrameworkFacts, builds: tuple[TorchBuild, ...]
) -> TorchBuild:
    """The build that changes least: of the release nearest to ours, of a CUDA the driver speaks.

    A CUDA newer than the driver's own runs by minor-version compatibility, but what is compiled
    for it at run time (torch.compile, Triton) does not.
    """
    order = {row.version: place for place, row in enumerate(matrix.torch_releases())}
    ours = order.get((known(framework.version) or "").partition("+")[0], 0)
    spoken = cuda_driver_api(snapshot)

    def distance(build: TorchBuild) -> tuple[int, int, bool, int]:
        place = order[build.version]
        beyond = spoken is not None and build.cuda > spoken
        number = build.cuda.major * 100 + build.cuda.minor
        return abs(place - ours), place, beyond, number if beyond else -number

    return min(builds, key=distance)


def other_build(
    snapshot: Snapshot,
    index: int,
    framework: FrameworkFacts,
    build: TorchBuild | None,
    diagnosis: str,
) -> Remedy:
    """The remedy of that build; None: PyTorch's own page must choose."""
    environment = snapshot.environments[index]
    if build is None:
        return torch_from_its_site(environment, diagnosis)
    return other_torch_build(
        environment,
        framework,
        version=build.version,
        tag=build.tag,
        companions=_companions(snapshot, index, framework, build),
        diagnosis=diagnosis,
    )


def _companions(
    snapshot: Snapshot, index: int, framework: FrameworkFacts, build: TorchBuild
) -> tuple[str, ...]:
    """torchvision and torchaudio, where they are installed: their code is built for a CUDA too."""
    packages = known(snapshot.environments[index].packages) or {}
    here = {name: packages[name].partition("+")[0] for name in _COMPANIONS if name in packages}
    if build.version == (known(framework.version) or "").partition("+")[0]:
        return tuple(f"{name}=={version}+{build.tag}" for name, version in here.items())
    return tuple(here)
