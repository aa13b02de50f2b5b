"""Chooses releases: the newest that run, together in one environment where they can live so."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from gpudoctor.matrix.answers import Step
from gpudoctor.matrix.queries import Matrix
from gpudoctor.matrix.targets import Gpu
from gpudoctor.recommend.companions import lacking, remarks_on, with_companions
from gpudoctor.recommend.openings import openings_for
from gpudoctor.recommend.releases import Judged, judged_releases
from gpudoctor.recommend.together import conflict, keeps
from gpudoctor.recommend.wanted import Choice, Group, Recommendation, RuledOut, Wanted

_TORCH_PAGE = "https://pytorch.org/get-started/locally/"
# Of each framework so many releases are tried for a pair: older ones are years old.
_TRIED_TOGETHER = 24


def recommend(matrix: Matrix, wanted: Wanted) -> Recommendation:
    """What to install for the frameworks that are wanted, and why nothing newer.

    Where a machine's cards are taken as they are, and no build serves them all, those that nothing
    serves are left out, oldest first.
    """
    found = _recommended(matrix, wanted)
    if not (wanted.may_leave_out and found.missing):
        return found
    for gpus in fewer_gpus(wanted.gpus):
        again = _recommended(matrix, replace(wanted, gpus=gpus))
        if not again.missing:
            names = ", ".join(each.name for each in wanted.gpus if each not in gpus)
            remark = f"no build serves {names} too, which is left out"
            return replace(again, remarks=(remark, *again.remarks))
    return found


def fewer_gpus(gpus: tuple[Gpu, ...]) -> Iterator[tuple[Gpu, ...]]:
    """The cards without those of the lowest capability, then without the next, down to one kind."""
    capabilities = sorted({each.capability for each in gpus})
    for lowest in capabilities[1:]:
        yield tuple(each for each in gpus if each.capability >= lowest)


def _recommended(matrix: Matrix, wanted: Wanted) -> Recommendation:
    best: dict[str, Choice] = {}
    ruled_out: list[RuledOut] = []
    runs_alone: set[str] = set()  # without the companions that were asked for
    for framework in wanted.frameworks:
        passed: list[tuple[str, str]] = []
        for judged in judged_releases(matrix, framework, wanted):
            choice = _first_kept(matrix, judged, wanted)
            if choice is not None:
                best[framework] = choice
                break
            if judged.choices:
                runs_alone.add(framework)
            passed.append((judged.version, _reason(matrix, judged, wanted)))
        ruled_out += _grouped(framework, passed)
    missing = tuple(each for each in wanted.frameworks if each not in best)
    groups, remarks = _groups(matrix, wanted, best)
    return Recommendation(
        wanted=wanted,
        groups=groups,
        ruled_out=tuple(ruled_out),
        missing=missing,
        openings=tuple(
            opening
            for each in missing
            if each not in runs_alone
            for opening in openings_for(matrix, each, wanted)
        ),
        remarks=(
            *remarks,
            *_elsewhere(wanted, missing),
            *remarks_on(tuple(each for group in groups for each in group.choices)),
        ),
    )


def _elsewhere(wanted: Wanted, missing: tuple[str, ...]) -> Iterator[str]:
    """Who lists builds that the matrix does not."""
    if "torch" in missing and (wanted.setting.os != "linux" or wanted.cpu_arch != "x86_64"):
        yield (
            "the matrix lists PyTorch's builds for Linux on x86_64 alone; PyTorch's own page has "
            f"those for other systems: {_TORCH_PAGE}"
        )


def _first_kept(matrix: Matrix, judged: Judged, wanted: Wanted) -> Choice | None:
    """The best build that bears what is to be kept."""
    return next(_kept(matrix, judged, wanted), None)


def _kept(matrix: Matrix, judged: Judged, wanted: Wanted) -> Iterator[Choice]:
    """The builds that bear what is to be kept, with what is to go with them."""
    for choice in judged.choices:
        if not keeps(matrix, choice, wanted.keep):
            continue
        if choice.framework != "torch" or not wanted.companions:
            yield choice
        elif (whole := with_companions(matrix, choice, wanted)) is not None:
            yield whole


def _reason(matrix: Matrix, judged: Judged, wanted: Wanted) -> str:
    kept = [each for each in judged.choices if keeps(matrix, each, wanted.keep)]
    if kept:
        return f"no release of {lacking(matrix, kept[0], wanted)} is known to go with it"
    if judged.choices:
        return f"it does not bear {', '.join(wanted.keep)}"
    # What speaks against the build that came furthest: it failed the latest of the questions.
    step = max(judged.against, key=_progress)
    if step.about == "python":
        return f"no wheel for Python {wanted.setting.python}"
    return step.words


_QUESTIONS = ("build", "platform", "python", "code", "cuda", "cudnn", "gpu driver", "driver")


def _progress(step: Step) -> int:
    return _QUESTIONS.index(step.about)


def _grouped(framework: str, passed: list[tuple[str, str]]) -> Iterator[RuledOut]:
    """Neighbours that the same rules out, in one entry."""
    found: list[RuledOut] = []
    for version, why in passed:
        if found and found[-1].why == why:
            found[-1] = RuledOut(framework, found[-1].newest, version, why)
        else:
            found.append(RuledOut(framework, version, version, why))
    yield from found


def _groups(
    matrix: Matrix, wanted: Wanted, best: dict[str, Choice]
) -> tuple[tuple[Group, ...], tuple[str, ...]]:
    alone = tuple(Group((each,)) for each in best.values())
    if not {"torch", "tensorflow"} <= set(best):
        return alone, ()
    jax = tuple(Group((each,)) for name, each in best.items() if name == "jax")
    torch, tensorflow = best["torch"], best["tensorflow"]
    why = conflict(matrix, torch, tensorflow)
    if why is None:
        return (Group((torch, tensorflow)), *jax), ()
    pair = _pair(matrix, wanted)
    if pair is None:
        return alone, (f"torch and TensorFlow need an environment each: {why}",)
    remark = (
        f"the newest of each, {torch.requirement} and {tensorflow.requirement}, can't live in one "
        f"environment: {why}. Apart, each could be the newest"
    )
    return (Group(pair), *jax), (remark,)


def _pair(matrix: Matrix, wanted: Wanted) -> tuple[Choice, Choice] | None:
    """The newest TensorFlow with the newest torch that lives beside it."""
    torches = _all_kept(matrix, "torch", wanted)
    for tensorflow in _all_kept(matrix, "tensorflow", wanted):
        for torch in torches:
            if conflict(matrix, torch, tensorflow) is None:
                return torch, tensorflow
    return None


def _all_kept(matrix: Matrix, framework: str, wanted: Wanted) -> tuple[Choice, ...]:
    releases = islice(judged_releases(matrix, framework, wanted), _TRIED_TOGETHER)
    return tuple(choice for judged in releases for choice in _kept(matrix, judged, wanted))
