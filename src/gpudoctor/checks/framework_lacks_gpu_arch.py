"""Decide ``framework-lacks-gpu-arch``."""

from collections.abc import Iterator

from gpudoctor.checks._arch_remedies import code_for_gpus
from gpudoctor.checks._arch_words import Fits, how_it_runs, names_of, why_it_lacks
from gpudoctor.checks._build_targets import BuildTargets, build_targets
from gpudoctor.checks._presence import gpu_presence
from gpudoctor.checks._visible_gpus import VisibleGpu, cuda_driver_api, visible_gpus
from gpudoctor.diagnoses import FRAMEWORK_LACKS_GPU_ARCH as DIAGNOSIS
from gpudoctor.facts import Absent, FrameworkFacts, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Subject, Verdict, framework_subject
from gpudoctor.matrix import CodeKind, Matrix, code_fit

_NO_IMAGE = "no kernel image is available"


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    for index, framework in snapshot.frameworks():
        subject = framework_subject(framework.name, index)
        if isinstance(framework.built_for_cuda, Absent):
            yield DIAGNOSIS.not_applicable(subject, "it is a build without CUDA")
            continue
        gpus, targets = visible_gpus(snapshot, matrix), build_targets(matrix, subject, framework)
        if not gpus and isinstance(presence := gpu_presence(snapshot), Absent):
            yield DIAGNOSIS.not_applicable(subject, f"there is no GPU here ({presence.source})")
        elif gpus and targets is not None:
            yield _judged(snapshot, matrix, framework, subject, gpus, targets)
        else:
            yield _untold(snapshot, matrix, framework, subject, gpus)


def _judged(
    snapshot: Snapshot,
    matrix: Matrix,
    framework: FrameworkFacts,
    subject: Subject,
    gpus: tuple[VisibleGpu, ...],
    targets: BuildTargets,
) -> Verdict:
    fits = _fits(snapshot, matrix, framework, gpus, targets)
    lacking = tuple(pair for pair in fits if pair[1].kind is CodeKind.NONE)
    imported = known(framework.imported)
    computes = known(imported.computes) if imported is not None else None
    evidence = (targets.evidence, *(gpu.evidence for gpu, _ in fits))
    if computes and len(lacking) in (0, len(fits)):
        return DIAGNOSIS.cleared(subject, "it computed on the GPU", evidence)
    if not lacking:
        said = _said(snapshot, framework, subject)
        if said is not None and computes is False:
            return _against_the_list(snapshot, matrix, framework, subject, (said, *evidence))
        return DIAGNOSIS.cleared(subject, how_it_runs(fits), evidence)
    certain = targets.confidence is Confidence.CERTAIN and all(
        gpu.confidence is Confidence.CERTAIN for gpu, _ in lacking
    )
    return DIAGNOSIS.finding(
        subject,
        why_it_lacks(framework, targets, fits, lacking),
        evidence=evidence,
        remedies=code_for_gpus(snapshot, matrix, subject.environment or 0, framework, DIAGNOSIS.id),
        blocks=len(lacking) == len(fits),
        confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        title=f"{subject.name} has no code for {names_of(lacking)}",
    )


def _fits(
    snapshot: Snapshot,
    matrix: Matrix,
    framework: FrameworkFacts,
    gpus: tuple[VisibleGpu, ...],
    targets: BuildTargets,
) -> Fits:
    api, built_for = cuda_driver_api(snapshot), known(framework.built_for_cuda)
    apart = matrix.capabilities_apart()
    return tuple(
        (each, code_fit(targets.targets, each.capability, api, built_for, apart)) for each in gpus
    )


def _said(snapshot: Snapshot, framework: FrameworkFacts, subject: Subject) -> Evidence | None:
    """The message itself, from our own computation or from what the framework printed."""
    imported = known(framework.imported)
    detail = None if imported is None else known(imported.compute_detail)
    if detail is not None and _NO_IMAGE in detail:
        return Evidence("/symptoms", detail, "a computation on the GPU")
    symptom = snapshot.symptom("no-kernel-image", subject.name, subject.environment)
    return None if symptom is None else Evidence("/symptoms", symptom.text, "what it printed")


def _untold(
    snapshot: Snapshot,
    matrix: Matrix,
    framework: FrameworkFacts,
    subject: Subject,
    gpus: tuple[VisibleGpu, ...],
) -> Verdict:
    imported = known(framework.imported)
    if imported is not None and known(imported.computes):
        return DIAGNOSIS.cleared(subject, "it computed on the GPU")
    said = _said(snapshot, framework, subject)
    if said is None:
        missing = "the targets that it was built for" if gpus else "the GPU's compute capability"
        return DIAGNOSIS.undetermined(subject, missing)
    return DIAGNOSIS.finding(
        subject,
        f"{subject.name} says that it has no code for the GPU: {said.value}",
        evidence=(said,),
        remedies=code_for_gpus(snapshot, matrix, subject.environment or 0, framework, DIAGNOSIS.id),
        confidence=Confidence.STATED,
    )


def _against_the_list(
    snapshot: Snapshot,
    matrix: Matrix,
    framework: FrameworkFacts,
    subject: Subject,
    evidence: tuple[Evidence, ...],
) -> Verdict:
    return DIAGNOSIS.finding(
        subject,
        f"A computation on the GPU failed ({evidence[0].value}), though {subject.name} lists code "
        "for this GPU; that some of its kernels lack that code is an inference.",
        evidence=evidence,
        remedies=code_for_gpus(snapshot, matrix, subject.environment or 0, framework, DIAGNOSIS.id),
        confidence=Confidence.LIKELY,
    )
