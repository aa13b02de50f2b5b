"""Whether an NVIDIA GPU is here at all, from whatever would show it."""

import re

from gpudoctor.facts import Absent, CudaDevice, Fact, Known, NvmlGpu, Snapshot, Unknown, known

_GPU_NODE = re.compile(r"/dev/(?:nvidia\d+|dxg|nvhost-gpu|nvgpu)\Z")


def gpu_nodes(snapshot: Snapshot) -> Fact[tuple[str, ...]]:
    """The device nodes that stand for a GPU; control nodes alone are none."""
    nodes = snapshot.driver.nodes
    if not isinstance(nodes, Known):
        return nodes
    paths = tuple(each.path for each in nodes.value if _GPU_NODE.match(each.path))
    return Known(paths, nodes.source)


def working_gpus(snapshot: Snapshot) -> tuple[NvmlGpu, ...]:
    """The GPUs that NVML lists and that answer it."""
    return tuple(each for each in known(snapshot.nvml.gpus) or () if each.handle.code == 0)


def gpu_presence(snapshot: Snapshot) -> Fact[str]:
    """Known: what shows a GPU; Absent: a place that would show one shows none."""
    shown = _shown_by_the_driver(snapshot) or _shown_by_the_platform(snapshot)
    if shown is not None:
        return shown
    wsl, pci = known(snapshot.platform.wsl), snapshot.pci
    if isinstance(pci, Known) and wsl is None:
        return Absent(pci.source)
    if isinstance(snapshot.nvml.gpus, Known):
        return Absent(snapshot.nvml.gpus.source)
    if wsl is not None:
        return Unknown("WSL shows no driver library, and Windows was not asked")
    if nodes := known(gpu_nodes(snapshot)):
        return Known(f"{nodes[0]} exists", "/dev")
    return Unknown(pci.reason if isinstance(pci, Unknown) else "no PCI bus is shown")


def _shown_by_the_driver(snapshot: Snapshot) -> Known[str] | None:
    gpus, devices = known(snapshot.nvml.gpus), known(snapshot.libcuda.devices)
    unmasked = known(snapshot.libcuda.unmasked_count)
    if gpus:
        return Known(f"NVML lists {_first(gpus)}", "NVML")
    if devices:
        return Known(f"CUDA lists {_first(devices)}", "libcuda")
    if unmasked:
        return Known(f"CUDA counts {unmasked} of them", "libcuda")
    named = snapshot.named_gpus
    return Known(f"the text names {_first(named)}", "the text") if named else None


def _first(gpus: tuple[NvmlGpu, ...] | tuple[CudaDevice, ...]) -> str:
    """The first one's name, and how many more there are."""
    name = next((each.name.value for each in gpus if isinstance(each.name, Known)), "a GPU")
    return name if len(gpus) == 1 else f"{name} and {len(gpus) - 1} more"


def _shown_by_the_platform(snapshot: Snapshot) -> Known[str] | None:
    pci, board = snapshot.pci, snapshot.platform.integrated_board
    if isinstance(pci, Known) and pci.value:
        return Known(f"10de:{pci.value[0].device_id} at {pci.value[0].address}", pci.source)
    if isinstance(board, Known):
        return Known(board.value, board.source)
    libcuda = snapshot.driver.winner("libcuda.so.1")
    if known(snapshot.platform.wsl) is not None and libcuda and libcuda.kind == "wsl":
        # Windows puts it there only with an NVIDIA driver of its own.
        return Known(f"{libcuda.path} exists", "the loader's folders")
    return None
