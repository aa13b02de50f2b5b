"""Probe what compiles CUDA code here, from files and names alone: no compiler is run."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from gpudoctor.errors import ProbeError
from gpudoctor.facts import Absent, BuildFacts, Fact, Known, Toolkit, Unknown
from gpudoctor.host import Host
from gpudoctor.probes.compilers import probe_host_compilers
from gpudoctor.probes.loader import search_folders
from gpudoctor.versions import CudaVersion

_VARIABLES = ("CUDA_HOME", "CUDA_PATH")  # that PyTorch and most builds obey, in this order
_OTHER_VARIABLES = ("CUDA_ROOT", "CUDAToolkit_ROOT", "CUDA_TOOLKIT_ROOT_DIR")
_LOCAL = "/usr/local/cuda"
# Arch; Debian's package, whose nvcc and headers lie in /usr; its links for those who want one
# folder.
_OTHER_FOLDERS = ("/opt/cuda", "/usr/lib/nvidia-cuda-toolkit", "/usr/lib/cuda")
_HPC_SDK = "/opt/nvidia/hpc_sdk"
_HEADERS = (
    "include",
    "targets/x86_64-linux/include",
    "targets/sbsa-linux/include",
    "targets/aarch64-linux/include",
)
_LIBDEVICE = (
    "nvvm/libdevice/libdevice.10.bc",
    "libdevice/libdevice.10.bc",
    "lib/libdevice.10.bc",
)
_IN_JSON = re.compile(r'"cuda"\s*:\s*\{[^}]*"version"\s*:\s*"(\d+\.\d+)')
_IN_TEXT = re.compile(r"CUDA Version (\d+\.\d+)")
_IN_HEADER = re.compile(r"#define\s+CUDA_VERSION\s+(\d{4,6})\b")
_IN_NAME = re.compile(r"(?:\A|cuda-)(\d+\.\d+)(?:\.\d+)?\Z")
_CONDA_PACKAGE = re.compile(r"(?:cuda-nvcc|cuda-nvcc-impl|cuda-nvcc-tools|cudatoolkit)-(\d+\.\d+)")
_STARTS = re.compile(r"\bexec\s+[\"']?(/[^\s\"']+/bin/nvcc)\b")
_XLA_FOLDER = re.compile(r"--xla_gpu_cuda_data_dir=[\"']?(/[^\s\"']+)")
_HEADER_LIMIT = 1 << 16  # cuda.h says its version in the first 300 lines


def probe_build_tools(host: Host) -> BuildFacts:
    """The machine's own tools; those of Python environments come with each of them."""
    found: dict[str, Toolkit] = {}
    for path, found_by in _candidates(host):
        real = host.real_path(path)
        toolkit = None if real in found else read_toolkit(host, path, found_by)
        if toolkit is not None:
            found[real] = toolkit
    source = "CUDA_HOME, PATH and the folders where toolkits are installed"
    return BuildFacts(
        toolkits=Known(tuple(found.values()), source),
        taken=_taken(host),
        host_compilers=probe_host_compilers(host),
        libcuda_link=_libcuda_link(host),
        unfinished_extensions=_unfinished_extensions(host),
    )


def _candidates(host: Host) -> Iterator[tuple[str, str]]:
    for name in (*_VARIABLES, *_OTHER_VARIABLES):
        if (path := _of_variable(host, name)) is not None:
            yield path, name
    if (on_path := _of_path(host)) is not None:
        yield on_path, "nvcc on PATH"
    if match := _XLA_FOLDER.search(host.environ.get("XLA_FLAGS", "")):
        yield host.inside(match.group(1).rstrip("/")), "XLA_FLAGS"
    yield _LOCAL, _LOCAL
    for name in reversed(host.names_in("/usr/local")):
        if name.startswith("cuda-"):
            yield f"/usr/local/{name}", "/usr/local"
    for path in _OTHER_FOLDERS:
        yield path, path
    yield from _of_hpc_sdk(host)


