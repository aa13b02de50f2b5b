"""Decide ``device-permission-denied``."""

from collections.abc import Iterator

from gpudoctor.checks._cuda_answer import Answer, cuda_answer
from gpudoctor.checks._driver_on_disk import is_loaded
from gpudoctor.checks._evidence import counted, nvml_evidence
from gpudoctor.checks._mask import hides_all
from gpudoctor.checks._nodes import closed_nodes, control_evidence, needed_nodes, nodes_evidence
from gpudoctor.checks._presence import working_gpus
from gpudoctor.diagnoses import DEVICE_PERMISSION_DENIED as DIAGNOSIS
from gpudoctor.facts import Absent, DeviceNode, Known, Snapshot, Unknown, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.access import (
    keep_groups,
    let_group_in,
    let_selinux,
    look_for_policy,
    open_to_all,
)

_NOBODY = ("65534", "nobody", "nogroup")  # what a user namespace shows of ids that it lacks
_OPENED_IT = (0, 15, 18)  # NVML learns of these from the kernel module, through the node
_NO_DEVICE = 100  # CUDA_ERROR_NO_DEVICE
# What CUDA answers where it may not open a node: no device, an OS call failed, not permitted,
# unknown error. Other answers come from behind the nodes, or from before them.
_OF_NODES = (_NO_DEVICE, 304, 800, 999)


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    nodes, answer = snapshot.driver.nodes, cuda_answer(snapshot)
    container = snapshot.platform.container
    if isinstance(answer, Known) and answer.value.result.code == 0:
        yield DIAGNOSIS.cleared(MACHINE, "CUDA initialises", (answer.value.evidence,))
    elif isinstance(nodes, Unknown):
        yield DIAGNOSIS.undetermined(MACHINE, f"whose the device nodes are: {nodes.reason}")
    elif not needed_nodes(snapshot):
        yield DIAGNOSIS.not_applicable(MACHINE, "there is no device node to be refused")
    elif is_loaded(snapshot) is False:
        yield DIAGNOSIS.not_applicable(MACHINE, "the driver is not loaded: old nodes mean nothing")
    elif closed := closed_nodes(snapshot):
        yield _closed(snapshot, closed)
    elif known(snapshot.nvml.control_node) == "EACCES":
        yield _refused_in_spite(snapshot)
    elif known(snapshot.nvml.control_node) == "EPERM" and not isinstance(container, Known):
        yield _refused_by_a_cgroup(snapshot)
    else:
        yield _open(snapshot)


def _closed(snapshot: Snapshot, closed: tuple[DeviceNode, ...]) -> Verdict:
    init, answer = known(snapshot.nvml.init), known(cuda_answer(snapshot))
    evidence = (
        nodes_evidence(snapshot, closed),
        nvml_evidence(snapshot),
        *((answer.evidence,) if answer else ()),
    )
    cuda_fails = answer is not None and answer.result.code in _OF_NODES
    nvml_fails = init is not None and init.code not in _OPENED_IT
    if count := known(snapshot.libcuda.unmasked_count):
        detail = f"CUDA lists {counted(count, 'GPU')} without CUDA_VISIBLE_DEVICES"
        return DIAGNOSIS.cleared(MACHINE, detail, evidence)
    if not nvml_fails and answer is not None and not cuda_fails:
        reason = f"CUDA answers {answer.result.code} ({answer.result.name}), as no closed node does"
        return DIAGNOSIS.not_applicable(MACHINE, reason)
    if not nvml_fails and answer is not None and _is_hidden(snapshot, answer):
        missing = "what CUDA answers without CUDA_VISIBLE_DEVICES, which hides every GPU"
        return DIAGNOSIS.undetermined(MACHINE, missing, evidence)
    if not nvml_fails and working_gpus(snapshot) and not cuda_fails:
        return DIAGNOSIS.cleared(MACHINE, "NVML reaches the GPU", evidence)
    if not (nvml_fails or cuda_fails):
        # The driver's programs run nvidia-modprobe, which may set the mode bits by itself.
        missing = "whether NVML or CUDA fails: they may open the nodes to this user themselves"
        return DIAGNOSIS.undetermined(MACHINE, missing, evidence)
    node = next((each for each in closed if each.path == "/dev/nvidiactl"), closed[0])
    why, remedies = _reason(snapshot, node, closed)
    named = ", ".join(each.path for each in closed)
    return DIAGNOSIS.finding(
        MACHINE,
        f"This user may not open {named}: {node.path} is {node.mode} and belongs to "
        f"{node.owner}. {why}{_setting(snapshot)}",
        evidence=evidence,
        remedies=remedies,
    )


