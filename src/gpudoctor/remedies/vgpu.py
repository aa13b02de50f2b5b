"""Repairs of the pair of drivers that a virtual GPU needs: the host's and the guest's."""

from gpudoctor.findings import Manual, Remedy, Shell
from gpudoctor.remedies.commands import proof

_PAIRS = "https://docs.nvidia.com/vgpu/"
_STOPS = ("everything that runs in this virtual machine, for the reboot",)


def fitting_guest_driver(diagnosis: str) -> Remedy:
    """Take the guest driver of the vGPU release that the host runs."""
    return Remedy(
        summary="Install the guest driver of the vGPU release that the host runs",
        steps=(
            Shell("cat /proc/driver/nvidia/version"),
            Manual("Ask the host's administrator for its vGPU manager's version"),
            Manual(f"Take the guest driver that NVIDIA lists for that release: {_PAIRS}"),
            Manual("Or have the host's vGPU manager updated, if the guest must stay newer"),
            Manual("Reboot this virtual machine"),
        ),
        scope="reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_STOPS,
    )


def grid_driver(diagnosis: str) -> Remedy:
    """Replace the ordinary driver by the vGPU guest driver."""
    return Remedy(
        summary="Replace the ordinary driver by NVIDIA's vGPU (GRID) guest driver",
        steps=(
            Manual(
                "Get the guest driver from the cloud's documentation or the host's"
                f" administrator; NVIDIA's licensing portal has it too: {_PAIRS}"
            ),
            Manual("Remove the ordinary NVIDIA driver, install that one, and reboot"),
            Manual("If the host passes the whole board through instead, have its seat checked"),
        ),
        scope="reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_STOPS,
    )
