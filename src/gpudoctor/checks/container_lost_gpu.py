"""Decide ``container-lost-gpu``."""

from collections.abc import Iterator

from gpudoctor.checks._cuda_answer import cuda_answer
from gpudoctor.checks._evidence import nvml_evidence
from gpudoctor.checks._nodes import closed_nodes, control_evidence, needed_nodes, nodes_evidence
from gpudoctor.checks._presence import gpu_nodes, working_gpus
from gpudoctor.diagnoses import CONTAINER_LOST_GPU as DIAGNOSIS
from gpudoctor.facts import Absent, Known, Snapshot, Unknown, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.access import restart_container

_UNKNOWN_ERROR = 999  # NVML_ERROR_UNKNOWN: what NVML makes of EPERM


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    container, answer = snapshot.platform.container, cuda_answer(snapshot)
    if isinstance(container, Absent):
        yield DIAGNOSIS.not_applicable(MACHINE, "this is not a container")
    elif isinstance(answer, Known) and answer.value.result.code == 0:
        yield DIAGNOSIS.cleared(MACHINE, "CUDA initialises", (answer.value.evidence,))
    elif working_gpus(snapshot):
        yield DIAGNOSIS.cleared(MACHINE, "NVML reaches the GPU", (nvml_evidence(snapshot),))
    elif isinstance(container, Unknown):
        yield DIAGNOSIS.undetermined(MACHINE, f"whether this is a container: {container.reason}")
    elif isinstance(snapshot.driver.nodes, Unknown):
        yield DIAGNOSIS.undetermined(MACHINE, f"the nodes: {snapshot.driver.nodes.reason}")
    elif isinstance(snapshot.platform.wsl, Known) or not known(gpu_nodes(snapshot)):
        yield DIAGNOSIS.not_applicable(MACHINE, "the container has no node of a GPU to lose")
    elif closed_nodes(snapshot):
        reason = "the mode bits refuse this user, which is another fault"
        yield DIAGNOSIS.not_applicable(MACHINE, reason)
    else:
        yield _judged(snapshot)


def _judged(snapshot: Snapshot) -> Verdict:
    init, opening = snapshot.nvml.init, snapshot.nvml.control_node
    evidence = (
        nvml_evidence(snapshot),
        control_evidence(snapshot),
        nodes_evidence(snapshot, needed_nodes(snapshot)),
    )
    if known(opening) == "EPERM":
        said = "opening /dev/nvidiactl fails with EPERM, though its mode bits allow it"
        return _finding(snapshot, said, evidence, Confidence.CERTAIN)
    if isinstance(opening, Known | Absent):
        how = known(opening) or "/dev/nvidiactl does not exist"
        return DIAGNOSIS.cleared(MACHINE, f"no device cgroup refuses the node ({how})", evidence)
    if isinstance(init, Known) and init.value.code == _UNKNOWN_ERROR:
        said = (
            "NVML answers 999 (unknown error) while the nodes are there; that their opening is "
            "refused is an inference"
        )
        return _finding(snapshot, said, evidence, Confidence.LIKELY)
    if isinstance(init, Known):
        said = f"NVML answers {init.value.code} ({init.value.name}), which a device cgroup does not"
        return DIAGNOSIS.cleared(MACHINE, f"{said} cause", evidence)
    return DIAGNOSIS.undetermined(MACHINE, "whether the device nodes can be opened", evidence)


def _finding(
    snapshot: Snapshot, said: str, evidence: tuple[Evidence, ...], confidence: Confidence
) -> Verdict:
    return DIAGNOSIS.finding(
        MACHINE,
        f"The container has the GPU's nodes and its device cgroup does not allow them: {said}. "
        "If the GPU worked here before, systemd on the host reloaded its units and forgot the "
        "devices that the runtime had allowed. If it never did, the nodes were mounted as a "
        "volume and not passed as devices.",
        evidence=evidence,
        remedies=restart_container(snapshot, DIAGNOSIS.id),
        confidence=confidence,
    )
