"""Probe the order of an installation: unmet requirements, remains, doubles. No package is run."""

import re
from collections.abc import Iterator

from gpudoctor.errors import ProbeError
from gpudoctor.facts import Absent, Damage, Fact, FrameworkFacts, Known, UnmetRequirement
from gpudoctor.host import Host
from gpudoctor.probes.frameworks import DISTRIBUTIONS
from gpudoctor.probes.packages import Installed, normalise, read_requirements
from gpudoctor.probes.requirements import applies, is_met

# Packages whose remains or doubles say something of a framework.
_WATCHED = (
    *(name for names in DISTRIBUTIONS.values() for name in names),
    "jax",
    "jaxlib",
    "keras",
    "numpy",
    "protobuf",
    "torchgen",
    "triton",
    "typing-extensions",
)
# What a distribution's module is called, where it isn't called as the distribution.
_MODULES = {"absl-py": "absl", "protobuf": "google/protobuf", "opt-einsum": "opt_einsum"}
_LETTERS_REPLACED = 2  # by pip's tilde, and a second where the first name was taken
_CONDA_RECORD = re.compile(r"(pytorch|tensorflow(?:-base)?|jax)-\d[^-]*-[^-]+\.json\Z")
_CONDA_NAMES = {"pytorch": "torch", "tensorflow-base": "tensorflow"}
_CHANNEL = re.compile(r'"channel":\s*"([^"\n]{1,300})"')


def probe_unmet(
    host: Host,
    module_path: tuple[str, ...],
    installed: Installed,
    frameworks: tuple[FrameworkFacts, ...],
    python_version: str,
) -> Fact[tuple[UnmetRequirement, ...]]:
    """What the frameworks' metadata requires and the environment does not meet.

    NVIDIA's wheels are left out: they are facts of their own.
    """
    found: list[UnmetRequirement] = []
    for framework in frameworks:
        name = _distribution(installed, framework.name)
        if name is None:
            continue
        for wanted, _, specifier, marker in read_requirements(host, installed.metadata[name]):
            version = installed.versions.get(wanted)
            if wanted.startswith(("nvidia-", "cuda-")) or is_met(version, specifier):
                continue
            if not applies(marker, python_version, host.cpu_architecture()):
                continue
            if version is None and _has_module(host, module_path, wanted):
                continue  # installed by other means than a wheel
            there: Fact[str] = Absent("metadata and modules")
            if version is not None:
                there = Known(version, f"metadata of {wanted}")
            found.append(UnmetRequirement(framework.name, wanted, specifier, there))
    return Known(tuple(found), "Requires-Dist of the frameworks")


def _distribution(installed: Installed, framework: str) -> str | None:
    names = DISTRIBUTIONS.get(framework, (framework,))
    return next((each for each in names if each in installed.versions), None)


def _has_module(host: Host, module_path: tuple[str, ...], name: str) -> bool:
    module = _MODULES.get(name, name.replace("-", "_"))
    return any(
        host.exists(f"{top}/{module}.py") or host.is_directory(f"{top}/{module}")
        for top in module_path
    )


def probe_damage(
    host: Host, module_path: tuple[str, ...], installed: Installed
) -> Fact[tuple[Damage, ...]]:
    """Remains of removals, folders without their code, and doubled metadata."""
    found = [
        *_half_removed(installed),
        *_hollow(host, module_path),
        *(
            Damage(name, "doubled", installed.doubled[name])
            for name in _WATCHED
            if name in installed.doubled
        ),
    ]
    return Known(tuple(found), "names in the folders of the module path")


def _half_removed(installed: Installed) -> Iterator[Damage]:
    """pip sets a package aside as ``~orch`` while it removes it; what stays was interrupted."""
    paths: dict[str, list[str]] = {}
    for path in installed.stashed:
        stem = normalise(re.split(r"-\d", path.rpartition("/")[2].lstrip("~-.=%"))[0])
        for name in _WATCHED:
            gone = len(name) - len(stem)
            if len(stem) > 1 and 0 < gone <= _LETTERS_REPLACED and name.endswith(stem):
                paths.setdefault(name, []).append(path)
                break
    for name, names in paths.items():
        yield Damage(name, "half-removed", tuple(names[:4]))


def _hollow(host: Host, module_path: tuple[str, ...]) -> Iterator[Damage]:
    """A package's folder without ``__init__.py``: Python imports it as an empty package."""
    for name in ("torch", "tensorflow", "jax"):
        folders = [f"{top}/{name}" for top in module_path if host.is_directory(f"{top}/{name}")]
        if folders and not any(host.exists(f"{folder}/__init__.py") for folder in folders):
            yield Damage(name, "hollow", tuple(folders))


def probe_conda_packages(host: Host, prefix: str, installed: Installed) -> Fact[dict[str, str]]:
    """The frameworks that conda put into its environment, each with its channel."""
    folder = f"{prefix}/conda-meta"
    found: dict[str, str] = {}
    for entry in host.names_in(folder):
        match = _CONDA_RECORD.match(entry)
        if match is None:
            continue
        name = _CONDA_NAMES.get(match.group(1), match.group(1))
        metadata = installed.metadata.get(name)
        # pip writes over conda's files and leaves conda's record as it was.
        if metadata is None or _installer(host, metadata) in ("conda", ""):
            found[name] = _channel(host, f"{folder}/{entry}")
    return Known(found, folder)


def _installer(host: Host, metadata: str) -> str:
    try:
        return host.read_text(f"{metadata}/INSTALLER", 64).strip()
    except ProbeError:
        return ""


def _channel(host: Host, record: str) -> str:
    """The last word of the channel's address; a record's keys are sorted, so it stands early."""
    try:
        match = _CHANNEL.search(host.read_text(record, 1 << 14))
    except ProbeError:
        return ""
    words = [] if match is None else match.group(1).rstrip("/").split("/")
    if words and ("-" in words[-1] and words[-1].rpartition("-")[2] in ("64", "aarch64")):
        words.pop()
    if words and words[-1] == "noarch":
        words.pop()
    return words[-1] if words and re.fullmatch(r"[\w.-]+", words[-1]) else ""
