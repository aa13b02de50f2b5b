"""Decide ``companion-mismatch``."""

from collections.abc import Iterator

from gpudoctor.checks._companion_fit import Misfit, misfits
from gpudoctor.checks._library_messages import is_companion_of, of_no_framework
from gpudoctor.checks._library_shortage import Lack
from gpudoctor.checks._other_cuda import unserved
from gpudoctor.diagnoses import COMPANION_MISMATCH as DIAGNOSIS
from gpudoctor.facts import FrameworkFacts, Known, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Verdict, framework_subject
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.companions import fitting_companion


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    for index, framework in snapshot.frameworks():
        subject = framework_subject(framework.name, index)
        if framework.name != "torch":
            yield DIAGNOSIS.not_applicable(subject, "only packages beside torch are judged")
            continue
        packages = known(snapshot.environments[index].packages)
        if packages is None or not isinstance(framework.version, Known):
            yield DIAGNOSIS.not_applicable(subject, "its version or its companions are not known")
            continue
        found = tuple(misfits(matrix, framework, packages))
        if not found:
            yield DIAGNOSIS.cleared(subject, "no package beside it is known not to fit")
        for each in found:
            yield _finding(snapshot, index, framework, each)
    yield from _of_another_cuda(snapshot, matrix)


def _of_another_cuda(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    """A companion that misses a library of another CUDA than its torch's."""
    for subject, said in of_no_framework(snapshot, "shared-library-missing").items():
        index = subject.environment or 0
        if not is_companion_of(snapshot, index, subject.name):
            continue
        lacks = tuple(
            Lack(each.symptom.names or "", each.evidence, Confidence.STATED) for each in said
        )
        other = unserved(snapshot, matrix, index, lacks)
        if other is not None:
            environment = snapshot.environments[index]
            yield DIAGNOSIS.finding(
                subject,
                f"{subject.name} asks for {lacks[0].soname}, of {other.wanted}, and the torch "
                f"beside it brings {other.provided}.",
                title=f"{subject.name} was built for another CUDA than torch",
                evidence=(*(each.evidence for each in lacks), *other.evidence),
                remedies=fitting_companion(environment, subject.name, None, DIAGNOSIS.id),
                confidence=Confidence.LIKELY,
            )


def _finding(snapshot: Snapshot, index: int, framework: FrameworkFacts, misfit: Misfit) -> Verdict:
    version = known(framework.version)
    environment = snapshot.environments[index]
    packages = environment.packages
    source = packages.source if isinstance(packages, Known) else "packages"
    return DIAGNOSIS.finding(
        framework_subject(misfit.package, index),
        f"{misfit.package} {misfit.version} is made for {misfit.made_for}, and torch {version} is "
        f"installed. torch itself is not harmed; what uses {misfit.package} may be.",
        title=f"{misfit.package} does not fit torch",
        evidence=(
            Evidence(f"/environments/{index}/packages/{misfit.package}", misfit.version, source),
            Evidence(misfit.row, misfit.made_for, "matrix"),
        ),
        remedies=fitting_companion(environment, misfit.package, misfit.fitting, DIAGNOSIS.id),
        blocks=False,
        confidence=Confidence.LIKELY,
    )
