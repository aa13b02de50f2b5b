"""The commands that install what was chosen, for each package manager."""

import shlex
from collections.abc import Callable, Iterator, Mapping

from gpudoctor.recommend.companions import options_for
from gpudoctor.recommend.wanted import Choice, Group

MANAGERS = ("pip", "uv", "conda", "poetry")


def commands(group: Group, manager: str, python: str | None, kept: tuple[str, ...]) -> list[str]:
    """The lines to type, in order, for one environment."""
    return list(_MANAGERS[manager](group, python or newest_python(group), kept))


def newest_python(group: Group) -> str:
    """The newest Python that everything in the environment has wheels for."""
    common = [
        each
        for each in group.choices[0].pythons
        if not each.endswith("t") and all(each in choice.pythons for choice in group.choices)
    ]
    return common[-1] if common else "3"


def _requirements(choice: Choice) -> tuple[str, ...]:
    return (choice.requirement, *choice.beside)


def _installs(prefix: tuple[str, ...], group: Group, kept: tuple[str, ...]) -> Iterator[str]:
    """One command an index: an index of PyTorch's has nothing but PyTorch."""
    for choice in group.choices:
        index = ("--index-url", choice.index_url) if choice.index_url else ()
        # What is kept is asked for with each, or a later command might replace it.
        beside = () if index else kept
        yield shlex.join((*prefix, "install", *_requirements(choice), *beside, *index))
    for choice in group.choices:
        for each in choice.then:
            # The build is named again, or a companion's own requirement might replace it.
            yield shlex.join((*prefix, "install", each, choice.requirement, *options_for(each)))
    if kept and all(choice.index_url for choice in group.choices):
        yield shlex.join((*prefix, "install", *kept))


def _pip(group: Group, python: str, kept: tuple[str, ...]) -> Iterator[str]:
    yield f"python{python} -m venv .venv"
    yield from _installs((".venv/bin/python", "-m", "pip"), group, kept)


def _uv(group: Group, python: str, kept: tuple[str, ...]) -> Iterator[str]:
    yield f"uv venv --python {python}"
    yield from _installs(("uv", "pip"), group, kept)


def _conda(group: Group, python: str, kept: tuple[str, ...]) -> Iterator[str]:
    # The wheels that were chosen, in conda's environment: its own builds follow other rows.
    yield f"conda create --name gpu python={python} pip"
    prefix = ("conda", "run", "--name", "gpu", "python", "-m", "pip")
    yield from _installs(prefix, group, kept)


def _poetry(group: Group, _: str, kept: tuple[str, ...]) -> Iterator[str]:
    for choice in group.choices:
        source: tuple[str, ...] = ()
        if choice.index_url:
            name = f"pytorch-{choice.tag}"
            yield shlex.join(
                ("poetry", "source", "add", "--priority", "explicit", name, choice.index_url)
            )
            source = ("--source", name)
        yield shlex.join(("poetry", "add", *source, *_requirements(choice)))
        if choice.then:
            yield shlex.join(("poetry", "add", *choice.then))
    if kept:
        yield shlex.join(("poetry", "add", *kept))


_MANAGERS: Mapping[str, Callable[[Group, str, tuple[str, ...]], Iterator[str]]] = {
    "pip": _pip,
    "uv": _uv,
    "conda": _conda,
    "poetry": _poetry,
}
