"""What each section of the matrix must look like: its columns and their forms."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion, GpuTarget

CHECKED = ("two-sources", "one-source", "metadata", "inferred")
BRANCH_KINDS = ("LTS", "production", "new-feature", "developer")
OPEN_MODULES = ("unsupported", "optional", "required")
PRODUCT_LINES = ("data-centre", "workstation", "geforce", "jetson", "mining")
OPERATING_SYSTEMS = ("linux", "windows", "darwin")
PROCESSORS = ("x86_64", "aarch64")
_CUDA_WITH_PATCH = re.compile(r"\d{1,2}\.\d{1,2}(\.\d+)?\Z")
_TAG = re.compile(r"cu\d{2,3}\Z")
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])\Z")
_CUDA_OR_MAJOR = re.compile(r"\d{1,2}(\.\d{1,2})?\Z")
_VERSION_FORM = re.compile(r"\d{1,5}(\.\d{1,5}){0,4}(\.?(post|rc|a|b|dev)\d{1,5})?\Z")
_PCI_ID_FORM = re.compile(r"[0-9A-F]{4}\Z")
_CUDNN_COLUMNS = frozenset({"linux", "windows", "capabilities", "lowest_capability"})
_DRIVER_OR_BRANCH = re.compile(r"\d{3}(\.\d+){0,2}\Z")


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
    words = value.split() if isinstance(value, str) else ()
    return bool(words) and all(map(_parses(GpuTarget.parse), words))


def _is_capability(value: Any) -> bool:
    """In the one way of writing it: 9.0, not 09.0, or two rows stand for one capability."""
    return _parses(ComputeCapability.parse)(value) and str(ComputeCapability.parse(value)) == value


def _is_capabilities(value: Any) -> bool:
    words = value.split() if isinstance(value, str) else ()
    return bool(words) and all(map(_is_capability, words))


def _is_libraries(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) and name.startswith("lib") for name in value.values()
    )


def _is_builds(value: Any) -> bool:
    if not isinstance(value, list) or not all(map(_is_build, value)):
        return False
    return len({build["tag"] for build in value}) == len(value)


def _is_build(build: Any) -> bool:
    return (
        isinstance(build, dict)
        and set(build) <= {"tag", "targets", "cudnn"}
        and bool(_TAG.match(str(build.get("tag", ""))))
        and ("targets" not in build or _is_targets(build["targets"]))
        and isinstance(build.get("cudnn", ""), str)
    )


def _listed(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A list of such values."""
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _is_mapping(
    key: Callable[[str], object], value: Callable[[Any], object]
) -> Callable[..., bool]:
    def fits(found: Any) -> bool:
        return isinstance(found, dict) and all(
            isinstance(each, str) and bool(key(name)) and bool(value(each))
            for name, each in found.items()
        )

    return fits


def _one_of(words: tuple[str, ...]) -> Form:
    return Form(f"one of {', '.join(words)}", words.__contains__)


_TEXT = Form("a text", lambda v: isinstance(v, str) and v != "" and v.strip() == v)
_VERSION = Form(
    'a version such as "2.7.1"', lambda v: isinstance(v, str) and bool(_VERSION_FORM.match(v))
)
_PCI_ID = Form(
    "a PCI device id of four upper-case hex digits",
    lambda v: isinstance(v, str) and bool(_PCI_ID_FORM.match(v)),
)
_BUILD_TAG = Form(
    "a build such as cu128, or cpu",
    lambda v: v == "cpu" or (isinstance(v, str) and bool(_TAG.match(v))),
)
_SYSTEMS = Form("a list of linux, windows", _listed(("linux", "windows").__contains__))
_TEXTS = Form(
    "a list of texts", lambda v: isinstance(v, list) and all(isinstance(each, str) for each in v)
)
_WHOLE = Form("a whole number", lambda v: isinstance(v, int) and not isinstance(v, bool) and v > 0)
_WHOLES = Form(
    "a list of whole numbers",
    lambda v: isinstance(v, list) and all(_WHOLE.fits(each) for each in v),
)
_NUMBER = Form(
    "a number", lambda v: isinstance(v, (int, float)) and not isinstance(v, bool) and v > 0
)
_FLAG = Form("true or false", lambda value: isinstance(value, bool))
_CAPABILITY = Form('a compute capability such as "8.9"', _is_capability)
_CUDA = Form('a CUDA version such as "12.4"', _parses(CudaVersion.parse))
_PATCHED = Form(
    'a CUDA release such as "12.4.1"',
    lambda value: isinstance(value, str) and bool(_CUDA_WITH_PATCH.match(value)),
)
_DRIVER = Form('a driver version such as "550.54.14"', _parses(DriverVersion.parse))
_TARGETS = Form('targets such as "sm_86 compute_86"', _is_targets)
_LIBRARIES = Form("a mapping of names to sonames", _is_libraries)
_CAPABILITIES = Form('capabilities such as "8.0 8.6"', _is_capabilities)
_CUDAS = Form('a list of CUDA versions such as ["11.0"]', _listed(_parses(CudaVersion.parse)))
_INFERRED = Form(
    "a list of this section's columns",
    _listed(lambda v: isinstance(v, str) and v in _CUDNN_COLUMNS),
)
_MONTH_OF = Form(
    'a month such as "2028-06"', lambda v: isinstance(v, str) and bool(_MONTH.match(v))
)
_CUDA_MAP = _CUDA_OR_MAJOR.match
_DRIVERS = Form(
    'a mapping of CUDA versions to drivers or branches such as {"12": "525.60.13"}',
    _is_mapping(_CUDA_MAP, _DRIVER_OR_BRANCH.match),
)
_LOWEST = Form(
    'a mapping of CUDA versions to the lowest capability such as {"11": "3.5"}',
    _is_mapping(_CUDA_MAP, _parses(ComputeCapability.parse)),
)
_PINS = Form(
    'a mapping of names to requirements such as {nccl: "==2.27.3"}', _is_mapping(bool, bool)
)
_BUILDS = Form("a list of builds {tag, targets, cudnn}", _is_builds)


