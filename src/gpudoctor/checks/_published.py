"""What the matrix knows of published wheels: for which Pythons, and with which CUDA."""

from collections.abc import Iterator
from dataclasses import dataclass

from gpudoctor.facts import PlatformFacts
from gpudoctor.matrix import Matrix
from gpudoctor.matrix.platform_queries import number_of
from gpudoctor.matrix.rows import Origin, TorchRow

_TENSORFLOW = ("tensorflow", "tensorflow-gpu", "tensorflow-cpu")
_BESIDE_TORCH = ("torchvision", "torchaudio")
_JAX = ("jax", "jaxlib")
# The only releases of torch that were ever published as source: they fit any Python and no GPU.
_TORCH_SOURCES = ("0.1.2", "0.1.2.post1", "0.1.2.post2")


@dataclass(frozen=True, slots=True)
class Published:
    """One release: the Pythons that have a wheel of it, and its CUDA builds."""

    row: str
    version: str
    pythons: tuple[str, ...]
    tags: tuple[str, ...]
    origin: Origin


def published(matrix: Matrix, name: str, platform: PlatformFacts) -> Iterator[Published]:
    """Every release of a package that the matrix knows the Pythons of, newest first."""
    if name == "torch" or name in _BESIDE_TORCH:
        for torch in matrix.torch_releases():
            pythons, tags = _pythons(torch, platform), tuple(each.tag for each in torch.builds)
            row = f"matrix:torch/{torch.version}"
            own = (torch.version,) if name == "torch" else getattr(torch, name)
            yield from (Published(row, each, pythons, tags, torch.origin) for each in own)
    elif name in _TENSORFLOW:
        for release in matrix.tensorflow_releases():
            pythons = release.pythons_windows if platform.os == "windows" else release.pythons
            row = f"matrix:tensorflow/{release.version}"
            yield Published(row, release.version, pythons, (), release.origin)
    elif name in _JAX:
        for jax in matrix.jax_releases():
            row = f"matrix:jax/{jax.version}"
            yield Published(row, jax.version, jax.pythons, (), jax.origin)
    else:
        for other in matrix.companions(name):
            if other.pythons:
                row = f"matrix:companions/{name} {other.version}"
                yield Published(row, other.version, other.pythons, (), other.origin)


def _pythons(release: TorchRow, platform: PlatformFacts) -> tuple[str, ...]:
    if platform.os == "windows":
        return release.pythons_windows
    return release.pythons_aarch64 if platform.cpu_arch == "aarch64" else release.pythons


def matching(found: tuple[Published, ...], versions: str) -> tuple[Published, ...]:
    """The releases that a requirement allows, its local label left aside."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - 10 ms

    try:
        allowed = SpecifierSet(versions.partition("+")[0].replace("===", "=="))
    except InvalidSpecifier:
        return ()
    return tuple(each for each in found if allowed.contains(each.version))


def only_sources(name: str, served: tuple[str, ...]) -> bool:
    """Whether an index offered nothing but the sources from before there were wheels."""
    return name == "torch" and bool(served) and set(served) <= set(_TORCH_SOURCES)


def pythons_served(
    found: tuple[Published, ...], served: tuple[str, ...], before: str | None
) -> frozenset[str]:
    """The Pythons for which an index would offer just such a list; none where no one fits.

    pip lists only what has a wheel for the Python that runs it: so the oldest release listed is the
    oldest with a wheel for that Python, every one listed has such a wheel, and none that is newer
    has, at least none from `before` the one that was asked for: that one was out by then.
    """
    bases = {each.partition("+")[0] for each in served}
    tags = {each.partition("+")[2] for each in served}
    # An index of one CUDA offers nothing else.
    rows = found if "" in tags else tuple(each for each in found if tags & set(each.tags))
    listed = [each for each in rows if each.version in bases]
    if not listed:
        return frozenset()
    numbers = [number_of(each.version) for each in listed]
    oldest, newest = min(numbers), max(numbers)
    common = frozenset.intersection(*(frozenset(each.pythons) for each in listed))
    end = number_of(before) if before else ()
    unlisted = [
        each
        for each in rows
        if (number := number_of(each.version)) < oldest or newest < number < end
    ]
    return common - {python for each in unlisted for python in each.pythons}
