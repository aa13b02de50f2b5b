"""Sentences about the driver, CUDA's answers, and the devices that programs list."""

import re

from gpudoctor.readers.notes import Kind
from gpudoctor.readers.sentence import Sentence, group


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

ABOUT_DRIVER: tuple[Sentence, ...] = (
    Sentence(
        "NVRM version",
        re.compile(
            r"NVRM version: ?.{0,80}?Kernel Module (?:for \S{1,20} )?\s{0,4}(\d{3}\.[\d.]{2,10})"
        ),
        Kind.KERNEL_MODULE,
        group,
    ),
    Sentence(
        "kernel reported version",
        re.compile(r"kernel reported version is: (\d{3}\.[\d.]{1,10})"),
        Kind.KERNEL_MODULE,
        group,
    ),
    Sentence(
        "libcuda reported version",
        re.compile(r"libcuda reported version is: (\d{3}\.[\d.]{1,10})"),
        Kind.USER_DRIVER,
        group,
    ),
    Sentence(
        "loading NVIDIA UNIX",
        re.compile(
            r"loading NVIDIA UNIX (?:Open )?(?:\S{1,20} )?Kernel Module (?:for \S{1,20} )?"
            r"\s{0,4}(\d{3}\.[\d.]{2,10})"
        ),
        Kind.KERNEL_MODULE,
        group,
    ),
    Sentence(
        "found version",
        re.compile(r"\(found version (\d{4,6})\)"),
        Kind.DRIVER_CUDA,
        _digits,
    ),
    Sentence(
        "cuInit",
        re.compile(r"cuInit(?: results in|: | failed with |\(\) failed: ?) ?(CUDA_ERROR_\w{3,60})"),
        Kind.LIBCUDA,
        _init,
    ),
    Sentence(
        "cuInit",
        re.compile(r"failed call to cuInit: UNKNOWN ERROR \((303|-1)\)"),
        Kind.LIBCUDA_LOAD,
        group,
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
)
