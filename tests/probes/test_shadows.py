"""What an import by a framework's name would find first is told by looking up files."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gpudoctor.facts import Shadow, known
from gpudoctor.probes.frameworks import probe_frameworks
from gpudoctor.probes.packages import probe_packages
from gpudoctor.probes.shadows import probe_shadows
from trees import host_of

SITE = "/v/lib/python3.12/site-packages"
USER = "/home/ann/.local/lib/python3.12/site-packages"
TORCH = {f"{SITE}/torch/__init__.py": "", f"{SITE}/torch-2.9.1.dist-info/METADATA": ""}


@pytest.fixture(autouse=True)
def _stand_in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w").mkdir()
    monkeypatch.chdir(tmp_path / "w")


def shadows(root: Path, files: Mapping[str, str], *tops: str, **environ: str) -> tuple[Shadow, ...]:
    host = host_of(root, files, environ)
    path = tops or (SITE,)
    installed = probe_packages(host, path)
    found = known(probe_shadows(host, path, installed, probe_frameworks(host, path, installed)))
    assert found is not None
    return found


def test_an_installed_framework_is_not_in_its_own_way(tmp_path: Path) -> None:
    assert shadows(tmp_path, TORCH) == ()


@pytest.mark.parametrize("path", ["/w/torch.py", "/w/torch/__init__.py"])
def test_a_file_or_package_in_the_users_folder(tmp_path: Path, path: str) -> None:
    [found] = shadows(tmp_path, {**TORCH, path: ""})

    assert found.by == "working-directory"
    assert found.path == path.removesuffix("/__init__.py")
    assert known(found.hides) == f"{SITE}/torch"


def test_a_folder_without_code_hides_nothing(tmp_path: Path) -> None:
    assert shadows(tmp_path, {**TORCH, "/w/torch/model.bin": ""}) == ()


def test_a_source_tree_is_known_as_one(tmp_path: Path) -> None:
    tree = {"/w/torch/__init__.py": "", "/w/aten/src/ATen/ATen.h": ""}

    assert [each.is_checkout for each in shadows(tmp_path, {**TORCH, **tree})] == [True]


def test_an_editable_installation_of_the_folder_is_no_shadow(tmp_path: Path) -> None:
    files = {"/w/torch/__init__.py": "", f"{SITE}/torch-2.9.1.dist-info/METADATA": ""}

    assert shadows(tmp_path, files, SITE, "/w") == ()


def test_a_safe_path_keeps_the_users_folder_out(tmp_path: Path) -> None:
    assert shadows(tmp_path, {**TORCH, "/w/torch.py": ""}, PYTHONSAFEPATH="1") == ()


@pytest.mark.parametrize("path", ["/lib/torch.py", "/lib/torch/__init__.py"])
def test_what_stands_first_on_pythonpath(tmp_path: Path, path: str) -> None:
    environ = {"PYTHONPATH": f"{tmp_path}/lib:/elsewhere"}

    [found] = shadows(tmp_path, {**TORCH, path: ""}, "/lib", SITE, **environ)

    assert found.by == "PYTHONPATH"
    assert known(found.hides) == f"{SITE}/torch"


def test_a_copy_in_the_home_folder_stands_before_the_environments(tmp_path: Path) -> None:
    users = {f"{USER}/torch/__init__.py": "", f"{USER}/torch-2.1.0.dist-info/METADATA": ""}

    [found] = shadows(tmp_path, {**TORCH, **users}, USER, SITE)

    assert found.by == "user-site"


def test_what_stands_behind_the_framework_hides_nothing(tmp_path: Path) -> None:
    assert shadows(tmp_path, {**TORCH, "/lib/torch.py": ""}, SITE, "/lib") == ()


def test_the_same_folder_by_two_names_is_one(tmp_path: Path) -> None:
    files = {**TORCH, "/v/lib64": "-> lib"}

    assert shadows(tmp_path, files, "/v/lib64/python3.12/site-packages", SITE) == ()


def test_a_module_of_the_name_alone_is_found_where_nothing_is_installed(tmp_path: Path) -> None:
    [found] = shadows(tmp_path, {"/lib/jax.py": ""}, "/lib", SITE)

    assert (found.name, known(found.hides)) == ("jax", None)
