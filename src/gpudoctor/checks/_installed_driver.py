"""Which driver is on the machine, and of which flavour, loaded or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gpudoctor.checks._driver_versions import next_module
from gpudoctor.facts import Known, Snapshot, known
from gpudoctor.findings import Evidence
from gpudoctor.kernel_log import KernelMessage, read_kernel_log
from gpudoctor.versions import DriverVersion

_SAID_IN_USE = ("firmware-not-loaded", "gsp-not-started", "gsp-stopped")


@dataclass(frozen=True, slots=True)
class Installed:
    """A driver version, and the fact that tells it."""

    version: DriverVersion
    evidence: Evidence


def installed_driver(snapshot: Snapshot) -> Installed | None:
    """The loaded driver; else the one on disk, if only one version is."""
    for pointer, fact in (
        ("/driver/kernel_module", snapshot.driver.kernel_module_version),
        ("/driver/version", snapshot.nvml.driver_version),
    ):
        if isinstance(fact, Known):
            return Installed(fact.value, Evidence.of(pointer, fact))
    greeting = _greeting(snapshot)
    if greeting is not None and greeting.version is not None:
        evidence = Evidence("/driver/kernel_log", greeting.text, "the kernel log")
        return Installed(DriverVersion.parse(greeting.version), evidence)
    return _on_disk(snapshot)


def flavour_of(snapshot: Snapshot) -> str | None:
    """Open or proprietary: the loaded modules', or of those that were last tried."""
    if (loaded := known(snapshot.driver.flavour)) is not None:
        return loaded
    greeting = _greeting(snapshot)
    return None if greeting is None else greeting.flavour


def flavour_evidence(snapshot: Snapshot) -> Evidence:
    """What tells the flavour."""
    if known(snapshot.driver.flavour) is None and (greeting := _greeting(snapshot)):
        return Evidence("/driver/kernel_log", greeting.text, "the kernel log")
    return Evidence.of("/driver/flavour", snapshot.driver.flavour)


def log_messages(snapshot: Snapshot, *ids: str) -> tuple[KernelMessage, ...]:
    """The kernel log's messages of these kinds; none where the log could not be read."""
    log = snapshot.driver.kernel_log
    lines: tuple[str, ...] = log.value if isinstance(log, Known) else ()
    return tuple(each for each in _messages(lines) if each.id in ids)


@lru_cache(maxsize=2)  # each check asks for each GPU, and the log is one
def _messages(lines: tuple[str, ...]) -> tuple[KernelMessage, ...]:
    return tuple(read_kernel_log(lines))


def _greeting(snapshot: Snapshot) -> KernelMessage | None:
    """What the driver said of itself when it was last tried, if that is the one on disk."""
    greeting = next(reversed(log_messages(snapshot, "module-loading")), None)
    if greeting is None or greeting.version is None:
        return None
    if (loaded := known(snapshot.driver.kernel_module_version)) is not None:
        return greeting if greeting.version == str(loaded) else None
    module, on_disk = next_module(snapshot), _on_disk(snapshot)
    if module is not None and known(module.flavour) not in (None, greeting.flavour):
        return None
    there = (on_disk,) if on_disk else tuple(_all_on_disk(snapshot))
    is_there = not there or greeting.version in {str(each.version) for each in there}
    return greeting if is_there else None


def is_of_another_driver(snapshot: Snapshot, message: KernelMessage) -> bool:
    """Whether a message was said by a driver that was here before.

    By its own version; else by where it stands among the greetings, which follow what a driver
    says when it is probed and precede what it says when it is used.
    """
    installed = installed_driver(snapshot)
    if installed is None:
        return False
    version = str(installed.version)
    if message.version is not None:
        return message.version != version
    greetings = log_messages(snapshot, "module-loading")
    past = [each.line for each in greetings if each.version != version]
    before = [each for each in greetings if each.line < message.line]
    if message.id in _SAID_IN_USE and before:
        return before[-1].version != version
    return message.line < max(past, default=-1)


def _on_disk(snapshot: Snapshot) -> Installed | None:
    """The module that loads next; else the only version of DKMS, or of the libraries."""
    return (
        _only(_next_to_load(snapshot))
        or _only(_in_dkms(snapshot))
        or _only(_by_libraries(snapshot))
    )


def _all_on_disk(snapshot: Snapshot) -> Iterator[Installed]:
    yield from _next_to_load(snapshot)
    yield from _in_dkms(snapshot)
    yield from _by_libraries(snapshot)


def _next_to_load(snapshot: Snapshot) -> Iterator[Installed]:
    module = next_module(snapshot)
    if module is not None and isinstance(module.version, Known):
        evidence = Evidence("/driver/modules_on_disk", module.path, module.version.source)
        yield Installed(module.version.value, evidence)


def _only(found: Iterator[Installed]) -> Installed | None:
    listed = tuple(found)
    return listed[0] if len({each.version for each in listed}) == 1 else None


def _in_dkms(snapshot: Snapshot) -> Iterator[Installed]:
    for build in known(snapshot.driver.dkms) or ():
        try:
            version = DriverVersion.parse(build.version)
        except ValueError:  # nvidia-fs and others that are no display driver
            continue
        yield Installed(version, Evidence("/driver/dkms", build.version, "/var/lib/dkms"))


def _by_libraries(snapshot: Snapshot) -> Iterator[Installed]:
    for library in known(snapshot.driver.libraries) or ():
        if library.kind == "driver" and isinstance(library.version, Known):
            evidence = Evidence("/driver/libraries", library.path, library.version.source)
            yield Installed(library.version.value, evidence)
