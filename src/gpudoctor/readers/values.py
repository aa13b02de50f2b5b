"""The values that people and programs write: versions, names of GPUs, systems."""

import re
from collections.abc import Iterator

from gpudoctor.readers.notes import Kind, Notes, Trust

_VERSION = re.compile(
    r"(?<![\w.])v?(\d{1,4}(?:\.\d{1,6}){1,4}(?:\.?(?:post|dev|rc|a|b)\d{1,8})?"
    r"(?:\+[\w.]{1,40})?)"
)
_MAJOR = re.compile(r"(?<![\w.])v?(\d{1,3})(?![\w.])")
_CUDA_CUDNN = re.compile(
    r"(?:cuda[ \w:-]{0,12}?)?(?P<cuda>\d{1,2}\.\d{1,2}(?:\.\d{1,3})?)"
    r"(?:[ ,;/&|-]{1,6}(?:cudnn[ v:-]{0,4})?(?P<cudnn>\d{1,2}\.\d{1,2}(?:\.\d{1,4}){0,2}))?",
    re.IGNORECASE,
)
_GEFORCE = (
    r"(?:GeForce )?(?:RTX|GTX|GT|TITAN|MX) ?-?(?:PRO )?(?:A?\d{3,4}|X\w?|RTX|V|Z|Black)"
    r"(?:[ -]?(?:Ti|SUPER|M|D))?"
    r"(?:[ -](?:SUPER|Ti|Ada Generation|Ada|Laptop GPU|Laptop|Mobile|Max-Q|Blackwell|Xp|Xt)){0,3}"
)
_DATACENTRE = (
    r"(?:Tesla )?(?:[KMPTVALHB]\d{1,3}0?|GH200|GB200|GB10|GB300|L40S|A800|H800|H20)"
    r"(?:[ -](?:PCIe|PCIE|SXM\d?|NVL|DGXS|\d{2,3}GB|HBM\de?|X)){0,4}"
)
_GPU = re.compile(
    rf"(?<![\w.])(?:NVIDIA[ -])?(?:{_GEFORCE}|{_DATACENTRE}"
    r"|Quadro [\w ]{2,16}|Jetson [\w ]{2,20}|DGX Spark)(?!\w)",
    re.IGNORECASE,
)
_RUN_TOGETHER = re.compile(r"\b(RTX|GTX|GT)-?(?=\d)", re.IGNORECASE)
_TURNED = re.compile(
    r"(?P<laptop>\blaptop )?(?<!\w)(?P<model>\d{4}(?: ?ti)?) (?P<brand>RTX|GTX)\b(?! ?\d)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\s{0,12}GPU ?(?P<index>\d{1,3}): (?P<name>\S.{2,80}?)(?: \(UUID: "
    r"(?P<uuid>[\w-]{8,80})\))?\s*$"
)
_LINUX = re.compile(
    r"\b(?:Ubuntu|Debian|CentOS|Red Hat|RHEL|Rocky|Alma ?Linux|Fedora|Arch|Manjaro|openSUSE|SUSE"
    r"|SLES|Amazon Linux|Pop!_OS|Linux ?Mint|NixOS|Gentoo|EulerOS|Oracle Linux|Linux)\b"
    r"(?:[ /-]{0,2}(?:GNU/Linux|Linux|Enterprise|Server|Stream|release|Leap|LTS|AMI|\d[\w.]{0,12}"
    r"|\([\w ]{2,20}\))){0,6}",
    re.IGNORECASE,
)
_WINDOWS = re.compile(
    r"\bwin(?:dows)?[ -]?(?:\d{1,2}\b|server|nt\b|_amd64|dows\b)|\bwindows\b", re.IGNORECASE
)
_MAC = re.compile(r"\b(?:macos|mac os x?|darwin|os x)\b", re.IGNORECASE)
_KERNEL = re.compile(r"Linux-(?P<kernel>[\w.+~-]{3,80}?)-(?P<arch>x86_64|aarch64|ppc64le)")
_GLIBC = re.compile(r"with-glibc(?P<version>\d\.\d{1,2})")
_ARCHITECTURE = re.compile(r"\b(x86_64|amd64|aarch64|arm64|ppc64le)\b", re.IGNORECASE)


