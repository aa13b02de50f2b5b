"""Ranking: the deepest blocking finding is the cause, its consequences fold, ignorance waits."""

import graphlib

from gpudoctor.diagnoses import (
    BY_ID,
    CUDA_LIBRARY_MISSING,
    CUDNN_MISSING,
    DIAGNOSES,
    DRIVER_LIBRARY_MISMATCH,
    DRIVER_TOO_OLD_FOR_CUDA,
    FRAMEWORK_CPU_ONLY,
    GPU_LOST,
    NO_NVIDIA_GPU,
    UVM_NOT_LOADED,
)
from gpudoctor.findings import (
    MACHINE,
    Diagnosis,
    Finding,
    Subject,
    Verdict,
    framework_subject,
    gpu_subject,
)
from gpudoctor.ladder import Observed
from gpudoctor.ranking import Ranking, rank
from gpudoctor.report import Outcome, Role, Status
from gpudoctor.rungs import Rung

TORCH = framework_subject("torch", 0)
TENSORFLOW = framework_subject("tensorflow", 0)


def finding(diagnosis: Diagnosis, subject: Subject = MACHINE, *, blocks: bool = True) -> Finding:
    return diagnosis.finding(subject, "detail", evidence=(), blocks=blocks)


def seen(rung: Rung, status: Status, subject: Subject = MACHINE) -> Observed:
    return Observed(rung, subject, status, "as seen")


def ranked(*verdicts: Verdict, observed: tuple[Observed, ...] = (), **options: bool) -> Ranking:
    return rank(verdicts, observed, everything_asked=True, **options)


def roles(ranking: Ranking) -> dict[str, tuple[Role | None, str | None]]:
    return {r.verdict.diagnosis.id: (r.role, r.explained_by) for r in ranking.ranked}


def test_the_deepest_blocking_finding_is_the_root_cause() -> None:
    ranking = ranked(finding(FRAMEWORK_CPU_ONLY, TENSORFLOW), finding(DRIVER_LIBRARY_MISMATCH))

    assert ranking.root_cause is not None
    assert ranking.root_cause.verdict.diagnosis is DRIVER_LIBRARY_MISMATCH
    assert roles(ranking)["framework-cpu-only"] == (Role.INDEPENDENT, None)


def test_a_consequence_is_folded_under_what_explains_it() -> None:
    ranking = ranked(finding(DRIVER_TOO_OLD_FOR_CUDA, TORCH), finding(DRIVER_LIBRARY_MISMATCH))

    assert roles(ranking)["driver-too-old-for-cuda"] == (
        Role.CONSEQUENCE,
        "driver-library-mismatch",
    )


def test_a_finding_explains_only_its_own_subject() -> None:
    ranking = ranked(finding(CUDA_LIBRARY_MISSING, TENSORFLOW), finding(CUDNN_MISSING, TORCH))

    assert roles(ranking)["cudnn-missing"] == (Role.INDEPENDENT, None)


def test_a_warning_never_explains_what_blocks() -> None:
    lost = finding(GPU_LOST, MACHINE, blocks=False)

    ranking = ranked(lost, finding(UVM_NOT_LOADED))

    assert ranking.root_cause is not None
    assert ranking.root_cause.verdict.diagnosis is UVM_NOT_LOADED


def test_a_warning_alone_is_the_root_cause_and_the_machine_passes() -> None:
    ranking = ranked(finding(GPU_LOST, gpu_subject(3, "A100"), blocks=False))

    assert ranking.root_cause is not None
    assert (ranking.outcome, ranking.root_cause.status) == (Outcome.WARNING, Status.WARN)


def test_a_failed_rung_that_nothing_explains_is_a_problem_without_a_cause() -> None:
    observed = (seen(Rung.FRAMEWORK_SEES_GPU, Status.FAIL, TORCH),)

    ranking = ranked(observed=observed)

    assert (ranking.outcome, ranking.root_cause) == (Outcome.PROBLEM, None)


