"""What an environment's files show of a torn installation, without any import."""

from collections.abc import Iterator

from gpudoctor.checks._evidence import framework_pointer, seen
from gpudoctor.facts import EnvironmentFacts, FrameworkFacts, Known, known
from gpudoctor.findings import Evidence

# Distributions that write into one and the same folder, so that the last to come overwrites.
_SHARING = {"tensorflow": ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tf-nightly")}


def torn(
    environment: EnvironmentFacts, index: int, framework: FrameworkFacts
) -> tuple[Evidence, ...]:
    """Each sign of files that are missing or come from two installations."""
    return (
        *_missing_files(index, framework),
        *_two_versions(environment, index, framework),
        *_two_distributions(environment, index, framework),
    )


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
    both = [name for name in _SHARING.get(framework.name, ()) if name in packages]
    if len({packages[name] for name in both}) > 1:
        words = f"{' and '.join(f'{name} {packages[name]}' for name in both)} share one folder"
        yield seen(f"/environments/{index}/packages", environment.packages, words)
