"""Whether nvidia_uvm is there, and where CUDA fails as a whole though it is."""

from gpudoctor.checks._cuda_answer import Answer, cuda_answer
from gpudoctor.facts import Known, Snapshot, known

UNKNOWN_ERROR = 999  # CUDA_ERROR_UNKNOWN
_NODE = "/dev/nvidia-uvm"


def what_uvm_lacks(snapshot: Snapshot) -> str | None:
    """What of nvidia_uvm is missing; None where nothing is seen to be."""
    modules, nodes = known(snapshot.driver.modules_loaded), known(snapshot.driver.nodes)
    if modules is not None and "nvidia_uvm" not in modules:
        return "the kernel module nvidia_uvm is not loaded"
    if nodes is not None and not any(each.path == _NODE for each in nodes):
        return f"the node {_NODE} does not exist"
    return None


def whole_failure(snapshot: Snapshot) -> Answer | None:
    """CUDA's unknown error, which it answers before it looks at any GPU; not for want of uvm."""
    answer = cuda_answer(snapshot)
    if not isinstance(answer, Known) or answer.value.result.code != UNKNOWN_ERROR:
        return None
    return None if what_uvm_lacks(snapshot) or is_uvm_closed(snapshot) else answer.value


def is_uvm_closed(snapshot: Snapshot) -> bool:
    """Whether this user may not open nvidia_uvm's node."""
    nodes = known(snapshot.driver.nodes) or ()
    return any(each.path == _NODE and not each.accessible for each in nodes)
