"""What installs, in the words of what installs there."""

import pytest

from gpudoctor.facts import Absent, EnvironmentFacts, Fact, Known
from gpudoctor.findings import Command, Manual, Shell, Step
from gpudoctor.remedies.managers import (
    can_go_back,
    install_packages,
    install_proof,
    uninstall_packages,
)
from machines import PYTHON, environment, python

INDEX = "https://download.pytorch.org/whl/cu130"
BUILD = ("torch==2.14.1+cu130", "torchvision==0.29.1", "--index-url", INDEX)


def managed(manager: str, project: str | None = None, **changes: object) -> EnvironmentFacts:
    where: Fact[str] = Absent("no lock file") if project is None else Known(project, "lock file")
    chosen = python(manager=Known(manager, "traces"), project=where, **changes)
    return environment(python=chosen)


def conda(name: str = "conda") -> EnvironmentFacts:
    chosen = python(kind=Known("conda", "conda-meta"), conda=Known(name, "conda-meta"))
    return environment(python=chosen, conda_packages=Known({"torch": "conda-forge"}, "conda-meta"))


def words(step: Step) -> str:
    if isinstance(step, Command):
        return " ".join(step.argv)
    assert isinstance(step, Shell | Manual)
    return step.text


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (managed("pip"), f"{PYTHON} -m pip install {' '.join(BUILD)}"),
        (managed("uv"), f"uv pip install --python {PYTHON} {' '.join(BUILD)}"),
        (managed("uv-tool", "vllm"), f"uv pip install --python {PYTHON} {' '.join(BUILD)}"),
        (
            managed("uv", "/w"),
            f"uv add --project /w --index pytorch-cu130={INDEX} {BUILD[0]} {BUILD[1]}",
        ),
        (
            managed("pixi", "/w/pixi.toml"),
            f"pixi add --manifest-path /w/pixi.toml --pypi --index {INDEX} {BUILD[0]} {BUILD[1]}",
        ),
        (
            managed("poetry", "/w"),
            (
                f"poetry --directory /w source add --priority explicit pytorch-cu130 {INDEX} && "
                f"poetry --directory /w add --source pytorch-cu130 {BUILD[0]} {BUILD[1]}"
            ),
        ),
        (
            managed("pipx", "vllm"),
            f"pipx inject --force --index-url {INDEX} vllm {BUILD[0]} {BUILD[1]}",
        ),
        (
            conda(),
            (
                "conda install --prefix /home/ann/venv --channel conda-forge pytorch=2.14.1=cuda* "
                "torchvision=0.29.1 cuda-version=13.0"
            ),
        ),
    ],
)
def test_a_build_of_torch_comes_by_what_installs_there(where: EnvironmentFacts, line: str) -> None:
    assert words(install_packages(where, *BUILD)) == line


AGAIN = ("--force-reinstall", "torch==2.14.1+cu130", "--index-url", INDEX)


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (managed("pip"), f"{PYTHON} -m pip install {' '.join(AGAIN)}"),
        (
            managed("uv"),
            f"uv pip install --python {PYTHON} --reinstall torch==2.14.1+cu130 --index-url {INDEX}",
        ),
        (managed("uv", "/w"), "uv sync --project /w --reinstall-package=torch"),
        (managed("pixi", "/w/pixi.toml"), "pixi reinstall --manifest-path /w/pixi.toml torch"),
        (managed("poetry", "/w"), f"{PYTHON} -m pip install {' '.join(AGAIN)}"),
        (
            conda("micromamba"),
            (
                "micromamba install --prefix /home/ann/venv --force-reinstall "
                "--channel conda-forge pytorch=2.14.1 "
                "cuda-version=13.0"
            ),
        ),
    ],
)
def test_the_same_release_comes_again_by_what_installs_there(
    where: EnvironmentFacts, line: str
) -> None:
    assert words(install_packages(where, *AGAIN)) == line


def test_what_conda_did_not_put_there_comes_by_pip() -> None:
    assert "-m pip install numpy" in words(install_packages(conda(), "numpy"))


def test_a_systems_python_is_left_alone_for_a_new_environment() -> None:
    where = managed("pip", externally_managed=Known(True, "EXTERNALLY-MANAGED"))

    step = install_packages(where, "--force-reinstall", "torch")

    assert isinstance(step, Shell)
    assert step.text == f"{PYTHON} -m venv .venv && .venv/bin/python -m pip install torch"
    assert install_proof("framework-cpu-only", where)[-2:] == ("--python", ".venv/bin/python")
    assert isinstance(uninstall_packages(where, "torch"), Manual)


def test_paths_with_blanks_and_worse_stay_one_word() -> None:
    where = managed("poetry", "/w/my $(id) project")

    step = install_packages(where, *BUILD)

    assert isinstance(step, Shell)
    assert step.text.count("'/w/my $(id) project'") == 2


@pytest.mark.parametrize("manager", ["pixi", "poetry"])
def test_a_project_that_is_not_known_is_left_to_the_user(manager: str) -> None:
    assert isinstance(install_packages(managed(manager), *BUILD), Manual)


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (managed("pip"), f"{PYTHON} -m pip uninstall --yes torch"),
        (managed("uv"), f"uv pip uninstall --python {PYTHON} torch"),
        (managed("uv", "/w"), "uv remove --project /w torch"),
        (
            managed("pixi", "/w/pixi.toml"),
            "pixi remove --manifest-path /w/pixi.toml --pypi torch",
        ),
        (managed("poetry", "/w"), "poetry --directory /w remove torch"),
        (managed("pipx", "vllm"), "pipx uninject vllm torch"),
        (conda(), "conda remove --prefix /home/ann/venv pytorch"),
    ],
)
def test_what_installs_there_removes_too(where: EnvironmentFacts, line: str) -> None:
    assert words(uninstall_packages(where, "torch")) == line


@pytest.mark.parametrize(
    ("where", "can"),
    [
        (managed("pip"), True),
        (managed("uv"), True),
        (managed("uv", "/w"), False),
        (managed("pip", externally_managed=Known(True, "EXTERNALLY-MANAGED")), False),
        (conda(), False),
    ],
)
def test_a_former_release_is_offered_where_nothing_else_keeps_count(
    where: EnvironmentFacts, *, can: bool
) -> None:
    assert can_go_back(where, "torch") is can
