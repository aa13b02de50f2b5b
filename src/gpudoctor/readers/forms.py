"""Read ``key: value`` lines: collect_env of PyTorch and vLLM, nvidia-smi -q, issue templates.

All of them are one form, whatever marks stand around a key; so one table of keys reads them all.
"""

import re
from collections.abc import Callable, Iterable

from gpudoctor.readers.lines import Line
from gpudoctor.readers.notes import Kind, Notes, Trust
from gpudoctor.readers.values import (
    note_cuda_and_cudnn,
    note_gpus,
    note_os,
    note_platform,
    version_in,
)

_KEYED = re.compile(r"[\s*#>|•-]{0,12}(?P<key>[A-Za-z`][^:=|]{1,60})[:=](?!=)\s{0,40}(?P<value>.*)")
_ELEMENT = re.compile(r"\s{0,40}<(?P<key>\w{2,40})>(?P<value>[^<]{1,200})</(?P=key)>\s{0,8}$")
_NEXT_TO = 2  # lines
_FAR = 1000
_HEADING = re.compile(r"\s{0,4}#{2,6}\s+(?P<key>\S.{1,80}?)[\s?:*]{0,6}$")
_MARKS = re.compile(r"[`*]{1,3}|__")
_NOTHING = ("", "n/a", "none", "could not collect", "not found", "unknown", "-", "no response")

Setter = Callable[[Notes, str, int, Trust], None]


def read_forms(lines: Iterable[Line], notes: Notes) -> None:
    """Note what keys of the table say; of a heading the next line that says something."""
    heading: Setter | None = None
    driver_line = -_FAR
    for line in lines:
        text = line.text
        if heading is not None and text.strip():
            if not text.lstrip().startswith("#"):
                _set(heading, notes, text, line.number, Trust.FORM)
                heading = None
                continue
            heading = None
        if text.lstrip().startswith("#") and (match := _HEADING.match(text)):
            heading = _setter(match.group("key"))
            continue
        if text.endswith(">") and (element := _ELEMENT.match(text)):
            text = f"{element.group('key').replace('_', ' ')}: {element.group('value')}"
        if (":" in text or "=" in text) and (match := _KEYED.match(text)):
            setter = _setter(match.group("key"))
            if setter is _wheel_cuda and line.number - driver_line <= _NEXT_TO:
                setter = _driver_cuda  # nvidia-smi -q and -x: the driver's own, in the next line
            if setter is _driver_version:
                driver_line = line.number
            if setter is not None:
                _set(setter, notes, match.group("value"), line.number, Trust.FORM)


def _set(setter: Setter, notes: Notes, value: str, line: int, trust: Trust) -> None:
    value = _MARKS.sub("", value).strip().strip("\"',").strip()
    setter(notes, value[:400], line, trust)


def _setter(key: str) -> Setter | None:
    plain = " ".join(_MARKS.sub(" ", key).lower().split())
    plain = plain.partition(" (")[0].strip(" -")
    return _KEYS.get(plain)


def _simple(kind: Kind, about: str = "", trust: Trust | None = None) -> Setter:
    def note(notes: Notes, value: str, line: int, said: Trust) -> None:
        version = version_in(value)
        if version is not None:
            notes.add(kind, version, line, trust or said, about=about)

    return note


def _package(name: str, trust: Trust | None = None) -> Setter:
    return _simple(Kind.PACKAGE, name, trust)


def _built_for(notes: Notes, value: str, line: int, _: Trust) -> None:
    version = version_in(value)
    if version is not None or value.lower() in _NOTHING:
        notes.add(Kind.FRAMEWORK_CUDA, version, line, Trust.PRINTED, about="torch")


def _rocm(notes: Notes, value: str, line: int, _: Trust) -> None:
    if version_in(value) is not None:
        notes.add(Kind.FRAMEWORK_CUDA, "rocm", line, Trust.PRINTED, about="torch")


def _sees(notes: Notes, value: str, line: int, _: Trust) -> None:
    word = value.lower().rstrip(".,")
    if word in ("true", "yes", "false", "no"):
        sees = word in ("true", "yes")
        notes.add(Kind.FRAMEWORK_SEES, sees, line, Trust.PRINTED, about="torch")


def _gpus(notes: Notes, value: str, line: int, trust: Trust) -> None:
    note_gpus(notes, value, line, trust)


def _one_gpu(notes: Notes, value: str, line: int, _: Trust) -> None:
    """The product name of nvidia-smi -q: one a GPU, in order."""
    number = sum(1 for _ in notes.of(Kind.GPU) if _.by == "nvidia-smi -q")
    notes.add(Kind.GPU, {"name": value}, line, Trust.PRINTED, about=str(number), by="nvidia-smi -q")


