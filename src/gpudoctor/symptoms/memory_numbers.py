"""Reads the bytes out of a message about a GPU's memory, in every form that frameworks print."""

import re

from gpudoctor.facts import MemoryMessage, OtherProcess

_N = r"([\d.,]{1,24}) ?(bytes|[KMGT]i?B|B)\b"
_UNITS = {"b": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_MIB = 1 << 20
# NVML answers "not known" with a number near 2^64, and PyTorch prints it as GiB.
_ABSURD = 1 << 60

_REQUESTED = (
    re.compile(rf"\b[Tt]r(?:ied|ying) to allocate {_N}"),
    re.compile(rf"[Oo]ut of memory allocating {_N}"),
    re.compile(r"failed to alloc(?:ate)? [\d.]{1,20}\w{0,3} \((\d{1,20}) (bytes)\)"),
    re.compile(rf"Failed to allocate request for {_N}"),
    re.compile(rf"(?:allocating|failed to allocate|Cannot allocate) {_N}"),
    re.compile(r"desired GPU memory utilization \([\d.]{1,10}, ([\d.]{1,20}) (GiB)\)"),
)
_TOTAL = (
    re.compile(rf"total capaci?ty of {_N}"),  # PyTorch 2.0 and 2.1 wrote "capacty"
    re.compile(rf"{_N} total capacity"),
    re.compile(rf"totalMemory: {_N}"),
    re.compile(r"\([\d.]{1,20}/([\d.]{1,20}) (GiB)\) on startup"),
    re.compile(r"(?:total memory reported: |bytes free, )(\d{1,20})()"),
)
_FREE = (
    re.compile(rf"of which {_N} is free"),
    re.compile(rf"; {_N} free"),
    re.compile(rf"freeMemory: {_N}"),
    re.compile(rf"available memory is only {_N}"),
    re.compile(r"\(([\d.]{1,20})/[\d.]{1,20} (GiB)\) on startup"),
    re.compile(r"Memory usage: (\d{1,20}) (bytes) free"),
)
_ALLOCATED = (
    re.compile(rf"allocated memory {_N} is allocated by PyTorch"),
    re.compile(rf"{_N} already allocated"),
    re.compile(rf"allocated so far: {_N}"),
)
_CACHED = (
    re.compile(rf"{_N} is reserved by PyTorch but unallocated"),
    re.compile(rf"; {_N} cached"),  # before PyTorch 1.4: reserved and not allocated
)
_RESERVED = (re.compile(rf"{_N} reserved in total by PyTorch"),)
_OWN = (re.compile(rf"this process has {_N} memory in use"),)
_OTHER = re.compile(rf"\bProcess (\d{{1,10}}) has {_N} memory in use")
_LISTED = re.compile(r" (\d{1,10}) {1,6}(?:C|C\+G|M\+C) [^|\n]{1,80} (\d{1,7})MiB \|")


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
            for pid, number, unit in _OTHER.findall(text)
            if (used := _bytes(number, unit)) is not None
        ),
    )


def read_listed_process(text: str) -> OtherProcess | None:
    """A process in the table of nvidia-smi."""
    match = _LISTED.search(text)
    return OtherProcess(int(match[1]), int(match[2]) * _MIB) if match else None


def _first(forms: "tuple[re.Pattern[str], ...]", text: str) -> int | None:
    for form in forms:
        if match := form.search(text):
            return _bytes(match[1], match[2])
    return None


def _bytes(number: str, unit: str) -> int | None:
    try:
        amount = float(number.replace(",", "").rstrip("."))
    except ValueError:
        return None
    size = int(amount * 1024 ** _UNITS.get(unit[:1].lower(), 0))
    return size if size < _ABSURD else None
