"""NVIDIA's CUDA wheels as they lie in site-packages, in both of their layouts.

Up to CUDA 12: ``nvidia/cublas/lib/libcublas.so.12`` of ``nvidia-cublas-cu12``. From CUDA 13 on:
``nvidia/cu13/lib/libcublas.so.13`` of ``nvidia-cublas``, with cuDNN and NCCL as before.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wheel:
    """One distribution: its name and version, the folder of its libraries, and their names."""

    name: str
    version: str
    folder: str
    libraries: tuple[str, ...]
    header: tuple[str, str] | None = None  # file name below ../include, text


def cudnn(version: str, suffix: str) -> Wheel:
    """cuDNN and its sub-libraries."""
    major, minor, patch = (*version.split("."), "0", "0")[:3]
    parts: tuple[str, ...] = (
        "",
        "_ops",
        "_cnn",
        "_adv",
        "_graph",
        "_heuristic",
        "_engines_precompiled",
    )
    if major == "8":
        parts = ("", "_ops_infer", "_ops_train", "_cnn_infer", "_cnn_train", "_adv_infer")
    numbers = {"MAJOR": major, "MINOR": minor, "PATCHLEVEL": patch}
    header = "".join(f"#define CUDNN_{name} {number}\n" for name, number in numbers.items())
    return Wheel(
        f"nvidia-cudnn-{suffix}",
        version,
        "nvidia/cudnn/lib",
        tuple(f"libcudnn{part}.so.{major}" for part in parts),
        ("cudnn_version.h", header),
    )


def nccl(version: str, suffix: str) -> Wheel:
    """NCCL."""
    return Wheel(f"nvidia-nccl-{suffix}", version, "nvidia/nccl/lib", ("libnccl.so.2",))


def cuda_wheels(cuda: str) -> tuple[Wheel, ...]:
    """The CUDA libraries of a release such as ``12.4``, without cuDNN and NCCL."""
    major, minor = cuda.split(".")[:2]
    return _cuda13(minor) if int(major) >= 13 else _cuda_suffixed(major, minor)


# Library → major of its file name where it is not CUDA's own, for CUDA 11 and 12.
_SO_MAJORS = {"cufft": {"11": "10", "12": "11"}, "cusolver": {"11": "11", "12": "11"}}


def _cuda_suffixed(major: str, minor: str) -> tuple[Wheel, ...]:
    suffix = f"cu{major}"
    number = f"{major}.{minor}.127"

    def wheel(name: str, version: str, folder: str, *libraries: str) -> Wheel:
        return Wheel(f"nvidia-{name}-{suffix}", version, f"nvidia/{folder}/lib", libraries)

    runtime = "libcudart.so.11.0" if major == "11" else f"libcudart.so.{major}"
    fft, solver = (_SO_MAJORS[name].get(major, major) for name in ("cufft", "cusolver"))
    return (
        wheel(
            "cublas", f"{number}.8", "cublas", f"libcublas.so.{major}", f"libcublasLt.so.{major}"
        ),
        wheel("cuda-cupti", number, "cuda_cupti", f"libcupti.so.{major}"),
        wheel("cuda-nvrtc", number, "cuda_nvrtc", f"libnvrtc.so.{major}"),
        wheel("cuda-runtime", number, "cuda_runtime", runtime),
        wheel("cufft", f"{fft}.2.1.3", "cufft", f"libcufft.so.{fft}"),
        wheel("curand", "10.3.5.147", "curand", "libcurand.so.10"),
        wheel("cusolver", f"{solver}.6.1.9", "cusolver", f"libcusolver.so.{solver}"),
        wheel("cusparse", f"{number}.170", "cusparse", f"libcusparse.so.{major}"),
        wheel("nvjitlink", number, "nvjitlink", f"libnvJitLink.so.{major}"),
        wheel("nvtx", number, "nvtx", "libnvToolsExt.so.1"),
    )


def _cuda13(minor: str) -> tuple[Wheel, ...]:
    number = f"13.{minor}.88"

    def wheel(name: str, version: str, *libraries: str) -> Wheel:
        return Wheel(f"nvidia-{name}", version, "nvidia/cu13/lib", libraries)

    return (
        wheel("cublas", f"13.{minor}.1.3", "libcublas.so.13", "libcublasLt.so.13"),
        wheel("cuda-cupti", number, "libcupti.so.13"),
        wheel("cuda-nvrtc", number, "libnvrtc.so.13"),
        wheel("cuda-runtime", number, "libcudart.so.13"),
        wheel("cufft", "12.0.0.61", "libcufft.so.12"),
        wheel("curand", "10.4.0.35", "libcurand.so.10"),
        wheel("cusolver", "12.0.4.66", "libcusolver.so.12"),
        wheel("cusparse", "12.6.3.3", "libcusparse.so.12"),
        wheel("nvjitlink", number, "libnvJitLink.so.13"),
        wheel("nvtx", number, "libnvtx3interop.so.1"),
    )


def runtime_soname(cuda: str) -> str:
    """The file name of a CUDA release's runtime."""
    major = cuda.partition(".")[0]
    return "libcudart.so.11.0" if major == "11" else f"libcudart.so.{major}"
