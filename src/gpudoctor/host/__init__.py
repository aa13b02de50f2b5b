"""The only doorway to the machine: its files, its environment and its child processes."""

from gpudoctor.host.children import Children, ChildResult, Job
from gpudoctor.host.local import Host, NodeState

__all__ = ["ChildResult", "Children", "Host", "Job", "NodeState"]
