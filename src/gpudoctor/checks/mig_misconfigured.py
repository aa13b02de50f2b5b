"""Decide ``mig-misconfigured``: one verdict a GPU in MIG mode, one on the id in the mask."""

from collections.abc import Iterator

from gpudoctor.checks._cuda_answer import cuda_answer
from gpudoctor.checks._each_gpu import named, subject_of, without_nvml
from gpudoctor.checks._evidence import counted, seen
from gpudoctor.checks._mask import first_mig_id
from gpudoctor.checks._mig_mask import NO_DEVICE, judge_mig_id, mig_ids
from gpudoctor.checks._presence import working_gpus
from gpudoctor.diagnoses import MIG_MISCONFIGURED as DIAGNOSIS
from gpudoctor.facts import Known, NvmlGpu, Snapshot, Unknown, known
from gpudoctor.findings import MACHINE, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.mig import use_mig_or_leave_it


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    in_mode = [gpu for gpu in working_gpus(snapshot) if known(gpu.mig_mode)]
    unsure = [gpu for gpu in working_gpus(snapshot) if isinstance(gpu.mig_mode, Unknown)]
    yield from (_instances(snapshot, gpu) for gpu in in_mode)
    for gpu in unsure:
        yield DIAGNOSIS.undetermined(subject_of(gpu), "whether MIG is on")
    named_id = first_mig_id(snapshot.variables.get("CUDA_VISIBLE_DEVICES", ""))
    if named_id is not None:
        yield judge_mig_id(snapshot, named_id)
    elif not in_mode and not unsure:
        yield _without_mig(snapshot)


def _without_mig(snapshot: Snapshot) -> Verdict:
    gpus = known(snapshot.nvml.gpus)
    devices = known(snapshot.libcuda.devices)
    if gpus is None and devices:
        return DIAGNOSIS.cleared(MACHINE, "CUDA lists devices")
    if gpus is None:
        return without_nvml(snapshot, DIAGNOSIS)
    waiting = [named(each) for each in gpus if known(each.mig_mode_pending)]
    said = f"; {', '.join(waiting)} enters it at its next reset" if waiting else ""
    return DIAGNOSIS.not_applicable(MACHINE, f"no GPU is in MIG mode{said}")


def _instances(snapshot: Snapshot, gpu: NvmlGpu) -> Verdict:
    subject, instances = subject_of(gpu), gpu.mig_instances
    top = f"/gpus/{gpu.nvml_index}"
    if not isinstance(instances, Known):
        why = instances.reason if isinstance(instances, Unknown) else instances.source
        return DIAGNOSIS.undetermined(subject, f"its MIG instances: {why}")
    evidence = (
        Evidence.of(f"{top}/mig_mode", gpu.mig_mode),
        seen(f"{top}/mig_instances", instances, mig_ids(gpu) or "none"),
    )
    leaves = known(gpu.mig_mode_pending) is False
    if instances.value:
        said = f"MIG is on, with {counted(len(instances.value), 'instance')}"
        said += "; it leaves MIG mode at its next reset" if leaves else ""
        return DIAGNOSIS.cleared(subject, said, evidence)
    later = " It leaves MIG mode at its next reset." if leaves else ""
    return DIAGNOSIS.finding(
        subject,
        f"{named(gpu)} is in MIG mode and has no instance that this process may use, so that CUDA "
        f"has nothing to show of it.{later}",
        evidence=evidence,
        remedies=use_mig_or_leave_it(
            snapshot, gpu.nvml_index, leaves_at_reset=leaves, diagnosis=DIAGNOSIS.id
        ),
        blocks=_nothing_is_left(snapshot),
    )


def _nothing_is_left(snapshot: Snapshot) -> bool:
    """Whether CUDA shows no device, and no GPU could give it one."""
    answer = known(cuda_answer(snapshot))
    devices = known(snapshot.libcuda.devices)
    if devices or (answer is not None and answer.result.code not in NO_DEVICE):
        return False
    return all(known(g.mig_mode) and known(g.mig_instances) == () for g in working_gpus(snapshot))
