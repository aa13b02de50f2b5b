"""Probe what is installed in an environment by the names of its metadata folders."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gpudoctor.errors import MissingError, ProbeError
from gpudoctor.facts import Absent, Fact, Known, RequiredPackage, Unknown
from gpudoctor.host import Host

_METADATA_FOLDER = re.compile(r"([A-Za-z0-9._]+?)-([^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info\Z")
_SEPARATORS = re.compile(r"[-_.]+")
_REQUIREMENT = re.compile(r"Requires-Dist: ([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?\s*\(?([^;)]*)\)?")
EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")
_MACHINE = re.compile(r"platform_machine\s*==\s*['\"]([^'\"]+)['\"]")
_SYSTEM = re.compile(r"(?:platform_system|sys_platform)\s*==\s*['\"]([^'\"]+)['\"]")
_METADATA_LIMIT = 1 << 20
_STASHED_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Installed:
    """The distributions of one environment: normalised name → version, and where each lies."""

    versions: Mapping[str, str]
    metadata: Mapping[str, str]  # normalised name → its metadata folder
    doubled: Mapping[str, tuple[str, ...]]  # → the metadata folders that one folder has of it
    further: Mapping[str, tuple[str, ...]]  # → metadata folders that lie behind the first
    stashed: tuple[str, ...]  # what pip set aside and did not remove: ~orch
    closed: str | None = None  # why a folder of the module path could not be listed

    def fact(self) -> Fact[Mapping[str, str]]:
        """The versions as a fact; unknown where a folder that may hold some is closed to us."""
        if self.closed is not None:
            return Unknown(self.closed)
        return Known(self.versions, "names of the metadata folders")


def normalise(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def probe_packages(host: Host, module_path: tuple[str, ...]) -> Installed:
    """List every installed distribution; the first on the module path wins, as in an import."""
    versions: dict[str, str] = {}
    metadata: dict[str, str] = {}
    doubled: dict[str, tuple[str, ...]] = {}
    further: dict[str, tuple[str, ...]] = {}
    stashed: list[str] = []
    closed: str | None = None
    for folder in module_path:
        try:
            entries = host.list_directory(folder)
        except MissingError:
            continue
        except ProbeError as error:
            closed = closed or str(error)
            continue
        for entry in entries:
            path = f"{folder}/{entry}"
            if entry[0] in "~-" and len(stashed) < _STASHED_LIMIT:
                stashed.append(path)
            match = _METADATA_FOLDER.match(entry) if entry.endswith("-info") else None
            if match is None:
                continue
            name = normalise(match.group(1))
            if name not in versions:
                versions[name] = match.group(2)
                metadata[name] = path
            elif metadata[name].rpartition("/")[0] == folder:
                doubled[name] = (*doubled.get(name, (metadata[name],)), path)
            else:
                further[name] = (*further.get(name, ()), path)
    return Installed(versions, metadata, doubled, further, tuple(stashed), closed)


def required_cuda_wheels(
    host: Host, installed: Installed, distribution: str
) -> Fact[tuple[RequiredPackage, ...]]:
    """The nvidia-* wheels that a distribution's metadata asks for here, extras left out."""
    folder = installed.metadata.get(distribution)
    if folder is None:
        return Absent("no metadata of " + distribution)
    found: dict[str, RequiredPackage] = {}
    for name, extras, specifier, marker in read_requirements(host, folder):
        if EXTRA.search(marker) or not is_for_this_machine(host, marker):
            continue
        if name.startswith("nvidia-"):
            found[name] = _required(installed, name, specifier)
        elif name == "cuda-toolkit":  # torch 2.11 on asks for the wheels through this package
            found[name] = _required(installed, name, specifier)
            found.update(_of_extras(host, installed, extras))
    return Known(tuple(found.values()), f"{folder}/METADATA")


def _of_extras(host: Host, installed: Installed, extras: str) -> dict[str, RequiredPackage]:
    folder = installed.metadata.get("cuda-toolkit")
    wanted = {each.strip() for each in extras.split(",")}
    found: dict[str, RequiredPackage] = {}
    for name, _, specifier, marker in read_requirements(host, folder) if folder else ():
        extra = EXTRA.search(marker)
        if extra and extra.group(1) in wanted and is_for_this_machine(host, marker):
            found[name] = _required(installed, name, specifier)
    return found


def read_requirements(host: Host, folder: str) -> list[tuple[str, str, str, str]]:
    """What a metadata folder requires: normalised name, extras, specifier and marker of each."""
    try:
        text = host.read_text(f"{folder}/METADATA", _METADATA_LIMIT)
    except ProbeError:
        return []
    found = []
    for line in text.splitlines():
        if not line:
            break  # the description follows
        match = _REQUIREMENT.match(line)
        if match:
            name, extras, specifier = match.groups()
            marker = line.partition(";")[2]
            found.append((normalise(name), extras or "", specifier.strip(), marker))
    return found


def is_for_this_machine(host: Host, marker: str) -> bool:
    """Whether a marker admits this machine, as far as the markers of nvidia wheels go.

    They list systems and processors joined by "or"; `packaging` would cost 35 ms for the same.
    """
    systems = {each.lower() for each in _SYSTEM.findall(marker)}
    machines = set(_MACHINE.findall(marker))
    return (not systems or "linux" in systems) and (
        not machines or host.cpu_architecture() in machines
    )


def _required(installed: Installed, name: str, specifier: str) -> RequiredPackage:
    version = installed.versions.get(name)
    fact: Fact[str] = Absent("metadata folders") if version is None else Known(version, "metadata")
    return RequiredPackage(name, specifier, fact)
