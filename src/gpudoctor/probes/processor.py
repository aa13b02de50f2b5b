"""Probe the processor: the instructions that it has, by the names that the kernel gives them."""

import re

from gpudoctor.errors import ProbeError
from gpudoctor.facts import Absent, Fact, Known, Unknown
from gpudoctor.host import Host

_CPUINFO = "/proc/cpuinfo"
# The first processor's entry is enough, and the file is long on large machines.
_LIMIT = 8192
_FLAGS = re.compile(r"^flags\s*:(.*)$", re.MULTILINE)
_FLAG = re.compile(r"[a-z0-9_]{2,40}\Z")


def cpu_flags(host: Host) -> Fact[tuple[str, ...]]:
    """The first processor's flags; Absent on processors that have other words for them (ARM)."""
    try:
        line = _FLAGS.search(host.read_text(_CPUINFO, _LIMIT))
    except ProbeError as error:
        return Unknown(str(error))
    if line is None:
        return Absent(f"{_CPUINFO} has no line of flags")
    return Known(tuple(word for word in line.group(1).split() if _FLAG.match(word)), _CPUINFO)
