"""Decide ``windows-runtime-missing``."""

from collections.abc import Iterator

from gpudoctor.diagnoses import WINDOWS_RUNTIME_MISSING as DIAGNOSIS
from gpudoctor.facts import Absent, FrameworkFacts, Snapshot, Symptom, known
from gpudoctor.findings import Confidence, Evidence, Remedy, Subject, Verdict, framework_subject
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.windows import with_build_tools, with_visual_c

_NAMED, _NOT_LOADED = "visual-c-runtime-missing", "dll-not-loaded"
# What CUDA's own DLLs begin with: where one of them is missing too, that is the fault.
_CUDA = ("cu", "nv", "zlibwapi")


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    met = tuple(_met(snapshot))
    told = {subject.name: verdict for subject, verdict in met}
    yield from told.values()
    for index, framework in snapshot.frameworks():
        if framework.name not in told:
            subject = framework_subject(framework.name, index)
            yield _without_message(snapshot, subject, framework)


def _without_message(snapshot: Snapshot, subject: Subject, framework: FrameworkFacts) -> Verdict:
    if snapshot.platform.os != "windows":
        return DIAGNOSIS.not_applicable(subject, "this is not Windows")
    imported = known(framework.imported)
    if imported is not None and isinstance(imported.error, Absent):
        return DIAGNOSIS.cleared(subject, "it imports")
    return DIAGNOSIS.not_applicable(subject, "no message tells of a missing DLL")


def _met(snapshot: Snapshot) -> Iterator[tuple[Subject, Verdict]]:
    """What the messages tell, the naming ones before those that leave it open."""
    for id_ in (_NOT_LOADED, _NAMED):
        for place, symptom in enumerate(snapshot.symptoms):
            if symptom.id == id_:
                subject = _subject(snapshot, symptom)
                yield subject, _judged(snapshot, subject, place, symptom)


def _subject(snapshot: Snapshot, symptom: Symptom) -> Subject:
    names = {framework.name for _, framework in snapshot.frameworks()}
    only = next(iter(names)) if len(names) == 1 else "a program"
    return Subject("package", symptom.subject or only, environment=symptom.environment)


def _judged(snapshot: Snapshot, subject: Subject, place: int, symptom: Symptom) -> Verdict:
    evidence = (Evidence(f"/symptoms/{place}", symptom.text, "what it printed"),)
    for _, framework in snapshot.frameworks():
        imported = known(framework.imported)
        if framework.name == subject.name and imported and isinstance(imported.error, Absent):
            return DIAGNOSIS.cleared(subject, "it imports all the same", evidence)
    other = _cuda_dll(snapshot)
    if other is not None:
        return DIAGNOSIS.not_applicable(subject, f"what is missing is {other}, which is CUDA's")
    dll = symptom.names
    if dll is not None and _may_lack_avx(snapshot, symptom):
        missing = f"whether {dll} lacks a DLL or meets a processor without AVX"
        return DIAGNOSIS.undetermined(subject, missing, evidence)
    remedies: tuple[Remedy, ...] = (with_visual_c(DIAGNOSIS.id),)
    if symptom.id == _NAMED:
        what = "The Visual C++ runtime" if dll is None else f"{dll} of the Visual C++ runtime"
        detail = f"{what} is not there, or too old, and {subject.name} is linked to it."
        return DIAGNOSIS.finding(
            subject,
            detail,
            evidence=evidence,
            remedies=remedies,
            confidence=Confidence.STATED,
            title=f"The Visual C++ runtime that {subject.name} needs is missing",
        )
    if dll is not None and dll.lower() == "fbgemm.dll":
        remedies = (*remedies, with_build_tools(DIAGNOSIS.id))
    return DIAGNOSIS.finding(
        subject,
        f"Windows could not load {dll}, which lies in {subject.name}'s own folder: it lacks one of "
        "the DLLs that it is linked to, and does not say which. That it is one of Visual C++ or "
        "its OpenMP is an inference: they are the only ones that the wheel does not bring.",
        evidence=evidence,
        remedies=remedies,
        confidence=Confidence.LIKELY,
        title=f"A DLL of Windows that {subject.name} needs is missing",
    )


def _may_lack_avx(snapshot: Snapshot, symptom: Symptom) -> bool:
    """TensorFlow's module fails to initialise also where the processor has no AVX."""
    flags = known(snapshot.platform.cpu_flags)
    return (
        symptom.subject == "tensorflow"
        and "initialization routine failed" in symptom.text
        and (flags is None or "avx" not in flags)
    )


def _cuda_dll(snapshot: Snapshot) -> str | None:
    for symptom in snapshot.symptoms:
        name = (symptom.names or "").lower().removeprefix("lib")
        if name.endswith(".dll") and name.startswith(_CUDA):
            return symptom.names
    return None
