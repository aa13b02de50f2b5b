"""The snapshot of a system that a check can't look at."""

from gpudoctor.facts import DriverFacts, LibcudaFacts, NvmlFacts, Snapshot, Unknown
from gpudoctor.host import Host
from gpudoctor.probes.platform import probe_platform


def elsewhere(host: Host) -> Snapshot:
    """The little that is known where `check` can't look: nothing is run there."""
    name = {"darwin": "macOS", "windows": "native Windows"}.get(host.os_name, host.os_name)
    gap = Unknown(f"gpudoctor check looks at Linux and WSL2; it can't look at {name}")
    return Snapshot(
        platform=probe_platform(host),
        pci=gap,
        driver=DriverFacts(*[gap] * 11),
        nvml=NvmlFacts(*[gap] * 7),
        libcuda=LibcudaFacts(gap, gap, gap, gap, gap),
        fabric_services=gap,
        fabric_hardware=gap,
    )
