"""Disorder in an installation is read from names and metadata; nothing is run."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gpudoctor.facts import Absent, Damage, FrameworkFacts, Known, UnmetRequirement, known
from gpudoctor.probes.frameworks import probe_frameworks
from gpudoctor.probes.installation import probe_conda_packages, probe_damage, probe_unmet
from gpudoctor.probes.packages import Installed, probe_packages
from trees import host_of

SITE = "/v/lib/python3.12/site-packages"
TORCH = {f"{SITE}/torch/__init__.py": "", f"{SITE}/torch/version.py": "__version__ = '2.9.1'\n"}


def metadata(name: str, *requires: str, site: str = SITE) -> dict[str, str]:
    lines = [f"Requires-Dist: {each}" for each in requires]
    return {f"{site}/{name}.dist-info/METADATA": "\n".join(["Metadata-Version: 2.1", *lines, ""])}


def unmet(root: Path, files: Mapping[str, str]) -> tuple[UnmetRequirement, ...]:
    host = host_of(root, files)
    installed = probe_packages(host, (SITE,))
    frameworks = probe_frameworks(host, (SITE,), installed)
    found = known(probe_unmet(host, (SITE,), installed, frameworks, "3.12.3"))
    assert found is not None
    return found


def damage(root: Path, files: Mapping[str, str], *tops: str) -> tuple[Damage, ...]:
    host = host_of(root, files)
    path = tops or (SITE,)
    found = known(probe_damage(host, path, probe_packages(host, path)))
    assert found is not None
    return found


def test_a_requirement_that_is_not_there_is_unmet(tmp_path: Path) -> None:
    files = {**TORCH, **metadata("torch-2.9.1", "typing-extensions>=4.10.0", "filelock")}

    first, second = unmet(tmp_path, files)

    assert (first.package, first.name, first.specifier) == (
        "torch",
        "typing-extensions",
        ">=4.10.0",
    )
    assert isinstance(first.installed, Absent)
    assert second.name == "filelock"


def test_a_requirement_of_another_version_is_unmet(tmp_path: Path) -> None:
    files = {**TORCH, **metadata("torch-2.9.1", "sympy>=1.13.3"), **metadata("sympy-1.12")}

    [found] = unmet(tmp_path, files)

    assert known(found.installed) == "1.12"


@pytest.mark.parametrize(
    "requirement",
    [
        "sympy>=1.13.3",
        "opt-einsum>=3.3; extra == 'opt-einsum'",
        "tomli; python_version < '3.11'",
        "nvidia-cublas-cu12==12.8.4.1; platform_system == 'Linux'",
        "cuda-toolkit[cublas]==13.0.2; platform_system == 'Linux'",
        "hand-made>=1",
    ],
)
def test_what_is_met_or_not_asked_for_here_is_left_out(tmp_path: Path, requirement: str) -> None:
    there = {**metadata("sympy-1.14.0"), f"{SITE}/hand_made.py": ""}

    assert unmet(tmp_path, {**TORCH, **metadata("torch-2.9.1", requirement), **there}) == ()


def test_a_protobuf_too_new_for_tensorflow_is_unmet(tmp_path: Path) -> None:
    files = {
        f"{SITE}/tensorflow/__init__.py": "",
        **metadata("tensorflow-2.7.1", "protobuf<3.20,>=3.9.2"),
        **metadata("protobuf-4.21.0"),
    }

    [found] = unmet(tmp_path, files)

    assert (found.package, found.name, known(found.installed)) == (
        "tensorflow",
        "protobuf",
        "4.21.0",
    )


def test_an_installation_in_order_has_no_damage(tmp_path: Path) -> None:
    files = {**TORCH, **metadata("torch-2.9.1"), f"{SITE}/_hidden/x": "", f"{SITE}/-x/y": ""}

    assert damage(tmp_path, files) == ()


@pytest.mark.parametrize("name", ["~orch", "-orch", "~rch", "~orch-2.1.0.dist-info"])
def test_remains_of_a_removal_are_known_by_their_name(tmp_path: Path, name: str) -> None:
    assert damage(tmp_path, {f"{SITE}/{name}/x": ""}) == (
        Damage("torch", "half-removed", (f"{SITE}/{name}",)),
    )


def test_remains_of_other_packages_are_left_out(tmp_path: Path) -> None:
    assert damage(tmp_path, {f"{SITE}/~equests/x": "", f"{SITE}/~/x": ""}) == ()


def test_a_folder_without_its_code_is_hollow(tmp_path: Path) -> None:
    assert damage(tmp_path, {f"{SITE}/torch/lib/libtorch.so": ""}) == (
        Damage("torch", "hollow", (f"{SITE}/torch",)),
    )


def test_a_hollow_folder_before_a_whole_one_does_no_harm(tmp_path: Path) -> None:
    assert damage(tmp_path, {"/w/torch/data": "", **TORCH}, "/w", SITE) == ()


def test_two_metadata_folders_in_one_place_are_doubled(tmp_path: Path) -> None:
    [found] = damage(tmp_path, {**metadata("torch-2.8.0"), **metadata("torch-2.9.1")})

    assert (found.package, found.kind) == ("torch", "doubled")
    assert [each.rpartition("/")[2] for each in found.names] == [
        "torch-2.8.0.dist-info",
        "torch-2.9.1.dist-info",
    ]


def test_copies_in_two_places_are_not_doubled(tmp_path: Path) -> None:
    files = {**metadata("torch-2.8.0"), **metadata("torch-2.9.1", site="/usr/lib/p")}

    assert damage(tmp_path, files, SITE, "/usr/lib/p") == ()


def conda(root: Path, files: Mapping[str, str]) -> Mapping[str, str]:
    host = host_of(root, files)
    found = known(probe_conda_packages(host, "/v", probe_packages(host, (SITE,))))
    assert found is not None
    return found


RECORD = '{"build": "x", "channel": "https://conda.anaconda.org/conda-forge/linux-64"}'
PYTORCH = {
    "/v/conda-meta/pytorch-2.9.1-cuda126_mkl_py312_1.json": RECORD,
    "/v/conda-meta/pytorch-lightning-2.5-py_0.json": RECORD,
}


def test_knows_what_conda_put_there_and_from_which_channel(tmp_path: Path) -> None:
    files = {**PYTORCH, f"{SITE}/torch-2.9.1.dist-info/INSTALLER": "conda\n"}

    assert conda(tmp_path, files) == {"torch": "conda-forge"}


def test_what_pip_wrote_over_is_no_longer_condas(tmp_path: Path) -> None:
    assert conda(tmp_path, {**PYTORCH, f"{SITE}/torch-2.9.1.dist-info/INSTALLER": "pip\n"}) == {}


def test_a_hostile_record_gives_no_channel(tmp_path: Path) -> None:
    record = '{"channel": "https://x/$(id); rm -rf"}'

    assert conda(tmp_path, {"/v/conda-meta/pytorch-2.9.1-0.json": record}) == {"torch": ""}


def test_a_folder_of_a_hundred_thousand_names_is_read_in_time() -> None:
    class Crowd:
        """A host whose folder is larger than a test should write."""

        def list_directory(self, _: str) -> tuple[str, ...]:
            return tuple(f"package{n}-1.{n}.dist-info" for n in range(100_000))

    installed = probe_packages(Crowd(), (SITE,))  # type: ignore[arg-type]

    assert isinstance(installed, Installed)
    assert len(installed.versions) == 100_000


def test_frameworks_without_metadata_ask_for_nothing(tmp_path: Path) -> None:
    plain = FrameworkFacts("torch", Known("2.9.1", "torch/version.py"))
    host = host_of(tmp_path, TORCH)

    found = probe_unmet(host, (SITE,), probe_packages(host, (SITE,)), (plain,), "3.12.3")

    assert known(found) == ()
