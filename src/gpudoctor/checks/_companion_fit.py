"""Which packages beside torch were made for another torch: by release, by pin, by CUDA."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gpudoctor.facts import FrameworkFacts, known
from gpudoctor.matrix import Matrix

_PAIRED = ("torchvision", "torchaudio")
_PINNED = ("xformers", "vllm", "flash-attn", "bitsandbytes")


@dataclass(frozen=True, slots=True)
class Misfit:
    """A package that was made for something else than what is here."""

    package: str
    version: str
    made_for: str
    row: str  # of the matrix, as evidence
    fitting: str | None  # the requirement that would fit


def misfits(
    matrix: Matrix, framework: FrameworkFacts, packages: Mapping[str, str]
) -> Iterator[Misfit]:
    """Each package of the environment that does not fit this torch."""
    version = known(framework.version) or ""
    release, _, label = version.partition("+")
    seen: set[str] = set()
    for each in (
        *_of_other_releases(matrix, release, label, packages),
        *_of_other_builds(release, label, packages),
        *_pinned_otherwise(matrix, release, packages),
    ):
        if each.package not in seen:
            seen.add(each.package)
            yield each


def _of_other_releases(
    matrix: Matrix, release: str, label: str, packages: Mapping[str, str]
) -> Iterator[Misfit]:
    """torchvision and torchaudio name one torch each, exactly."""
    own = matrix.torch_release(release)
    if own is None:
        return
    for package in _PAIRED:
        installed = packages.get(package)
        partners = own.torchvision if package == "torchvision" else own.torchaudio
        if installed is None or not partners:
            continue
        plain = installed.partition("+")[0]
        torch = _torch_of(matrix, package, plain)
        if plain not in partners and torch is not None and _minor(torch) != _minor(release):
            fitting = f"{package}=={partners[0]}" + (f"+{label}" if label else "")
            yield Misfit(package, installed, f"torch {torch}", f"matrix:torch/{torch}", fitting)


def _torch_of(matrix: Matrix, package: str, version: str) -> str | None:
    """The torch whose partner this release is; None where nobody wrote it down."""
    for row in matrix.torch_releases():
        partners = row.torchvision if package == "torchvision" else row.torchaudio
        if version in partners:
            return row.version
    return None


def _minor(version: str) -> tuple[str, ...]:
    return tuple(version.split(".")[:2])


def _of_other_builds(release: str, label: str, packages: Mapping[str, str]) -> Iterator[Misfit]:
    """Both say in their labels for which CUDA they were built, and torchvision compares them."""
    for package in _PAIRED:
        installed = packages.get(package)
        theirs = (installed or "").partition("+")[2]
        if installed and label.startswith("cu") and theirs.startswith("cu") and theirs != label:
            plain = installed.partition("+")[0]
            made_for = f"torch's {theirs} builds"
            row = f"matrix:torch/{release}"
            yield Misfit(package, installed, made_for, row, f"{package}=={plain}+{label}")


def _pinned_otherwise(
    matrix: Matrix, release: str, packages: Mapping[str, str]
) -> Iterator[Misfit]:
    """What a companion's own metadata asks for."""
    for package in _PINNED:
        installed = packages.get(package)
        row = None if installed is None else matrix.companion(package, installed.partition("+")[0])
        if row is None or row.torch is None or installed is None:
            continue
        if not _meets(release, row.torch):
            requirement = f"torch{row.torch}"
            yield Misfit(
                package, installed, requirement, f"matrix:companions/{package} {row.version}", None
            )


def _meets(version: str, requirement: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - 30 ms
    from packaging.version import InvalidVersion  # noqa: PLC0415

    try:
        return SpecifierSet(requirement).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True  # not known not to fit
