"""Read which packages are installed: pip and conda lists, freezes, installers' last lines, apt."""

import re
from collections.abc import Iterable

from gpudoctor.readers.lines import Line
from gpudoctor.readers.notes import Kind, Notes, Trust

_VERSION = r"\d{1,6}(?:\.\d{1,8}){0,5}[\w.+!-]{0,40}"
_PINNED = re.compile(
    rf"(?<![\w./@-])(?P<name>[A-Za-z][\w.-]{{0,60}})(?:\[[\w,-]{{0,60}}\])?==={{0,1}}"
    rf"(?P<version>{_VERSION})"
)
_LISTED = re.compile(
    rf"\s{{0,8}}(?:\[(?:pip3?|conda)\] )?(?P<name>[A-Za-z_][\w.-]{{0,60}})\s{{2,60}}"
    rf"(?P<version>{_VERSION})"
    r"(?:\s{1,40}(?P<build>[\w.<>+/@:-]{1,80}))?(?:\s{1,40}[\w./:-]{0,80}){0,2}\s{0,8}$"
)
_SPACED = re.compile(
    rf"(?P<name>torch|torchvision|torchaudio|tensorflow|jax|jaxlib|xformers|flash[-_]attn|vllm"
    rf"|triton|numpy|keras|cupy|transformers) (?P<version>{_VERSION})\s{{0,4}}$"
)
_COMMAND = re.compile(
    r"[\s`]{0,8}(?:\S{0,60}[$#%>] {1,2}|!|%|RUN )?(?:sudo )?"
    r"(?:\S{0,60}python[\d.]{0,5}(?:\.exe)? -m )?"
    r"(?:uv )?(?:pip[\d.]{0,4}|conda|mamba)(?:\.exe)? install (?P<list>.{3,1000})"
)
_INSTALLED = re.compile(r"Successfully installed (?P<list>.+)")
_DASHED = re.compile(rf"(?P<name>[A-Za-z][\w.-]{{0,60}}?)-(?P<version>{_VERSION})$")
_SHOWN = re.compile(r"(?P<key>Name|Version): (?P<value>[\w.+!-]{1,80})\s{0,4}$")
_BUILD = re.compile(r"(?:cuda|cu)_?(?P<cuda>\d{1,2}\.\d|\d{3})(?:_?cudnn(?P<cudnn>\d[\d.]{0,8}))?")
ONLY_WANTED = re.compile(
    r"pip3?(?:\.exe)? install|conda install|uv (?:pip install|add)|satisf|No matching|requires"
    r"|depends"
    r"|Collecting|Downloading|requirement|Would install|not installed|ERROR:"
)
_APT_DRIVER = re.compile(
    r"nvidia-(?:driver|utils|kernel-common|dkms|compute-utils"
    r"|headless)-?\d{0,3}[\w:-]{0,30}[ /][^ ]{0,40} ?(?P<version>\d{3}\.\d{2,3}(?:\.\d{2})?)-"
)
_RPM_DRIVER = re.compile(
    r"(?:cuda-drivers|nvidia-driver|kmod-nvidia|akmod-nvidia"
    r"|xorg-x11-drv-nvidia)[\w.-]{0,30}\s{1,80}(?:\d:)?(?P<version>\d{3}\.\d{2,3}(?:\.\d{2})?)-"
)
_APT_CUDNN = re.compile(
    r"libcudnn\d[\w-]{0,20}[/ ][^ ]{0,40} ?(?P<version>\d\.\d[\d.]{1,10})-\d{1,2}\+cuda"
    r"(?P<cuda>\d{1,2}\.\d)"
)
_NAMES = {"pytorch": "torch", "pytorch-gpu": "torch", "tensorflow-base": "tensorflow"}


def read_packages(lines: Iterable[Line], notes: Notes) -> None:
    """Note every package that is said to be installed; what is only asked for is none."""
    shown: str | None = None
    for line in lines:
        text = line.text
        if "==" in text and "install" in text and (command := _COMMAND.match(text)):
            for match in _PINNED.finditer(command.group("list")[:2000]):
                name = normalise(match.group("name"))
                version = match.group("version")
                notes.add(Kind.PACKAGE, version, line.number, Trust.ASKED, about=name)
        elif "==" in text and not ONLY_WANTED.search(text):
            for match in _PINNED.finditer(text[:2000]):
                _note(notes, match.group("name"), match.group("version"), line.number)
        elif "installed" in text and (done := _INSTALLED.search(text)):
            _installed(notes, done.group("list"), line.number)
        elif field := _SHOWN.match(text):
            shown = _shown(notes, field, shown, line.number)
        elif row := _LISTED.match(text) or _SPACED.match(text):
            _listed(notes, row, line.number)
        if "nvidia" in text or "cud" in text:
            _system_packages(notes, text, line.number)


def normalise(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503); conda's names under pip's."""
    plain = re.sub(r"[-_.]+", "-", name).lower()
    return _NAMES.get(plain, plain)


def _note(notes: Notes, name: str, version: str, line: int) -> None:
    notes.add(
        Kind.PACKAGE, version, line, Trust.PRINTED, about=normalise(name), by="list of packages"
    )


def _installed(notes: Notes, listed: str, line: int) -> None:
    for word in listed[:8000].split():
        if match := _DASHED.match(word):
            _note(notes, match.group("name"), match.group("version"), line)


def _shown(notes: Notes, match: "re.Match[str]", shown: str | None, line: int) -> str | None:
    """A line of pip show: its Name, then its Version."""
    if match.group("key") == "Name":
        return match.group("value")
    if shown is not None:
        _note(notes, shown, match.group("value"), line)
    return None


def _listed(notes: Notes, match: "re.Match[str]", line: int) -> None:
    name = match.group("name")
    _note(notes, name, match.group("version"), line)
    build = match.groupdict().get("build") or ""
    if name in ("cudatoolkit", "pytorch-cuda"):  # conda's builds of torch are made for it
        cuda = ".".join(match.group("version").split(".")[:2])
        notes.add(Kind.FRAMEWORK_CUDA, cuda, line, Trust.FORM, about="torch")
    if normalise(name) == "torch" and build:
        if found := _BUILD.search(build):
            notes.add(
                Kind.FRAMEWORK_CUDA,
                _dotted(found.group("cuda")),
                line,
                Trust.PRINTED,
                about="torch",
            )
        elif "cpu" in build:
            notes.add(Kind.FRAMEWORK_CUDA, None, line, Trust.PRINTED, about="torch")


def _dotted(cuda: str) -> str:
    return cuda if "." in cuda else f"{cuda[:-1]}.{cuda[-1]}"


def _system_packages(notes: Notes, text: str, line: int) -> None:
    driver = _APT_DRIVER.search(text[:400]) or _RPM_DRIVER.search(text[:400])
    if driver is not None:
        notes.add(Kind.USER_DRIVER, driver.group("version"), line, Trust.FORM, by="package")
    if cudnn := _APT_CUDNN.search(text[:400]):
        version = f"{cudnn.group('version')}+cuda{cudnn.group('cuda')}"
        notes.add(Kind.CUDNN, version, line, Trust.PRINTED, by="package")
