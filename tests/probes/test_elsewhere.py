"""Other environments with a framework are found by names of folders; nothing is run."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gpudoctor.facts import OtherEnvironment, known
from gpudoctor.probes.elsewhere import frameworks_in, probe_kernels, probe_other_environments
from trees import host_of

HOME = "/home/ann"


@pytest.fixture(autouse=True)
def _stand_in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w").mkdir()
    monkeypatch.chdir(tmp_path / "w")


def having(prefix: str, name: str = "torch", version: str = "2.9.1") -> dict[str, str]:
    site = f"{prefix}/lib/python3.12/site-packages"
    return {
        f"{prefix}/bin/python": "",
        f"{site}/{name}/__init__.py": "",
        f"{site}/{name}-{version}.dist-info/METADATA": "",
    }


def others(root: Path, files: Mapping[str, str], **environ: str) -> tuple[OtherEnvironment, ...]:
    variables = {"HOME": f"{root}{HOME}", **environ}
    found = known(probe_other_environments(host_of(root, files, variables)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("prefix", "kind"),
    [
        ("/w/.venv", "venv"),
        ("/w/.pixi/envs/default", "pixi"),
        (f"{HOME}/miniconda3/envs/ml", "conda"),
        ("/opt/conda/envs/ml", "conda"),
        (f"{HOME}/.virtualenvs/ml", "venv"),
        (f"{HOME}/.cache/pypoetry/virtualenvs/ml-py3.12", "poetry"),
        (f"{HOME}/.pyenv/versions/3.12.1", "pyenv"),
        (f"{HOME}/.local/share/pipx/venvs/vllm", "pipx"),
        (f"{HOME}/.local/share/uv/tools/vllm", "uv-tool"),
    ],
)
def test_looks_where_environments_usually_are(tmp_path: Path, prefix: str, kind: str) -> None:
    [found] = others(tmp_path, having(prefix))

    assert found == OtherEnvironment(prefix, kind, f"{prefix}/bin/python", {"torch": "2.9.1"})


def test_follows_condas_own_list(tmp_path: Path) -> None:
    listed = {f"{HOME}/.conda/environments.txt": "/data/ml\nrelative\n\n"}

    assert [each.prefix for each in others(tmp_path, {**having("/data/ml"), **listed})] == [
        "/data/ml"
    ]


def test_follows_path_to_other_installations_of_python(tmp_path: Path) -> None:
    path = f"{tmp_path}/opt/py/bin:relative:/nowhere/bin"

    found = others(tmp_path, having("/opt/py", "tensorflow", "2.21.0"), PATH=path)

    assert [(each.prefix, dict(each.frameworks)) for each in found] == [
        ("/opt/py", {"tensorflow": "2.21.0"})
    ]


def test_an_environment_is_told_once(tmp_path: Path) -> None:
    files = {**having("/w/.venv"), "/w/venv": "-> .venv"}

    assert len(others(tmp_path, files, VIRTUAL_ENV=f"{tmp_path}/w/.venv")) == 1


@pytest.mark.parametrize(
    "missing", ["/bin/python", "/lib/python3.12/site-packages/torch/__init__.py"]
)
def test_an_environment_that_could_not_run_it_is_left_out(tmp_path: Path, missing: str) -> None:
    files = having("/w/.venv")
    del files[f"/w/.venv{missing}"]

    assert others(tmp_path, files) == ()


def test_environments_without_a_framework_are_left_out(tmp_path: Path) -> None:
    assert others(tmp_path, having("/w/.venv", "torchvision", "0.24")) == ()


def test_the_search_ends_after_its_count(tmp_path: Path) -> None:
    files: dict[str, str] = {}
    for number in range(90):
        files |= having(f"{HOME}/.virtualenvs/e{number:02}")

    assert 0 < len(others(tmp_path, files)) <= 65


def test_a_distribution_by_another_name_is_the_framework(tmp_path: Path) -> None:
    files = having("/v", "tensorflow", "2.21.0")
    files = {path.replace("tensorflow-2", "tensorflow_cpu-2"): text for path, text in files.items()}

    assert frameworks_in(host_of(tmp_path, files), "/v") == {"tensorflow": "2.21.0"}


def kernel(argv: str) -> dict[str, str]:
    return {"/v/share/jupyter/kernels/python3/kernel.json": f'{{"argv": {argv}}}'}


def test_a_kernel_of_another_python_is_told_with_what_that_has(tmp_path: Path) -> None:
    files = {
        **kernel('["/opt/ml/bin/python", "-m", "ipykernel_launcher"]'),
        **having("/opt/ml", "jax", "0.9.0"),
    }

    found = known(probe_kernels(host_of(tmp_path, files), "/v"))

    assert found is not None
    assert [(each.interpreter, dict(each.frameworks)) for each in found] == [
        ("/opt/ml/bin/python", {"jax": "0.9.0"})
    ]


@pytest.mark.parametrize(
    "argv",
    [
        '["python", "-m", "ipykernel_launcher"]',
        '["/v/bin/python3", "-m", "ipykernel_launcher"]',
        '["/gone/bin/python", "-m", "ipykernel_launcher"]',
        '["/usr/bin/R", "--slave"]',
        "[]",
        '{"a": 1}',
        "[1, 2]",
        "torn",
    ],
)
def test_kernels_of_its_own_gone_or_foreign_ones_are_left_out(tmp_path: Path, argv: str) -> None:
    files = {**kernel(argv), "/usr/bin/R": "", "/v/bin/python3": ""}

    assert known(probe_kernels(host_of(tmp_path, files), "/v")) == ()


def test_packages_of_the_home_folder_belong_to_the_systems_python(tmp_path: Path) -> None:
    files = {**having(f"{HOME}/.local"), "/usr/bin/python3.12": ""}
    del files[f"{HOME}/.local/bin/python"]

    [found] = others(tmp_path, files)

    assert (found.kind, found.executable) == ("user-site", "/usr/bin/python3.12")


def test_what_root_installed_on_debian_belongs_to_the_systems_python(tmp_path: Path) -> None:
    site = "/usr/local/lib/python3.12/dist-packages"
    files = {
        "/usr/bin/python3": "",
        "/bin": "-> usr/bin",
        f"{site}/torch/__init__.py": "",
        f"{site}/torch-2.9.1.dist-info/METADATA": "",
    }

    found = others(tmp_path, files, PATH=f"{tmp_path}/bin:{tmp_path}/usr/bin")

    assert [(each.prefix, each.executable) for each in found] == [("/usr", "/usr/bin/python3")]