@dataclass(frozen=True, slots=True)
class Section:
    """A section's required and optional columns; `source` and `checked` come with every row."""

    required: Mapping[str, Form]
    optional: Mapping[str, Form]
    key: tuple[str, ...] = ()  # what names a row, where it is more than the first column


SECTIONS: Mapping[str, Section] = {
    "gpu_products": Section(
        {"name": _TEXT, "capability": _CAPABILITY},
        {"memory_gb": _NUMBER, "line": _one_of(PRODUCT_LINES)},
    ),
    "pci_ids": Section(
        {"id": _PCI_ID, "name": _TEXT},
        # open_modules: where a product differs from its architecture
        {"also": _TEXTS, "first_open_driver": _DRIVER, "open_modules": _one_of(OPEN_MODULES)},
    ),
    "pci_blocks": Section(
        {"first": _PCI_ID, "last": _PCI_ID, "chip": _TEXT, "capability": _CAPABILITY}, {}
    ),
    "architectures": Section(
        {"capability": _CAPABILITY, "name": _TEXT},
        {
            "first_cuda": _CUDA,
            "last_cuda": _CUDA,
            "first_branch": _WHOLE,
            "last_branch": _WHOLE,
            "open_modules": _one_of(OPEN_MODULES),
            "apart": _FLAG,
        },
    ),
    "driver_branches": Section(
        {"branch": _WHOLE, "cuda": _CUDA},
        {"kind": _one_of(BRANCH_KINDS), "end_of_life": _MONTH_OF, "ended": _FLAG},
    ),
    "cuda_toolkits": Section(
        {"cuda": _PATCHED},
        {
            "linux": _DRIVER,
            "windows": _DRIVER,
            "bundled_linux": _DRIVER,
            "bundled_windows": _DRIVER,
        },
    ),
    "minor_version_floors": Section({"major": _WHOLE, "linux": _DRIVER}, {"windows": _DRIVER}),
    "forward_compat": Section(
        {"cuda": _CUDA, "package": _TEXT, "branch": _WHOLE}, {"base_branches": _WHOLES}
    ),
    "cuda_libraries": Section({"major": _WHOLE, "libraries": _LIBRARIES}, {}),
    "host_compilers": Section(
        {"cuda": _CUDA},
        {"gcc_min": _WHOLE, "gcc_max": _WHOLE, "clang_min": _WHOLE, "clang_max": _WHOLE},
    ),
    "cudnn": Section(
        {"version": _VERSION, "majors": _WHOLES},
        {
            "releases": _CUDAS,
            "linux": _DRIVERS,
            "windows": _DRIVERS,
            "capabilities": _CAPABILITIES,
            "lowest_capability": _LOWEST,
            "inferred": _INFERRED,
        },
    ),
    "torch": Section(
        {"version": _VERSION, "python": _TEXTS, "default": _BUILD_TAG, "builds": _BUILDS},
        {
            "python_aarch64": _TEXTS,
            "default_aarch64": _BUILD_TAG,
            "python_windows": _TEXTS,
            "default_windows": _BUILD_TAG,
            "nccl": _TEXT,
            "triton": _TEXT,
            "torchvision": _TEXTS,
            "torchaudio": _TEXTS,
        },
    ),
    "tensorflow": Section(
        {
            "version": _VERSION,
            "python": _TEXTS,
            "cuda": _CUDA,
            "cudnn": _TEXT,
            "and_cuda": _FLAG,
            "gpu_wheel": _TEXT,
        },
        {
            "python_windows": _TEXTS,
            "gpu_on": _SYSTEMS,
            "numpy": _TEXTS,
            "pins": _PINS,
            "targets": _TARGETS,
            "lowest_capability": _CAPABILITY,
        },
    ),
    "jax": Section(
        {"version": _VERSION, "python": _TEXTS},
        {
            "jaxlib": _TEXT,
            "numpy": _TEXT,
            "cuda12": _PINS,
            "cuda13": _PINS,
            "lowest_capability": _CAPABILITY,
        },
    ),
    "companions": Section(
        {"package": _TEXT, "version": _VERSION},
        {
            "python": _TEXTS,
            "requires_python": _TEXT,
            "cuda": _TEXT,
            "cudnn": _TEXT,
            "torch": _TEXT,
            "numpy": _TEXT,
            "lowest_capability": _CAPABILITY,
        },
        key=("package", "version"),
    ),
    "wheel_platforms": Section(
        {
            "package": _TEXT,
            "os": _one_of(OPERATING_SYSTEMS),
            "cpu": _one_of(PROCESSORS),
            "since": _VERSION,
            "gpu": _FLAG,
        },
        {"glibc": _VERSION},
        key=("package", "os", "cpu", "since"),
    ),
    "cpu_instructions": Section(
        {"package": _TEXT, "cpu": _one_of(PROCESSORS), "since": _VERSION, "needs": _TEXTS},
        {},
        key=("package", "cpu", "since"),
    ),
}
ORIGIN = {"source": _TEXTS, "checked": Form(f"one of {', '.join(CHECKED)}", CHECKED.__contains__)}
