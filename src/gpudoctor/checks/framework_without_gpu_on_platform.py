"""Decide ``framework-without-gpu-on-platform``."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._platform_words import processor, system_in_words
from gpudoctor.checks._presence import gpu_presence
from gpudoctor.diagnoses import FRAMEWORK_WITHOUT_GPU_ON_PLATFORM as DIAGNOSIS
from gpudoctor.facts import Absent, Fact, FrameworkFacts, Known, Snapshot, Unknown, known
from gpudoctor.findings import Confidence, Evidence, Remedy, Subject, Verdict, framework_subject
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.platform import last_on_windows, nvidias_own, on_a_mac, through_wsl
from gpudoctor.remedies.python_packages import torch_from_its_site

if TYPE_CHECKING:
    from gpudoctor.matrix.platform_queries import WheelPlatformRow

_SAID = "no-gpu-on-native-windows"
# Installed where somebody asked for TensorFlow or JAX with CUDA.
_CUDA_WHEEL = re.compile(r"nvidia-(?:cuda-runtime|cudnn)(?:-cu\d+)?\Z")


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    for index, framework in snapshot.frameworks():
        subject = framework_subject(framework.name, index)
        yield _with_gpu(subject, framework) or _judged(snapshot, matrix, subject, framework)


def _with_gpu(subject: Subject, framework: FrameworkFacts) -> Verdict | None:
    imported = known(framework.imported)
    pointer = framework_pointer(subject.environment or 0, subject.name, "sees_gpu")
    if imported is not None and known(imported.sees_gpu):
        evidence = (Evidence.of(pointer, imported.sees_gpu),)
        return DIAGNOSIS.cleared(subject, "it sees the GPU", evidence)
    if known(framework.variant) == "cuda":
        pointer = framework_pointer(subject.environment or 0, subject.name, "variant")
        evidence = (Evidence.of(pointer, framework.variant),)
        return DIAGNOSIS.cleared(subject, "it is a build with CUDA", evidence)
    return None


def _judged(
    snapshot: Snapshot, matrix: Matrix, subject: Subject, framework: FrameworkFacts
) -> Verdict:
    platform, version = snapshot.platform, known(framework.version)
    where = system_in_words(platform)
    if version is None:
        return DIAGNOSIS.undetermined(subject, f"which release of {subject.name} this is")
    row = matrix.wheel_platform(subject.name, version, os=platform.os, cpu=processor(platform))
    if row is None:
        missing = f"whether wheels of {subject.name} {version} use GPUs on {where}"
        return DIAGNOSIS.undetermined(subject, missing)
    evidence = (_row_evidence(row),)
    if row.uses_gpu:
        return DIAGNOSIS.cleared(subject, f"builds with CUDA are made for {where}", evidence)
    wanted = _wanted(snapshot, subject)
    if isinstance(wanted, Absent):
        return DIAGNOSIS.not_applicable(subject, "there is no NVIDIA GPU that it could use")
    if isinstance(wanted, Unknown):
        missing = f"whether an NVIDIA GPU is here: {wanted.reason}"
        return DIAGNOSIS.undetermined(subject, missing, evidence)
    return _finding(snapshot, matrix, subject, framework, row, wanted)


def _wanted(snapshot: Snapshot, subject: Subject) -> Fact[str]:
    """What shows a GPU that the framework is meant to use: the machine, or what was installed."""
    presence, driver = gpu_presence(snapshot), snapshot.nvml.driver_version
    if isinstance(presence, Unknown) and isinstance(driver, Known):
        return Known(f"NVIDIA driver {driver.value}", driver.source)
    if not isinstance(presence, Unknown):
        return presence
    said = snapshot.symptom(_SAID, subject.name, subject.environment)
    if said is not None:
        return Known(said.text, "what it printed")
    packages = known(snapshot.environments[subject.environment or 0].packages) or {}
    brought = next((name for name in packages if _CUDA_WHEEL.match(name)), None)
    return presence if brought is None else Known(f"{brought} is installed", "the packages")


def _row_evidence(row: "WheelPlatformRow") -> Evidence:
    words = "with GPUs" if row.uses_gpu else "without GPUs"
    return Evidence(row.name, f"from {row.since} on {words}", row.origin.checked)


def _finding(
    snapshot: Snapshot,
    matrix: Matrix,
    subject: Subject,
    framework: FrameworkFacts,
    row: "WheelPlatformRow",
    wanted: Known[str],
) -> Verdict:
    where, version = system_in_words(snapshot.platform), known(framework.version)
    variant = framework.variant
    detail = (
        f"{subject.name} {version} was published for {where} without support for NVIDIA GPUs, and "
        f"no driver and no CUDA changes that. A GPU is wanted here: {wanted.value}."
    )
    if not isinstance(variant, Known):
        detail += " That this is such a published wheel is an inference."
    said = snapshot.symptom(_SAID, subject.name, subject.environment)
    index = subject.environment or 0
    return DIAGNOSIS.finding(
        subject,
        detail,
        evidence=(
            Evidence.of(framework_pointer(index, subject.name, "version"), framework.version),
            Evidence("/platform", where, "the system"),
            _row_evidence(row),
            Evidence("/gpus", wanted.value, wanted.source),
        ),
        remedies=_remedies(snapshot, matrix, index, framework),
        confidence=Confidence.CERTAIN
        if isinstance(variant, Known)
        else Confidence.STATED
        if said is not None and isinstance(gpu_presence(snapshot), Unknown)
        else Confidence.LIKELY,
        title=f"{subject.name} has no GPU support on {where}",
    )


def _remedies(
    snapshot: Snapshot, matrix: Matrix, index: int, framework: FrameworkFacts
) -> tuple[Remedy, ...]:
    environment, platform = snapshot.environments[index], snapshot.platform
    if platform.os == "windows":
        wsl = through_wsl(framework.name, DIAGNOSIS.id)
        last = next((r for r in matrix.tensorflow_releases() if "windows" in r.gpu_on), None)
        if framework.name != "tensorflow" or last is None:
            return (wsl,)
        pythons = last.pythons_windows
        return (
            wsl,
            last_on_windows(
                last.version,
                (pythons[0], pythons[-1]),
                cuda=str(last.cuda),
                cudnn=last.cudnn,
                diagnosis=DIAGNOSIS.id,
            ),
        )
    if platform.os == "darwin":
        return (on_a_mac(framework.name, DIAGNOSIS.id),)
    if framework.name == "torch":
        return (torch_from_its_site(environment, DIAGNOSIS.id),)
    is_jetson = known(platform.integrated_board) is not None
    return (nvidias_own(framework.name, DIAGNOSIS.id, is_jetson=is_jetson),)
