"""What the kernel log says of a GPU's memory errors."""

import re

from gpudoctor.checks._fallen import address_in
from gpudoctor.facts import Snapshot, known

# NVIDIA's Xid catalog: double-bit error, row remapping or page retirement recorded, the same
# failed, contained error, uncontained error.
_MEMORY = re.compile(r"\bXid \([^)]*\): (?:48|63|64|94|95)\b")
_MOST = 160  # characters of a line that anyone could have written


def memory_error_lines(snapshot: Snapshot) -> dict[str, str]:
    """PCI address → the last line of this boot that tells of a memory error there."""
    found: dict[str, str] = {}
    for line in known(snapshot.driver.kernel_log) or ():
        if _MEMORY.search(line):
            found[address_in(line)] = line.strip()[:_MOST]
    return found