def _is_hidden(snapshot: Snapshot, answer: Answer) -> bool:
    """Whether the mask by itself explains that CUDA finds no device."""
    value, count = snapshot.variables.get("CUDA_VISIBLE_DEVICES"), snapshot.libcuda.unmasked_count
    is_blind = answer.result.code == _NO_DEVICE and not isinstance(count, Known)
    return is_blind and value is not None and hides_all(value)


def _reason(
    snapshot: Snapshot, node: DeviceNode, closed: tuple[DeviceNode, ...]
) -> tuple[str, tuple[Remedy, ...]]:
    group = node.owner.partition(":")[2]
    if known(snapshot.platform.user_namespace) and group in _NOBODY:
        return (
            "A user namespace maps this process' ids, and the node's owner is not among them.",
            (keep_groups(DIAGNOSIS.id),),
        )
    widen = open_to_all(snapshot, closed, DIAGNOSIS.id)
    if node.mode[4:6] == "rw" and group not in ("root", "0", *_NOBODY):
        return (
            f"Members of the group {group} may, and this process is not one.",
            (let_group_in(snapshot, group, DIAGNOSIS.id), widen),
        )
    return "NVIDIA's driver by itself lets everyone open its nodes.", (widen,)


def _setting(snapshot: Snapshot) -> str:
    setting = known(snapshot.driver.node_setting)
    if setting is None or not setting.is_applied or setting.mode & 0o006 == 0o006:
        return ""
    return f" The module's own setting says so: mode {setting.mode:04o}, {setting.owner}."


def _refused_in_spite(snapshot: Snapshot) -> Verdict:
    platform = snapshot.platform
    domain, enforces = known(platform.selinux_domain), known(platform.selinux)
    confidence, remedies = Confidence.LIKELY, (let_selinux(snapshot, DIAGNOSIS.id),)
    if domain is not None and enforces != "permissive":
        why = f"Most likely SELinux refuses the domain {domain}, which is an inference."
    elif enforces == "enforcing":
        why = "Most likely SELinux, which enforces here, refuses it; that is an inference."
    else:
        why = "Neither mode bits nor SELinux explain it: another policy or the mount does."
        confidence, remedies = Confidence.CERTAIN, (look_for_policy(DIAGNOSIS.id),)
    return DIAGNOSIS.finding(
        MACHINE,
        "Opening /dev/nvidiactl fails with EACCES (permission denied), and its mode bits allow "
        f"it. {why}",
        evidence=(
            control_evidence(snapshot),
            nodes_evidence(snapshot, needed_nodes(snapshot)),
            Evidence.of("/platform/selinux", platform.selinux),
            Evidence.of("/platform/selinux_domain", platform.selinux_domain),
        ),
        remedies=remedies,
        confidence=confidence,
    )


def _refused_by_a_cgroup(snapshot: Snapshot) -> Verdict:
    """EPERM is no mode bit's. In a container it is container-lost-gpu's; here it may be many's."""
    missing = (
        "what refuses /dev/nvidiactl with EPERM though its mode bits allow it. Mostly it is the "
        "device cgroup of a systemd unit (DevicePolicy, PrivateDevices), of a batch job or of a "
        "sandbox: cat /proc/self/cgroup names it, systemctl show UNIT -p DevicePolicy -p "
        "DeviceAllow shows a unit's"
    )
    evidence = (control_evidence(snapshot), nodes_evidence(snapshot, needed_nodes(snapshot)))
    return DIAGNOSIS.undetermined(MACHINE, missing, evidence)


def _open(snapshot: Snapshot) -> Verdict:
    init, opening = known(snapshot.nvml.init), snapshot.nvml.control_node
    evidence = (nodes_evidence(snapshot, needed_nodes(snapshot)), nvml_evidence(snapshot))
    if init is not None and init.code == 4 and not isinstance(opening, Known | Absent):
        missing = "why NVML may not start, though the mode bits allow it"
        return DIAGNOSIS.undetermined(MACHINE, missing, evidence)
    return DIAGNOSIS.cleared(MACHINE, "the mode bits let this user open the nodes", evidence)
