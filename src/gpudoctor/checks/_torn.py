"""What an environment's files show of a torn installation, without any import."""

from collections.abc import Iterator

from gpudoctor.checks._evidence import framework_pointer, seen
from gpudoctor.facts import (
    Absent,
    EnvironmentFacts,
    FrameworkFacts,
    Known,
    UnmetRequirement,
    known,
)
from gpudoctor.findings import Evidence

# Distributions that write into one and the same folder, so that the last to come overwrites.
SHARING = {
    "tensorflow": (
        "tensorflow",
        "tensorflow-cpu",
        "tensorflow-gpu",
        "tf-nightly",
        "intel-tensorflow",
        "tensorflow-rocm",
    )
}
# What the import itself imports at once; other requirements are first missed at some call.
_IMPORTED_AT_ONCE = {
    "torch": ("typing-extensions",),
    "tensorflow": ("absl-py", "numpy", "protobuf"),
    "jax": ("jaxlib", "ml-dtypes", "numpy"),
}


def torn(
    environment: EnvironmentFacts, index: int, framework: FrameworkFacts
) -> tuple[Evidence, ...]:
    """Each sign of files that are missing or come from two installations."""
    return (
        *_missing_files(index, framework),
        *_two_versions(environment, index, framework),
        *_two_distributions(environment, index, framework),
        *_without_what_it_imports(environment, index, framework),
    )


def unmet_of(
    environment: EnvironmentFacts, framework: FrameworkFacts
) -> tuple[UnmetRequirement, ...]:
    """The requirements of one framework that the environment does not meet."""
    unmet = known(environment.unmet) or ()
    return tuple(each for each in unmet if each.package == framework.name)


def untidy(
    environment: EnvironmentFacts, index: int, framework: FrameworkFacts
) -> tuple[Evidence, ...]:
    """What is left in disorder, and harmless as long as the framework imports."""
    found = [_unmet_evidence(index, environment, each) for each in unmet_of(environment, framework)]
    for damage in known(environment.damage) or ():
        if damage.package == framework.name:
            names = ", ".join(name.rpartition("/")[2] for name in damage.names)
            words = f"{damage.kind}: {names}"
            found.append(seen(f"/environments/{index}/damage", environment.damage, words))
    return tuple(found)


def _unmet_evidence(index: int, environment: EnvironmentFacts, unmet: UnmetRequirement) -> Evidence:
    have = known(unmet.installed)
    words = f"{unmet.package} requires {unmet.name}{unmet.specifier}; installed is {have or 'none'}"
    return seen(f"/environments/{index}/unmet", environment.unmet, words)


def _without_what_it_imports(
    environment: EnvironmentFacts, index: int, framework: FrameworkFacts
) -> Iterator[Evidence]:
    for each in unmet_of(environment, framework):
        at_once = each.name in _IMPORTED_AT_ONCE.get(framework.name, ())
        if at_once and isinstance(each.installed, Absent):
            yield _unmet_evidence(index, environment, each)


def _missing_files(index: int, framework: FrameworkFacts) -> Iterator[Evidence]:
    missing = known(framework.missing_files)
    if missing:
        pointer = framework_pointer(index, framework.name, "missing_files")
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        words = (
            f"{missing[0]}{more} of its files are missing"
            if more
            else (f"its file {missing[0]} is missing")
        )
        yield seen(pointer, framework.missing_files, words)


def _two_versions(
    environment: EnvironmentFacts, index: int, framework: FrameworkFacts
) -> Iterator[Evidence]:
    """The files' own version against the metadata's; the label after + may stand in one only."""
    told = (known(environment.packages) or {}).get(framework.name)
    version = framework.version
    if told is None or not isinstance(version, Known):
        return
    if told.partition("+")[0] != version.value.partition("+")[0]:
        pointer = framework_pointer(index, framework.name, "version")
        words = f"its files are of version {version.value} and its metadata of {told}"
        yield seen(pointer, version, words)


def _two_distributions(
    environment: EnvironmentFacts, index: int, framework: FrameworkFacts
) -> Iterator[Evidence]:
    packages = known(environment.packages) or {}
    both = [name for name in SHARING.get(framework.name, ()) if name in packages]
    if len({packages[name] for name in both}) > 1:
        words = f"{' and '.join(f'{name} {packages[name]}' for name in both)} share one folder"
        yield seen(f"/environments/{index}/packages", environment.packages, words)
