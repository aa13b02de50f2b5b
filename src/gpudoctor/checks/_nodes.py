"""The device nodes that CUDA can't do without, and whether this user may open them."""

import re

from gpudoctor.checks._evidence import seen
from gpudoctor.facts import DeviceNode, Snapshot, known
from gpudoctor.findings import Evidence

# Not those of nvidia-modeset and nvidia-caps: a display and MIG's owners need them, CUDA does not.
_NEEDED = re.compile(r"/dev/(?:nvidia\d+|nvidiactl|nvidia-uvm|nvhost-gpu|nvgpu)\Z")
_BOARD = re.compile(r"/dev/(?:nvidia\d+|nvhost-gpu|nvgpu)\Z")


def needed_nodes(snapshot: Snapshot) -> tuple[DeviceNode, ...]:
    """The nodes that CUDA opens."""
    return tuple(each for each in known(snapshot.driver.nodes) or () if _NEEDED.match(each.path))


def closed_nodes(snapshot: Snapshot) -> tuple[DeviceNode, ...]:
    """The nodes without which this user can't compute.

    Of the boards' own nodes one that is open is enough: the others may be somebody else's.
    """
    needed = needed_nodes(snapshot)
    boards = tuple(each for each in needed if _BOARD.match(each.path))
    one_is_open = any(each.accessible for each in boards)
    return tuple(
        each for each in needed if not each.accessible and not (one_is_open and each in boards)
    )


def nodes_evidence(snapshot: Snapshot, nodes: tuple[DeviceNode, ...]) -> Evidence:
    """Mode and owner of some nodes."""
    words = ", ".join(f"{each.path} {each.mode} {each.owner}" for each in nodes)
    return seen("/driver/nodes", snapshot.driver.nodes, words or "none")


def control_evidence(snapshot: Snapshot) -> Evidence:
    """How the control node opened."""
    return Evidence.of("/nvml/control_node", snapshot.nvml.control_node)
