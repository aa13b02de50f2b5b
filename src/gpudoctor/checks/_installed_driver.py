"""Which driver is on the machine, and of which flavour, loaded or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gpudoctor.facts import Known, Snapshot, known
from gpudoctor.findings import Evidence
from gpudoctor.kernel_log import KernelMessage, read_kernel_log
from gpudoctor.versions import DriverVersion


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
    return _only(_in_dkms(snapshot)) or _only(_by_libraries(snapshot))


def flavour_of(snapshot: Snapshot) -> str | None:
    """Open or proprietary: the loaded modules', or of those that were last tried."""
    loaded, greeting = known(snapshot.driver.flavour), _greeting(snapshot)
    return loaded or (None if greeting is None else greeting.flavour)


def flavour_evidence(snapshot: Snapshot) -> Evidence:
    """What tells the flavour."""
    greeting = _greeting(snapshot)
    if known(snapshot.driver.flavour) is None and greeting is not None:
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
    return next(reversed(log_messages(snapshot, "module-loading")), None)


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
