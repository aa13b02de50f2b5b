"""Read what people say of their machine in passing: the weakest notes of all."""

import re
from collections.abc import Iterable

from gpudoctor.readers.lines import Line
from gpudoctor.readers.notes import Kind, Notes, Trust
from gpudoctor.readers.packages import ONLY_WANTED, normalise
from gpudoctor.readers.values import gpu_names, note_os

_LONGEST = 600  # a longer line is no remark of a person's
_V = r"v?(?P<version>\d{1,4}\.\d{1,4}(?:\.\d{1,4}){0,2}(?:\+[\w.]{2,20})?)"
_PACKAGE = re.compile(
    rf"\b(?P<name>pytorch|torch|torchvision|torchaudio|tensorflow(?:[-_](?:gpu|cpu))?|tf|jax"
    rf"|jaxlib|xformers|numba|vllm"
    rf"|flash[-_]attn|cupy|triton)\b(?: version)?(?: is)?[ =:v`']{{1,6}}{_V}(?![\w.]*\.(?:whl|so))",
    re.IGNORECASE,
)
_PYTHON = re.compile(r"\bpython[ =:v]{0,3}(?P<version>\d\.\d{1,2}(?:\.\d{1,2})?)\b", re.IGNORECASE)
_DRIVER = re.compile(
    r"\bdriver(?:s)?(?: version)?[ =:v]{0,4}(?P<version>\d{3}\.\d{1,3}(?:\.\d{1,2})?)\b",
    re.IGNORECASE,
)
_CUDA = re.compile(
    r"\bcuda(?: toolkit)?(?: version)?[ =:-]{0,3}(?P<version>\d{1,2}\.\d(?:\.\d{1,3})?)\b",
    re.IGNORECASE,
)
_CUDNN = re.compile(
    r"\bcudnn(?: version)?[ =:v-]{0,3}(?P<version>\d\.\d{1,2}(?:\.\d{1,3}){0,2})\b", re.IGNORECASE
)
# Without one of these a line names nothing that is looked for here.
_WORDS = (
    "torch",
    "tensorflow",
    "tf",
    "jax",
    "xformers",
    "numba",
    "vllm",
    "flash",
    "cupy",
    "triton",
    "python",
    "driver",
    "cud",
    "rtx",
    "gtx",
    "geforce",
    "nvidia",
    "tesla",
    "quadro",
    "titan",
    "jetson",
    "v100",
    "a100",
    "h100",
    "t4",
    "windows",
    "win",
    "ubuntu",
    "linux",
    "debian",
    "centos",
    "fedora",
    "rocky",
    "arch",
    "suse",
    "wsl",
    "macos",
    "gpu",
    "red hat",
)
_NAMES = {"tf": "tensorflow"}


def read_prose(lines: Iterable[Line], notes: Notes) -> None:
    """Note versions, GPUs and the system as somebody writes them in a sentence."""
    for line in lines:
        text = line.text
        if not text or len(text) > _LONGEST:
            continue
        plain = text.lower()
        if not any(word in plain for word in _WORDS):
            continue
        number = line.number
        for match in () if ONLY_WANTED.search(text) else _PACKAGE.finditer(text):
            name = normalise(match.group("name"))
            notes.add(
                Kind.PACKAGE,
                match.group("version"),
                number,
                Trust.PROSE,
                about=_NAMES.get(name, name),
            )
        for kind, pattern in (
            (Kind.PYTHON, _PYTHON),
            (Kind.DRIVER, _DRIVER),
            (Kind.TOOLKIT, _CUDA),
            (Kind.CUDNN, _CUDNN),
        ):
            if found := pattern.search(text):
                notes.add(kind, found.group("version"), number, Trust.PROSE)
        for name in gpu_names(text):
            notes.add(Kind.GPU, {"name": name}, number, Trust.PROSE)
        note_os(notes, text, number, Trust.PROSE)
