"""cuDNN's version as programs print it: 8902, 90100, (8, 9, 2) and 8.9.2."""

import re

_NUMBER = re.compile(r"\d{4,6}\Z")
_PARTS = re.compile(r"\d{1,4}")
# cuDNN 9 made room for more than nine minor releases: major*10000 where it was major*1000.
_FIRST_WIDE = 10_000

_TWO = (
    re.compile(
        r"compiled\s+against (?P<built>\(?[\d, .]+\)?) but "
        r"(?:found runtime version|linked against) (?P<found>\([\d, ]+\)|\d[\d.]*)"
    ),
    re.compile(r"CuDNN library: (?P<found>\d[\d.]*).{0,60}compiled with:? (?P<built>\d[\d.]*)"),
    re.compile(
        r"Found cuDNN version (?P<found>\d+), but JAX was built against version (?P<built>\d+)"
    ),
    re.compile(
        r"with CUDNN (?P<built>[\d.]+), but CUDNN version in your machine is (?P<found>[\d.]+)",
        re.IGNORECASE,
    ),
)


def decode_cudnn(text: str) -> str | None:
    """A cuDNN version in dots, from any of its forms."""
    text = text.strip().rstrip(".")
    if _NUMBER.match(text):
        number = int(text)
        wide = 10_000 if number >= _FIRST_WIDE else 1_000
        return f"{number // wide}.{number % wide // 100}.{number % 100}"
    parts = _PARTS.findall(text)
    return ".".join(parts) if parts else None


def found_and_built(message: str) -> tuple[str, str] | None:
    """The cuDNN that was found and the one that a build was made with, as a message says."""
    for pattern in _TWO:
        match = pattern.search(message)
        if match:
            found, built = (decode_cudnn(match.group(name)) for name in ("found", "built"))
            return (found, built) if found and built else None
    return None
