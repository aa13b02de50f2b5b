"""Repairs of GPUs that work and are not well: memory, heat, power, the PCIe link."""

from gpudoctor.facts import NvmlGpu, Snapshot, known
from gpudoctor.findings import Command, Manual, Remedy, Step
from gpudoctor.remedies.commands import as_root, is_inside_container, kernel_log, proof, reboot_now


def reset(snapshot: Snapshot, gpu: int | None, diagnosis: str, summary: str) -> Remedy:
    """Reset one GPU, or reboot where that can't be done from here."""
    platform = snapshot.platform
    if known(platform.wsl) is not None:
        return Remedy(
            summary="Restart Windows, which resets the GPU",
            steps=(Manual("Restart Windows"),),
            scope="host",
            verify=proof(diagnosis),
            stops=("everything that runs on this machine, for the restart",),
        )
    if is_inside_container(snapshot):
        which = "the GPU" if gpu is None else f"the GPU that is {gpu} here"
        return Remedy(
            summary=f"{summary}, on the container's host",
            steps=(
                Manual("On the host: stop what uses the GPU; nvidia-smi names it"),
                Manual(f"On the host: sudo nvidia-smi --gpu-reset -i N, N being {which}"),
                Manual("Start this container again"),
            ),
            scope="host",
            verify=proof(diagnosis),
            needs_root=True,
            stops=("every program on that GPU",),
        )
    if gpu is None:
        return Remedy(
            summary=f"{summary}: reboot",
            steps=(kernel_log(platform), reboot_now(platform)),
            scope="reboot",
            verify=proof(diagnosis),
            needs_root=True,
            stops=("everything that runs on this machine, for the reboot",),
        )
    return Remedy(
        summary=summary,
        steps=(
            as_root(platform, "nvidia-smi", "--gpu-reset", "-i", str(gpu)),
            Manual("Where the reset is refused: stop what uses the GPU (a desktop too), or reboot"),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
        stops=(f"every program on GPU {gpu}",),
    )


def repair_memory(
    snapshot: Snapshot, gpu: int | None, *, is_failed: bool, diagnosis: str
) -> tuple[Remedy, ...]:
    """Reset the GPU, which repairs what can be; replace a card that has no spare memory left."""
    replace = Remedy(
        summary="Have the card replaced: its memory has no spare rows left there"
        if is_failed
        else "If errors come again after that, test the card and have it replaced",
        steps=(
            _query(gpu, "ECC,ROW_REMAPPER,PAGE_RETIREMENT"),
            Manual("NVIDIA's field diagnostics decide; the vendor asks for nvidia-bug-report.sh"),
        ),
        scope="host",
        verify=proof(diagnosis),
        stops=("everything that runs on this machine, while it is open",),
    )
    first = reset(snapshot, gpu, diagnosis, "Reset the GPU, which puts spare memory in place")
    return (replace,) if is_failed else (first, replace)


def _query(gpu: int | None, sections: str) -> Command:
    which = () if gpu is None else ("-i", str(gpu))
    return Command(("nvidia-smi", "-q", "-d", sections, *which))


def end_throttling(
    snapshot: Snapshot, gpu: int, *, is_hot: bool, is_hungry: bool, diagnosis: str
) -> Remedy:
    """Cool the GPU, or feed it; where the driver names neither, look at both."""
    cooling = "Cooling: fans turn, filters and heat sink are clean, air reaches the card"
    power = "Power: supply strong enough, every power plug of the card seated, no adapters"
    steps: list[Step] = [_query(gpu, "PERFORMANCE,TEMPERATURE,POWER")]
    if is_hot or not is_hungry:
        steps.append(Manual(cooling))
    if is_hungry or not is_hot:
        steps.append(Manual(power))
        steps.append(Manual("On a laptop: plug in the charger that came with it"))
    if known(snapshot.platform.container) or known(snapshot.platform.wsl):
        steps.append(Manual("All of that on the machine itself, not in here"))
    return Remedy(
        summary="Cool the GPU" if is_hot and not is_hungry else "Check power and cooling",
        steps=tuple(steps),
        scope="host",
        verify=proof(diagnosis),
    )


def mend_link(snapshot: Snapshot, gpu: NvmlGpu, diagnosis: str) -> Remedy:
    """Seat the card and its cables anew, and look at what the firmware was told."""
    address = known(gpu.pci_address)
    look = as_root(snapshot.platform, "lspci", "-vv", "-s", address or "")
    return Remedy(
        summary="Seat the card and its riser anew, and look at the firmware's PCIe settings",
        steps=(
            *((look,) if address else ()),
            Manual("With the power off: seat the card, clean its contacts, try without a riser"),
            Manual("In the firmware: link speed on automatic, no lanes shared with another slot"),
            Manual("Try another slot: a fault that moves with the card is the card's"),
        ),
        scope="host",
        verify=proof(diagnosis),
        needs_root=True,
        stops=("everything that runs on this machine, while it is open",),
    )
