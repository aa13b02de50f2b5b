"""Read interactive sessions: an expression after a prompt, and the value on the next line."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from gpudoctor.readers.lines import Line
from gpudoctor.readers.notes import Kind, Notes, Trust
from gpudoctor.readers.values import gpu_names, version_in

_EXPRESSION = re.compile(
    r"\s{0,8}`?(?:>>>|In \[\d{1,4}\]:|\.\.\.)?\s{0,4}(?:print ?\()?(?P<name>torch|tf|tensorflow"
    r"|jax|jaxlib|numpy|np|\w{3,40})"
    r"\.(?P<what>version\.__version__|__version__|VERSION|version\.VERSION|version\.cuda"
    r"|cuda\.is_available\(\)"
    r"|cuda\.device_count\(\)|backends\.cudnn\.version\(\)|cuda\.get_device_name\([\w\":]{0,10}\)"
    r"|cuda\.get_arch_list\(\)|config\.(?:experimental\.)?list_physical_devices\([\w'\"=]{0,30}\)"
    r"|test\.is_gpu_available\(\)|default_backend\(\)|devices\(\))"
)
_OUT = re.compile(r"\s{0,8}(?:Out ?\[\d{1,4}\]:)?\s{0,4}(?P<value>\S.{0,300})")
_COMMAND = re.compile(r"python[\d.]{0,4} -c ['\"].{0,300}?(?=print|torch\.)")
_SCRIPTED = re.compile(
    r"python[\d.]{0,4} -c .{0,200}?(?P<expression>(?:torch|tensorflow|tf|jax)\.[\w.]{4,40}"
    r"(?:\(\))?)"
)
_NAMES = {"tf": "tensorflow", "np": "numpy"}
_ANSWERS_WITHIN = 3  # lines after the expression


def read_sessions(lines: Iterable[Line], notes: Notes) -> None:
    """Note the values that an interpreter answered with."""
    asked: tuple[str, str] | None = None
    wait = 0
    for line in lines:
        match = _expression(line.text) if "." in line.text else None
        if match is not None:
            asked = match
            wait = _ANSWERS_WITHIN
            continue
        if asked is None or not line.text.strip():
            continue
        answer = _OUT.match(line.text)
        is_input = line.text.lstrip().startswith((">>>", "In ["))
        if answer and not is_input and _answer(*asked, answer.group("value"), line.number, notes):
            asked = None
            continue
        wait -= 1
        if wait <= 0:
            asked = None


def _expression(text: str) -> tuple[str, str] | None:
    if not any(mark in text for mark in (">>>", "In [", "python", "print", "`")):
        return None
    scripted = _SCRIPTED.search(text)
    match = _EXPRESSION.match(scripted.group("expression") if scripted else text)
    if match is None:
        return None
    name = match.group("name")
    return _NAMES.get(name, name), match.group("what")


def _answer(name: str, what: str, value: str, line: int, notes: Notes) -> bool:
    """Take the answer to an expression; False where the line is none."""
    plain = value.strip().strip("`").strip("'\"")
    for start, read in _ANSWERS:
        if what.startswith(start):
            found = read(plain)
            if found is None:
                return False
            kind, answer = found
            notes.add(kind, answer, line, Trust.PRINTED, about=name.replace("_", "-"))
            return True
    return False


Answer = tuple[Kind, Any] | None


def _version(plain: str) -> Answer:
    version = version_in(plain)
    return (Kind.PACKAGE, version) if version and plain.startswith(version) else None


def _built_for(plain: str) -> Answer:
    if plain == "None":
        return Kind.FRAMEWORK_CUDA, None
    return (Kind.FRAMEWORK_CUDA, plain) if version_in(plain) == plain else None


def _truth(plain: str) -> Answer:
    return (Kind.FRAMEWORK_SEES, plain == "True") if plain in ("True", "False") else None


def _number(kind: Kind) -> Callable[[str], Answer]:
    def read(plain: str) -> Answer:
        is_number = plain.isascii() and plain.isdecimal() and len(plain) < len("1234567")
        return (kind, int(plain) if kind is Kind.FRAMEWORK_COUNT else plain) if is_number else None

    return read


def _device_name(plain: str) -> Answer:
    name = next(gpu_names(plain), None)
    return (Kind.CUDA_DEVICE, {"name": name, "capability": None}) if name else None


def _targets(plain: str) -> Answer:
    targets = " ".join(_TARGET.findall(plain[:2000]))
    return (Kind.FRAMEWORK_TARGETS, targets) if targets else None


def _devices(plain: str) -> Answer:
    return (Kind.FRAMEWORK_SEES, "GPU" in plain) if plain.startswith("[") else None


def _backend(plain: str) -> Answer:
    return Kind.FRAMEWORK_SEES, any(word in plain.lower() for word in ("gpu", "cuda"))


_TARGET = re.compile(r"(?:sm|compute)_\d{2,3}[af]?")
_ANSWERS: tuple[tuple[str, Callable[[str], Answer]], ...] = (
    ("__version__", _version),
    ("version.__version__", _version),
    ("VERSION", _version),
    ("version.VERSION", _version),
    ("version.cuda", _built_for),
    ("cuda.is_available", _truth),
    ("test.is_gpu_available", _truth),
    ("cuda.device_count", _number(Kind.FRAMEWORK_COUNT)),
    ("backends.cudnn.version", _number(Kind.CUDNN)),
    ("cuda.get_device_name", _device_name),
    ("cuda.get_arch_list", _targets),
    ("config.", _devices),
    ("default_backend", _backend),
    ("devices", _backend),
)
