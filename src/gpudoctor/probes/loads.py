"""Which file the loader would take for each library of a framework: ld.so(8), without running it.

It takes 0.1 s for a PyTorch with CUDA, so it is done while frameworks are being imported, and
`--quick` leaves it out.
"""

import re
from collections.abc import Iterator
from typing import Any

from gpudoctor.errors import ProbeError
from gpudoctor.facts import (
    Absent,
    Fact,
    FrameworkFacts,
    Known,
    SharedLibrary,
    SymbolNeed,
    Unknown,
    known,
)
from gpudoctor.host import Host
from gpudoctor.probes.elf import Elf, read_elf
from gpudoctor.probes.libraries import CUDA_LIBRARY
from gpudoctor.probes.loader import search_folders
from gpudoctor.probes.loading_process import Process
from gpudoctor.versions import numbers_in

_FAMILY = re.compile(r"(GLIBC|GLIBCXX|CXXABI)_(\d+(?:\.\d+)*)\Z")
# What torch/__init__.py loads by path from the wheels' folders, in its order.
_PRELOADED = (
    "cublas/libcublasLt",
    "cublas/libcublas",
    "cudnn/libcudnn",
    "cuda_nvrtc/libnvrtc",
    "cuda_nvrtc/libnvrtc-builtins",
    "cuda_runtime/libcudart",
    "cuda_cupti/libcupti",
    "cufft/libcufft",
    "curand/libcurand",
    "nvjitlink/libnvJitLink",
    "cusparse/libcusparse",
    "cusparselt/libcusparseLt",
    "cusolver/libcusolver",
    "nccl/libnccl",
    "nvshmem/libnvshmem_host",
    "cufile/libcufile",
)
_PRELOADED_EARLY = ("nvjitlink/libnvJitLink", "cuda_nvrtc/libnvrtc")
_OPENED_BY_TENSORFLOW = re.compile(
    r"lib(?:cublas|cublasLt|cufft|cusolver|cusparse|cudnn|nccl|cupti)\.so\.\d+\Z"
)


def probe_loads(
    host: Host,
    framework: FrameworkFacts,
    program: str,
    libraries: Fact[tuple[SharedLibrary, ...]],
    libc: str | None,
) -> dict[str, Any]:
    """The facts `loads` and `symbol_needs` of a framework, from the files that Python loads."""
    copies: dict[str, list[str]] = {}
    for each in known(libraries) or ():
        copies.setdefault(each.soname, []).append(each.path)
    process = Process(host, _program(host, program), search_folders(host), copies)
    location = known(framework.location)
    load = {"torch": _load_torch, "tensorflow": _load_tensorflow}.get(framework.name)
    roots = load(process, location) if load and location else []
    if not roots:
        broken = process.broken[0] if process.broken else None
        gap = Unknown(broken or "the files that it starts with are not there")
        return {"loads": gap, "symbol_needs": gap}
    told = [
        each
        for name, each in process.loads.items()
        if CUDA_LIBRARY.match(name) or name.startswith("libstdc++") or isinstance(each.path, Absent)
    ]
    source = f"the headers of {process.read} files, from {roots[0]}"
    needs = tuple(_symbol_needs(process, libc))
    return {
        "loads": Known(tuple(told), source),
        "symbol_needs": Known(needs, source),
    }


def _program(host: Host, path: str) -> Elf | None:
    try:
        return read_elf(host, host.real_path(path))
    except ProbeError:
        return None  # a script or a static program has no folders to search


def _load_torch(process: Process, location: str) -> list[str]:
    """torch/__init__.py: its global dependencies, then torch._C."""
    deps = f"{location}/lib/libtorch_global_deps.so"
    started = [path for path in (deps,) if process.open(path)]
    of_cuda = [load for name, load in process.loads.items() if CUDA_LIBRARY.match(name)]
    if started and of_cuda:
        missing = any(isinstance(load.path, Absent) for load in of_cuda)
        _preload(process, location, missing=missing)
    extension = next(
        (each for each in process.host.names_in(location) if re.match(r"_C\..*so\Z", each)), None
    )
    if extension and process.open(f"{location}/{extension}"):
        started.append(f"{location}/{extension}")
    _open_parts_of_cudnn(process)
    return started


