"""Decide ``driver-too-old-for-cuda``."""

from collections.abc import Iterator

from gpudoctor.checks._cuda_answer import answer_with
from gpudoctor.checks._driver_for_cuda import driver_upgrade, fit_of_driver
from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._libcuda import is_foreign, loaded_driver, loaded_libcuda
from gpudoctor.checks._tensorflow_releases import other_release
from gpudoctor.checks._torch_builds import fitting_build, other_build
from gpudoctor.checks._visible_gpus import cuda_driver_api
from gpudoctor.diagnoses import DRIVER_TOO_OLD_FOR_CUDA as DIAGNOSIS
from gpudoctor.facts import Absent, Fact, FrameworkFacts, Known, Snapshot, Unknown, known
from gpudoctor.findings import Confidence, Evidence, Remedy, Subject, Verdict, framework_subject
from gpudoctor.matrix import DriverFit, Matrix
from gpudoctor.versions import CudaVersion, DriverVersion

_INSUFFICIENT = 35  # cudaErrorInsufficientDriver
_REFUSALS = (34, 803, 804)  # a stub, or a libcuda that does not go with the driver


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    for index, framework in snapshot.frameworks():
        subject = framework_subject(framework.name, index)
        settled = _works(subject, framework) or _out_of_scope(snapshot, subject, framework)
        yield settled or _judged(snapshot, matrix, subject, framework)


def _pointer(subject: Subject, field: str) -> str:
    return framework_pointer(subject.environment or 0, subject.name, field)


def _works(subject: Subject, framework: FrameworkFacts) -> Verdict | None:
    imported, runtime = known(framework.imported), framework.runtime
    if imported is not None and known(imported.sees_gpu):
        evidence = (Evidence.of(_pointer(subject, "sees_gpu"), imported.sees_gpu),)
        return DIAGNOSIS.cleared(subject, "it sees the GPU", evidence)
    if isinstance(runtime, Known) and runtime.value.code != _INSUFFICIENT:
        # The runtime compares versions before it does anything else.
        words = f"{runtime.value.code} ({runtime.value.name})"
        evidence = (Evidence(_pointer(subject, "runtime"), words, runtime.source),)
        return DIAGNOSIS.cleared(subject, "its CUDA runtime accepts the driver", evidence)
    return None


def _out_of_scope(
    snapshot: Snapshot, subject: Subject, framework: FrameworkFacts
) -> Verdict | None:
    reason = None
    modules = known(snapshot.driver.modules_loaded)
    driver, loaded = loaded_driver(snapshot), loaded_libcuda(snapshot)
    has_no_module = modules is not None and "nvidia" not in modules
    if isinstance(framework.built_for_cuda, Absent):
        reason = "it is a build without CUDA"
    elif refusal := answer_with(snapshot, *_REFUSALS):
        reason = f"CUDA answers {refusal.result.code}: the loaded libcuda is not the driver's"
    elif isinstance(snapshot.libcuda.load, Absent):
        reason = "no libcuda is found, so no driver was asked"
    elif loaded is not None and loaded.kind == "stub":
        reason = "the loaded libcuda is a stub"
    elif isinstance(driver, Absent) or (not isinstance(driver, Known) and has_no_module):
        reason = "no driver is loaded"
    return None if reason is None else DIAGNOSIS.not_applicable(subject, reason)


def _judged(
    snapshot: Snapshot, matrix: Matrix, subject: Subject, framework: FrameworkFacts
) -> Verdict:
    built_for = _built_for(framework)
    refused = _refusal(snapshot, subject, framework)
    if not isinstance(built_for, Known):
        if refused is None:
            return DIAGNOSIS.undetermined(subject, "the CUDA that it was built for")
        return _finding(snapshot, matrix, subject, framework, None, refused)
    fit = fit_of_driver(snapshot, matrix, built_for.value)
    if fit is not None and fit.runs:
        if refused is None:
            detail = f"driver {_driver(snapshot)} runs CUDA {built_for.value}: {fit.kind.value}"
            return DIAGNOSIS.cleared(subject, detail, _facts(snapshot, subject, built_for))
        loaded = loaded_libcuda(snapshot)
        if loaded is not None and is_foreign(snapshot, loaded):
            reason = f"what is too old is {loaded.path}, which is not the driver's own"
            return DIAGNOSIS.not_applicable(subject, reason)
    if refused is None and fit is None:
        missing = f"which driver CUDA {built_for.value} needs, and which one runs here"
        return DIAGNOSIS.undetermined(subject, missing, _facts(snapshot, subject, built_for))
    return _finding(snapshot, matrix, subject, framework, fit, refused)


def _built_for(framework: FrameworkFacts) -> Fact[CudaVersion]:
    told, runtime = framework.built_for_cuda, framework.runtime_version
    return runtime if isinstance(told, Unknown) and isinstance(runtime, Known) else told


def _refusal(snapshot: Snapshot, subject: Subject, framework: FrameworkFacts) -> Evidence | None:
    """The framework's own word that the driver is too old: its runtime's code, or a message."""
    runtime = framework.runtime
    if isinstance(runtime, Known) and runtime.value.code == _INSUFFICIENT:
        words = f"{runtime.value.code} ({runtime.value.name})"
        return Evidence(_pointer(subject, "runtime"), words, runtime.source)
    said = snapshot.symptom("cuda-driver-insufficient", subject.name, subject.environment)
    return None if said is None else Evidence("/symptoms", said.text, f"what {subject.name} said")


def _driver(snapshot: Snapshot) -> str:
    driver, api = loaded_driver(snapshot), cuda_driver_api(snapshot)
    version = str(driver.value) if isinstance(driver, Known) else "of unknown version"
    return version if api is None else f"{version}, of CUDA {api},"


def _facts(
    snapshot: Snapshot, subject: Subject, built_for: Fact[CudaVersion]
) -> tuple[Evidence, ...]:
    return (
        Evidence.of(_pointer(subject, "built_for_cuda"), built_for),
        Evidence.of("/driver/version", loaded_driver(snapshot)),
        Evidence.of("/driver/cuda_driver_api", snapshot.libcuda.cuda_driver_api),
    )


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
    rows = () if fit is None else tuple(Evidence(f"matrix:{row}", "", "matrix") for row in fit.rows)
    return DIAGNOSIS.finding(
        subject,
        _detail(snapshot, subject, framework, needed),
        evidence=(
            *_facts(snapshot, subject, _built_for(framework)),
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


def _detail(
    snapshot: Snapshot, subject: Subject, framework: FrameworkFacts, needed: DriverVersion | None
) -> str:
    version, built_for = known(framework.version) or "", known(_built_for(framework))
    name = f"{subject.name} {version}".strip()
    cuda = "a CUDA that is not known" if built_for is None else f"CUDA {built_for}"
    needs = "a newer driver" if needed is None else f"driver {needed} or newer"
    driver = _driver(snapshot).rstrip(",")
    return f"{name} is built for {cuda}, which needs {needs}; this machine runs driver {driver}."


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
    return (*upgrade, other_build(snapshot, index, framework, build, DIAGNOSIS.id))
