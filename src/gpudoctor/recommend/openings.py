"""Which single change of the machine would let a framework run there."""

from collections.abc import Iterator
from dataclasses import replace

from gpudoctor.matrix.queries import Matrix
from gpudoctor.recommend.releases import judge, judged_releases
from gpudoctor.recommend.wanted import Choice, Opening, Wanted
from gpudoctor.versions import DriverVersion


def openings_for(matrix: Matrix, framework: str, wanted: Wanted) -> Iterator[Opening]:
    """The changes, each alone, that open the way; none where no single one does."""
    setting = wanted.setting
    if setting.driver is not None:
        yield from _by_driver(matrix, framework, wanted)
    if setting.python is not None:
        found = _newest(matrix, framework, replace(wanted, setting=replace(setting, python=None)))
        if found is not None and found.pythons:
            change = f"Python {_span(found.pythons)} in place of {setting.python}"
            newest = _plain(found.pythons)[-1]
            yield Opening(framework, change, _named(found), found, python=newest)
    if wanted.glibc is not None:
        found = _newest(matrix, framework, replace(wanted, glibc=None))
        if found is not None:
            here = ".".join(map(str, wanted.glibc))
            change = f"a system with a newer glibc than {here}"
            yield Opening(framework, change, _named(found), found)


def _by_driver(matrix: Matrix, framework: str, wanted: Wanted) -> Iterator[Opening]:
    """The oldest driver for the newest release, and the oldest that would do for any release."""
    freed = replace(wanted, setting=replace(wanted.setting, driver=None))
    found: dict[DriverVersion, Choice] = {}
    newest: DriverVersion | None = None
    for judged in judged_releases(matrix, framework, freed):
        for choice in judged.choices:
            driver = _oldest_driver(matrix, wanted, choice)
            if driver is not None:
                found.setdefault(driver, choice)
        if found and newest is None:
            newest = min(found)
    for driver in dict.fromkeys(each for each in (newest, min(found, default=None)) if each):
        number = str(driver)
        least = (
            f"a driver of branch {driver.branch}" if number.endswith(".0") else f"driver {number}"
        )
        change = f"{least} or newer in place of {wanted.setting.driver}"
        yield Opening(framework, change, _named(found[driver]), found[driver], driver=driver)


def _oldest_driver(matrix: Matrix, wanted: Wanted, choice: Choice) -> DriverVersion | None:
    """The oldest known driver with which a build runs on all the GPUs."""
    needed = matrix.oldest_driver_for(choice.cuda, wanted.setting.driver_os)
    if needed is None:
        return None
    candidates = {needed.minimum, *((needed.native,) if needed.native else ())}
    for gpu in wanted.gpus:
        architecture = matrix.architecture(gpu.capability)
        if architecture is not None and architecture.first_branch is not None:
            candidates.add(DriverVersion.parse(f"{architecture.first_branch}.0"))
    return next((each for each in sorted(candidates) if _runs(matrix, wanted, choice, each)), None)


def _runs(matrix: Matrix, wanted: Wanted, choice: Choice, driver: DriverVersion) -> bool:
    given = replace(wanted, setting=replace(wanted.setting, driver=driver))
    return judge(matrix, choice.program, given)[1] is None


def _newest(matrix: Matrix, framework: str, wanted: Wanted) -> Choice | None:
    releases = judged_releases(matrix, framework, wanted)
    return next((each.choices[0] for each in releases if each.choices), None)


def _named(choice: Choice) -> str:
    if choice.framework == "jax":
        return f"jax {choice.version} with {choice.tag}"
    return f"{choice.framework} {choice.version}{f'+{choice.tag}' if choice.tag else ''}"


def _plain(pythons: tuple[str, ...]) -> list[str]:
    return [each for each in pythons if not each.endswith("t")] or list(pythons)


def _span(pythons: tuple[str, ...]) -> str:
    plain = _plain(pythons)
    return plain[0] if len(plain) == 1 else f"{plain[0]} to {plain[-1]}"
