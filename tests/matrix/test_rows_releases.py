"""Rows of frameworks and of what stands on them can be asked for and make sense."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from gpudoctor.matrix import Matrix
from gpudoctor.matrix.load import IN_CHECKOUT
from gpudoctor.matrix.source import read_matrix_file

CONTENT, _ = read_matrix_file(IN_CHECKOUT)
PYTHON = re.compile(r"[23]\.\d{1,2}t?")


@pytest.mark.parametrize("section", ["torch", "tensorflow", "jax", "companions"])
def test_versions_and_pythons_are_such(section: str) -> None:
    for row in CONTENT[section]:
        assert str(Version(row["version"])) == row["version"]
        for column in ("python", "python_aarch64", "python_windows"):
            assert all(PYTHON.fullmatch(each) for each in row.get(column, ())), row


def test_every_torch_that_asks_for_nccl_has_its_columns(matrix: Matrix) -> None:
    for row in matrix.torch_releases():
        version = Version(row.version)
        assert (row.nccl is not None) == (version >= Version("2.0")), row.version
        assert (row.triton is not None) == (version >= Version("2.0")), row.version
        assert row.torchvision, row.version
        assert bool(row.torchaudio) == (version < Version("2.12")), row.version
        assert row.default_windows == "cpu"
        assert row.default_aarch64 in ("cpu", row.default_tag)
        assert row.default_tag in {build.tag for build in row.builds}
        for pin in (row.nccl, row.triton):
            assert pin is None or SpecifierSet(pin)


def test_a_build_that_nobody_listed_the_targets_of_is_there_without_them(matrix: Matrix) -> None:
    build = matrix.torch_build("2.13.0", "cu129")

    assert build is not None
    assert build.targets is None


def test_builds_that_were_only_expected_are_not_there(matrix: Matrix) -> None:
    assert matrix.torch_build("2.15.0", "cu130") is None
    assert matrix.torch_build("1.8.1", "cu101") is None


def test_tensorflow_uses_windows_gpus_to_2_10_only(matrix: Matrix) -> None:
    for row in matrix.tensorflow_releases():
        systems = ("linux", "windows") if Version(row.version) < Version("2.11") else ("linux",)
        assert row.gpu_on == systems, row.version
        assert bool(row.pins) == row.has_cuda_extra, row.version
        for text in row.numpy:
            assert Requirement(f"numpy{text}").name == "numpy"


def test_the_cudnn_that_a_framework_brings_is_a_cudnn_of_that_cuda(matrix: Matrix) -> None:
    for release in matrix.torch_releases():
        for build in release.builds:
            cudnn = matrix.cudnn(build.cudnn) if build.cudnn else None
            if cudnn is not None:
                assert build.cuda.major in cudnn.majors, build


def test_every_jax_can_be_asked_for(matrix: Matrix) -> None:
    for row in CONTENT["jax"]:
        found = matrix.jax_release(row["version"])
        assert found is not None
        assert set(found.plugins) <= {12, 13}
        assert all(SpecifierSet(pin) for pins in found.plugins.values() for pin in pins.values())


def test_companions_stand_by_package_and_release_and_can_be_asked_for(matrix: Matrix) -> None:
    keys = [(row["package"], Version(row["version"])) for row in CONTENT["companions"]]

    assert keys == sorted(set(keys))
    for package, version in keys:
        found = matrix.companion(package, str(version))
        assert found is not None
        for pin in (found.requires_python, found.torch, found.numpy):
            assert pin is None or SpecifierSet(pin)


@pytest.mark.parametrize(
    ("package", "version", "cuda", "torch"),
    [
        ("onnxruntime-gpu", "1.26.0", "12", None),
        ("onnxruntime-gpu", "1.27.0", "13", None),
        ("cupy-cuda13x", "14.2.0", "13", None),
        ("xformers", "0.0.34", None, "==2.10.0"),
        ("vllm", "0.33.0", None, "==2.14.0"),
    ],
)
def test_knows_what_a_companion_asks_for(
    matrix: Matrix, package: str, version: str, cuda: str | None, torch: str | None
) -> None:
    found = matrix.companion(package, version)

    assert found is not None
    assert (found.cuda, found.torch) == (cuda, torch)


def test_an_unknown_companion_or_release_is_none(matrix: Matrix) -> None:
    assert matrix.companion("xformers", "0.0.1") is None
    assert matrix.companion("gossip", "1.0") is None
    assert matrix.jax_release("0.0.1") is None


def test_a_packages_releases_come_newest_first(matrix: Matrix) -> None:
    versions = [Version(row.version) for row in matrix.companions("xformers")]

    assert versions == sorted(versions, reverse=True)
    assert [row.version for row in matrix.companions("Xformers")] == list(map(str, versions))
