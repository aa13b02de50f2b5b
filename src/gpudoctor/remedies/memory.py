"""Repairs of memory that is taken, badly divided, or not enough: a GPU's and /dev/shm."""

from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import Command, Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import as_root, proof

_SHM = "/dev/shm"
_OF_PYTORCH = ("PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF")


def free_gpu(
    snapshot: Snapshot,
    gpu: int | None,
    pids: tuple[int, ...],
    diagnosis: str,
    *,
    others: tuple[int, ...] = (),
) -> tuple[Remedy, ...]:
    """Look who holds the GPU and end what is not needed, or go to another GPU."""
    look = Command(("nvidia-smi", *(() if gpu is None else ("-i", str(gpu)))))
    inside = known(snapshot.platform.container) is not None
    numbers = " ".join(str(pid) for pid in pids)
    ending = (
        f"End those that are yours and not needed: kill {numbers}"
        if pids and not inside
        else "End those that are yours and not needed, from where they were started"
    )
    steps: tuple[Step, ...] = (look, Manual(ending))
    if inside or not pids:
        steps = (*steps, Manual("In a container others are not shown: look on the host as well"))
    stop = Remedy(
        summary="End the programs that hold the GPU's memory and are not needed",
        steps=steps,
        scope="host" if inside else "system",
        verify=proof(diagnosis),
        stops=("the programs that are ended",),
    )
    if not others:
        return (stop,)
    elsewhere = Remedy(
        summary="Or use a GPU that has room",
        steps=(
            Shell(f"export CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES={others[0]}"),
            Manual("Start the program again in the same shell"),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )
    return elsewhere, stop


def take_on_demand(subject: str | None, diagnosis: str) -> Remedy:
    """Let TensorFlow or JAX take memory as they need it."""
    name = (subject or "").lower()
    tensorflow = Shell("export TF_FORCE_GPU_ALLOW_GROWTH=true")
    jax = Shell("export XLA_PYTHON_CLIENT_PREALLOCATE=false")
    steps: tuple[Step, ...] = (tensorflow, jax)
    if name == "tensorflow":
        steps = (tensorflow,)
    elif name in ("jax", "jaxlib"):
        steps = (jax, Manual("Or leave it less: export XLA_PYTHON_CLIENT_MEM_FRACTION=.6"))
    return Remedy(
        summary="Have the framework take memory as it needs it, not the whole card",
        steps=(*steps, Manual("Start the program again in the same shell")),
        scope="environment",
        verify=proof(diagnosis),
    )


def defragment(snapshot: Snapshot, message: str, diagnosis: str) -> Remedy:
    """The allocator's setting that the framework's own message names, or that it has."""
    on_windows = snapshot.platform.os == "windows"
    names: tuple[str, ...] = _OF_PYTORCH
    variable = _OF_PYTORCH[1 if _OF_PYTORCH[1] in message else 0]
    value = "expandable_segments:True"
    if "_bfc)" in message or "OOM when" in message:
        variable, value, names = "TF_GPU_ALLOCATOR", "cuda_malloc_async", ("TF_GPU_ALLOCATOR",)
    elif on_windows or ("max_split_size_mb" in message and value not in message):
        value = "max_split_size_mb:128"  # what older releases, and Windows, have instead
    line = f"{'set' if on_windows else 'export'} {variable}={value}"
    is_set = next((name for name in names if name in snapshot.variables), None)
    steps: tuple[Step, ...] = (Shell(line), Manual("Start the program again in the same shell"))
    if is_set:
        steps = (Manual(f"{is_set} is set already: join its settings by commas"), *steps)
    return Remedy(
        summary="Have the allocator keep memory in pieces that can grow",
        steps=steps,
        scope="environment",
        verify=proof(diagnosis),
    )


def ask_for_less(subject: str | None, diagnosis: str) -> Remedy:
    """Make the job smaller."""
    ways: tuple[Step, ...] = (
        Manual("Halve the batch size until it fits; accumulate gradients to make up for it"),
        Manual("Compute in half precision, and with gradient checkpointing where one trains"),
        Manual("Or use a GPU with more memory, or divide the model among several"),
    )
    if subject == "vllm":
        ways = (
            Manual("Lower --max-model-len, or raise --gpu-memory-utilization if the card is free"),
            Manual("Or take a smaller or quantised model, or --tensor-parallel-size 2"),
        )
    return Remedy(
        summary="Make the job smaller than the card",
        steps=ways,
        scope="environment",
        verify=proof(diagnosis),
    )


def enlarge_shared_memory(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Give /dev/shm more room, where it is mounted: for containers, from outside."""
    kind = known(snapshot.platform.container)
    if kind is None:
        return Remedy(
            summary="Enlarge /dev/shm, or use fewer loader workers",
            steps=(
                Command(("df", "-h", _SHM)),
                as_root(snapshot.platform, "mount", "-o", "remount,size=75%", _SHM),
            ),
            scope="system",
            verify=proof(diagnosis),
            needs_root=True,
            undo=(as_root(snapshot.platform, "mount", "-o", "remount,size=50%", _SHM),),
        )
    steps: tuple[Step, ...] = (
        Manual("Start the container with --shm-size=8g (Docker, Podman), or with --ipc=host"),
    )
    if kind in ("kubernetes", "containerd"):
        steps = (
            Manual("Mount a volume on /dev/shm: emptyDir with medium: Memory and a sizeLimit"),
        )
    return Remedy(
        summary="Start the container with a larger /dev/shm",
        steps=(*steps, Manual("Until then, use fewer loader workers (num_workers=0 needs none)")),
        scope="host",
        verify=proof(diagnosis),
        stops=("this container, which starts anew",),
    )


def open_shared_memory(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Let every user write to /dev/shm, as systems do by default."""
    return Remedy(
        summary="Open /dev/shm to every user again",
        steps=(as_root(snapshot.platform, "chmod", "1777", _SHM),),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )
