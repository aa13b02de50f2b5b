"""Repairs of the NVLink fabric's services."""

from gpudoctor.facts import Snapshot
from gpudoctor.findings import Manual, Remedy, Step
from gpudoctor.remedies.commands import as_root, is_inside_container, package_family, proof
from gpudoctor.versions import DriverVersion

_GUIDE = "https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/"
_UNIT = "nvidia-fabricmanager"


def start_fabric_manager(
    snapshot: Snapshot, driver: DriverVersion | None, state: str | None, diagnosis: str
) -> Remedy:
    """Install and start the fabric manager of the driver's own version."""
    if is_inside_container(snapshot):
        return Remedy(
            summary="Start the fabric manager on the container's host",
            steps=(
                Manual(f"On the host: sudo systemctl enable --now {_UNIT}"),
                Manual("Start this container again"),
            ),
            scope="host",
            verify=proof(diagnosis),
            needs_root=True,
        )
    return Remedy(
        summary="Start the fabric manager, in the driver's exact version",
        steps=_starting(snapshot, driver, state),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )


def _starting(
    snapshot: Snapshot, driver: DriverVersion | None, state: str | None
) -> tuple[Step, ...]:
    platform = snapshot.platform
    version = "the driver's version" if driver is None else f"version {driver}"
    systemctl = as_root(platform, "systemctl", "enable", "--now", _UNIT)
    log = as_root(platform, "journalctl", "--unit", _UNIT, "--no-pager", "--lines", "20")
    if state == "stopped":
        return systemctl, log
    if state == "running":
        return (
            log,
            Manual(f"The fabric manager must be of {version} exactly: {_GUIDE}"),
            as_root(platform, "systemctl", "restart", _UNIT),
        )
    if driver is not None and package_family(platform) == "ubuntu":
        package = f"nvidia-fabricmanager-{driver.branch}"
        return as_root(platform, "apt-get", "install", package), systemctl
    return (
        Manual(f"Install NVIDIA's fabric manager in {version} exactly: {_GUIDE}"),
        systemctl,
    )
