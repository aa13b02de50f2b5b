"""What an environment is and what installs there is told by the traces that managers leave."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gpudoctor.facts import known
from gpudoctor.probes.managers import Management, probe_management
from trees import host_of

STDLIB = "/usr/lib/python3.12"


def probe(
    root: Path,
    prefix: str,
    files: Mapping[str, str],
    *,
    is_virtual: bool = True,
    environ: Mapping[str, str] | None = None,
) -> Management:
    host = host_of(root, {f"{prefix}/lib/python3.12/os.py": "", **files}, environ)
    return probe_management(host, prefix, is_virtual=is_virtual, stdlib=STDLIB)


@pytest.mark.parametrize(
    ("prefix", "files", "kind", "manager", "project"),
    [
        ("/w/.venv", {"/w/.venv/pyvenv.cfg": "home = /usr/bin\n"}, "venv", "pip", None),
        ("/w/v", {"/w/v/pyvenv.cfg": "virtualenv = 20.1\n"}, "virtualenv", "pip", None),
        ("/w/v", {"/w/v/pyvenv.cfg": "home = /x\nuv = 0.9.7\n"}, "uv", "uv", None),
        (
            "/w/v",
            {
                "/w/v/pyvenv.cfg": "uv = 0.9.7\n",
                "/w/v/lib/python3.12/site-packages/pip/__init__.py": "",
            },
            "uv",
            "pip",
            None,
        ),
        (
            "/w/.venv",
            {"/w/.venv/pyvenv.cfg": "uv = 0.9.7\n", "/w/uv.lock": ""},
            "uv",
            "uv",
            "/w",
        ),
        (
            "/w/.venv",
            {"/w/.venv/pyvenv.cfg": "virtualenv = 20\n", "/w/poetry.lock": ""},
            "poetry",
            "poetry",
            "/w",
        ),
        (
            "/home/ann/.cache/pypoetry/virtualenvs/w-x-py3.12",
            {"/home/ann/.cache/pypoetry/virtualenvs/w-x-py3.12/pyvenv.cfg": ""},
            "poetry",
            "poetry",
            None,
        ),
        (
            "/home/ann/.local/share/pipx/venvs/vllm",
            {"/home/ann/.local/share/pipx/venvs/vllm/pipx_metadata.json": "{}"},
            "pipx",
            "pipx",
            "vllm",
        ),
        (
            "/home/ann/.local/share/uv/tools/vllm",
            {"/home/ann/.local/share/uv/tools/vllm/uv-receipt.toml": ""},
            "uv-tool",
            "uv-tool",
            "vllm",
        ),
        ("/opt/conda/envs/ml", {"/opt/conda/envs/ml/conda-meta/history": ""}, "conda", "pip", None),
        (
            "/w/.pixi/envs/default",
            {
                "/w/.pixi/envs/default/conda-meta/pixi": '{"manifest_path": "/w/pyproject.toml"}',
            },
            "pixi",
            "pixi",
            "/w/pyproject.toml",
        ),
        (
            "/w/.pixi/envs/default",
            {"/w/.pixi/envs/default/conda-meta/pixi": "[torn", "/w/pixi.toml": ""},
            "pixi",
            "pixi",
            "/w/pixi.toml",
        ),
    ],
)
def test_knows_an_environment_by_its_managers_traces(
    tmp_path: Path,
    prefix: str,
    files: Mapping[str, str],
    kind: str,
    manager: str,
    project: str | None,
) -> None:
    found = probe(tmp_path, prefix, files)

    assert (found.kind, found.manager, known(found.project)) == (kind, manager, project)


@pytest.mark.parametrize(
    ("prefix", "kind"),
    [
        ("/usr", "system"),
        ("/home/ann/.pyenv/versions/3.12.3", "pyenv"),
        ("/home/ann/.local/share/uv/python/cpython-3.12-linux", "uv"),
    ],
)
def test_knows_whose_installation_of_python_it_is(tmp_path: Path, prefix: str, kind: str) -> None:
    assert probe(tmp_path, prefix, {}, is_virtual=False).kind == kind


VARIABLE = "PIP_BREAK_SYSTEM_PACKAGES"
MARKED = {f"{STDLIB}/EXTERNALLY-MANAGED": "[externally-managed]\n"}


@pytest.mark.parametrize(
    ("files", "told", "refuses"),
    [(MARKED, "", True), (MARKED, "0", True), (MARKED, "1", False), ({}, "", False)],
)
def test_a_marked_system_python_takes_no_packages_unless_pip_is_told_so(
    tmp_path: Path, files: Mapping[str, str], told: str, *, refuses: bool
) -> None:
    found = probe(tmp_path, "/usr", files, is_virtual=False, environ={VARIABLE: told})

    assert known(found.externally_managed) is refuses


def test_a_virtual_environment_of_a_marked_python_takes_packages(tmp_path: Path) -> None:
    found = probe(tmp_path, "/w/v", {"/w/v/pyvenv.cfg": "", **MARKED})

    assert known(found.externally_managed) is False


@pytest.mark.parametrize(
    ("environ", "command"),
    [
        ({"MAMBA_EXE": "/home/ann/.local/bin/micromamba"}, "micromamba"),
        ({"MAMBA_EXE": "/opt/mamba", "CONDA_EXE": "/opt/conda/bin/conda"}, "conda"),
        ({"MAMBA_EXE": "/opt/$(id)"}, "conda"),
        ({}, "conda"),
    ],
)
def test_condas_own_packages_come_by_the_command_in_use(
    tmp_path: Path, environ: dict[str, str], command: str
) -> None:
    found = probe(tmp_path, "/c", {"/c/conda-meta/history": ""}, environ=environ)

    assert known(found.conda) == command


def test_a_conda_environment_can_be_marked_too(tmp_path: Path) -> None:
    found = probe(tmp_path, "/c", {"/c/conda-meta/history": "", **MARKED})

    assert known(found.externally_managed) is True
