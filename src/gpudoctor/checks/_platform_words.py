"""A machine's system and processor, by the names that the matrix has for them."""

from gpudoctor.facts import PlatformFacts

_PROCESSORS = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}
_SYSTEMS = {"linux": "Linux", "windows": "native Windows", "darwin": "macOS"}


def processor(platform: PlatformFacts) -> str:
    """The processor's architecture: x86_64 or aarch64, or as the system calls another."""
    name = platform.cpu_arch.lower()
    return _PROCESSORS.get(name, name)


def system_in_words(platform: PlatformFacts) -> str:
    """``native Windows``, ``Linux on aarch64``."""
    name = _SYSTEMS.get(platform.os, platform.os)
    return name if platform.os == "windows" else f"{name} on {processor(platform)}"
