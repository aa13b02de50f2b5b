"""Decide ``cuda-library-missing``."""

from collections.abc import Iterator

from gpudoctor.checks._library_remedies import bring_libraries
from gpudoctor.checks._library_shortage import Lack
from gpudoctor.checks._library_verdicts import judge, said_of_companions
from gpudoctor.diagnoses import CUDA_LIBRARY_MISSING as DIAGNOSIS
from gpudoctor.facts import FrameworkFacts, Known, Snapshot
from gpudoctor.findings import Confidence, Finding, Verdict, framework_subject
from gpudoctor.matrix import Matrix


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    def found(
        index: int, framework: FrameworkFacts, lacks: tuple[Lack, ...], confidence: Confidence
    ) -> Finding:
        names = ", ".join(each.soname for each in lacks)
        built_for = framework.built_for_cuda
        cuda = f", built for CUDA {built_for.value}," if isinstance(built_for, Known) else ""
        effect = (
            "it does without the GPU" if framework.name == "tensorflow" else "it can't be imported"
        )
        return DIAGNOSIS.finding(
            framework_subject(framework.name, index),
            f"{framework.name}{cuda} needs {names}. No copy of any version lies in its "
            f"environment or where the loader looks, so {effect}.",
            title=f"{framework.name} lacks CUDA libraries",
            evidence=tuple(each.evidence for each in lacks),
            remedies=bring_libraries(snapshot, matrix, index, framework, lacks, DIAGNOSIS.id),
            confidence=confidence,
        )

    yield from judge(DIAGNOSIS, "cuda", snapshot, matrix, found)
    yield from said_of_companions("cuda", snapshot, matrix, found)
