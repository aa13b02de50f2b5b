"""Builders of reports for the tests of renderers and redaction; the machines are made up."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from gpudoctor.diagnoses import (
    CUDNN_MISSING,
    DRIVER_TOO_OLD_FOR_CUDA,
    FRAMEWORK_LACKS_GPU_ARCH,
    GPU_HIDDEN_BY_ENVIRONMENT,
    GPU_LOST,
    NO_NVIDIA_GPU,
    UVM_NOT_LOADED,
)
from gpudoctor.facts import Symptom
from gpudoctor.findings import (
    MACHINE,
    Command,
    Confidence,
    Diagnosis,
    Edit,
    Evidence,
    Manual,
    Remedy,
    Shell,
    framework_subject,
    gpu_subject,
)
from gpudoctor.matrix import MatrixInfo
from gpudoctor.renderers.wording import detail_of, title_of
from gpudoctor.report import (
    ErrorInfo,
    Noise,
    Outcome,
    Ranked,
    Report,
    Role,
    RungState,
    Status,
)
from gpudoctor.rungs import FRAMEWORK_RUNGS, Rung
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion, GpuTarget
from report_machine import PYTHON, snapshot

T = TypeVar("T")

TORCH = framework_subject("torch", 0)
TENSORFLOW = framework_subject("tensorflow", 0)

_MACHINE_DETAILS = {
    Rung.DEVICE: "2 \N{MULTIPLICATION SIGN} NVIDIA A100-SXM4-80GB",
    Rung.KERNEL_MODULE: "570.86.15, proprietary",
    Rung.DEVICE_NODES: "/dev/nvidia0, /dev/nvidia1, /dev/nvidiactl, /dev/nvidia-uvm, accessible",
    Rung.NVML: "570.86.15, 2 GPUs",
    Rung.LIBCUDA: "CUDA 12.8, 2 devices",
}
_TORCH_DETAILS = {
    Rung.FRAMEWORK_BUILD: "CUDA 12.6, sm_80 among its targets",
    Rung.CUDA_RUNTIME: "12.6, answers",
    Rung.CUDNN: "9.5.1",
    Rung.FRAMEWORK_SEES_GPU: "2 devices",
    Rung.COMPUTES: "right on 2 GPUs",
}


def ladder(
    subject_is: Mapping[Any, tuple[Rung | None, str]] | None = None,
) -> tuple[RungState, ...]:
    """A ladder for the machine and torch; `subject_is` says where a subject's breaks, and why."""
    breaks = subject_is or {}
    states: list[RungState] = []
    for subject, rungs, details in (
        (MACHINE, tuple(_MACHINE_DETAILS), _MACHINE_DETAILS),
        (TORCH, FRAMEWORK_RUNGS, _TORCH_DETAILS),
    ):
        broken, why = breaks.get(subject, (None, ""))
        is_below = True
        for rung in rungs:
            if rung is broken:
                states.append(RungState(rung, subject, Status.FAIL, why))
                is_below = False
            elif is_below:
                states.append(RungState(rung, subject, Status.PASS, details[rung]))
            else:
                states.append(RungState(rung, subject, Status.SKIPPED, "not reached"))
    return tuple(states)


def cleared(diagnosis: Diagnosis = NO_NVIDIA_GPU) -> Ranked:
    """A check that found nothing wrong."""
    evidence = (Evidence("/pci", "10de:20B2 at 0000:65:00.0", "/sys/bus/pci"),)
    return Ranked(diagnosis.cleared(MACHINE, "NVML lists 2 GPUs", evidence), Status.PASS)


def skipped() -> Ranked:
    """A check whose question does not arise."""
    verdict = GPU_HIDDEN_BY_ENVIRONMENT.not_applicable(MACHINE, "no such variable is set")
    return Ranked(verdict, Status.SKIPPED)


