"""What a scheduler gave this job, by the variables that it sets."""

from gpudoctor.facts import Known, Snapshot, known
from gpudoctor.findings import Evidence

_GIVEN = ("SLURM_STEP_GPUS", "SLURM_JOB_GPUS", "SLURM_GPUS_ON_NODE")


def is_slurm_job(snapshot: Snapshot) -> bool:
    """Whether this runs inside a job of Slurm."""
    return any(name in snapshot.variables for name in (*_GIVEN, "SLURM_JOB_ID"))


def given_by_slurm(snapshot: Snapshot) -> Evidence | None:
    """The variable that names the job's GPUs, or their number; None where none does."""
    for name in _GIVEN:
        value = snapshot.variables.get(name, "").strip()
        if value not in ("", "0" if name.endswith("ON_NODE") else ""):
            return Evidence(f"/variables/{name}", value, "environment")
    return None


def slurm_evidence(snapshot: Snapshot) -> Evidence:
    """The GPUs of the job, or the job that names none."""
    given = given_by_slurm(snapshot)
    job = snapshot.variables.get("SLURM_JOB_ID", "unnamed")
    return given or Evidence(
        "/variables/SLURM_JOB_ID", f"{job}, no variable of GPUs", "environment"
    )


def is_kept_by_slurm(snapshot: Snapshot) -> bool:
    """Whether a job without GPUs sees none of a machine whose driver runs.

    Slurm need not manage GPUs: where NVML lists them, a job that names none is not kept from them.
    """
    init, devices = known(snapshot.nvml.init), known(snapshot.pci) or ()
    return (
        is_slurm_job(snapshot)
        and given_by_slurm(snapshot) is None
        and not isinstance(snapshot.platform.container, Known)
        and init is not None
        and init.code == 0
        and known(snapshot.nvml.gpus) == ()
        and any(known(each.kernel_driver) == "nvidia" for each in devices)
    )
