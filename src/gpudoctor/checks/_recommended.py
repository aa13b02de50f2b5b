"""What `recommend` would install on this machine, as remedies: a check never says otherwise.

`recommend` is imported where a remedy is needed: a healthy machine's start would pay for it.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from gpudoctor.checks._driver_for_cuda import driver_upgrade, is_run_by_driver
from gpudoctor.checks._libcuda import loaded_driver
from gpudoctor.checks._platform_words import processor
from gpudoctor.checks._visible_gpus import visible_gpus
from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import Remedy
from gpudoctor.matrix import Matrix

if TYPE_CHECKING:
    from gpudoctor.recommend import Choice, Wanted


def wanted_for(
    snapshot: Snapshot, matrix: Matrix, index: int, *, any_driver: bool = False
) -> "Wanted":
    """This machine and one of its environments, as `recommend` takes them."""
    from gpudoctor.matrix.answers import Setting  # noqa: PLC0415
    from gpudoctor.matrix.targets import Gpu  # noqa: PLC0415
    from gpudoctor.recommend import Wanted  # noqa: PLC0415
    from gpudoctor.recommend.asked import glibc_of  # noqa: PLC0415

    platform = snapshot.platform
    python = known(snapshot.environments[index].python.version)
    driver = known(loaded_driver(snapshot)) or known(snapshot.nvml.driver_version)
    glibc = glibc_of(snapshot, platform.os)
    gpus = {
        each.capability: Gpu(each.name, each.capability, matrix.product(each.name))
        for each in visible_gpus(snapshot, matrix)
    }
    return Wanted(
        frameworks=(),
        gpus=tuple(gpus.values()),
        setting=Setting(
            driver=None if any_driver else driver,
            os=platform.os,
            python=None if python is None else ".".join(python.split(".")[:2]),
            is_wsl=known(platform.wsl) is not None,
        ),
        cpu_arch=processor(platform),
        glibc=None if glibc is None else _numbers(glibc),
    )


def _numbers(glibc: str) -> tuple[int, ...]:
    return tuple(int(part) for part in glibc.rpartition(" ")[2].split(".")[:2])


def nearest_choice(
    snapshot: Snapshot,
    matrix: Matrix,
    index: int,
    framework: str,
    version: str | None,
    *,
    any_driver: bool = False,
) -> "Choice | None":
    """The build that runs here and changes least, its libraries as wheels; None for none."""
    from gpudoctor.recommend.nearest import nearest  # noqa: PLC0415

    wanted = wanted_for(snapshot, matrix, index, any_driver=any_driver)

    def is_accepted(choice: "Choice") -> bool:
        # The driver's own word on its CUDA goes before what its version number promises.
        return choice.needs is None and (
            any_driver or is_run_by_driver(snapshot, matrix, choice.cuda)
        )

    return nearest(matrix, wanted, framework, version, is_accepted)


def is_refused(
    snapshot: Snapshot, matrix: Matrix, index: int, framework: str, version: str
) -> bool:
    """Whether the matrix says that no build of a release runs here; what it can't tell is no no."""
    from gpudoctor.matrix.answers import Verdict  # noqa: PLC0415
    from gpudoctor.recommend.releases import judged_releases  # noqa: PLC0415

    wanted = wanted_for(snapshot, matrix, index)
    for judged in judged_releases(matrix, framework, wanted):
        if judged.version == version:
            verdicts = [step.verdict for step in judged.against]
            return not judged.choices and set(verdicts) == {Verdict.NO}
    return False


def openings(
    snapshot: Snapshot, matrix: Matrix, index: int, framework: str, diagnosis: str
) -> tuple[Remedy, ...]:
    """Where nothing runs: the one change that opens the way, a newer driver or another Python."""
    from gpudoctor.recommend.openings import openings_for  # noqa: PLC0415
    from gpudoctor.remedies.installing import other_python  # noqa: PLC0415

    wanted = replace(wanted_for(snapshot, matrix, index), frameworks=(framework,))
    found: list[Remedy] = []
    for opening in openings_for(matrix, framework, wanted):
        choice = opening.choice
        if opening.python is not None and choice.needs is None:
            index_url = ("--index-url", choice.index_url) if choice.index_url else ()
            asked = (choice.requirement, *index_url)
            found.append(other_python(snapshot.platform, opening.python, asked, diagnosis))
        elif opening.driver is not None and not found:
            found.extend(driver_upgrade(snapshot, matrix, opening.driver, diagnosis))
    return tuple(found)
