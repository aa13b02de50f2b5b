import pytest

from gpudoctor.checks.wheel_index_wrong import check
from gpudoctor.facts import Snapshot
from gpudoctor.findings import (
    Cleared,
    Command,
    Confidence,
    Finding,
    NotApplicable,
    Undetermined,
    Verdict,
)
from gpudoctor.matrix import Matrix
from machines import machine, tensorflow, torch
from pasted import pasted

NOTHING_FITS = (
    "ERROR: Could not find a version that satisfies the requirement {} (from versions: {})"
)
NO_MATCH = "ERROR: No matching distribution found for {}"


def judge(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


def offered(requirement: str, versions: str, python: str | None = None) -> Snapshot:
    return pasted(NOTHING_FITS.format(requirement, versions), python=python)


def test_clears_what_is_installed(matrix: Matrix) -> None:
    verdicts = list(check(machine(torch(), tensorflow()), matrix))

    assert [type(each) for each in verdicts] == [Cleared, Cleared]


@pytest.mark.parametrize(
    ("requirement", "versions", "python"),
    [
        ("torch==2.1.0+cu128", "2.1.0, 2.1.1, 2.1.2", None),  # the default index
        ("torch==2.7.1+cu128", "2.6.0, 2.7.0, 2.7.1", "3.12.1"),
        ("torch==2.1.0+cu128", "none", "3.11.2"),  # never built for that CUDA
        ("torch==1.13.0+cu121", "none", None),
        ("torch==2.15.0+cu118", "none", "3.12.1"),  # built for it no more
        ("torch==2.7.1+cu127", "none", "3.12.1"),  # nothing was built for that CUDA
        ("torch==2.7.1+cu12", "none", "3.12.1"),
        ("torchvision==0.15.2+cu128", "0.15.1, 0.15.2, 0.16.0", None),
    ],
)
def test_finds_a_build_that_the_index_does_not_have(
    matrix: Matrix, requirement: str, versions: str, python: str | None
) -> None:
    finding = judge(offered(requirement, versions, python), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize("index", ["cu12", "cu127", "cuda118"])
def test_finds_an_index_that_does_not_exist(matrix: Matrix, index: str) -> None:
    looked = f"Looking in indexes: https://download.pytorch.org/whl/{index}"

    finding = judge(pasted(looked, NOTHING_FITS.format("torch", "none"), python="3.11.2"), matrix)

    assert isinstance(finding, Finding)


def test_finds_a_release_that_is_not_on_the_index_of_that_cuda(matrix: Matrix) -> None:
    looked = "Looking in indexes: https://download.pytorch.org/whl/cu128"
    line = NOTHING_FITS.format("torch==2.1.0", "none")

    finding = judge(pasted(looked, line, python="3.11.2"), matrix)

    assert isinstance(finding, Finding)
    assert "cu121" in finding.detail


def test_a_second_index_beside_it_proves_nothing(matrix: Matrix) -> None:
    looked = (
        "Looking in indexes: https://example.org/simple, https://download.pytorch.org/whl/cu128"
    )
    line = NOTHING_FITS.format("torch==2.1.0", "none")

    assert isinstance(judge(pasted(looked, line, python="3.11.2"), matrix), Undetermined)


@pytest.mark.parametrize(
    "line",
    [
        "ERROR: HTTP error 404 while getting https://download.pytorch.org/whl/cu12/torch/",
        "Because there is no version of torch==2.1.0+cu128 and you require torch==2.1.0+cu128",
        "depends on torch (2.1.0+cu128) which doesn't match any versions, version solving failed",
        "Because torch was not found in the package registry and you require torch",
    ],
)
def test_takes_an_installers_word_for_it(matrix: Matrix, line: str) -> None:
    finding = judge(pasted(line), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert finding.subject.name == "torch"


def test_an_index_that_lacks_what_pythons_wheel_exists_is_stated(matrix: Matrix) -> None:
    finding = judge(offered("torch==2.1.0+cu118", "none", "3.11.2"), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED


def test_older_cudas_than_the_matrix_knows_are_not_judged(matrix: Matrix) -> None:
    assert isinstance(judge(offered("torch==1.8.1+cu101", "none"), matrix), Undetermined)


def test_leaves_the_python_and_the_network_to_others(matrix: Matrix) -> None:
    broken = "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError'"
    network = judge(pasted(broken, NO_MATCH.format("torch==2.1.0+cu128")), matrix)
    python = judge(offered("torch==1.12.1+cu113", "none", "3.11.2"), matrix)

    assert isinstance(network, NotApplicable)
    assert isinstance(python, NotApplicable)


def test_a_package_that_the_matrix_does_not_know_stays_open(matrix: Matrix) -> None:
    assert isinstance(judge(offered("left-pad==1.0", "none", "3.11.2"), matrix), Undetermined)


@pytest.mark.parametrize(
    ("requirement", "wanted"),
    [
        ("torch==2.7.1+cu128", "torch==2.7.1+cu128"),
        ("torch==2.1.0+cu128", "torch==2.1.0+cu121"),
        ("torch==2.15.0+cu118", "torch==2.15.0+cu132"),
    ],
)
def test_names_the_build_nearest_to_what_was_asked_for(
    matrix: Matrix, requirement: str, wanted: str
) -> None:
    finding = judge(offered(requirement, requirement[7:].partition("+")[0]), matrix)

    assert isinstance(finding, Finding)
    [step] = finding.remedies[0].steps
    assert isinstance(step, Command)
    assert step.argv[4] == wanted
    assert step.argv[-1].endswith(wanted.partition("+")[2])