def test_a_failed_rung_below_which_a_finding_sits_is_explained() -> None:
    observed = (seen(Rung.FRAMEWORK_SEES_GPU, Status.FAIL, TORCH),)

    assert ranked(finding(NO_NVIDIA_GPU), observed=observed).unexplained == ()


def test_a_gpus_own_finding_that_blocks_explains_the_machines_rungs() -> None:
    """It blocks only where no other GPU is left."""
    observed = (seen(Rung.LIBCUDA, Status.FAIL, MACHINE),)
    gpu = gpu_subject(0, "A100")

    blocking = ranked(finding(GPU_LOST, gpu), observed=observed)
    warning = ranked(finding(GPU_LOST, gpu, blocks=False), observed=observed)

    assert blocking.unexplained == ()
    assert len(warning.unexplained) == 1


def test_ignorance_stays_down_on_a_machine_that_works() -> None:
    observed = (seen(Rung.FRAMEWORK_SEES_GPU, Status.PASS, TORCH),)
    unsure = NO_NVIDIA_GPU.undetermined(MACHINE, "no /sys")

    ranking = ranked(unsure, observed=observed)

    assert ranking.outcome is Outcome.HEALTHY
    assert ranking.ranked[0].status is Status.SKIPPED


def test_ignorance_comes_up_where_a_failed_rung_points_to_it() -> None:
    observed = (seen(Rung.FRAMEWORK_SEES_GPU, Status.FAIL, TORCH),)
    unsure = NO_NVIDIA_GPU.undetermined(MACHINE, "no /sys")

    assert ranked(unsure, observed=observed).ranked[0].status is Status.UNDETERMINED


def test_ignorance_about_another_framework_stays_down() -> None:
    observed = (seen(Rung.FRAMEWORK_SEES_GPU, Status.FAIL, TORCH),)
    unsure = CUDNN_MISSING.undetermined(TENSORFLOW, "unknown")

    assert ranked(unsure, observed=observed).ranked[0].status is Status.SKIPPED


def test_an_import_that_could_not_be_watched_to_its_end_is_undetermined() -> None:
    observed = (seen(Rung.FRAMEWORK_SEES_GPU, Status.UNDETERMINED, TORCH),)

    assert ranked(observed=observed).outcome is Outcome.UNDETERMINED


def test_a_rung_proven_above_clears_those_below() -> None:
    observed = (
        seen(Rung.DEVICE_NODES, Status.UNDETERMINED),
        seen(Rung.LIBCUDA, Status.UNDETERMINED),
        seen(Rung.FRAMEWORK_SEES_GPU, Status.PASS, TORCH),
    )

    assert [each.status for each in ranked(observed=observed).ladder] == [Status.PASS] * 3


def test_rungs_above_a_break_are_not_reached() -> None:
    observed = (
        seen(Rung.DEVICE, Status.FAIL),
        seen(Rung.KERNEL_MODULE, Status.FAIL),
        seen(Rung.FRAMEWORK_SEES_GPU, Status.FAIL, TORCH),
    )

    ladder = ranked(finding(NO_NVIDIA_GPU), observed=observed).ladder

    assert [each.status for each in ladder] == [Status.FAIL, Status.SKIPPED, Status.SKIPPED]
    assert ladder[2].detail == "not reached: no-nvidia-gpu"


def test_a_machine_that_may_lack_a_gpu_is_healthy_without_one() -> None:
    observed = (
        seen(Rung.DEVICE, Status.FAIL),
        seen(Rung.FRAMEWORK_SEES_GPU, Status.FAIL, TORCH),
    )

    ranking = ranked(finding(NO_NVIDIA_GPU), observed=observed, no_gpu_is_fine=True)

    assert (ranking.outcome, ranking.root_cause) == (Outcome.HEALTHY, None)
    assert ranking.ranked[0].status is Status.SKIPPED
    assert [each.status for each in ranking.ladder] == [Status.SKIPPED] * 2


def test_no_diagnosis_explains_itself_through_others() -> None:
    order = graphlib.TopologicalSorter({each.id: each.explains for each in DIAGNOSES})

    assert set(order.static_order()) == set(BY_ID)