def version_in(text: str) -> str | None:
    """The first version in a value; a bare major (``12``) only where nothing else is there."""
    match = _VERSION.search(text[:200])
    if match is not None:
        return match.group(1)
    alone = _MAJOR.fullmatch(text.strip())
    return alone.group(1) if alone else None


def note_cuda_and_cudnn(notes: Notes, value: str, line: int, trust: Trust) -> None:
    """Read ``CUDA 11.2 / cuDNN 8.1``, ``11.2/8.1.1`` and the like."""
    match = _CUDA_CUDNN.search(value)
    if match is None:
        return
    notes.add(Kind.TOOLKIT, match.group("cuda"), line, trust)
    if match.group("cudnn"):
        notes.add(Kind.CUDNN, match.group("cudnn"), line, trust)


def gpu_names(text: str) -> Iterator[str]:
    """The names of NVIDIA GPUs in a value or a sentence."""
    text = _TURNED.sub(_in_order, text[:1000])
    for match in _GPU.finditer(text):
        yield _RUN_TOGETHER.sub(r"\1 ", " ".join(match.group().split()))


def _in_order(match: "re.Match[str]") -> str:
    """``4080 RTX`` and ``laptop 3080 RTX`` as the shops write them."""
    return f"{match.group('brand')} {match.group('model')}" + (
        " Laptop" if match.group("laptop") else ""
    )


def note_gpus(notes: Notes, value: str, line: int, trust: Trust) -> None:
    """Note each GPU that a value names."""
    numbered = _NUMBERED.match(value)
    if numbered:
        note_numbered_gpu(notes, value, line)
        return
    for name in gpu_names(value):
        notes.add(Kind.GPU, {"name": name}, line, trust)


def note_numbered_gpu(notes: Notes, text: str, line: int) -> bool:
    """Note a line of ``nvidia-smi -L`` or of collect_env's list; whether it was one."""
    match = _NUMBERED.match(text)
    if match is None:
        return False
    gpu = {"name": match.group("name"), "uuid": match.group("uuid")}
    notes.add(
        Kind.GPU, gpu, line, Trust.PRINTED, about=str(int(match.group("index"))), by="nvidia-smi -L"
    )
    return True


def note_os(notes: Notes, value: str, line: int, trust: Trust) -> None:
    """Note the system that a value names."""
    if _WINDOWS.search(value) and "subsystem" not in value.lower() and "wsl" not in value.lower():
        notes.add(Kind.OS, "windows", line, trust)
    elif _MAC.search(value):
        notes.add(Kind.OS, "darwin", line, trust)
    elif (match := _LINUX.search(value)) and ".so" not in value:
        notes.add(Kind.OS, "linux", line, trust)
        notes.add(Kind.DISTRIBUTION, match.group().strip(" .("), line, trust)
    if "wsl" in value.lower():
        notes.add(Kind.WSL, "2", line, trust)
    if architecture := _ARCHITECTURE.search(value):
        note_architecture(notes, architecture.group(1), line, trust)


def note_architecture(notes: Notes, name: str, line: int, trust: Trust) -> None:
    """Note a processor's architecture under the kernel's name for it."""
    plain = name.lower()
    notes.add(Kind.CPU_ARCH, {"amd64": "x86_64", "arm64": "aarch64"}.get(plain, plain), line, trust)


def note_platform(notes: Notes, value: str, line: int, trust: Trust) -> None:
    """Note what Python's platform string says: ``Linux-5.15.0-x86_64-with-glibc2.35``."""
    if match := _KERNEL.search(value):
        kernel = match.group("kernel")
        notes.add(Kind.OS, "linux", line, Trust.PRINTED)
        notes.add(Kind.KERNEL, kernel, line, Trust.PRINTED)
        note_architecture(notes, match.group("arch"), line, Trust.PRINTED)
        if "microsoft" in kernel.lower():
            notes.add(Kind.WSL, "2" if "wsl2" in kernel.lower() else "1", line, Trust.PRINTED)
        if libc := _GLIBC.search(value):
            notes.add(Kind.LIBC, f"glibc {libc.group('version')}", line, Trust.PRINTED)
        return
    note_os(notes, value, line, trust)
