"""Which build of PyTorch would serve this machine's GPUs and driver."""

from typing import TYPE_CHECKING

from gpudoctor.checks._recommended import nearest_choice, openings
from gpudoctor.facts import FrameworkFacts, Snapshot, known
from gpudoctor.findings import Remedy
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.python_packages import other_torch_build, torch_from_its_site

if TYPE_CHECKING:
    from gpudoctor.recommend import Choice

_COMPANIONS = ("torchvision", "torchaudio")


def fitting_build(
    snapshot: Snapshot,
    matrix: Matrix,
    index: int,
    framework: FrameworkFacts,
    *,
    any_driver: bool = False,
) -> "Choice | None":
    """A build with code for the GPUs, of a CUDA that the driver runs; None where none is known."""
    version = known(framework.version)
    return nearest_choice(snapshot, matrix, index, "torch", version, any_driver=any_driver)


def other_build(
    snapshot: Snapshot,
    matrix: Matrix,
    index: int,
    framework: FrameworkFacts,
    build: "Choice | None",
    diagnosis: str,
) -> tuple[Remedy, ...]:
    """The remedy of that build; without one what would open the way, or PyTorch's own page."""
    environment = snapshot.environments[index]
    if build is None or build.tag is None:
        ways = openings(snapshot, matrix, index, "torch", diagnosis)
        return ways or (torch_from_its_site(environment, diagnosis),)
    return (
        other_torch_build(
            environment,
            framework,
            version=build.version,
            tag=build.tag,
            companions=_companions(snapshot, index, framework, build),
            diagnosis=diagnosis,
        ),
    )


def _companions(
    snapshot: Snapshot, index: int, framework: FrameworkFacts, build: "Choice"
) -> tuple[str, ...]:
    """torchvision and torchaudio, where they are installed: their code is built for a CUDA too."""
    packages = known(snapshot.environments[index].packages) or {}
    here = {name: packages[name].partition("+")[0] for name in _COMPANIONS if name in packages}
    if build.version == (known(framework.version) or "").partition("+")[0]:
        return tuple(f"{name}=={version}+{build.tag}" for name, version in here.items())
    return tuple(here)
