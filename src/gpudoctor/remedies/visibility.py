"""Repairs of the variables that choose which GPUs a program sees."""

from gpudoctor.facts import Snapshot
from gpudoctor.findings import Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import proof


def show_gpus(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Take the mask away, or ask the scheduler that set it for a GPU."""
    steps: tuple[Step, ...] = (
        Shell("unset CUDA_VISIBLE_DEVICES"),
        Manual("Where a start-up file or the program itself sets it, change it there"),
    )
    is_slurm_job = any(name.startswith("SLURM_") for name in snapshot.variables)
    if is_slurm_job:
        steps = (Manual("Ask Slurm for a GPU, for example with --gres=gpu:1, in a new job"),)
    return Remedy(
        summary="Ask the scheduler for a GPU" if is_slurm_job else "Unset CUDA_VISIBLE_DEVICES",
        steps=steps,
        scope="environment",
        verify=proof(diagnosis),
    )
