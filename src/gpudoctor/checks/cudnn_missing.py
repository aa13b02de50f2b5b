"""Decide ``cudnn-missing``."""

from collections.abc import Iterator

from gpudoctor.checks._library_remedies import bring_libraries
from gpudoctor.checks._library_shortage import Lack
from gpudoctor.checks._library_verdicts import judge, said_of_companions
from gpudoctor.diagnoses import CUDNN_MISSING as DIAGNOSIS
from gpudoctor.facts import FrameworkFacts, Known, Snapshot
from gpudoctor.findings import Confidence, Finding, Verdict, framework_subject
from gpudoctor.matrix import Matrix


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    def found(
        index: int, framework: FrameworkFacts, lacks: tuple[Lack, ...], confidence: Confidence
    ) -> Finding:
        names = ", ".join(each.soname for each in lacks)
        cudnn = framework.cudnn
        wanted = f", built for cuDNN {cudnn.value}," if isinstance(cudnn, Known) else ""
        whole = any(each.soname.startswith("libcudnn.so") for each in lacks)
        what = "No cuDNN" if whole else "No copy of that part of cuDNN"
        return DIAGNOSIS.finding(
            framework_subject(framework.name, index),
            f"{framework.name}{wanted} needs {names}. {what} of any version lies in its "
            "environment or where the loader looks.",
            title=f"{framework.name} lacks cuDNN",
            evidence=tuple(each.evidence for each in lacks),
            remedies=bring_libraries(snapshot, matrix, index, framework, lacks, DIAGNOSIS.id),
            confidence=confidence,
        )

    yield from judge(DIAGNOSIS, "cudnn", snapshot, matrix, found)
    yield from said_of_companions("cudnn", snapshot, matrix, found)