def _preload(process: Process, location: str, *, missing: bool) -> None:
    """What torch/__init__.py loads by path from its wheels, as far as this release does so."""
    try:
        source = process.host.read_text(f"{location}/__init__.py", 1 << 17)
    except ProbeError:
        return
    if "_preload_cuda_deps" not in source:
        return  # PyTorch before 1.13
    global_deps = source.partition("def _load_global_deps")[2][:4000]
    if missing or "_preload_cuda_deps(required=False)" in global_deps:
        wanted: tuple[str, ...] = _PRELOADED
    elif "/proc/self/maps" in global_deps:  # 2.6 on: these two alone
        wanted = _PRELOADED_EARLY
    else:
        return
    for entry in wanted:
        folder, _, stem = entry.partition("/")
        path = _in_wheels(process.host, location.rpartition("/")[0], folder, stem)
        if path is not None:
            process.open_early(
                path, f"{location}/__init__.py", "PyTorch's preloading of its wheels"
            )


def _in_wheels(host: Host, top: str, folder: str, stem: str) -> str | None:
    places = [f"{top}/nvidia/{folder}/lib"]
    places += [
        f"{top}/nvidia/{e}/lib" for e in host.names_in(f"{top}/nvidia") if e.startswith("cu1")
    ]
    for place in places:
        for name in host.names_in(place):
            if name.startswith(f"{stem}.so.") and name[-1].isdigit():
                return f"{place}/{name}"
    return None


def _load_tensorflow(process: Process, location: str) -> list[str]:
    """_pywrap's shared library; it opens CUDA's libraries by name when asked for GPUs."""
    started = []
    for entry in (
        "python/_pywrap_tensorflow_internal.so",
        "libtensorflow_cc.so.2",
        "libtensorflow_framework.so.2",
    ):
        path = f"{location}/{entry}"
        if process.host.exists(path) and process.open(path):
            started.append(path)
    opener = process.objects.get("libtensorflow_cc.so.2") or process.objects.get(
        "_pywrap_tensorflow_internal.so"
    )
    if opener is not None:
        for name in process.copies:
            if _OPENED_BY_TENSORFLOW.match(name):
                process.open_name(name, opener)
    _open_parts_of_cudnn(process)
    return started


def _open_parts_of_cudnn(process: Process) -> None:
    """Libcudnn opens its parts by name, from beside itself unless another is found first."""
    whole = [each for name, each in process.objects.items() if name.startswith("libcudnn.so.")]
    for each in filter(None, whole):
        folder = process.host.real_path(each.elf.path).rpartition("/")[0]
        major = (each.elf.soname or "").partition(".so.")[2]
        for name in process.host.names_in(folder):
            if re.match(rf"libcudnn_\w+\.so\.{re.escape(major)}\Z", name):
                process.open_name(name, each)


def _symbol_needs(process: Process, libc: str | None) -> Iterator[SymbolNeed]:
    """The newest version of each family that any file asks for."""
    newest: dict[str, tuple[str, str, str]] = {}
    for library, version, path in process.wants:
        match = _FAMILY.match(version)
        if match is None:
            continue
        family = match.group(1)
        held = newest.get(family)
        if held is None or numbers_in(version) > numbers_in(held[1]):
            newest[family] = (library, version, path)
    for family, (library, version, path) in newest.items():
        provider, provided = _provider(process, family, library, libc)
        yield SymbolNeed(version, path, provider, provided)


def _provider(
    process: Process, family: str, library: str, libc: str | None
) -> tuple[Fact[str], Fact[str]]:
    if family == "GLIBC":
        if libc is None or not libc.startswith("glibc "):
            gap = Unknown("the version of the C library")
            return gap, gap
        number = libc.partition(" ")[2]
        return Known("libc.so.6", "confstr"), Known(f"GLIBC_{number}", "confstr")
    load = process.loads.get(library)
    if load is None or not isinstance(load.path, Known):
        gap = Unknown(f"which {library} would be loaded")
        return gap, gap
    held = process.objects.get(library)
    own = [each for each in (held.elf.own_versions if held else ()) if _is_of(each, family)]
    if not own:
        return load.path, Unknown(f"{load.path.value} names no {family}")
    return load.path, Known(max(own, key=numbers_in), load.path.value)


def _is_of(version: str, family: str) -> bool:
    match = _FAMILY.match(version)
    return match is not None and match.group(1) == family
