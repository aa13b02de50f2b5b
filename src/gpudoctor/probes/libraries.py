"""Probe the copies of CUDA's and cuDNN's libraries that an environment's frameworks could load."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gpudoctor.errors import ProbeError
from gpudoctor.facts import Absent, Fact, Known, SharedLibrary, Unknown, known
from gpudoctor.host import Host
from gpudoctor.probes.interpreter import Interpreter
from gpudoctor.probes.loader import search_folders
from gpudoctor.probes.packages import Installed

CUDA_LIBRARY = re.compile(
    r"lib(?:cudart|cublas|cublasLt|cufft|curand|cusolver|cusparse|cusparseLt|cupti|nvrtc|nvJitLink"
    r"|nccl|nvshmem_host|cudnn\w*)\.so\.\d+(?:\.\d+)*\Z"
)
_IN_NAME = re.compile(r"\.so\.(\d+(?:\.\d+)+)\Z")
_CUDNN_HEADER = re.compile(r"^#define CUDNN_(MAJOR|MINOR|PATCHLEVEL) (\d{1,4})\s", re.MULTILINE)
_CONDA_PACKAGE = re.compile(r"(.+)-([^-]+)-[^-]+\.json\Z")
# What brings a library, as NVIDIA names its wheels without their CUDA, and conda its packages.
_BRINGS = {
    "libcublas": ("nvidia-cublas", "libcublas"),
    "libcublasLt": ("nvidia-cublas", "libcublas"),
    "libcudart": ("nvidia-cuda-runtime", "cuda-cudart"),
    "libcudnn": ("nvidia-cudnn", "cudnn"),
    "libcufft": ("nvidia-cufft", "libcufft"),
    "libcupti": ("nvidia-cuda-cupti", "cuda-cupti"),
    "libcurand": ("nvidia-curand", "libcurand"),
    "libcusolver": ("nvidia-cusolver", "libcusolver"),
    "libcusparse": ("nvidia-cusparse", "libcusparse"),
    "libcusparseLt": ("nvidia-cusparselt", "cusparselt"),
    "libnccl": ("nvidia-nccl", "nccl"),
    "libnvJitLink": ("nvidia-nvjitlink", "libnvjitlink"),
    "libnvrtc": ("nvidia-cuda-nvrtc", "cuda-nvrtc"),
    "libnvshmem_host": ("nvidia-nvshmem", "libnvshmem3"),
}
WHEEL, TORCH, PREFIX = "a wheel's folder", "PyTorch's own folder", "the environment's lib"


@dataclass(frozen=True, slots=True)
class _Places:
    """What tells who brought a file."""

    host: Host
    installed: Installed
    conda: dict[str, str]  # conda package → version; empty outside conda


def probe_libraries(
    host: Host, interpreter: Interpreter, installed: Installed
) -> Fact[tuple[SharedLibrary, ...]]:
    """List them in the wheels' folders, torch's own, a conda prefix's and the loader's."""
    module_path, prefix = interpreter.module_path, known(interpreter.facts.prefix)
    places = _Places(host, installed, dict(_conda_packages(host, prefix)))
    found: dict[str, SharedLibrary] = {}
    for folder, found_by in _folders(host, module_path, prefix):
        for name in host.names_in(folder):
            path = f"{folder}/{name}"
            # A link without its target is a removed library, not a copy of it.
            if CUDA_LIBRARY.match(name) and path not in found and host.exists(path):
                version, brought_by = _origin(places, name, path, found_by)
                found[path] = SharedLibrary(name, path, found_by, version, brought_by)
    return Known(tuple(found.values()), "the folders of wheels and of the loader")


def _folders(
    host: Host, module_path: tuple[str, ...], prefix: str | None
) -> Iterator[tuple[str, str]]:
    folders: dict[str, str] = {}
    for top in module_path:
        for package in host.names_in(f"{top}/nvidia"):
            folders.setdefault(f"{top}/nvidia/{package}/lib", WHEEL)
        folders.setdefault(f"{top}/torch/lib", TORCH)
    if prefix:
        folders.setdefault(f"{prefix}/lib", PREFIX)
    for folder in search_folders(host):
        folders.setdefault(folder.path, folder.found_by)
    yield from folders.items()


def _conda_packages(host: Host, prefix: str | None) -> Iterator[tuple[str, str]]:
    for name in host.names_in(f"{prefix}/conda-meta") if prefix else ():
        match = _CONDA_PACKAGE.match(name)
        if match:
            yield match.group(1), match.group(2)


def _origin(places: _Places, soname: str, path: str, found_by: str) -> tuple[Fact[str], Fact[str]]:
    """The version of a copy and what brought it, from names alone where they tell."""
    stem = soname.partition(".so")[0]
    wheel, conda = _BRINGS["libcudnn" if stem.startswith("libcudnn") else stem]
    if found_by == WHEEL:
        return _of_wheel(places.installed, wheel, soname)
    if found_by == TORCH:
        version = places.installed.versions.get("torch")
        brought = Known(f"torch {version}", path) if version else Unknown("no metadata of torch")
        return Unknown("a copy that PyTorch's wheel carries"), brought
    if found_by == PREFIX and conda in places.conda:
        version = places.conda[conda]
        return Known(version, "conda-meta"), Known(f"conda's {conda} {version}", "conda-meta")
    brought_by: Fact[str] = Unknown(f"found by {found_by}")
    if found_by == "the loader's folders":
        brought_by = Known("the system", path)
    return _named_version(places.host, stem, path), brought_by


def _of_wheel(installed: Installed, wheel: str, soname: str) -> tuple[Fact[str], Fact[str]]:
    """The installed wheel whose major is the library's: their numbers are one and the same."""
    major = soname.partition(".so.")[2].partition(".")[0]
    named = {
        name: version
        for name, version in installed.versions.items()
        if name == wheel or re.match(rf"{wheel}-cu\d+\Z", name)
    }
    fitting = {n: v for n, v in named.items() if v.partition(".")[0] == major} or named
    if len(fitting) == 1:
        [(name, version)] = fitting.items()
        return Known(version, f"metadata of {name}"), Known(f"{name} {version}", "metadata")
    if not fitting:
        gap = Absent(f"no metadata of {wheel}")
        return gap, gap
    both = Unknown(f"{' and '.join(fitting)} write into the same folder")
    return both, both


def _named_version(host: Host, stem: str, path: str) -> Fact[str]:
    """What the real file is named, libcudnn.so.9.1.0; for cuDNN its header beside it."""
    real = host.real_path(path)
    match = _IN_NAME.search(real)
    if match:
        return Known(match.group(1), real)
    if not stem.startswith("libcudnn"):
        return Unknown(f"{real} does not say it")
    folder = real.rpartition("/")[0].rpartition("/")[0]
    header = f"{folder}/include/cudnn_version.h"
    try:
        numbers = dict(_CUDNN_HEADER.findall(host.read_text(header, 1 << 16)))
        return Known(f"{numbers['MAJOR']}.{numbers['MINOR']}.{numbers['PATCHLEVEL']}", header)
    except (ProbeError, KeyError):
        return Unknown(f"{real} does not say it")