def healthy() -> Report:
    """Nothing wrong on a machine with two GPUs and torch."""
    return Report(
        tool_version="0.1.0",
        command="check",
        created_at="2026-11-23T01:02:03Z",
        outcome=Outcome.HEALTHY,
        exit_code=0,
        root_cause=None,
        summary="torch can use 2 GPUs here.",
        fingerprint="7f3a-19c2",
        ranked=(cleared(), skipped()),
        ladder=ladder(),
        noise=(),
        snapshot=snapshot(),
        matrix=MatrixInfo("2026.11", "2026-11-20", "ab" * 32),
        timings_ms={"nvml": 12.0, "import torch": 1612.4},
    )


def older_build() -> Remedy:
    """A remedy within the environment."""
    wheels = "https://download.pytorch.org/whl/cu118"
    pip = (PYTHON, "-m", "pip", "install")
    return Remedy(
        summary="Install torch 2.7.1 built for CUDA 11.8",
        steps=(Command((*pip, "torch==2.7.1+cu118", "--index-url", wheels)),),
        scope="environment",
        verify=("gpudoctor", "check", "--only", "driver-too-old-for-cuda"),
        download_bytes=2_100_000_000,
        undo=(Command((*pip, "torch==2.6.0+cu126")),),
    )


def newer_driver() -> Remedy:
    """A remedy that takes the machine down."""
    return Remedy(
        summary="Install NVIDIA driver 525.60.13 or newer, then reboot",
        steps=(
            Command(("sudo", "apt-get", "install", "nvidia-driver-570")),
            Command(("sudo", "systemctl", "reboot")),
        ),
        scope="reboot",
        verify=("gpudoctor", "check", "--only", "driver-too-old-for-cuda"),
        needs_root=True,
        stops=("everything that runs on this machine, for the reboot",),
    )


def loader_path() -> Remedy:
    """A remedy with every kind of step."""
    return Remedy(
        summary="Take the toolkit's folder out of LD_LIBRARY_PATH",
        steps=(
            Shell("unset LD_LIBRARY_PATH"),
            Edit("~/.bashrc", 12, "export LD_LIBRARY_PATH=/usr/local/cuda/lib64"),
            Manual("Open a new terminal"),
        ),
        scope="environment",
        verify=("gpudoctor", "check", "--only", "cudnn-missing"),
    )


def root_cause(
    remedies: tuple[Remedy, ...] | None = None, evidence: tuple[Evidence, ...] | None = None
) -> Ranked:
    """The driver is too old for torch."""
    finding = DRIVER_TOO_OLD_FOR_CUDA.finding(
        TORCH,
        "torch 2.6.0+cu126 was built for CUDA 12.6, which needs driver 525.60.13 or newer; "
        "driver 470.57.02 is loaded.",
        evidence=evidence
        or (
            Evidence("/driver/version", "470.57.02", "NVML"),
            Evidence("matrix:cuda/12.6", "525.60.13", "NVIDIA's release notes"),
        ),
        remedies=remedies or (older_build(), newer_driver()),
        title="The driver is too old for the CUDA that torch was built for",
    )
    return Ranked(finding, Status.FAIL, Role.ROOT_CAUSE)


def consequence() -> Ranked:
    """Something that fails only because of the root cause."""
    finding = FRAMEWORK_LACKS_GPU_ARCH.finding(
        TORCH,
        "torch does not see the GPU.",
        evidence=(),
        confidence=Confidence.STATED,
    )
    id_ = DRIVER_TOO_OLD_FOR_CUDA.id
    return Ranked(finding, Status.FAIL, Role.CONSEQUENCE, explained_by=id_)


def independent() -> Ranked:
    """Something else that is wrong."""
    finding = GPU_LOST.finding(
        gpu_subject(1, "NVIDIA A100-SXM4-80GB"),
        "NVML answers 15 (NVML_ERROR_GPU_IS_LOST) for GPU 1 while GPU 0 answers.",
        evidence=(Evidence("/gpus/1/handle", "15 (NVML_ERROR_GPU_IS_LOST)", "NVML"),),
        remedies=(loader_path(),),
        blocks=False,
        confidence=Confidence.LIKELY,
    )
    return Ranked(finding, Status.WARN, Role.INDEPENDENT)


def unclear() -> Ranked:
    """A check that lacked a fact."""
    verdict = UVM_NOT_LOADED.undetermined(
        MACHINE,
        "cuInit was not asked: libcuda did not answer in 60 s",
        (Evidence("/libcuda/init", "unknown", "no answer in 60 s"),),
    )
    return Ranked(verdict, Status.UNDETERMINED)


