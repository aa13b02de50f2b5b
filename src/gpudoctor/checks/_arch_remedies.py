"""The repairs of a framework that has no code for a GPU."""

from gpudoctor.checks._driver_for_cuda import driver_system, driver_upgrade, is_run_by_driver
from gpudoctor.checks._tensorflow_releases import other_release, ways_to_a_release
from gpudoctor.checks._torch_builds import fitting_build, other_build
from gpudoctor.facts import FrameworkFacts, Snapshot
from gpudoctor.findings import Remedy
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.python_packages import release_for_gpu


def code_for_gpus(
    snapshot: Snapshot, matrix: Matrix, index: int, framework: FrameworkFacts, diagnosis: str
) -> tuple[Remedy, ...]:
    """Another build, and a newer driver before it where none of the fitting builds runs on ours."""
    environment = snapshot.environments[index]
    if framework.name != "torch":
        found = other_release(snapshot, matrix, index, diagnosis)
        found = found or ways_to_a_release(snapshot, matrix, index, diagnosis)
        return found or (release_for_gpu(environment, framework.name, diagnosis),)
    build = fitting_build(snapshot, matrix, index, framework)
    if build is not None:
        return other_build(snapshot, matrix, index, framework, build, diagnosis)
    build = fitting_build(snapshot, matrix, index, framework, any_driver=True)
    repair = other_build(snapshot, matrix, index, framework, build, diagnosis)
    if build is None or is_run_by_driver(snapshot, matrix, build.cuda):
        return repair
    needed = matrix.oldest_driver_for(build.cuda, driver_system(snapshot))
    least = None if needed is None else needed.minimum
    return (*driver_upgrade(snapshot, matrix, least, diagnosis), *repair)
