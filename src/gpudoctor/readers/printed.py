"""Read facts out of sentences that programs print: a table of patterns, each with what it says."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gpudoctor.readers.lines import Line
from gpudoctor.readers.notes import Kind, Notes, Trust


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence's form and the note that it makes of its named groups."""

    literal: str  # stands in every line that can match
    pattern: "re.Pattern[str]"
    kind: Kind
    read: Callable[["re.Match[str]"], Any]
    about: str = ""
    trust: Trust = Trust.PRINTED


def _group(match: "re.Match[str]") -> str:
    return match.group(1)


def _windows(_: "re.Match[str]") -> str:
    return "windows"


def _digits(match: "re.Match[str]") -> str:
    """``11040`` is 11.4, and ``12010`` is 12.1."""
    number = int(match.group(1))
    return f"{number // 1000}.{number % 1000 // 10}"


def _device(match: "re.Match[str]") -> dict[str, str | None]:
    return {"name": match.group("name").strip(), "capability": match.groupdict().get("capability")}


def _init(match: "re.Match[str]") -> tuple[int, str]:
    name = match.group(1)
    return _CUDA_ERRORS.get(name, -1), name


def _coded(match: "re.Match[str]") -> tuple[int, str]:
    code = int(match.group(1))
    return code, _BY_CODE.get(code, f"code {code}")


def _said(match: "re.Match[str]") -> tuple[int, str]:
    words = match.group(1).lower()
    return next(answer for start, answer in _RUNTIME_WORDS.items() if words.startswith(start))


# The codes that cuda.h gives these names in CUresult.
_CUDA_ERRORS = {
    "CUDA_ERROR_OUT_OF_MEMORY": 2,
    "CUDA_ERROR_NOT_INITIALIZED": 3,
    "CUDA_ERROR_STUB_LIBRARY": 34,
    "CUDA_ERROR_DEVICE_UNAVAILABLE": 46,
    "CUDA_ERROR_NO_DEVICE": 100,
    "CUDA_ERROR_INVALID_DEVICE": 101,
    "CUDA_ERROR_ECC_UNCORRECTABLE": 214,
    "CUDA_ERROR_OPERATING_SYSTEM": 304,
    "CUDA_ERROR_SYSTEM_NOT_READY": 802,
    "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH": 803,
    "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE": 804,
    "CUDA_ERROR_UNKNOWN": 999,
}
_BY_CODE = {code: name for name, code in _CUDA_ERRORS.items()}
# What cudaGetErrorString says for the codes that tell of the set-up (driver_types.h: cudaError_t).
_RUNTIME_WORDS = {
    "cuda driver version is insufficient": (35, "cudaErrorInsufficientDriver"),
    "cuda driver is a stub library": (34, "cudaErrorStubLibrary"),
    "no cuda-capable device is detected": (100, "cudaErrorNoDevice"),
    "system not yet initialized": (802, "cudaErrorSystemNotReady"),
    "system has unsupported display driver": (803, "cudaErrorSystemDriverMismatch"),
    "forward compatibility was attempted on non supported hw": (
        804,
        "cudaErrorCompatNotSupportedOnDevice",
    ),
    "all cuda-capable devices are busy": (46, "cudaErrorDevicesUnavailable"),
}
_WORDS = "|".join(re.escape(words) for words in _RUNTIME_WORDS)
_V = r"(\d{1,4}(?:\.\d{1,6}){1,4}[\w.+]{0,40})"

