"""What each section of the matrix must look like: its columns and their forms."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion, GpuTarget

CHECKED = ("two-sources", "one-source", "metadata", "inferred")
_CUDA_WITH_PATCH = re.compile(r"\d{1,2}\.\d{1,2}(\.\d+)?\Z")
_TAG = re.compile(r"cu\d{2,3}\Z")


@dataclass(frozen=True, slots=True)
class Form:
    """A value's form: what was expected in words, and whether a value has it."""

    expected: str
    fits: Callable[[Any], bool]


def _parses(parse: Callable[[str], object]) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        try:
            return isinstance(value, str) and bool(parse(value))
        except ValueError:
            return False

    return fits


def _is_targets(value: Any) -> bool:
    return isinstance(value, str) and all(map(_parses(GpuTarget.parse), value.split()))


def _is_libraries(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) and name.startswith("lib") for name in value.values()
    )


def _is_builds(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(build, dict)
        and set(build) <= {"tag", "targets", "cudnn"}
        and _TAG.match(str(build.get("tag", "")))
        and _is_targets(build.get("targets"))
        and isinstance(build.get("cudnn", ""), str)
        for build in value
    )


_TEXT = Form("a text", lambda value: isinstance(value, str) and value != "")
_TEXTS = Form(
    "a list of texts", lambda v: isinstance(v, list) and all(isinstance(each, str) for each in v)
)
_WHOLE = Form(
    "a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)
)
_WHOLES = Form(
    "a list of whole numbers",
    lambda v: isinstance(v, list) and all(_WHOLE.fits(each) for each in v),
)
_NUMBER = Form(
    "a number", lambda v: isinstance(v, (int, float)) and not isinstance(v, bool) and v > 0
)
_FLAG = Form("true or false", lambda value: isinstance(value, bool))
_CAPABILITY = Form('a compute capability such as "8.9"', _parses(ComputeCapability.parse))
_CUDA = Form('a CUDA version such as "12.4"', _parses(CudaVersion.parse))
_PATCHED = Form(
    'a CUDA release such as "12.4.1"',
    lambda value: isinstance(value, str) and bool(_CUDA_WITH_PATCH.match(value)),
)
_DRIVER = Form('a driver version such as "550.54.14"', _parses(DriverVersion.parse))
_TARGETS = Form('targets such as "sm_86 compute_86"', _is_targets)
_LIBRARIES = Form("a mapping of names to sonames", _is_libraries)
_BUILDS = Form("a list of builds {tag, targets, cudnn}", _is_builds)


@dataclass(frozen=True, slots=True)
class Section:
    """A section's required and optional columns; `source` and `checked` come with every row."""

    required: Mapping[str, Form]
    optional: Mapping[str, Form]


SECTIONS: Mapping[str, Section] = {
    "gpu_products": Section({"name": _TEXT, "capability": _CAPABILITY}, {"memory_gb": _NUMBER}),
    "pci_ids": Section({"id": _TEXT, "name": _TEXT}, {"first_open_driver": _DRIVER}),
    "architectures": Section(
        {"capability": _CAPABILITY, "name": _TEXT},
        {
            "first_cuda": _CUDA,
            "last_cuda": _CUDA,
            "first_branch": _WHOLE,
            "last_branch": _WHOLE,
            "open_modules": _TEXT,
            "apart": _FLAG,
        },
    ),
    "driver_branches": Section({"branch": _WHOLE, "cuda": _CUDA}, {}),
    "cuda_toolkits": Section({"cuda": _PATCHED}, {"linux": _DRIVER, "windows": _DRIVER}),
    "minor_version_floors": Section({"major": _WHOLE, "linux": _DRIVER}, {"windows": _DRIVER}),
    "forward_compat": Section(
        {"cuda": _CUDA, "package": _TEXT, "branch": _WHOLE}, {"base_branches": _WHOLES}
    ),
    "cuda_libraries": Section({"major": _WHOLE, "libraries": _LIBRARIES}, {}),
    "torch": Section({"version": _TEXT, "python": _TEXTS, "default": _TEXT, "builds": _BUILDS}, {}),
    "tensorflow": Section(
        {
            "version": _TEXT,
            "python": _TEXTS,
            "cuda": _CUDA,
            "cudnn": _TEXT,
            "and_cuda": _FLAG,
            "gpu_wheel": _TEXT,
        },
        {"targets": _TARGETS},
    ),
}
ORIGIN = {"source": _TEXTS, "checked": Form(f"one of {', '.join(CHECKED)}", CHECKED.__contains__)}
