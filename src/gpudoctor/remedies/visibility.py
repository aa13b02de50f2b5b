"""Repairs of the variables that choose which GPUs a program sees."""

from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import proof


def show_gpus(snapshot: Snapshot, diagnosis: str, *, is_given: bool) -> Remedy:
    """Take the mask away, or ask the scheduler for a GPU; `is_given`: it gave this job one."""
    if any(name.startswith("SLURM_") for name in snapshot.variables) and not is_given:
        return Remedy(
            summary="Ask the scheduler for a GPU",
            steps=(
                Manual("Ask Slurm for a GPU in a new job: sbatch --gres=gpu:1 …, or srun the same"),
                Manual("Slurm sets CUDA_VISIBLE_DEVICES then; don't set it in the job's script"),
            ),
            scope="environment",
            verify=proof(diagnosis),
        )
    steps: tuple[Step, ...] = (
        Shell("unset CUDA_VISIBLE_DEVICES"),
        Manual("Where a start-up file or the program itself sets it, change it there"),
    )
    if is_given:
        steps = (
            Manual("Take out what sets CUDA_VISIBLE_DEVICES in the job's script or start-up files"),
            Manual("Inside the job GPUs count from 0, whatever SLURM_JOB_GPUS calls them"),
        )
    elif known(snapshot.platform.container) == "kubernetes":
        steps = (
            *steps,
            Manual("In Kubernetes: take it out of the pod's env; resources.limits choose the GPUs"),
        )
    return Remedy(
        summary="Unset CUDA_VISIBLE_DEVICES" if not is_given else "Leave the mask to Slurm",
        steps=steps,
        scope="environment",
        verify=proof(diagnosis),
    )
