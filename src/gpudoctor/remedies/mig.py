"""Repairs of GPUs that are split into MIG instances."""

from gpudoctor.facts import Snapshot
from gpudoctor.findings import Command, Manual, Remedy, Shell
from gpudoctor.remedies.commands import as_root, is_inside_container, proof
from gpudoctor.remedies.gpu_health import reset


def use_mig_or_leave_it(
    snapshot: Snapshot, gpu: int, *, leaves_at_reset: bool, diagnosis: str
) -> tuple[Remedy, ...]:
    """Make an instance, or leave MIG mode; in a container the host passes an instance in."""
    if is_inside_container(snapshot):
        return (_pass_an_instance(gpu, diagnosis),)
    if leaves_at_reset:
        return (reset(snapshot, gpu, diagnosis, "Reset the GPU, which leaves MIG mode"),)
    platform, number = snapshot.platform, str(gpu)
    return (
        Remedy(
            summary="Make an instance of the whole GPU, or several smaller ones",
            steps=(
                as_root(platform, "nvidia-smi", "mig", "-i", number, "-lgip"),
                # Profile 0 is the one with all slices, on every board that has MIG.
                as_root(platform, "nvidia-smi", "mig", "-i", number, "-cgi", "0", "-C"),
                Manual("For smaller ones, put ids of the list's profiles in the place of 0"),
            ),
            scope="system",
            verify=proof(diagnosis),
            needs_root=True,
            undo=(
                as_root(platform, "nvidia-smi", "mig", "-i", number, "-dci"),
                as_root(platform, "nvidia-smi", "mig", "-i", number, "-dgi"),
            ),
        ),
        Remedy(
            summary="Or leave MIG mode",
            steps=(
                as_root(platform, "nvidia-smi", "-i", number, "-mig", "0"),
                Manual(
                    "Where it answers that the mode is pending (Ampere), the GPU needs a reset: "
                    f"nvidia-smi --gpu-reset -i {number}"
                ),
            ),
            scope="system",
            verify=proof(diagnosis),
            needs_root=True,
            stops=(f"programs that use GPU {number}",),
            undo=(as_root(platform, "nvidia-smi", "-i", number, "-mig", "1"),),
        ),
    )


def _pass_an_instance(gpu: int, diagnosis: str) -> Remedy:
    return Remedy(
        summary="Make an instance on the container's host and pass it in",
        steps=(
            Manual("On the host: nvidia-smi -L lists the instances and their ids"),
            Manual(f"On the host, where it lists none: sudo nvidia-smi mig -i {gpu} -cgi 0 -C"),
            Manual("Create this container again with an instance: --gpus '\"device=MIG-…\"'"),
        ),
        scope="host",
        verify=proof(diagnosis),
        needs_root=True,
    )


def name_an_instance(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Name an instance that is there; ids change whenever instances are made anew."""
    if any(name.startswith("SLURM_") for name in snapshot.variables):
        return Remedy(
            summary="Ask the scheduler for an instance in a new job",
            steps=(
                Command(("nvidia-smi", "-L")),
                Manual("Where the scheduler set an id that is not listed, its gres.conf is stale"),
            ),
            scope="environment",
            verify=proof(diagnosis),
        )
    return Remedy(
        summary="Name an instance that is there, or unset CUDA_VISIBLE_DEVICES",
        steps=(
            Command(("nvidia-smi", "-L")),
            Manual("Set CUDA_VISIBLE_DEVICES to one of the ids MIG-… that it lists"),
            Shell("unset CUDA_VISIBLE_DEVICES"),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )
