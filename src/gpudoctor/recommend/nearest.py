"""Chooses the release that changes least, for an environment that has one already."""

from collections.abc import Callable
from dataclasses import replace

from gpudoctor.matrix.queries import Matrix
from gpudoctor.recommend.choose import fewer_gpus
from gpudoctor.recommend.releases import judged_releases
from gpudoctor.recommend.wanted import Choice, Wanted


def nearest(
    matrix: Matrix,
    wanted: Wanted,
    framework: str,
    version: str | None,
    accepts: Callable[[Choice], bool],
) -> Choice | None:
    """Of the builds that run there the one nearest to a release, else the newest; None for none.

    An old display card that no build serves must not keep the big card from its own.
    """
    for gpus in (wanted.gpus, *fewer_gpus(wanted.gpus)):
        served = replace(wanted, gpus=gpus)
        found = _nearest(matrix, served, framework, version, accepts)
        if found is not None:
            return found
    return None


def _nearest(
    matrix: Matrix,
    wanted: Wanted,
    framework: str,
    version: str | None,
    accepts: Callable[[Choice], bool],
) -> Choice | None:
    releases = tuple(judged_releases(matrix, framework, wanted))
    places = {each.version: place for place, each in enumerate(releases)}
    ours = places.get((version or "").partition("+")[0], 0)

    def distance(choice: Choice) -> tuple[int, int, bool, int]:
        place = places[choice.version]
        # A CUDA newer than the driver's own runs by minor-version compatibility, but what is
        # compiled for it at run time (torch.compile, Triton) does not.
        beyond = choice.is_native is False
        number = choice.cuda.major * 100 + choice.cuda.minor
        return abs(place - ours), place, beyond, number if beyond else -number

    runs = (choice for each in releases for choice in each.choices if accepts(choice))
    return min(runs, key=distance, default=None)
