"""Decide ``numpy-abi-mismatch``."""

from collections.abc import Iterator

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.diagnoses import NUMPY_ABI_MISMATCH as DIAGNOSIS
from gpudoctor.facts import Absent, Known, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Verdict, framework_subject
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.companions import rebuild_against_numpy

_SYMPTOM = "built-for-another-numpy"


def check(snapshot: Snapshot, _: Matrix) -> Iterator[Verdict]:
    for index, framework in snapshot.frameworks():
        subject = framework_subject(framework.name, index)
        imported = known(framework.imported)
        symptom = next(
            (s for s in snapshot.symptoms if s.id == _SYMPTOM and s.environment == index), None
        )
        if symptom is None:
            if imported is not None and isinstance(imported.error, Absent):
                yield DIAGNOSIS.cleared(subject, "it imports, and nothing complains of NumPy")
            else:
                yield DIAGNOSIS.not_applicable(subject, "nothing complains of NumPy")
            continue
        environment = snapshot.environments[index]
        numpy = (known(environment.packages) or {}).get("numpy")
        failed = imported is not None and isinstance(imported.error, Known)
        pointer = framework_pointer(index, framework.name, "error")
        place = snapshot.symptoms.index(symptom)
        yield DIAGNOSIS.finding(
            subject,
            "A compiled module was built for another version of NumPy's binary interface than "
            f"that of NumPy {numpy or 'here'}"
            + (f", so {framework.name} can't be imported." if failed else "."),
            evidence=(
                Evidence(f"/symptoms/{place}", symptom.text, f"what {framework.name} printed"),
                *((Evidence.of(pointer, imported.error),) if failed and imported else ()),
            ),
            remedies=rebuild_against_numpy(environment, DIAGNOSIS.id),
            blocks=failed,
            confidence=Confidence.CERTAIN if failed else Confidence.LIKELY,
        )
