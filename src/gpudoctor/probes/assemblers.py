"""Probe the assemblers for GPU code (ptxas) that Triton brings; their files say their version."""

import re

from gpudoctor.errors import ProbeError
from gpudoctor.facts import BundledAssembler, Fact, Known, Unknown
from gpudoctor.host import Host
from gpudoctor.versions import CudaVersion

# Triton 3 with one for Blackwell beside it, and Triton 2.
_PLACES = (
    ("triton/backends/nvidia/bin/ptxas-blackwell", 10),
    ("triton/backends/nvidia/bin/ptxas", 0),
    ("triton/third_party/cuda/bin/ptxas", 0),
)
_NEEDLE = b"Cuda compilation tools, release "
_RELEASE = re.compile(rb"Cuda compilation tools, release (\d{1,2}\.\d{1,2}),")


def probe_assemblers(
    host: Host, index: int, module_path: tuple[str, ...]
) -> tuple[BundledAssembler, ...]:
    """Each ptxas of the Triton that an environment would import."""
    for top in module_path:
        found = tuple(
            BundledAssembler("triton", f"{top}/{name}", _version(host, f"{top}/{name}"), index, low)
            for name, low in _PLACES
            if host.exists(f"{top}/{name}")
        )
        if found:
            return found
    return ()


def _version(host: Host, path: str) -> Fact[CudaVersion]:
    try:
        said = next(host.find_all(path, _NEEDLE, _RELEASE), None)
    except ProbeError as error:
        return Unknown(str(error))
    match = None if said is None else _RELEASE.match(said)
    if match is None:
        return Unknown(f"{path} does not say its release")
    return Known(CudaVersion.parse(match.group(1).decode("ascii")), path)
