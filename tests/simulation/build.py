"""Compiles the simulated driver libraries, once a test session, into a temporary folder.

The sources stand in ``native/``. Nothing here needs a GPU, a driver or CUDA's headers: only a C
compiler, named by CC or found as cc, gcc or clang.
"""

import functools
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_SOURCES = Path(__file__).parent / "native"
_FLAGS = ("-std=gnu11", "-O1", "-Wall", "-Wextra", "-fPIC", "-fvisibility=hidden")
# Small files: each machine gets copies of them, and there are many machines.
_LINK_FLAGS = ("-shared", "-Wl,-s", "-Wl,-z,noseparate-code")
_LOOKED_UP = re.compile(r"_nvmlGetFunctionPointer\(\s*[\"'](nvml\w+)[\"']")


class NoCompilerError(Exception):
    """There is no C compiler, so that no driver can be simulated."""


@dataclass(frozen=True, slots=True)
class Natives:
    """The compiled libraries, to be copied to where a machine keeps them."""

    folder: Path
    compiler: str

    @property
    def libcuda(self) -> Path:
        return self.folder / "libcuda.so.1"

    @property
    def hide(self) -> Path:
        """The auditor that keeps the loader from drivers outside SIM_ROOT."""
        return self.folder / "hide.so"

    @property
    def refuse(self) -> Path:
        """The library that, preloaded, has the kernel refuse the control node."""
        return self.folder / "refuse.so"

    @property
    def empty(self) -> Path:
        """A library that loads and does nothing."""
        return self.folder / "empty.so"

    def nvml(self, without: tuple[str, ...] = ()) -> Path:
        """libnvidia-ml.so.1; `without` these functions, as a driver older than they are."""
        if not without:
            return self.folder / "libnvidia-ml.so.1"
        mark = hashlib.sha256(" ".join(sorted(without)).encode()).hexdigest()[:12]
        made = self.folder / f"libnvidia-ml.{mark}.so"
        if not made.exists():
            script = self.folder / f"{made.name}.map"
            script.write_text(f"{{ global: nvml*; local: {'; '.join(sorted(without))}; }};\n")
            _link_nvml(self.compiler, self.folder, made, f"-Wl,--version-script,{script}")
        return made

    def cudart(self, version: str) -> Path:
        """The CUDA runtime of a release such as ``12.4``, compiled when first asked for."""
        major, minor = (int(part) for part in version.split(".")[:2])
        made = self.folder / f"libcudart.{major}.{minor}.so"
        if not made.exists():
            number = f"-DRUNTIME_VERSION={major * 1000 + minor * 10}"
            soname = f"libcudart.so.{major}" if major > 11 else f"libcudart.so.{major}.0"
            _library(self.compiler, made, soname, ("libcudart.c", "scenario.c"), number)
        return made


def build(folder: Path) -> Natives:
    """Compile everything into an existing folder; raise NoCompilerError where nothing compiles."""
    compiler = _compiler()
    (folder / "nvml_stubs.c").write_text(_nvml_stubs())
    _library(compiler, folder / "libcuda.so.1", "libcuda.so.1", _LIBCUDA)
    for source in _NVML:
        _run(compiler, *_FLAGS, "-c", str(_SOURCES / source), "-o", str(folder / f"{source}.o"))
    # Compiled without -Wall's look at prototypes: the stubs stand for functions of any shape.
    _run(compiler, "-O0", "-fPIC", "-c", str(folder / "nvml_stubs.c"), "-o", f"{folder}/stubs.o")
    _link_nvml(compiler, folder, folder / "libnvidia-ml.so.1")
    _library(compiler, folder / "empty.so", "libempty.so", ("empty.c",))
    _library(compiler, folder / "hide.so", "hide.so", ("hide.c",))
    _library(compiler, folder / "refuse.so", "refuse.so", ("refuse.c",))
    return Natives(folder, compiler)


@functools.cache
def shared_natives() -> Natives:
    """The libraries of this process, compiled at the first call and removed at its end."""
    folder = tempfile.TemporaryDirectory(prefix="gpudoctor-simulation-")
    _kept_until_exit.append(folder)
    return build(Path(folder.name))


_LIBCUDA = ("libcuda.c", "visible.c", "scenario.c")
_NVML = ("libnvidia_ml.c", "nvml_device.c", "scenario.c")
_kept_until_exit: list["tempfile.TemporaryDirectory[str]"] = []


def install_library(source: Path, folder: Path, soname: str, version: str) -> Path:
    """Copy a library as ``libcuda.so.550.54.14`` with the link ``libcuda.so.1`` beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = soname.removesuffix(".1")
    file = folder / f"{stem}.{version}"
    shutil.copyfile(source, file)
    link = folder / soname
    link.unlink(missing_ok=True)
    link.symlink_to(file.name)
    return file


def install_stub(natives: Natives, folder: Path) -> Path:
    """Put the toolkit's stub libcuda, which answers 34, into a folder that is named ``stubs``."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(natives.libcuda, folder / "libcuda.so")
    link = folder / "libcuda.so.1"
    link.unlink(missing_ok=True)
    link.symlink_to("libcuda.so")
    return link


def looked_up_nvml_names() -> tuple[str, ...]:
    """Every NVML function that the installed nvidia-ml-py looks up, read as text."""
    spec = importlib.util.find_spec("pynvml")
    if spec is None or spec.origin is None:
        return ()
    text = Path(spec.origin).read_text(encoding="utf-8", errors="replace")
    return tuple(sorted(set(_LOOKED_UP.findall(text))))


def _nvml_stubs() -> str:
    lines = ["int nvml_stub(const char *symbol);"]
    # Weak: the functions that libnvidia_ml.c really has win over these.
    lines += [
        f'__attribute__((weak)) int {name}(void) {{ return nvml_stub("{name}"); }}'
        for name in looked_up_nvml_names()
    ]
    return "\n".join(lines) + "\n"


def _compiler() -> str:
    for name in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise NoCompilerError("no C compiler (cc, gcc, clang or CC) to build the simulated drivers")


def _library(compiler: str, made: Path, soname: str, sources: tuple[str, ...], *extra: str) -> None:
    paths = [str(_SOURCES / source) for source in sources]
    options = (*_LINK_FLAGS, f"-Wl,-soname,{soname}", "-o", str(made))
    _run(compiler, *_FLAGS, *extra, *options, *paths, "-ldl", "-lpthread")


def _link_nvml(compiler: str, folder: Path, made: Path, *extra: str) -> None:
    objects = [str(folder / name) for name in (*(f"{each}.o" for each in _NVML), "stubs.o")]
    options = (*_LINK_FLAGS, "-Wl,-soname,libnvidia-ml.so.1", "-o", str(made))
    _run(compiler, *extra, *options, *objects, "-lpthread")


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}\n{done.stderr}")
