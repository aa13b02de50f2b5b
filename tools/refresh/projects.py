"""Which rows and columns metadata decides, and how: one entry a section of the matrix.

To refresh another section or column, add to PROJECTS or to a function that derives cells.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from refresh.registry import Metadata, RegistryError

# Where in a row a value stands: ("python",), or ("builds", "cu130", "cudnn") for the build cu130.
Path = tuple[str, ...]
Cells = Mapping[Path, object]

_PARTS = 2


@dataclass(frozen=True, slots=True)
class Release:
    """What a registry says of one release, on Linux x86_64."""

    what: str
    version: str
    pythons: tuple[str, ...]
    metadata: Metadata

    def pins(self, extra: str = "") -> Mapping[str, Requirement]:
        """The requirements that hold there, by name."""
        python = self.pythons[0].removesuffix("t")
        machine = {
            "extra": extra,
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": "x86_64",
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{python}.0",
            "python_version": python,
            "sys_platform": "linux",
        }
        found = {}
        for text in self.metadata.requires:
            try:
                each = Requirement(text)
            except InvalidRequirement as error:
                raise RegistryError(f"{self.what}: the metadata makes no sense ({error})") from None
            if each.marker is None or each.marker.evaluate(machine):
                found[each.name.lower()] = each
        return found


@dataclass(frozen=True, slots=True)
class Project:
    """A section whose rows follow the releases of one distribution."""

    section: str
    distribution: str
    first: str
    first_python: int  # the minor of the oldest Python that the first release has a wheel for
    derive: Callable[[Release], Cells]
    key: str = "version"
    # Columns that other sources give too: written in rows that rest on metadata alone, and only
    # compared in the others.
    shared: frozenset[str] = frozenset()
    # Other columns of the section's rows of this distribution, such as {"package": "cupy-cuda12x"}.
    where: Mapping[str, str] = field(default_factory=dict, hash=False)
    # The source that stands for this metadata in the rows; a row without it is not ours.
    source: str = "wheel-metadata"

    def covers(self, version: str) -> bool:
        """Whether a release is one that is looked at."""
        found = Version(version)
        return found >= Version(self.first) and not found.is_prerelease


def torch(release: Release) -> Cells:
    """PyTorch: the build on the registry, and the cuDNN that it is pinned to."""
    pins = release.pins()
    tag = "cu" + _parts(_pinned(release, pins, r"nvidia-cuda-runtime(-cu\d+)?|cuda-toolkit"), "")
    return {
        ("python",): list(release.pythons),
        ("default",): tag,
        ("builds", tag, "cudnn"): _pinned(release, pins, r"nvidia-cudnn-cu\d+"),
    }


def tensorflow(release: Release) -> Cells:
    """TensorFlow: Python versions, and what the extra and-cuda brings (from 2.20 on: at least)."""
    pins = release.pins("and-cuda")
    return {
        ("python",): list(release.pythons),
        ("cuda",): _parts(_pinned(release, pins, r"nvidia-cuda-runtime(-cu\d+)?|cuda-toolkit")),
        ("cudnn",): _parts(_pinned(release, pins, r"nvidia-cudnn-cu\d+")),
        ("and_cuda",): "and-cuda" in release.metadata.extras,
        ("gpu_wheel",): "tensorflow",
    }


def _pinned(release: Release, pins: Mapping[str, Requirement], name: str) -> str:
    """The version that a requirement asks for, or the lowest that it allows."""
    for found, requirement in pins.items():
        if re.fullmatch(name, found):
            for each in requirement.specifier:
                if each.operator in ("==", ">=", "~="):
                    return each.version
    raise RegistryError(f"{release.what}: the metadata names no {name.partition('(')[0]}")


def _parts(version: str, joint: str = ".") -> str:
    return joint.join(version.split(".")[:_PARTS])


PROJECTS = (
    Project("torch", "torch", "1.13", 7, torch),
    Project("tensorflow", "tensorflow", "2.14", 9, tensorflow, shared=frozenset({"cuda", "cudnn"})),
)
