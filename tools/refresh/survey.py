"""Asks the registry for all releases of a project: which Pythons each has, and its metadata."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from packaging.version import InvalidVersion, Version

from refresh.projects import Project, Release
from refresh.registry import Registry, RegistryError

# Pythons are tried upwards until this many in a row have no release; a wheel for every Python
# would never end, hence the last.
_GAP = 2
_LAST_PYTHON = 20
# The first Python that has a build without the global lock: PEP 703.
_FIRST_FREE_THREADED = 13

Pythons = dict[str, tuple[str, ...]]  # by release
Survey = dict[Project, tuple[Release, ...]]
Question = TypeVar("Question")
Answer = TypeVar("Answer")


def survey(registry: Registry, projects: Iterable[Project], threads: int) -> Survey:
    """What the registry says of every project's releases; raise RegistryError."""
    pool = ThreadPoolExecutor(threads)
    try:
        listed = _ask(pool, lambda each: pythons_of_releases(registry, each), projects)
        questions = [
            (project, version, pythons)
            for project, versions in listed.items()
            for version, pythons in versions.items()
        ]
        releases = _ask(pool, lambda question: _release(registry, *question), questions)
    except BaseException:
        registry.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return {
        project: tuple(release for (asked, _, _), release in releases.items() if asked is project)
        for project in listed
    }


def pythons_of_releases(registry: Registry, project: Project) -> Pythons:
    """The Pythons of each release that is looked at, oldest release first."""
    found: dict[str, list[str]] = {}
    empty = 0
    for minor in range(project.first_python, _LAST_PYTHON + 1):
        anything = False
        variants = [f"3.{minor}", f"3.{minor}t"][: 1 + (minor >= _FIRST_FREE_THREADED)]
        for python in variants:
            for version in registry.releases(project.distribution, python):
                anything = True
                if _is_covered(project, version):
                    found.setdefault(version, []).append(python)
        empty = 0 if anything else empty + 1
        if empty == _GAP:
            break
    if not found:
        raise RegistryError(f"{project.distribution}: the registry lists no release with wheels")
    return {version: tuple(found[version]) for version in sorted(found, key=Version)}


def _is_covered(project: Project, version: str) -> bool:
    try:
        return project.covers(version)
    except InvalidVersion as error:
        words = f"{project.distribution}: {version[:40]!r} is no version"
        raise RegistryError(words) from error


def _release(
    registry: Registry, project: Project, version: str, pythons: tuple[str, ...]
) -> Release:
    # The oldest Python's wheel: those of newer ones may have been added or mended months later.
    metadata = registry.metadata(project.distribution, version, pythons[0])
    return Release(f"{project.distribution} {version}", version, pythons, metadata)


def _ask(
    pool: ThreadPoolExecutor, ask: Callable[[Question], Answer], questions: Iterable[Question]
) -> Mapping[Question, Answer]:
    futures = {each: pool.submit(ask, each) for each in questions}
    wait(futures.values(), return_when=FIRST_EXCEPTION)
    for future in futures.values():
        if future.done():
            future.result()
    return {question: future.result() for question, future in futures.items()}