SENTENCES: tuple[Sentence, ...] = (
    Sentence(
        "NVRM version",
        re.compile(
            r"NVRM version: ?.{0,80}?Kernel Module (?:for \S{1,20} )?\s{0,4}(\d{3}\.[\d.]{2,10})"
        ),
        Kind.KERNEL_MODULE,
        _group,
    ),
    Sentence(
        "kernel reported version",
        re.compile(r"kernel reported version is: (\d{3}\.[\d.]{1,10})"),
        Kind.KERNEL_MODULE,
        _group,
    ),
    Sentence(
        "libcuda reported version",
        re.compile(r"libcuda reported version is: (\d{3}\.[\d.]{1,10})"),
        Kind.USER_DRIVER,
        _group,
    ),
    Sentence(
        "loading NVIDIA UNIX",
        re.compile(
            r"loading NVIDIA UNIX (?:Open )?(?:\S{1,20} )?Kernel Module (?:for \S{1,20} )?"
            r"\s{0,4}(\d{3}\.[\d.]{2,10})"
        ),
        Kind.KERNEL_MODULE,
        _group,
    ),
    Sentence(
        "compiled with different CUDA versions",
        re.compile(r"PyTorch has CUDA Version=(\d{1,2}\.\d{1,2})"),
        Kind.FRAMEWORK_CUDA,
        _group,
        "torch",
    ),
    Sentence(
        "found version",
        re.compile(r"\(found version (\d{4,6})\)"),
        Kind.DRIVER_CUDA,
        _digits,
    ),
    Sentence(
        "compilation tools",
        re.compile(
            r"Cuda compilation tools, release \d{1,2}\.\d{1,2}, V(\d{1,2}\.\d{1,2}\.\d{1,4})"
        ),
        Kind.TOOLKIT,
        _group,
    ),
    Sentence(
        "CuDNN library",
        re.compile(r"Loaded (?:runtime )?CuDNN library: (\d\.\d{1,2}\.\d{1,3}|\d{4,5})"),
        Kind.CUDNN,
        _group,
    ),
    Sentence(
        "Loaded cuDNN version", re.compile(r"Loaded cuDNN version (\d{4,5})"), Kind.CUDNN, _group
    ),
    Sentence(
        "cuInit",
        re.compile(r"failed call to cuInit: (CUDA_ERROR_\w{3,60})"),
        Kind.LIBCUDA,
        _init,
    ),
    Sentence(
        "cuInit",
        re.compile(r"failed call to cuInit: UNKNOWN ERROR \((303|-1)\)"),
        Kind.LIBCUDA_LOAD,
        _group,
    ),
    Sentence(
        "cudaGetDeviceCount",
        re.compile(r"Unexpected error from cudaGetDeviceCount\(\).{0,200}?Error (\d{1,3}):"),
        Kind.RUNTIME,
        _coded,
    ),
    Sentence(
        "cuda runtime error", re.compile(r"cuda runtime error \((\d{1,3})\)"), Kind.RUNTIME, _coded
    ),
    Sentence("THCudaCheck FAIL", re.compile(r"\berror=(\d{1,3}) :"), Kind.RUNTIME, _coded),
    Sentence("", re.compile(rf"({_WORDS})", re.IGNORECASE), Kind.RUNTIME, _said),
    Sentence(
        "unknown error",
        re.compile(r"CUDA (?:unknown error|error: unknown error|driver error: unknown error)"),
        Kind.RUNTIME,
        lambda _: (999, "cudaErrorUnknown"),
    ),
    Sentence(
        "cuda capability",
        re.compile(
            r"Found GPU\d{1,2} (?P<name>\S.{2,60}?) which is of cuda capability "
            r"(?P<capability>\d{1,2}\.\d)"
        ),
        Kind.CUDA_DEVICE,
        _device,
    ),
    Sentence(
        "CUDA capability",
        re.compile(r"(?P<name>\S.{2,60}?) with CUDA capability sm_\d{2,3}\w? is not compatible"),
        Kind.CUDA_DEVICE,
        _device,
    ),
    Sentence(
        "compute capability",
        re.compile(
            r"name: (?P<name>[^,]{3,60}), pci bus id: [^,]{4,20}, compute capability: "
            r"(?P<capability>\d{1,2}\.\d)"
        ),
        Kind.CUDA_DEVICE,
        _device,
    ),
    Sentence(
        "StreamExecutor device",
        re.compile(
            r"StreamExecutor device \(\d{1,2}\): (?P<name>[^,<]{3,60}), Compute Capability "
            r"(?P<capability>\d{1,2}\.\d)"
        ),
        Kind.CUDA_DEVICE,
        _device,
    ),
    Sentence(
        "computeCapability",
        re.compile(
            r"name: (?P<name>.{3,60}?) (?:major: \d{1,2} minor: \d|computeCapability: "
            r"(?P<capability>\d{1,2}\.\d))"
        ),
        Kind.CUDA_DEVICE,
        _device,
    ),
    Sentence(
        "compute capability",
        re.compile(
            r"Device \d{1,2}: (?P<name>[^,]{3,60}), compute capability (?P<capability>\d{1,2}\.\d)"
        ),
        Kind.CUDA_DEVICE,
        _device,
    ),
    Sentence(
        "Device: cuda",
        re.compile(r"Device: cuda:\d{1,2} (?P<name>[^:]{3,60}) :"),
        Kind.CUDA_DEVICE,
        _device,
    ),
    Sentence(
        "supports CUDA capabilities",
        re.compile(
            r"PyTorch install supports CUDA capabilities ((?:sm_\d{2,3}[af]? ?"
            r"|compute_\d{2,3} ?){1,20})"
        ),
        Kind.FRAMEWORK_TARGETS,
        _group,
        "torch",
    ),
    Sentence(
        "pytorch version", re.compile(rf"pytorch version: {_V}"), Kind.PACKAGE, _group, "torch"
    ),
    Sentence(
        "xformers version", re.compile(rf"xformers version: {_V}"), Kind.PACKAGE, _group, "xformers"
    ),
    Sentence(
        "(you have",
        re.compile(rf"PyTorch \S{{3,30}}(?: with CUDA \S{{1,8}})? \(you have {_V}\)"),
        Kind.PACKAGE,
        _group,
        "torch",
    ),
    Sentence(
        "(you have",
        re.compile(r"Python\s{1,4}\S{3,12} \(you have (\d\.\d{1,2}(?:\.\d{1,2})?)\)"),
        Kind.PYTHON,
        _group,
    ),
    Sentence(
        "compiled using NumPy",
        re.compile(r"cannot be run in NumPy (\d\.\d{1,2}\.\d{1,2})"),
        Kind.PACKAGE,
        _group,
        "numpy",
    ),
    Sentence(
        "NumPy ",
        re.compile(r"^\s{0,8}NumPy (\d\.\d{1,2}\.\d{1,2}) as it may crash"),
        Kind.PACKAGE,
        _group,
        "numpy",
    ),
    Sentence(
        "Python ",
        re.compile(
            r"^\s{0,8}(?:\$ )?Python (\d\.\d{1,2}\.\d{1,2})(?:rc\d|b\d|a\d)?(?: \(| \||\s{0,4}$)"
        ),
        Kind.PYTHON,
        _group,
    ),
    Sentence(
        "CPython", re.compile(r"Using CPython (\d\.\d{1,2}(?:\.\d{1,2})?)"), Kind.PYTHON, _group
    ),
    Sentence(
        "python",
        re.compile(r"[/\\]python(\d\.\d{1,2})[/\\]"),
        Kind.PYTHON,
        _group,
        "",
        Trust.FORM,
    ),
    Sentence(
        "Python",
        re.compile(r"[/\\]Python(3\d{1,2})[/\\](?:lib|Lib|Scripts)"),
        Kind.PYTHON,
        lambda m: f"3.{m.group(1)[1:]}",
        "",
        Trust.FORM,
    ),
    Sentence(
        "-cp3",
        re.compile(r"-cp(3\d{1,2})-(?:cp|abi|none)"),
        Kind.PYTHON,
        lambda match: f"3.{match.group(1)[1:]}",
        "",
        Trust.PROSE,
    ),
    Sentence(
        "/cuda-",
        re.compile(r"/cuda-(\d{1,2}\.\d{1,2})\b"),
        Kind.TOOLKIT,
        _group,
        "",
        Trust.PROSE,
    ),
    Sentence("[MSC v.", re.compile(r"\[MSC v\."), Kind.OS, _windows),
    Sentence("WinError", re.compile(r"\[WinError \d{1,5}\]"), Kind.OS, _windows),
    Sentence(
        ".dll", re.compile(r"\b[\w.-]{2,60}\.(?:dll|DLL)\b"), Kind.OS, _windows, "", Trust.FORM
    ),
    Sentence(
        ":\\",
        re.compile(r"\b[A-Za-z]:\\{1,2}(?:Users|Program|Windows|ProgramData|\w)"),
        Kind.OS,
        _windows,
        "",
        Trust.FORM,
    ),
    Sentence(
        "Microsoft Windows",
        re.compile(r"Microsoft Windows \[Version"),
        Kind.OS,
        _windows,
        "",
        Trust.FORM,
    ),
    Sentence(
        "microsoft-standard",
        re.compile(r"\b\d\.\d{1,3}\.[\w.-]{1,30}-microsoft-standard(?:-WSL2)?"),
        Kind.WSL,
        lambda _: "2",
    ),
    Sentence(
        "/usr/lib/wsl", re.compile(r"/usr/lib/wsl/lib/"), Kind.WSL, lambda _: "2", "", Trust.FORM
    ),
    Sentence("WSL", re.compile(r"\bWSL ?2\b|\bwsl2\b"), Kind.WSL, lambda _: "2", "", Trust.PROSE),
    Sentence(
        "libc",
        re.compile(r"GNU C Library .{0,60}version (\d\.\d{1,2})|ldd \(.{1,60}\) (\d\.\d{1,2})$"),
        Kind.LIBC,
        lambda m: f"glibc {m.group(1) or m.group(2)}",
    ),
    Sentence(
        "SecureBoot",
        re.compile(r"SecureBoot (enabled|disabled)"),
        Kind.SECURE_BOOT,
        lambda m: m.group(1) == "enabled",
    ),
)


def read_printed(lines: Iterable[Line], notes: Notes) -> None:
    """Note what each sentence of the table says."""
    for line in lines:
        text = line.text[:4000]
        for each in SENTENCES:
            if each.literal in text and (match := each.pattern.search(text)):
                notes.add(each.kind, each.read(match), line.number, each.trust, about=each.about)
