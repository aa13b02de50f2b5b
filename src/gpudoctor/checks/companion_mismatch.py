"""Decide ``companion-mismatch``."""

from collections.abc import Iterator

from gpudoctor.checks._companion_fit import Misfit, misfits
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


def _finding(snapshot: Snapshot, index: int, framework: FrameworkFacts, misfit: Misfit) -> Verdict:
    version = known(framework.version)
    environment = snapshot.environments[index]
    return DIAGNOSIS.finding(
        framework_subject(misfit.package, index),
        f"{misfit.package} {misfit.version} is made for {misfit.made_for}, and torch {version} is "
        f"installed. torch itself is not harmed; what uses {misfit.package} may be.",
        title=f"{misfit.package} does not fit torch",
        evidence=(
            Evidence(
                f"/environments/{index}/packages/{misfit.package}", misfit.version, "packages"
            ),
            Evidence(misfit.row, misfit.made_for, "matrix"),
        ),
        remedies=fitting_companion(environment, misfit.package, misfit.fitting, DIAGNOSIS.id),
        blocks=False,
        confidence=Confidence.LIKELY,
    )
