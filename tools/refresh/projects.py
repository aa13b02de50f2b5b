"""The forms of what is refreshed: listings of distributions, releases, and a section's project."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from refresh.registry import Metadata, RegistryError

# Where in a row a value stands: ("python",), or ("builds", "cu130", "cudnn") for the build cu130.
Path = tuple[str, ...]
Cells = Mapping[Path, object]


@dataclass(frozen=True, slots=True)
class Listing:
    """A distribution's releases with wheels for a platform."""

    distribution: str
    first: str
    # The minor of the oldest Python that the first release has a wheel for; or the one Python that
    # stands for all, where one wheel serves them all.
    first_python: int
    every_python: bool = True
    platform: str = "linux-x86_64"
    asks_metadata: bool = True

    def covers(self, version: str) -> bool:
        """Whether a release is one that is looked at."""
        found = Version(version)
        return found >= Version(self.first) and not found.is_prerelease


@dataclass(frozen=True, slots=True)
class Release:
    """What a registry says of one release: its Pythons, and of a wheel of the oldest of them."""

    what: str
    version: str
    pythons: tuple[str, ...]
    metadata: Metadata

    def requirements(self, extra: str = "", python: str = "") -> tuple[Requirement, ...]:
        """The requirements that hold on Linux x86_64 with one Python, else with the oldest."""
        version = python or self.pythons[0].removesuffix("t")
        machine = {
            "extra": extra,
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": "x86_64",
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{version}.0",
            "python_version": version,
            "sys_platform": "linux",
        }
        return tuple(
            each for each in self.all() if each.marker is None or each.marker.evaluate(machine)
        )

    def all(self) -> tuple[Requirement, ...]:
        """Every requirement, for whatever machine; raise RegistryError."""
        try:
            return tuple(map(Requirement, self.metadata.requires))
        except InvalidRequirement as error:
            raise RegistryError(f"{self.what}: the metadata makes no sense ({error})") from None


class Survey(dict[Listing, tuple[Release, ...]]):
    """What the registry says of every listing, oldest release first."""

    def release(self, listing: Listing, version: str) -> Release | None:
        """One release, if it is listed."""
        return next((each for each in self[listing] if each.version == version), None)

    def newest(self, listing: Listing, requirement: Requirement) -> Release | None:
        """The newest release that a requirement allows, as pip would take."""
        allowed = [each for each in self[listing] if requirement.specifier.contains(each.version)]
        return max(allowed, key=lambda each: Version(each.version), default=None)


@dataclass(frozen=True, slots=True)
class Project:
    """A section whose rows follow the releases of one distribution, or of several by turns."""

    section: str
    listings: tuple[Listing, ...]
    derive: Callable[[Release, Survey], Cells]
    key: str = "version"
    beside: tuple[Listing, ...] = ()  # what `derive` looks at too
    # Columns that other sources give too: written in rows that rest on metadata alone, and only
    # compared in the others.
    shared: frozenset[str] = frozenset()
    # Other columns of the section's rows of this distribution, such as {"package": "cupy-cuda12x"}.
    where: Mapping[str, str] = field(default_factory=dict, hash=False)
    # The source that stands for this metadata in the rows; a row without it is not ours.
    source: str = "wheel-metadata"

    @property
    def name(self) -> str:
        """What the project is called in words."""
        return self.listings[0].distribution

    def covers(self, version: str) -> bool:
        """Whether a release is one that is looked at."""
        return self.listings[0].covers(version)

    def releases(self, survey: Survey) -> tuple[Release, ...]:
        """The releases that rows follow, oldest first, each once."""
        found = {each.version: each for listing in self.listings for each in survey[listing]}
        return tuple(found[version] for version in sorted(found, key=Version))
