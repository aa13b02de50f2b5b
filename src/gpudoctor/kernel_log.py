"""What the kernel log says of NVIDIA GPUs: one table of patterns, for /dev/kmsg and pasted texts.

One message of the driver stands on several lines; each reader of the log breaks and marks them in
its own way. So the lines are stripped of their marks and joined before anything is searched.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_TEXT_LIMIT = 300
_ADDRESS = r"(?P<address>[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}(?:\.[0-7])?)"
# "The NVIDIA GPU 0000:01:00.0 (PCI ID: 10de:1b06) installed in this system"; a pager may cut
# the end of the line and put ">" there.
_THIS_GPU = (
    rf"The NVIDIA GPU {_ADDRESS} \(PCI ID: 10de:(?P<device>[0-9a-fA-F]{{4}})\)"
    r" ?installed in this system(?: is|>)?"
)
_VERSION = r"(?P<version>\d{3}\.\d+(?:\.\d+)?)"


@dataclass(frozen=True, slots=True)
class KernelPattern:
    """A message's form over joined lines; what it names stands in named groups."""

    id: str
    pattern: "re.Pattern[str]"
    example: str


@dataclass(frozen=True, slots=True)
class KernelMessage:
    """A message that means something: about which GPU where it says so, and what it names."""

    id: str
    text: str  # on one line, printable, bounded
    line: int  # of the first of its lines, from 0
    address: str | None = None  # 0000:65:00.0
    device_id: str | None = None  # four upper-case hex digits
    product: str | None = None
    branch: int | None = None  # that the message sends to
    version: str | None = None  # of the driver that speaks
    flavour: str | None = None  # open, proprietary


MESSAGES = (
    KernelPattern(
        "module-loading",
        re.compile(
            rf"loading NVIDIA UNIX (?P<open>Open )?(?:\S+ )?Kernel Module(?: for \S+)? +{_VERSION}"
        ),
        "NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build",
    ),
    KernelPattern(
        "gpu-not-supported",
        re.compile(rf"{_THIS_GPU} not supported by the NVIDIA {_VERSION} driver release"),
        "NVRM: The NVIDIA GPU 0000:01:00.0 (PCI ID: 10de:2b85) installed in this system is not "
        "supported by the NVIDIA 550.54.14 driver release.",
    ),
    KernelPattern(
        "gpu-needs-legacy-driver",
        re.compile(
            r"The NVIDIA (?P<product>[^:]{1,80}?) GPU (?:installed in this system|\.\.\.)(?: is|>)?"
            r" ?supported through the NVIDIA (?P<branch>\d{2,3})\.xx Legacy drivers"
            rf"(?:.{{0,120}}?The {_VERSION} NVIDIA driver will ignore)?"
        ),
        "NVRM: The NVIDIA GeForce GTX 1070 GPU installed in this system is supported through the "
        "NVIDIA 580.xx Legacy drivers. Please visit http://www.nvidia.com/object/unix.html for "
        "more information.  The 595.45.04 NVIDIA driver will ignore this GPU.",
    ),
    KernelPattern(
        "gpu-needs-open-modules",
        re.compile(rf"{_THIS_GPU} ?requires use of the NVIDIA open kernel modules"),
        "NVRM: The NVIDIA GPU 0000:01:00.0 (PCI ID: 10de:2b85) installed in this system requires "
        "use of the NVIDIA open kernel modules.",
    ),
    KernelPattern(
        "gpu-without-gsp",
        re.compile(
            rf"{_THIS_GPU} not supported by open nvidia\.ko because it does not include the"
            r" required GPU System Processor"
        ),
        "NVRM: The NVIDIA GPU 0000:01:00.0 (PCI ID: 10de:1b06) installed in this system is not "
        "supported by open nvidia.ko because it does not include the required GPU System Processor",
    ),
    KernelPattern(
        "bar-invalid",
        re.compile(
            r"This PCI I/O region assigned to your NVIDIA device is invalid:"
            rf" BAR\d is \d+M @ 0x[0-9a-fA-F]+ \(PCI:{_ADDRESS}\)"
        ),
        "NVRM: This PCI I/O region assigned to your NVIDIA device is invalid: BAR1 is 0M @ 0x0 "
        "(PCI:0000:01:00.0)",
    ),
    KernelPattern(
        "firmware-not-loaded",
        # nouveau's own files lie below the name of a chip, and are none of this driver's.
        re.compile(
            rf"(?:nvidia {_ADDRESS}: )?(?:Direct firmware load for |loading /lib/firmware/)"
            rf"nvidia/{_VERSION}/gsp\w*\.bin failed with error -?\d+"
        ),
        "nvidia 0000:01:00.0: Direct firmware load for nvidia/580.95.05/gsp_ga10x.bin failed with "
        "error -2",
    ),
    KernelPattern(
        "firmware-not-loaded",
        re.compile(r"RmFetchGspRmImages: No firmware image found"),
        "NVRM: RmFetchGspRmImages: No firmware image found",
    ),
    KernelPattern(
        "gsp-not-started",
        # The address stands in the message that follows.
        re.compile(
            r"RmInitAdapter: Cannot initialize GSP firmware RM"
            rf"(?:(?:(?!RmInitAdapter).){{0,300}}?GPU {_ADDRESS}: RmInitAdapter failed)?"
        ),
        "NVRM: RmInitAdapter: Cannot initialize GSP firmware RM",
    ),
    KernelPattern(
        "gsp-stopped",
        # NVIDIA's Xid 119 is a timeout of a call to the GSP, 120 an error on it.
        re.compile(rf"Xid \(PCI:{_ADDRESS}\): (?:119|120),"),
        "NVRM: Xid (PCI:0000:3b:00): 119, pid=1234, name=python, Timeout after 6s of waiting for "
        "RPC response from GPU0 GSP!",
    ),
)