def _of_hpc_sdk(host: Host) -> Iterator[tuple[str, str]]:
    for system in host.names_in(_HPC_SDK):
        for release in reversed(host.names_in(f"{_HPC_SDK}/{system}")):
            for name in reversed(host.names_in(f"{_HPC_SDK}/{system}/{release}/cuda")):
                yield f"{_HPC_SDK}/{system}/{release}/cuda/{name}", "the HPC SDK"


def _of_variable(host: Host, name: str) -> str | None:
    path = host.inside(host.environ.get(name, "").rstrip("/"))
    return path if path.startswith("/") else None


def _of_path(host: Host) -> str | None:
    """The folder above the one in which PATH finds nvcc, as PyTorch takes it."""
    for folder in host.environ.get("PATH", "").split(os.pathsep):
        path = host.inside(folder.rstrip("/"))
        if path.startswith("/") and host.exists(f"{path}/nvcc"):
            real = host.real_path(f"{path}/nvcc")
            nvcc = real if real.endswith("/nvcc") else f"{path}/nvcc"  # not what ccache links to
            return nvcc.removesuffix("/nvcc").rpartition("/")[0]
    return None


def _taken(host: Host) -> Fact[str]:
    """PyTorch's order: the variable, whatever it names; nvcc on PATH; /usr/local/cuda."""
    for name in _VARIABLES:
        if value := host.environ.get(name):
            return Known(host.inside(value.rstrip("/")) or "/", name)
    if (on_path := _of_path(host)) is not None:
        return Known(on_path, "nvcc on PATH")
    if host.exists(_LOCAL):
        return Known(_LOCAL, _LOCAL)
    return Absent("CUDA_HOME, CUDA_PATH, nvcc on PATH and /usr/local/cuda")


def read_toolkit(
    host: Host, path: str, found_by: str, environment: int | None = None
) -> Toolkit | None:
    """What a folder has of a toolkit; None where it has nothing that compiles."""
    nvcc = _first(host, path, ("bin/nvcc",))
    headers = _first(host, path, tuple(f"{each}/cuda_runtime.h" for each in _HEADERS))
    ptxas = _first(host, path, ("bin/ptxas",))
    libdevice = _first(host, path, _LIBDEVICE)
    if path == "/usr":  # Debian's package keeps these two apart
        apart = "/usr/lib/nvidia-cuda-toolkit"
        ptxas = ptxas or _first(host, apart, ("bin/ptxas",))
        libdevice = libdevice or _first(host, apart, _LIBDEVICE)
    if not (nvcc or ptxas or libdevice):
        return None  # headers alone, as PyTorch's wheels have them, compile nothing
    return Toolkit(
        path,
        found_by,
        _version(host, path),
        _fact(nvcc, path),
        _fact(headers and headers.removesuffix("/cuda_runtime.h"), path),
        _fact(ptxas, path),
        _fact(libdevice, path),
        environment,
    )


def _first(host: Host, path: str, names: tuple[str, ...]) -> str | None:
    return next((f"{path}/{name}" for name in names if host.exists(f"{path}/{name}")), None)


def _fact(path: str | None, folder: str) -> Fact[str]:
    return Absent(folder) if path is None else Known(path, folder)


def _version(host: Host, path: str) -> Fact[CudaVersion]:
    include = "/usr/include" if path == "/usr/lib/nvidia-cuda-toolkit" else f"{path}/include"
    places = [(f"{path}/version.json", _IN_JSON), (f"{path}/version.txt", _IN_TEXT)]
    headers = (include, *(f"{path}/{each}" for each in _HEADERS[1:]))
    places += [(f"{each}/cuda.h", _IN_HEADER) for each in headers]
    for file, pattern in places:
        try:
            match = pattern.search(host.read_text(file, _HEADER_LIMIT))
        except ProbeError:
            continue
        if match is not None:
            return _parsed(match.group(1), file)
    name = host.real_path(path).rpartition("/")[2]
    if match := _IN_NAME.search(name):
        return _parsed(match.group(1), "the folder's name")
    for package in host.names_in(f"{path}/conda-meta"):
        if match := _CONDA_PACKAGE.match(package):
            return _parsed(match.group(1), f"{path}/conda-meta/{package}")
    if (wrapped := _wrapped(host, f"{path}/bin/nvcc")) and wrapped != path:
        return _version(host, wrapped)
    return Unknown(f"no file below {path} tells its version")