def problem(cause: Ranked | None = None) -> Report:
    """A root cause, its consequence, and something else."""
    cause = cause or root_cause()
    return replace(
        healthy(),
        outcome=Outcome.PROBLEM,
        exit_code=1,
        root_cause=cause,
        summary=f"{title_of(cause.verdict)}: {detail_of(cause.verdict)} To repair it: Install "
        "torch 2.7.1 built for CUDA 11.8",
        ranked=(cause, consequence(), independent(), cleared(), skipped()),
        ladder=ladder(
            {TORCH: (Rung.CUDA_RUNTIME, "error 35: the driver is too old for CUDA 12.6")}
        ),
        noise=(
            Noise(
                "successful NUMA node read from SysFS had negative value (-1)",
                "TensorFlow says this on machines with one NUMA node.",
                line=3,
            ),
        ),
    )


def undetermined() -> Report:
    """No failure, and a rung that could not be looked at."""
    verdicts = (unclear(), cleared(), skipped())
    states = [
        replace(each, status=Status.UNDETERMINED, detail="no answer in 60 s")
        if each.rung is Rung.LIBCUDA
        else each
        for each in ladder()
    ]
    return replace(
        healthy(),
        outcome=Outcome.UNDETERMINED,
        exit_code=3,
        summary="libcuda did not answer in 60 s, so nothing is known of CUDA here.",
        ranked=verdicts,
        ladder=tuple(states),
    )


def error(
    message: str = "unknown diagnosis: driver-to-old", hint: str | None = "see --list-checks"
) -> Report:
    """A usage error."""
    return replace(
        healthy(),
        outcome=Outcome.ERROR,
        exit_code=2,
        summary=message,
        fingerprint="",
        ranked=(),
        ladder=(),
        snapshot=None,
        matrix=None,
        timings_ms={},
        error=ErrorInfo("usage", message, hint=hint),
    )


def matrix_error() -> Report:
    """A compatibility matrix that can't be read."""
    failure = ErrorInfo(
        "matrix", "expected a version, found a list", "/etc/matrix.yaml", 12, 3, "quote it"
    )
    return replace(error(failure.message), error=failure)


def of_everything() -> Report:
    """A report that has a bit of everything, for tests that walk it."""
    symptom = Symptom("cuda-error-35", "CUDA driver version is insufficient", "torch", 0, 12, "35")
    base = problem()
    assert base.snapshot is not None
    missing = CUDNN_MISSING.finding(
        TENSORFLOW, "libcudnn.so.9 is not there", evidence=(), remedies=(newer_driver(),)
    )
    return replace(
        base,
        ranked=(*base.ranked[:3], Ranked(missing, Status.FAIL, Role.INDEPENDENT), unclear()),
        snapshot=replace(base.snapshot, symptoms=(symptom,)),
    )


_KEPT = {"kind", "scope", "explained_by", "command", "created_at", "how", "sha256", "date"}


def with_every_text(report: Report, payload: str) -> Report:
    """The report in which every string that could have come from a machine is `payload`."""
    return _replaced(report, lambda _: payload)


def _replaced(value: T, change: Callable[[str], str]) -> T:
    """The same records with `change` applied to each string; words of our own stay."""
    return _walk(value, change)  # type: ignore[no-any-return]


def _walk(value: Any, change: Callable[[str], str]) -> Any:
    versions = (DriverVersion, CudaVersion, ComputeCapability, GpuTarget)
    if isinstance(value, (Diagnosis, Enum, *versions)):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        kept = {each.name: getattr(value, each.name) for each in fields(value)}
        changed = {
            name: item if name in _KEPT else _walk(item, change) for name, item in kept.items()
        }
        return replace(value, **changed)
    if isinstance(value, Mapping):
        return {
            (f"{change(key)}{place}"): _walk(item, change)
            for place, (key, item) in enumerate(value.items())
        }
    if isinstance(value, tuple):
        return tuple(_walk(item, change) for item in value)
    return change(value) if isinstance(value, str) else value
