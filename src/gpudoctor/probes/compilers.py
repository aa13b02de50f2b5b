"""Probe the host compilers that nvcc could be given, by the names of their files and folders."""

import os
import re
from collections.abc import Iterator

from gpudoctor.facts import Fact, HostCompiler, Known, Unknown
from gpudoctor.host import Host

_VARIABLES = (
    "NVCC_CCBIN",
    "CUDAHOSTCXX",
    "CC",
    "CXX",
)  # nvcc's own, CMake's, and what PyTorch takes
_VERSIONED = re.compile(r"(?:.*-)?(gcc|g\+\+|clang|clang\+\+)-(\d{1,2})(?:\.\d+)*\Z")
_PLAIN = re.compile(r"(?:.*-)?(gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-\d+)?\Z")
_LLVM = re.compile(r"/llvm-?(\d{1,2})/bin/")
_RELEASE = re.compile(r"(\d{1,2})(?:\.\d+)*\Z")


def probe_host_compilers(host: Host) -> Fact[tuple[HostCompiler, ...]]:
    """What the variables name, then gcc as PATH finds it, then its other versions on PATH."""
    found: dict[str, HostCompiler] = {}
    for path, found_by in _candidates(host):
        compiler = _compiler(host, path, found_by)
        if compiler is not None:
            found.setdefault(path, compiler)
    return Known(tuple(found.values()), "CC, CXX, CUDAHOSTCXX, NVCC_CCBIN and PATH")


def _candidates(host: Host) -> Iterator[tuple[str, str]]:
    folders = [host.inside(each) for each in host.environ.get("PATH", "").split(os.pathsep)]
    folders = [each for each in dict.fromkeys(folders) if each.startswith("/")]
    for variable in _VARIABLES:
        words = host.environ.get(variable, "").split()
        if words and (path := _resolved(host, folders, words[0])):
            yield path, variable
    if path := _resolved(host, folders, "gcc"):
        yield path, "PATH"
    for folder in folders:
        # In WSL, PATH has Windows' folders, which hold no gcc and take long to list.
        for name in () if folder.startswith("/mnt/") else host.names_in(folder):
            if name.startswith(("gcc-", "clang-")) and _VERSIONED.match(name):
                yield f"{folder}/{name}", "PATH"


def _resolved(host: Host, folders: list[str], name: str) -> str | None:
    if "/" in name:
        path = host.inside(name)
        return path if path.startswith("/") and host.exists(path) else None
    return next((f"{each}/{name}" for each in folders if host.exists(f"{each}/{name}")), None)


def _compiler(host: Host, path: str, found_by: str) -> HostCompiler | None:
    real = host.real_path(path)
    if not host.exists(real):
        return None
    name = real.rpartition("/")[2]
    kind = "clang" if "clang" in name else "gcc"
    if not (_PLAIN.match(name) or _VERSIONED.match(name)):
        return None  # a wrapper such as ccache, or another maker's
    if match := _VERSIONED.match(name):
        return HostCompiler(kind, path, found_by, Known(int(match.group(2)), real))
    if match := _LLVM.search(real):
        return HostCompiler(kind, path, found_by, Known(int(match.group(1)), real))
    major: Fact[int] = Unknown(f"nothing beside {real} tells its version")
    return HostCompiler(kind, path, found_by, _major_beside(host, real) if kind == "gcc" else major)


def _major_beside(host: Host, real: str) -> Fact[int]:
    """The version of the one set of parts that lies beside a gcc: ``lib/gcc/TRIPLE/13``."""
    top = real.rpartition("/bin/")[0]
    majors = {
        int(match.group(1)): f"{folder}/{triple}/{name}"
        for folder in (f"{top}/lib/gcc", f"{top}/lib64/gcc")
        for triple in host.names_in(folder)
        for name in host.names_in(f"{folder}/{triple}")
        if (match := _RELEASE.match(name))
    }
    if len(majors) == 1:
        [(major, place)] = majors.items()
        return Known(major, place)
    return Unknown(f"{len(majors)} versions of gcc lie beside {real}")
