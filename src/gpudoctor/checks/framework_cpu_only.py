"""Decide ``framework-cpu-only``."""

from collections.abc import Iterator

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._library_remedies import gpu_tensorflow
from gpudoctor.checks._platform_words import processor, system_in_words
from gpudoctor.checks._presence import gpu_presence
from gpudoctor.checks._torch_builds import fitting_build, other_build
from gpudoctor.diagnoses import FRAMEWORK_CPU_ONLY as DIAGNOSIS
from gpudoctor.facts import (
    Absent,
    Fact,
    FrameworkFacts,
    Known,
    PlatformFacts,
    Snapshot,
    Unknown,
    known,
)
from gpudoctor.findings import Evidence, Remedy, Subject, Verdict, framework_subject
from gpudoctor.matrix import Matrix

# Of releases that the matrix does not know.
_WITH_CUDA_BUILDS = {"torch": ("x86_64", "aarch64"), "tensorflow": ("x86_64",)}


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    for index, framework in snapshot.frameworks():
        subject = framework_subject(framework.name, index)
        yield _judged(snapshot, matrix, subject, framework)


def _judged(
    snapshot: Snapshot, matrix: Matrix, subject: Subject, framework: FrameworkFacts
) -> Verdict:
    variant, imported = _variant(framework), known(framework.imported)
    pointer = framework_pointer(subject.environment or 0, subject.name, "variant")
    evidence = (Evidence.of(pointer, variant),)
    if isinstance(variant, Known) and variant.value == "cuda":
        return DIAGNOSIS.cleared(subject, "it is a build with CUDA", evidence)
    if imported is not None and known(imported.sees_gpu):
        return DIAGNOSIS.cleared(subject, "it sees a GPU", evidence)
    if not isinstance(variant, Known):
        why = variant.reason if isinstance(variant, Unknown) else variant.source
        return DIAGNOSIS.undetermined(subject, f"whether it is a build with CUDA: {why}")
    return _without_cuda(snapshot, matrix, subject, framework, variant)


def _without_cuda(
    snapshot: Snapshot,
    matrix: Matrix,
    subject: Subject,
    framework: FrameworkFacts,
    variant: Known[str],
) -> Verdict:
    presence, platform = gpu_presence(snapshot), snapshot.platform
    if isinstance(presence, Absent):
        reason = f"there is no NVIDIA GPU here, and a {variant.value} build is right"
        return DIAGNOSIS.not_applicable(subject, reason)
    if not _is_made_with_cuda(platform, matrix, framework):
        reason = f"no build with CUDA is made for {system_in_words(platform)}"
        return DIAGNOSIS.not_applicable(subject, reason)
    if isinstance(presence, Unknown):
        missing = f"whether an NVIDIA GPU is here: {presence.reason}"
        return DIAGNOSIS.undetermined(subject, missing)
    return _finding(snapshot, matrix, subject, framework, variant, presence)


def _is_made_with_cuda(platform: PlatformFacts, matrix: Matrix, framework: FrameworkFacts) -> bool:
    version, cpu = known(framework.version), processor(platform)
    row = version and matrix.wheel_platform(framework.name, version, os=platform.os, cpu=cpu)
    if row:
        return row.uses_gpu
    return platform.os == "linux" and cpu in _WITH_CUDA_BUILDS.get(framework.name, ())


def _variant(framework: FrameworkFacts) -> Fact[str]:
    if isinstance(framework.variant, Known):
        return framework.variant
    match framework.built_for_cuda:
        case Known(_, source):
            return Known("cuda", source)
        case Absent(source):
            return Known("cpu", source)
        case _:
            return framework.variant


def _finding(
    snapshot: Snapshot,
    matrix: Matrix,
    subject: Subject,
    framework: FrameworkFacts,
    variant: Known[str],
    presence: Known[str],
) -> Verdict:
    version, index = known(framework.version) or "", subject.environment or 0
    kind = {"cpu": "CPU", "rocm": "ROCm", "xpu": "XPU"}.get(variant.value, variant.value)
    return DIAGNOSIS.finding(
        subject,
        f"{subject.name} {version} in {snapshot.environments[index].python.executable} is the "
        f"{kind} build, which holds no code for an NVIDIA GPU, and one is here "
        f"({presence.value}).",
        title=f"{subject.name} is a build without CUDA",
        evidence=(
            Evidence.of(framework_pointer(index, subject.name, "variant"), variant),
            Evidence.of(framework_pointer(index, subject.name, "version"), framework.version),
            Evidence("/gpus", presence.value, presence.source),
        ),
        remedies=_remedies(snapshot, matrix, index, framework),
    )


def _remedies(
    snapshot: Snapshot, matrix: Matrix, index: int, framework: FrameworkFacts
) -> tuple[Remedy, ...]:
    if framework.name == "tensorflow":
        return gpu_tensorflow(snapshot, matrix, index, framework, DIAGNOSIS.id)
    build = fitting_build(snapshot, matrix, index, framework)
    return other_build(snapshot, matrix, index, framework, build, DIAGNOSIS.id)