# What dmesg, the journal and /dev/kmsg put before the words, and the driver before its own.
_MARK = re.compile(r"^(?:.*?\bNVRM(?::\s*|\s+)|(?:<\d+>)?\s*\[[^\]]*\]\s*|.*?\bkernel:\s*)")


def read_kernel_log(lines: Iterable[str]) -> Iterator[KernelMessage]:
    """The messages in the lines of a kernel log, in the log's order.

    Repeated ones once, but anew after each loading of the module: another driver may speak there.
    """
    text, starts = _joined(lines)
    found = [(match.start(), each, match) for each in MESSAGES for match in _all(each, text)]
    seen: set[KernelMessage] = set()
    for start, each, match in sorted(found, key=lambda item: item[0]):
        if each.id == "module-loading":
            seen.clear()
        message = _message(each.id, match, _line_at(starts, start))
        if (key := _without_line(message)) not in seen:
            seen.add(key)
            yield message


def _all(each: KernelPattern, text: str) -> "Iterator[re.Match[str]]":
    return each.pattern.finditer(text)


def _joined(lines: Iterable[str]) -> tuple[str, list[tuple[int, int]]]:
    """All lines as one text, and where in it each line begins."""
    parts: list[str] = []
    starts: list[tuple[int, int]] = []
    length = 0
    for number, line in enumerate(lines):
        for piece in line.replace("\\x0a", "\n").splitlines():  # as /dev/kmsg writes a newline
            words = " ".join(_MARK.sub("", piece.strip()).split())
            if words:
                starts.append((length, number))
                parts.append(words)
                length += len(words) + 1
    return " ".join(parts), starts


def _line_at(starts: list[tuple[int, int]], place: int) -> int:
    return max((number for start, number in starts if start <= place), default=0)


def _message(id_: str, match: "re.Match[str]", line: int) -> KernelMessage:
    named = match.groupdict()
    address, device, branch = named.get("address"), named.get("device"), named.get("branch")
    flavour = None
    if "open" in named:
        flavour = "open" if named["open"] else "proprietary"
    return KernelMessage(
        id_,
        "".join(c if c.isprintable() else "?" for c in match.group(0)[:_TEXT_LIMIT]),
        line,
        None if address is None else pci_address(address),
        device.upper() if device else None,
        named.get("product"),
        int(branch) if branch else None,
        named.get("version"),
        flavour,
    )


def pci_address(text: str) -> str:
    """An address as sysfs writes it: ``00000000:65:00`` is ``0000:65:00.0``."""
    place, _, function = text.lower().partition(".")
    domain, rest = place.split(":", 1)
    return f"{domain[-4:]}:{rest}.{function or '0'}"


def _without_line(message: KernelMessage) -> KernelMessage:
    return KernelMessage(
        message.id,
        "",
        0,
        message.address,
        message.device_id,
        message.product,
        message.branch,
        message.version,
        message.flavour,
    )
