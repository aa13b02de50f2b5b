"""Repairs of what NCCL meets on a machine."""

from gpudoctor.facts import Snapshot
from gpudoctor.findings import Command, Manual, Remedy, Shell, Step
from gpudoctor.remedies import memory
from gpudoctor.remedies.commands import is_inside_container, proof

_AGAIN = Manual("Start the job again in the same shell, on every node")


def _in_this_shell(summary: str, diagnosis: str, *steps: Step) -> Remedy:
    return Remedy(summary, (*steps, _AGAIN), "environment", proof(diagnosis))


def name_interface(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Name the interface on which the nodes reach each other."""
    steps: tuple[Step, ...] = (
        Command(("ip", "-brief", "address")),
        Manual("Name the interface that reaches the other nodes: export NCCL_SOCKET_IFNAME=NAME"),
    )
    if "NCCL_SOCKET_IFNAME" in snapshot.variables:
        steps = (Shell("unset NCCL_SOCKET_IFNAME"), *steps)
    return _in_this_shell("Name an interface that is there", diagnosis, *steps)


def find_plugin(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Take the choice of a network back, or bring its plug-in."""
    names = [each for each in ("NCCL_NET", "NCCL_NET_PLUGIN") if each in snapshot.variables]
    return _in_this_shell(
        "Leave the choice of a network to NCCL, or bring the plug-in that is asked for",
        diagnosis,
        Shell("unset " + " ".join(names or ["NCCL_NET"])),
        Manual("Or put the folder of the plug-in (libnccl-net.so) into LD_LIBRARY_PATH"),
    )


def raise_memlock(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Let processes lock as much memory as InfiniBand registers."""
    look = Shell("ulimit -l")
    if is_inside_container(snapshot):
        return Remedy(
            "Start the container without a limit on locked memory",
            (look, Manual("Add --ulimit memlock=-1 to docker run, and --device=/dev/infiniband")),
            "host",
            proof(diagnosis),
            stops=("this container, which starts anew",),
        )
    return Remedy(
        "Let processes lock memory without a limit, where the job's own shell shows one",
        (
            look,
            Manual("In /etc/security/limits.conf: '* soft memlock unlimited' and the same hard"),
            Manual("Under Slurm or systemd: LimitMEMLOCK=infinity in the unit of slurmd"),
            Manual("Log in again; the job's own shell must show it: srun bash -c 'ulimit -l'"),
        ),
        "system",
        proof(diagnosis),
        needs_root=True,
    )


def open_shared_memory(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Let NCCL write to /dev/shm."""
    return memory.open_shared_memory(snapshot, diagnosis)


def spread_ranks(_: Snapshot, diagnosis: str) -> Remedy:
    """Give each rank a GPU of its own."""
    return _in_this_shell(
        "Give each rank a GPU of its own",
        diagnosis,
        Manual("Start no more ranks on a node than it has GPUs: torchrun --nproc_per_node"),
        Manual("In the program: torch.cuda.set_device(int(os.environ['LOCAL_RANK'])) before NCCL"),
    )


def align_versions(_: Snapshot, diagnosis: str) -> Remedy:
    """Have all nodes load one NCCL."""
    return _in_this_shell(
        "Install the same environment on every node",
        diagnosis,
        Shell('python -c "import torch; print(torch.cuda.nccl.version())"'),
        Manual("Where nodes differ: install the same release of PyTorch there"),
    )


def disable_peer_access(_: Snapshot, diagnosis: str) -> Remedy:
    """Have NCCL go through the host's memory."""
    return _in_this_shell(
        "Have NCCL go through the host's memory",
        diagnosis,
        Command(("nvidia-smi", "topo", "-p2p", "r")),
        Shell("export NCCL_P2P_DISABLE=1 NCCL_IB_DISABLE=1"),
    )


def disable_multicast(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Have NCCL do without multicast, until the fabric manager is right."""
    where = "On the host: " if is_inside_container(snapshot) else ""
    return _in_this_shell(
        "Have NCCL do without the switches' multicast",
        diagnosis,
        Shell("export NCCL_NVLS_ENABLE=0"),
        Manual(
            f"{where}sudo systemctl restart nvidia-fabricmanager, with no job running, mends it"
        ),
    )


def use_gloo(_: Snapshot, diagnosis: str) -> Remedy:
    """Use another back-end where NCCL does not exist."""
    return _in_this_shell(
        "Use the back-end gloo: NCCL exists on Linux only",
        diagnosis,
        Manual('In the program: torch.distributed.init_process_group("gloo")'),
        Manual("Or run the job on Linux, or in WSL 2"),
    )
