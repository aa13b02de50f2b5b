"""Reads the bytes out of a message about a GPU's memory, in every form that frameworks print."""

import re

from gpudoctor.facts import MemoryMessage, OtherProcess

# Strings, compiled when a message is there: few runs meet one.
_N = r"([\d.,]{1,24}) ?(bytes|[KMGT]i?B|B)\b"
_UNITS = {"b": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_MIB = 1 << 20
# NVML answers "not known" with a number near 2^64, and PyTorch prints it as GiB.
_ABSURD = 1 << 60

_REQUESTED = (
    rf"\b[Tt]r(?:ied|ying) to allocate {_N}",
    rf"[Oo]ut of memory allocating {_N}",
    rf"Requested {{0,24}}: {_N}",
    rf"Failed to allocate {_N} for new constant",
    r"failed to alloc(?:ate)? [\d.]{1,20}\w{0,3} \((\d{1,20}) (bytes)\)",
    rf"Failed to allocate request for {_N}",
    rf"(?:allocating|failed to allocate|Cannot allocate) {_N}",
    r"desired GPU memory utilization \([\d.]{1,10}, ([\d.]{1,20}) (GiB)\)",
)
_TOTAL = (
    rf"total capaci?ty of {_N}",  # PyTorch 2.0 and 2.1 wrote "capacty"
    rf"{_N} total capacity",
    rf"Device limit {{0,24}}: {_N}",
    rf"totalMemory: {_N}",
    r"\([\d.]{1,20}/([\d.]{1,20}) (GiB)\) on startup",
    r"(?:total memory reported: |bytes free, )(\d{1,20})()",
)
_FREE = (
    rf"of which {_N} is free",
    rf"; {_N} free",
    rf"Free \(according to CUDA\) {{0,24}}: {_N}",
    rf"freeMemory: {_N}",
    rf"available memory is only {_N}",
    r"\(([\d.]{1,20})/[\d.]{1,20} (GiB)\) on startup",
    r"Memory usage: (\d{1,20}) (bytes) free",
)
_ALLOCATED = (
    rf"allocated memory {_N} is allocated by PyTorch",
    rf"{_N} already allocated",
    rf"Currently allocated {{0,24}}: {_N}",
    rf"allocated so far: {_N}",
)
_CACHED = (
    rf"{_N} is reserved by PyTorch but unallocated",
    rf"; {_N} cached",  # before PyTorch 1.4: reserved and not allocated
)
_RESERVED = (rf"{_N} reserved in total by PyTorch",)
_OWN = (rf"this process has {_N} memory in use",)
_OTHER = rf"\bProcess (\d{{1,10}}) has {_N} memory in use"
_LISTED = r" (\d{1,10}) {1,6}(?:C|C\+G|M\+C) [^|\n]{1,80} (\d{1,7})MiB \|"


def read_memory(text: str) -> MemoryMessage:
    """The bytes that a message states."""
    allocated, reserved = _first(_ALLOCATED, text), _first(_RESERVED, text)
    cached = _first(_CACHED, text)
    if cached is None and reserved is not None and allocated is not None:
        cached = max(0, reserved - allocated)
    return MemoryMessage(
        requested=_first(_REQUESTED, text),
        total=_first(_TOTAL, text),
        free=_first(_FREE, text),
        allocated=allocated,
        cached=cached,
        own=_first(_OWN, text),
        others=tuple(
            OtherProcess(int(pid), used)
            for pid, number, unit in re.findall(_OTHER, text)
            if (used := _bytes(number, unit)) is not None
        ),
    )


def read_listed_process(text: str) -> OtherProcess | None:
    """A process in the table of nvidia-smi."""
    match = re.search(_LISTED, text)
    return OtherProcess(int(match[1]), int(match[2]) * _MIB) if match else None


def _first(forms: tuple[str, ...], text: str) -> int | None:
    for form in forms:
        if match := re.search(form, text):
            return _bytes(match[1], match[2])
    return None


def _bytes(number: str, unit: str) -> int | None:
    try:
        amount = float(number.replace(",", "").rstrip("."))
    except ValueError:
        return None
    size = int(amount * 1024 ** _UNITS.get(unit[:1].lower(), 0))
    return size if size < _ABSURD else None
