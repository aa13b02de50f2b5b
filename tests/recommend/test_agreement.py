"""What `check` would install, `recommend` lets run: on a spread of machines, both ask the same."""

from typing import Any

import pytest

from gpudoctor.checks.framework_cpu_only import check
from gpudoctor.facts import Absent, FrameworkFacts, Known, Snapshot
from gpudoctor.findings import Command, Finding, Remedy
from gpudoctor.matrix import Matrix
from gpudoctor.recommend import recommend
from gpudoctor.recommend.asked import Asked, wanted_here
from gpudoctor.recommend.releases import judged_releases
from machines import (
    blind,
    capability,
    cuda,
    driver,
    environment,
    gpu,
    machine,
    python,
    tensorflow,
    torch,
)

MACHINES = [
    # capability, driver, the CUDA that it speaks, Python, glibc
    ("8.0", "580.95.05", "13.0", "3.12.3", "glibc 2.39"),
    ("7.0", "535.183.01", "12.2", "3.11.4", "glibc 2.35"),
    ("6.1", "580.95.05", "13.0", "3.12.3", "glibc 2.39"),
    ("12.0", "570.86.15", "12.8", "3.12.3", "glibc 2.39"),
    ("12.0", "550.54.14", "12.4", "3.12.3", "glibc 2.39"),
    ("3.7", "470.256.02", "11.4", "3.9.2", "glibc 2.31"),
    ("8.6", "580.95.05", "13.0", "3.10.2", "glibc 2.17"),
    ("8.9", "580.95.05", "13.0", "3.7.9", "glibc 2.31"),
    ("9.0", "525.60.13", "12.0", "3.13.1", "glibc 2.36"),
]


def cpu_build() -> dict[str, Any]:
    none = Absent("version.py")
    return {"variant": Known("cpu", "version.py"), "built_for_cuda": none, "imported": blind()}


def a_machine(
    framework: FrameworkFacts, card: str, version: str, spoken: str, interpreter: str, libc: str
) -> Snapshot:
    here = environment(framework, python=python(version=Known(interpreter, "python")))
    return machine(
        environments=(here,),
        nvml__gpus=Known((gpu(compute_capability=Known(capability(card), "NVML")),), "NVML"),
        nvml__driver_version=Known(driver(version), "NVML"),
        driver__kernel_module_version=Known(driver(version), "/proc"),
        nvml__cuda_driver_api=Known(cuda(spoken), "NVML"),
        libcuda__cuda_driver_api=Known(cuda(spoken), "libcuda"),
        libcuda__devices=Absent("not asked"),
        platform__libc=Known(libc, "confstr"),
    )


def remedies(snapshot: Snapshot, matrix: Matrix) -> tuple[Remedy, ...]:
    [finding] = check(snapshot, matrix)
    assert isinstance(finding, Finding)
    return finding.remedies


def installed_by(remedy: Remedy) -> str | None:
    """The requirement of the framework in a remedy that installs into the environment at hand."""
    [*_, step] = remedy.steps
    if not isinstance(step, Command) or "install" not in step.argv or ".venv" in step.argv[0]:
        return None
    return step.argv[step.argv.index("install") + 1]


@pytest.mark.parametrize("facts", MACHINES, ids=" ".join)
def test_a_torch_that_check_names_is_one_that_recommend_lets_run(
    matrix: Matrix, facts: tuple[str, str, str, str, str]
) -> None:
    snapshot = a_machine(torch(**cpu_build()), *facts)
    wanted = wanted_here(matrix, snapshot, Asked(("torch",)))
    runs = {
        f"torch=={choice.version}+{choice.tag}"
        for judged in judged_releases(matrix, "torch", wanted)
        for choice in judged.choices
    }

    named = installed_by(remedies(snapshot, matrix)[0])

    assert (named in runs) if runs else (named is None)
    assert bool(recommend(matrix, wanted).groups) is bool(runs)


@pytest.mark.parametrize("facts", MACHINES, ids=" ".join)
def test_a_tensorflow_that_check_names_is_one_that_recommend_lets_run(
    matrix: Matrix, facts: tuple[str, str, str, str, str]
) -> None:
    snapshot = a_machine(tensorflow(**cpu_build()), *facts)
    wanted = wanted_here(matrix, snapshot, Asked(("tensorflow",)))
    runs = {
        choice.requirement
        for judged in judged_releases(matrix, "tensorflow", wanted)
        for choice in judged.choices
        if choice.needs is None
    }

    named = installed_by(remedies(snapshot, matrix)[0])

    if runs:
        assert named in runs


def test_where_nothing_runs_the_remedy_is_the_change_that_opens_the_way(matrix: Matrix) -> None:
    facts = ("12.0", "550.54.14", "12.4", "3.12.3", "glibc 2.39")
    snapshot = a_machine(torch(**cpu_build()), *facts)
    newest = a_machine(torch(**cpu_build()), *MACHINES[0][:3], "3.16.0", "glibc 2.39")

    by_driver = remedies(snapshot, matrix)[0]
    by_python = remedies(newest, matrix)[0]

    assert "580.65.06" in by_driver.summary
    assert "Python 3.15" in by_python.summary
    assert "torch==2.15.0" in str(by_python.steps)


def test_an_old_card_beside_a_new_one_is_left_out_by_both(matrix: Matrix) -> None:
    cards = (
        gpu(
            0,
            name=Known("GeForce GTX 680", "NVML"),
            compute_capability=Known(capability("3.0"), "NVML"),
        ),
        gpu(1, name=Known("RTX 4090", "NVML"), compute_capability=Known(capability("8.9"), "NVML")),
    )
    both = machine(
        torch(**cpu_build()),
        nvml__gpus=Known(cards, "NVML"),
        libcuda__devices=Absent("not asked"),
    )

    found = recommend(matrix, wanted_here(matrix, both, Asked(("torch",))))

    assert found.groups
    assert "GTX 680" in found.remarks[0]
    assert installed_by(remedies(both, matrix)[0]) is not None
