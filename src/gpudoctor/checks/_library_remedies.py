"""The repairs of a framework that lacks libraries, or that is a build without CUDA."""

from gpudoctor.checks._library_shortage import Lack
from gpudoctor.checks._recommended import is_refused
from gpudoctor.checks._tensorflow_releases import other_release, ways_to_a_release
from gpudoctor.facts import FrameworkFacts, Snapshot, known
from gpudoctor.findings import Remedy
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.python_packages import (
    add_packages,
    cuda_for_old_tensorflow,
    install_again,
    tensorflow_with_cuda,
    with_removal,
)

_WITHOUT_CUDA = ("tensorflow-cpu", "intel-tensorflow")


def bring_libraries(
    snapshot: Snapshot,
    matrix: Matrix,
    index: int,
    framework: FrameworkFacts,
    lacks: tuple[Lack, ...],
    diagnosis: str,
) -> tuple[Remedy, ...]:
    """Install what brings the libraries into this environment."""
    environment = snapshot.environments[index]
    if framework.name == "tensorflow":
        return gpu_tensorflow(snapshot, matrix, index, framework, diagnosis)
    wheels = tuple(dict.fromkeys(each.wheel for each in lacks if each.wheel is not None))
    again = install_again(environment, framework.name, known(framework.version), diagnosis)
    if len(wheels) < len(lacks):
        return (again,)
    return add_packages(environment, wheels, diagnosis), again


def gpu_tensorflow(
    snapshot: Snapshot, matrix: Matrix, index: int, framework: FrameworkFacts, diagnosis: str
) -> tuple[Remedy, ...]:
    """TensorFlow's own extra, where the release has it; else the CUDA that it wants by hand."""
    environment = snapshot.environments[index]
    packages = known(environment.packages) or {}
    replaces = tuple(name for name in _WITHOUT_CUDA if name in packages)
    version = known(framework.version)
    row = None if version is None else matrix.tensorflow_release(version)
    if row is None or version is None:
        requirement = "tensorflow[and-cuda]"
        return (tensorflow_with_cuda(environment, requirement, diagnosis, replaces=replaces),)
    if row.has_cuda_extra and is_refused(snapshot, matrix, index, "tensorflow", row.version):
        # The same release with its libraries would only fail at the driver or at the GPU.
        others = other_release(snapshot, matrix, index, diagnosis)
        if others:
            return tuple(with_removal(environment, each, replaces) for each in others)
        if ways := ways_to_a_release(snapshot, matrix, index, diagnosis):
            return ways
    if row.has_cuda_extra:
        requirement = f"tensorflow[and-cuda]=={row.version}"
        return (tensorflow_with_cuda(environment, requirement, diagnosis, replaces=replaces),)
    return (
        cuda_for_old_tensorflow(
            environment,
            f"{row.gpu_wheel}=={row.version}",
            cuda=str(row.cuda),
            cudnn=row.cudnn,
            diagnosis=diagnosis,
        ),
    )
