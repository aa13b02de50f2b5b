"""The versions of a driver and of a framework's CUDA held against each other, in words."""

from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.checks._libcuda import loaded_driver
from gpudoctor.checks._visible_gpus import cuda_driver_api
from gpudoctor.facts import Fact, FrameworkFacts, Known, Snapshot, Unknown, known
from gpudoctor.findings import Evidence, Subject
from gpudoctor.matrix import DriverFit
from gpudoctor.versions import CudaVersion, DriverVersion

INSUFFICIENT = 35  # cudaErrorInsufficientDriver


def built_for_of(framework: FrameworkFacts) -> Fact[CudaVersion]:
    """The CUDA that a framework was built for; its CUDA runtime tells where its files do not."""
    told, runtime = framework.built_for_cuda, framework.runtime_version
    return runtime if isinstance(told, Unknown) and isinstance(runtime, Known) else told


def refusal_of(snapshot: Snapshot, subject: Subject, framework: FrameworkFacts) -> Evidence | None:
    """The framework's own word that the driver is too old: its runtime's code, or a message."""
    runtime = framework.runtime
    if isinstance(runtime, Known) and runtime.value.code == INSUFFICIENT:
        words = f"{runtime.value.code} ({runtime.value.name})"
        return Evidence(
            framework_pointer(subject.environment or 0, subject.name, "runtime"),
            words,
            runtime.source,
        )
    said = snapshot.symptom("cuda-driver-insufficient", subject.name, subject.environment)
    return None if said is None else Evidence("/symptoms", said.text, f"what {subject.name} said")


def driver_in_words(snapshot: Snapshot) -> str:
    """The running driver, with the CUDA that it speaks."""
    driver, api = loaded_driver(snapshot), cuda_driver_api(snapshot)
    version = str(driver.value) if isinstance(driver, Known) else "of unknown version"
    return version if api is None else f"{version}, of CUDA {api},"


def versions_evidence(
    snapshot: Snapshot, subject: Subject, built_for: Fact[CudaVersion]
) -> tuple[Evidence, ...]:
    """The versions that are held against each other."""
    return (
        Evidence.of(
            framework_pointer(subject.environment or 0, subject.name, "built_for_cuda"), built_for
        ),
        Evidence.of("/driver/version", loaded_driver(snapshot)),
        Evidence.of("/driver/cuda_driver_api", _spoken(snapshot)),
    )


def _spoken(snapshot: Snapshot) -> Fact[CudaVersion]:
    by_libcuda, by_nvml = snapshot.libcuda.cuda_driver_api, snapshot.nvml.cuda_driver_api
    return by_libcuda if isinstance(by_libcuda, Known) else by_nvml


def row_evidence(row: str, fit: DriverFit) -> Evidence:
    """The row of the matrix that says which driver is needed."""
    section, _, sources = row.partition(": ")
    return Evidence(f"matrix:{section}", f"needs {fit.needed}", sources)


def too_old_in_words(
    snapshot: Snapshot, subject: Subject, framework: FrameworkFacts, needed: DriverVersion | None
) -> str:
    """What is built for what, needs what, and meets what."""
    version, built_for = known(framework.version) or "", known(built_for_of(framework))
    name = f"{subject.name} {version}".strip()
    cuda = "a CUDA that is not known" if built_for is None else f"CUDA {built_for}"
    needs = "a newer driver" if needed is None else f"driver {needed} or newer"
    driver = driver_in_words(snapshot).rstrip(",")
    return f"{name} is built for {cuda}, which needs {needs}; this machine runs driver {driver}."
