"""Which copy of a library a framework loads, in words, and which folders put it first."""

from collections.abc import Iterator

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._import_error import stem_of
from gpudoctor.facts import EnvironmentFacts, FrameworkFacts, Known, LibraryLoad, known
from gpudoctor.findings import Evidence


def loads_of(framework: FrameworkFacts, *stems: str) -> Iterator[LibraryLoad]:
    """The copies that the loader takes of these libraries."""
    for each in known(framework.loads) or ():
        if stem_of(each.soname) in stems and isinstance(each.path, Known):
            yield each


def load_evidence(index: int, framework: FrameworkFacts, load: LibraryLoad) -> Evidence:
    """The copy that is taken, by which rule, and what it shadows."""
    rule = load.path.source if isinstance(load.path, Known) else ""
    words = f"{load.soname} is taken from {known(load.path)} by {rule}"
    if load.shadows:
        words += f", before {', '.join(load.shadows[:2])}"
    source = framework.loads.source if isinstance(framework.loads, Known) else "headers"
    return Evidence(framework_pointer(index, framework.name, "loads"), words, source)


def version_of(environment: EnvironmentFacts, path: str) -> str | None:
    """The version of a copy, where it is known."""
    for each in known(environment.libraries) or ():
        if each.path == path:
            return known(each.version)
    return None


def shadowing_folders(framework: FrameworkFacts, *stems: str) -> tuple[str, ...]:
    """The folders of LD_LIBRARY_PATH that give a framework other copies than its own."""
    folders = [
        each.path.value.rpartition("/")[0]
        for each in loads_of(framework, *stems)
        if isinstance(each.path, Known) and each.path.source == "LD_LIBRARY_PATH"
    ]
    return tuple(dict.fromkeys(folders))
