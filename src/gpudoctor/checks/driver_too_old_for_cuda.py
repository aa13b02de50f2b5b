"""Decide ``driver-too-old-for-cuda``."""

from collections.abc import Iterator

from gpudoctor.checks._cuda_answer import answer_with
from gpudoctor.checks._driver_against_cuda import (
    INSUFFICIENT,
    built_for_of,
    driver_in_words,
    refusal_of,
    row_evidence,
    too_old_in_words,
    versions_evidence,
)
from gpudoctor.checks._driver_for_cuda import driver_upgrade, fit_of_driver
from gpudoctor.checks._driver_on_disk import is_loaded
from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._libcuda import is_foreign, loaded_driver, loaded_libcuda
from gpudoctor.checks._ptx_refusal import refused_ptx
from gpudoctor.checks._tensorflow_releases import other_release
from gpudoctor.checks._torch_builds import fitting_build, other_build
from gpudoctor.diagnoses import DRIVER_TOO_OLD_FOR_CUDA as DIAGNOSIS
from gpudoctor.facts import Absent, FrameworkFacts, Known, Snapshot, known
from gpudoctor.findings import (
    Confidence,
    Evidence,
    Finding,
    Remedy,
    Subject,
    Verdict,
    framework_subject,
)
from gpudoctor.matrix import DriverFit, Matrix
from gpudoctor.versions import DriverVersion

_REFUSALS = (34, 803, 804)  # a stub, or a libcuda that does not go with the driver


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    is_found = False
    for index, framework in snapshot.frameworks():
        subject = framework_subject(framework.name, index)
        settled = _works(subject, framework) or _out_of_scope(snapshot, subject, framework)
        verdict = settled or _judged(snapshot, matrix, subject, framework)
        is_found = is_found or isinstance(verdict, Finding)
        yield verdict
    refused = None if is_found else refused_ptx(snapshot, matrix)
    if refused is not None:
        yield refused


def _pointer(subject: Subject, field: str) -> str:
    return framework_pointer(subject.environment or 0, subject.name, field)


def _works(subject: Subject, framework: FrameworkFacts) -> Verdict | None:
    imported, runtime = known(framework.imported), framework.runtime
    if imported is not None and known(imported.sees_gpu):
        evidence = (Evidence.of(_pointer(subject, "sees_gpu"), imported.sees_gpu),)
        return DIAGNOSIS.cleared(subject, "it sees the GPU", evidence)
    if isinstance(runtime, Known) and runtime.value.code != INSUFFICIENT:
        # The runtime compares versions before it does anything else.
        words = f"{runtime.value.code} ({runtime.value.name})"
        evidence = (Evidence(_pointer(subject, "runtime"), words, runtime.source),)
        return DIAGNOSIS.cleared(subject, "its CUDA runtime accepts the driver", evidence)
    return None


def _out_of_scope(
    snapshot: Snapshot, subject: Subject, framework: FrameworkFacts
) -> Verdict | None:
    reason = None
    loaded = loaded_libcuda(snapshot)
    if isinstance(framework.built_for_cuda, Absent):
        reason = "it is a build without CUDA"
    elif refusal := answer_with(snapshot, *_REFUSALS):
        reason = f"CUDA answers {refusal.result.code}: the loaded libcuda is not the driver's"
    elif isinstance(snapshot.libcuda.load, Absent):
        reason = "no libcuda is found, so no driver was asked"
    elif loaded is not None and loaded.kind == "stub":
        reason = "the loaded libcuda is a stub"
    elif _has_no_driver(snapshot):
        reason = "no driver is loaded"
    return None if reason is None else DIAGNOSIS.not_applicable(subject, reason)


def _has_no_driver(snapshot: Snapshot) -> bool:
    platform, driver = snapshot.platform, loaded_driver(snapshot)
    if isinstance(platform.wsl, Known) or isinstance(platform.integrated_board, Known):
        return False  # its kernel shows no module nvidia, and libcuda was found
    return not isinstance(driver, Known) and (
        isinstance(driver, Absent) or is_loaded(snapshot) is False
    )


def _judged(
    snapshot: Snapshot, matrix: Matrix, subject: Subject, framework: FrameworkFacts
) -> Verdict:
    built_for = built_for_of(framework)
    refused = refusal_of(snapshot, subject, framework)
    if not isinstance(built_for, Known):
        if refused is None:
            return DIAGNOSIS.undetermined(subject, "the CUDA that it was built for")
        return _finding(snapshot, matrix, subject, framework, None, refused)
    fit = fit_of_driver(snapshot, matrix, built_for.value)
    if fit is not None and fit.runs:
        if refused is None:
            detail = (
                f"driver {driver_in_words(snapshot)} runs CUDA {built_for.value}: {fit.kind.value}"
            )
            return DIAGNOSIS.cleared(
                subject, detail, versions_evidence(snapshot, subject, built_for)
            )
        loaded = loaded_libcuda(snapshot)
        if loaded is not None and is_foreign(snapshot, loaded):
            reason = f"what is too old is {loaded.path}, which is not the driver's own"
            return DIAGNOSIS.not_applicable(subject, reason)
    if refused is None and fit is None:
        missing = f"which driver CUDA {built_for.value} needs, and which one runs here"
        return DIAGNOSIS.undetermined(
            subject, missing, versions_evidence(snapshot, subject, built_for)
        )
    return _finding(snapshot, matrix, subject, framework, fit, refused)


def _finding(
    snapshot: Snapshot,
    matrix: Matrix,
    subject: Subject,
    framework: FrameworkFacts,
    fit: DriverFit | None,
    refused: Evidence | None,
) -> Verdict:
    by_rule = fit is not None and not fit.runs
    needed = fit.needed if fit is not None and by_rule else None
    rows = () if fit is None else tuple(row_evidence(row, fit) for row in fit.rows)
    return DIAGNOSIS.finding(
        subject,
        too_old_in_words(snapshot, subject, framework, needed),
        evidence=(
            *versions_evidence(snapshot, subject, built_for_of(framework)),
            *((refused,) if refused else ()),
            *rows,
        ),
        remedies=_remedies(snapshot, matrix, subject, framework, needed),
        confidence=_confidence(refused, by_rule=by_rule, is_untold=fit is None),
        title=f"The driver is too old for the CUDA that {subject.name} was built for",
    )


def _confidence(refused: Evidence | None, *, by_rule: bool, is_untold: bool) -> Confidence:
    if refused is not None and by_rule:
        return Confidence.CERTAIN
    return Confidence.STATED if is_untold else Confidence.LIKELY


def _remedies(
    snapshot: Snapshot,
    matrix: Matrix,
    subject: Subject,
    framework: FrameworkFacts,
    needed: DriverVersion | None,
) -> tuple[Remedy, ...]:
    upgrade = driver_upgrade(snapshot, matrix, needed, DIAGNOSIS.id)
    index = subject.environment or 0
    if subject.name != "torch":
        return (*upgrade, *other_release(snapshot, matrix, index, DIAGNOSIS.id))
    build = fitting_build(snapshot, matrix, index, framework)
    if build is None and upgrade:
        return upgrade
    return (*upgrade, *other_build(snapshot, matrix, index, framework, build, DIAGNOSIS.id))
