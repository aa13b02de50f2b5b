"""What the kernel log says of one GPU."""

from gpudoctor.checks._bus_gpus import BusGpu, bus_gpus
from gpudoctor.checks._installed_driver import is_of_another_driver, log_messages
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Evidence
from gpudoctor.kernel_log import KernelMessage
from gpudoctor.matrix import Matrix


def message_about(
    snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, *ids: str
) -> KernelMessage | None:
    """The first message about this GPU by the driver that is here; by elimination if it names none.

    A message of another driver version was said before the driver was changed.
    """
    for each in log_messages(snapshot, *ids):
        if not is_of_another_driver(snapshot, each) and _is_about(snapshot, matrix, gpu, each):
            return each
    return None


def _is_about(snapshot: Snapshot, matrix: Matrix, gpu: BusGpu, message: KernelMessage) -> bool:
    if message.address is not None:
        return message.address == gpu.device.address
    silent = [each for each in bus_gpus(snapshot, matrix) if not each.works]
    if message.product is not None:
        product = matrix.product(message.product)
        if product is not None and gpu.capability is not None:
            return product.capability == gpu.capability
    return [each.device.address for each in silent] == [gpu.device.address]


def log_evidence(message: KernelMessage) -> Evidence:
    """The message as evidence."""
    return Evidence("/driver/kernel_log", message.text, "the kernel log")