def _wrapped(host: Host, nvcc: str) -> str | None:
    """The toolkit whose nvcc a script starts, as Debian's does."""
    try:
        text = host.read_text(nvcc, 4096)
    except ProbeError:
        return None
    match = _STARTS.search(text) if text.startswith("#!") else None
    target = None if match is None else host.real_path(match.group(1))
    return None if target is None or target == nvcc else target.removesuffix("/bin/nvcc")


def _parsed(text: str, source: str) -> Fact[CudaVersion]:
    try:
        if "." in text:
            return Known(CudaVersion.parse(text), source)
        return Known(CudaVersion.from_number(int(text)), source)
    except ValueError:
        return Unknown(f"{source} has no version of CUDA: {text[:20]!r}")


def _libcuda_link(host: Host) -> Fact[str]:
    folders = [host.inside(each) for each in host.environ.get("LIBRARY_PATH", "").split(":")]
    folders += [each.path for each in search_folders(host)]
    for folder in dict.fromkeys(folders):
        if folder.startswith("/") and host.exists(f"{folder}/libcuda.so"):
            return Known(f"{folder}/libcuda.so", "LIBRARY_PATH and the loader's folders")
    return Absent("LIBRARY_PATH and the loader's folders")


def _unfinished_extensions(host: Host) -> Fact[tuple[str, ...]]:
    """Extensions that PyTorch began to compile when they were loaded, and has no library of."""
    home = host.inside(host.environ.get("HOME", ""))
    top = host.inside(host.environ.get("TORCH_EXTENSIONS_DIR", ""))
    top = top or f"{home}/.cache/torch_extensions"
    if not top.startswith("/"):
        return Unknown("no folder of extensions is named")
    found = []
    for build in host.names_in(top):
        for name in host.names_in(f"{top}/{build}"):
            files = host.names_in(f"{top}/{build}/{name}")
            is_built = any(each.endswith(".so") for each in files)
            if "build.ninja" in files and not is_built:
                found += [f"{build}/{name}"] if _uses_nvcc(host, f"{top}/{build}/{name}") else []
    return Known(tuple(found), top)


def _uses_nvcc(host: Host, folder: str) -> bool:
    """Whether an extension has CUDA code; those of C++ alone are built in the same place."""
    try:
        return "\nnvcc = " in "\n" + host.read_text(f"{folder}/build.ninja", _HEADER_LIMIT)
    except ProbeError:
        return False


def with_environment(
    host: Host,
    build: BuildFacts,
    index: int,
    module_path: tuple[str, ...],
    prefix: str | None,
    versions: Mapping[str, str],
) -> BuildFacts:
    """The machine's tools and those that an environment's wheels or conda packages bring."""
    if not isinstance(build.toolkits, Known):
        return build
    known_paths = {host.real_path(each.path) for each in build.toolkits.value}
    places = [(prefix, "the environment")] if prefix and prefix != "/usr" else []
    places += [
        (f"{top}/nvidia/{name}", "a wheel") for top in module_path for name in _wheels(host, top)
    ]
    found = []
    for path, found_by in places:
        toolkit = read_toolkit(host, path, found_by, index)
        if toolkit is not None and host.real_path(path) not in known_paths:
            found.append(replace(toolkit, version=_of_wheel(toolkit, versions)))
    toolkits = Known((*build.toolkits.value, *found), build.toolkits.source)
    return replace(build, toolkits=toolkits)


def _wheels(host: Host, top: str) -> tuple[str, ...]:
    names = host.names_in(f"{top}/nvidia")
    return tuple(name for name in names if name == "cuda_nvcc" or re.match(r"cu\d\d\Z", name))


def _of_wheel(toolkit: Toolkit, versions: Mapping[str, str]) -> Fact[CudaVersion]:
    if toolkit.found_by != "a wheel":
        return toolkit.version
    for name in ("nvidia-cuda-nvcc", "nvidia-cuda-nvcc-cu12", "nvidia-cuda-nvcc-cu11"):
        if name in versions:
            return _parsed(".".join(versions[name].split(".")[:2]), f"metadata of {name}")
    return toolkit.version
