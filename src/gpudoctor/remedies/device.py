"""Repairs of the hardware itself, which only a person can make."""

from gpudoctor.facts import Snapshot
from gpudoctor.findings import Command, Manual, Remedy
from gpudoctor.remedies.commands import is_inside_container, kernel_log, proof, reboot_now


def bring_gpu_on_the_bus(diagnosis: str) -> tuple[Remedy, ...]:
    """Find out why no GPU is on the bus, or say that none is meant to be."""
    return (
        Remedy(
            summary="If a GPU is meant to be here, bring it onto the PCI bus",
            steps=(
                Manual("In the cloud: use an instance type with an NVIDIA GPU"),
                Manual("In a virtual machine: have the hypervisor pass the GPU through"),
                Manual("On a laptop: choose the discrete or hybrid graphics mode in the firmware"),
                Manual("On a workstation or server: check the card's seat and its power cables"),
            ),
            scope="host",
            verify=proof(diagnosis),
        ),
        Remedy(
            summary="If no GPU is meant to be here, say so; the check then passes",
            steps=(Command(("gpudoctor", "check", "--no-gpu-ok")),),
            scope="environment",
            verify=("gpudoctor", "check", "--no-gpu-ok"),
        ),
    )


def revive_gpu(snapshot: Snapshot, which: str, diagnosis: str) -> tuple[Remedy, ...]:
    """Power the machine off and on; where the GPU is lost again, the hardware is at fault."""
    return (
        Remedy(
            summary="Switch the machine off, then on; a mere reboot often does not revive the GPU",
            steps=(
                kernel_log(snapshot.platform),
                Manual("Shut the machine down, wait until its power is off, and start it"),
            ),
            scope="reboot",
            verify=proof(diagnosis),
            needs_root=True,
            stops=("everything that runs on this machine, for the reboot",),
        ),
        Remedy(
            summary=f"If {which} is lost again: check its seat, power and cooling, or replace it",
            steps=(Manual("Swap the card with a sibling: a fault that moves with it is its own"),),
            scope="host",
            verify=proof(diagnosis),
            stops=("everything that runs on this machine, while it is open",),
        ),
    )


def work_on(uuids: tuple[str, ...], diagnosis: str) -> Remedy:
    """Keep working on the GPUs that still answer."""
    text = ",".join(uuids)
    return Remedy(
        summary="Until then, work on the GPUs that still answer",
        steps=(Manual(f"Start programs with CUDA_VISIBLE_DEVICES={text}"),),
        scope="environment",
        verify=proof(diagnosis),
    )


def look_and_power_cycle(snapshot: Snapshot, diagnosis: str) -> tuple[Remedy, ...]:
    """Read what the kernel says, then boot: a stuck process survives everything else."""
    platform, inside = snapshot.platform, is_inside_container(snapshot)
    return (
        Remedy(
            summary="Read the kernel log for the cause, then reboot" + " the host" * inside,
            steps=(
                kernel_log(platform),
                Manual("Reboot the host") if inside else reboot_now(platform),
                Manual("If shutting down hangs as well, switch the machine off and on"),
            ),
            scope="host" if inside else "reboot",
            verify=proof(diagnosis),
            needs_root=True,
            stops=("everything that runs on this machine, for the reboot",),
        ),
    )
