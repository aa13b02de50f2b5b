"""Asks the registry for all releases of a listing: which Pythons each has, and its metadata."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from packaging.version import InvalidVersion, Version

from refresh.projects import Listing, Project, Release, Survey
from refresh.registry import Metadata, Registry, RegistryError

# Pythons are tried upwards until this many in a row have no release; a wheel for every Python
# would never end, hence the last.
_GAP = 2
_LAST_PYTHON = 20
# The first Python that has a build without the global lock: PEP 703.
_FIRST_FREE_THREADED = 13

Pythons = dict[str, tuple[str, ...]]  # by release
Question = TypeVar("Question")
Answer = TypeVar("Answer")


def survey(registry: Registry, projects: Iterable[Project], threads: int) -> Survey:
    """What the registry says of every project's releases; raise RegistryError."""
    listings = {each: None for project in projects for each in project.listings + project.beside}
    pool = ThreadPoolExecutor(threads)
    try:
        listed = _ask(pool, lambda each: pythons_of_releases(registry, each), listings)
        questions = [
            (listing, version, pythons)
            for listing, versions in listed.items()
            for version, pythons in versions.items()
        ]
        releases = _ask(pool, lambda question: _release(registry, *question), questions)
    except BaseException:
        registry.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return Survey(
        (listing, tuple(found for (asked, _, _), found in releases.items() if asked is listing))
        for listing in listed
    )


def pythons_of_releases(registry: Registry, listing: Listing) -> Pythons:
    """The Pythons of each release that is looked at, oldest release first."""
    found: dict[str, list[str]] = {}
    empty = 0
    last = _LAST_PYTHON if listing.every_python else listing.first_python
    for minor in range(listing.first_python, last + 1):
        anything = False
        variants = [f"3.{minor}"]
        if minor >= _FIRST_FREE_THREADED and listing.every_python:
            variants.append(f"3.{minor}t")
        for python in variants:
            for version in registry.releases(listing.distribution, python, listing.platform):
                anything = True
                if _is_covered(listing, version):
                    found.setdefault(version, []).append(python)
        empty = 0 if anything else empty + 1
        if empty == _GAP:
            break
    if not found:
        words = f"the registry lists no release with wheels for {listing.platform}"
        raise RegistryError(f"{listing.distribution}: {words}")
    return {version: tuple(found[version]) for version in sorted(found, key=Version)}


def _is_covered(listing: Listing, version: str) -> bool:
    try:
        return listing.covers(version)
    except InvalidVersion as error:
        words = f"{listing.distribution}: {version[:40]!r} is no version"
        raise RegistryError(words) from error


def _release(
    registry: Registry, listing: Listing, version: str, pythons: tuple[str, ...]
) -> Release:
    # The oldest Python's wheel: those of newer ones may have been added or mended months later.
    metadata = Metadata()
    if listing.asks_metadata:
        metadata = registry.metadata(listing.distribution, version, pythons[0], listing.platform)
    return Release(f"{listing.distribution} {version}", version, pythons, metadata)


def _ask(
    pool: ThreadPoolExecutor, ask: Callable[[Question], Answer], questions: Iterable[Question]
) -> Mapping[Question, Answer]:
    futures = {each: pool.submit(ask, each) for each in questions}
    wait(futures.values(), return_when=FIRST_EXCEPTION)
    for future in futures.values():
        if future.done():
            future.result()
    return {question: future.result() for question, future in futures.items()}