def _text(kind: Kind) -> Setter:
    def note(notes: Notes, value: str, line: int, trust: Trust) -> None:
        if value.lower() not in _NOTHING:
            notes.add(kind, value, line, trust)

    return note


def _cpu_flags(notes: Notes, value: str, line: int, trust: Trust) -> None:
    """Of a processor; lspci has flags too."""
    if value.startswith("fpu ") or " sse" in value:
        notes.add(Kind.CPU_FLAGS, value, line, trust)


def _libc(notes: Notes, value: str, line: int, trust: Trust) -> None:
    if value.lower().startswith(("glibc", "musl")):
        notes.add(Kind.LIBC, value.replace("-", " ", 1), line, trust)


def _wheel_cuda(notes: Notes, value: str, line: int, trust: Trust) -> None:
    """A "CUDA version" that no program's name stands by: the user's toolkit, as people mean it."""
    version = version_in(value)
    if version is not None:
        notes.add(Kind.TOOLKIT, version, line, min(trust, Trust.FORM))


_driver_version = _simple(Kind.DRIVER)
_driver_cuda = _simple(Kind.DRIVER_CUDA, trust=Trust.PRINTED)
_KEYS: dict[str, Setter] = {
    "pytorch version": _package("torch", Trust.PRINTED),
    "torch version": _package("torch"),
    "pytorch": _package("torch"),
    "torch": _package("torch"),
    "cuda used to build pytorch": _built_for,
    "rocm used to build pytorch": _rocm,
    "is cuda available": _sees,
    "cuda available": _sees,
    "torch.cuda.is_available()": _sees,
    "torch.cuda.is_available": _sees,
    "cuda runtime version": _simple(Kind.TOOLKIT, trust=Trust.PRINTED),
    "cuda version": _wheel_cuda,
    "cuda": _wheel_cuda,
    "cuda toolkit": _wheel_cuda,
    "cuda toolkit version": _wheel_cuda,
    "execution provider library version": _wheel_cuda,
    "cuda umd version": _simple(Kind.DRIVER_CUDA, trust=Trust.PRINTED),
    "nvidia driver version": _simple(Kind.DRIVER, trust=Trust.PRINTED),
    "driver version": _driver_version,
    "kmd version": _simple(Kind.DRIVER, trust=Trust.PRINTED),
    "nvidia driver": _simple(Kind.DRIVER),
    "driver": _simple(Kind.DRIVER),
    "gpu driver": _simple(Kind.DRIVER),
    "nvidia gpu driver": _simple(Kind.DRIVER),
    "cudnn version": _simple(Kind.CUDNN),
    "cudnn": _simple(Kind.CUDNN),
    "cuda/cudnn version": note_cuda_and_cudnn,
    "cuda/cudnn versions": note_cuda_and_cudnn,
    "python version": _simple(Kind.PYTHON, trust=Trust.PRINTED),
    "python": _simple(Kind.PYTHON),
    "python platform": note_platform,
    "platform": note_platform,
    "os": note_os,
    "os version": note_os,
    "os platform and distribution": note_os,
    "operating system": note_os,
    "linux distribution": note_os,
    "distrib description": note_os,
    "pretty name": note_os,
    "libc version": _libc,
    "gcc version": _simple(Kind.GCC),
    "gcc/compiler version": _simple(Kind.GCC),
    "gpu model and memory": _gpus,
    "gpu models and configuration": _gpus,
    "gpu model": _gpus,
    "gpu models": _gpus,
    "gpu type": _gpus,
    "gpu": _gpus,
    "gpus": _gpus,
    "graphics card": _gpus,
    "video card": _gpus,
    "cuda device": _gpus,
    "product name": _one_gpu,
    "tensorflow version": _package("tensorflow"),
    "tf version": _package("tensorflow"),
    "tensorflow": _package("tensorflow"),
    "jax version": _package("jax"),
    "onnx runtime version or commit id": _package("onnxruntime"),
    "kernel version": _text(Kind.KERNEL),
    "architecture": _text(Kind.CPU_ARCH),
    "flags": _cpu_flags,
    "hypervisor vendor": _text(Kind.VIRTUAL),
}


def _companion(name: str) -> Setter:
    def note(notes: Notes, value: str, line: int, trust: Trust) -> None:
        version = version_in(value)
        if version is not None and value.removeprefix("v").startswith(version):
            notes.add(Kind.PACKAGE, version, line, trust, about=name)

    return note


for _name in (
    "accelerate",
    "bitsandbytes",
    "cupy",
    "deepspeed",
    "flash-attn",
    "jaxlib",
    "keras",
    "numba",
    "numpy",
    "onnxruntime",
    "onnxruntime-gpu",
    "protobuf",
    "torchaudio",
    "torchvision",
    "transformers",
    "triton",
    "vllm",
    "xformers",
):
    _KEYS[_name] = _KEYS[f"{_name} version"] = _companion(_name)
