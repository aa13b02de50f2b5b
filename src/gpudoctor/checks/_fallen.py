"""What the kernel log says of GPUs that fell off the bus."""

import re

from gpudoctor.facts import Snapshot, known

# NVIDIA's Xid 79 is "GPU has fallen off the bus".
_FALLEN = re.compile(r"fallen off the bus|Xid[^:]*(?:\([^)]*\))?: 79\b")
_ADDRESS = re.compile(r"\b([0-9a-fA-F]{4,8}):([0-9a-fA-F]{2}):([0-9a-fA-F]{2})(?:\.(\d))?\b")


def fallen_lines(snapshot: Snapshot) -> dict[str, str]:
    """PCI address → the first line that says so; "" where a line names no address."""
    found: dict[str, str] = {}
    for line in known(snapshot.driver.kernel_log) or ():
        if _FALLEN.search(line):
            found.setdefault(address_in(line), line.strip())
    return found


def address_in(line: str) -> str:
    """The first PCI address in a line, in the form of the kernel; "" where there is none."""
    match = _ADDRESS.search(line)
    if match is None:
        return ""
    domain, bus, device, function = match.groups()
    return f"{domain[-4:]}:{bus}:{device}.{function or 0}".lower()
