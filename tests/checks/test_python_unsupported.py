import pytest

from gpudoctor.checks.python_unsupported import check
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


def offered(
    requirement: str, versions: str, python: str | None = None, os: str = "linux"
) -> Snapshot:
    return pasted(NOTHING_FITS.format(requirement, versions), python=python, os=os)


def test_clears_what_is_installed(matrix: Matrix) -> None:
    verdicts = list(check(machine(torch(), tensorflow()), matrix))

    assert [type(each) for each in verdicts] == [Cleared, Cleared]


@pytest.mark.parametrize(
    ("requirement", "python"),
    [
        ("torch==2.1.0", "3.12.1"),
        ("torch==1.12.1+cu113", "3.11.0"),
        ("torch==2.9.0", "3.9.18"),
        ("tensorflow==2.15.0", "3.12.3"),
        ("tensorflow-gpu==2.4.0", "3.9.7"),
        ("tensorflow<2.11,>=2.4", "3.11.4"),
        ("torchvision==0.15.2", "3.12.0"),
        ("jax==0.11.0", "3.11.2"),
        ("onnxruntime-gpu==1.21.1", "3.14.0"),
    ],
)
def test_finds_a_release_without_a_wheel_for_the_python(
    matrix: Matrix, requirement: str, python: str
) -> None:
    for versions in ("none", "99.0"):
        finding = judge(offered(requirement, versions, python), matrix)

        assert isinstance(finding, Finding)
        assert finding.confidence is Confidence.LIKELY
        assert python.rpartition(".")[0] in finding.detail


@pytest.mark.parametrize(
    ("requirement", "python"), [("torch==2.1.0", "3.11.4"), ("tensorflow==2.15.0", "3.9.2")]
)
def test_does_not_blame_a_python_that_the_release_has_wheels_for(
    matrix: Matrix, requirement: str, python: str
) -> None:
    assert isinstance(judge(offered(requirement, "none", python), matrix), Undetermined)


def test_nothing_offered_and_no_python_known_stays_open(matrix: Matrix) -> None:
    assert isinstance(judge(offered("torch==2.1.0", "none"), matrix), Undetermined)
    assert isinstance(judge(offered("tensorflow", "none"), matrix), Undetermined)
    assert isinstance(judge(pasted(NO_MATCH.format("torch==1.9.0")), matrix), Undetermined)


@pytest.mark.parametrize(
    ("requirement", "versions"),
    [
        # What the index has for Python 3.12 begins with 2.2.0, for 3.10 with 1.11.0.
        ("torch==2.0.1", "2.2.0, 2.2.1, 2.2.2, 2.3.0"),
        ("torch==1.10.0", "1.11.0, 1.12.0, 1.12.1, 1.13.0"),
        ("torch==1.8.2", "1.11.0, 1.12.0, 1.12.1, 1.13.0"),
        ("torch==1.10.0+cu113", "1.11.0+cu113, 1.12.0+cu113, 1.12.1+cu113"),
        ("tensorflow==1.15.0", "2.2.0, 2.2.1, 2.3.0, 2.4.0"),
        ("tensorflow==2.3.0", "2.8.0, 2.8.1, 2.9.0"),
        ("torch==2.5.1", "1.8.0, 1.8.1, 1.9.0, 1.9.1, 1.10.0, 1.10.1, 1.10.2"),
    ],
)
def test_tells_the_python_by_what_was_offered(
    matrix: Matrix, requirement: str, versions: str
) -> None:
    finding = judge(offered(requirement, versions), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert "inference" in finding.detail


def test_sources_alone_mean_that_no_wheel_fits(matrix: Matrix) -> None:
    finding = judge(offered("torch===1.4.0", "0.1.2, 0.1.2.post1, 0.1.2.post2"), matrix)

    assert isinstance(finding, Finding)


def test_the_newest_python_is_likely_too_new_where_nothing_is_offered(matrix: Matrix) -> None:
    newest = judge(offered("tensorflow", "none", "3.13.0", "windows"), matrix)
    usual = judge(offered("tensorflow", "none", "3.11.4", "windows"), matrix)
    beyond = judge(offered("tensorflow", "none", "3.15.0"), matrix)

    assert isinstance(newest, Finding)
    assert isinstance(usual, Undetermined)
    assert isinstance(beyond, Finding)


def test_a_python_of_32_bits_has_no_wheels(matrix: Matrix) -> None:
    snapshot = pasted(
        "Python 3.8.5 [MSC v.1926 32 bit (Intel)] on win32",
        NO_MATCH.format("torch==1.9.0"),
        python="3.8.5",
        os="windows",
    )

    finding = judge(snapshot, matrix)

    assert isinstance(finding, Finding)
    assert "32 bits" in finding.detail


@pytest.mark.parametrize(
    "line",
    [
        "Because torch==2.0.1 has no wheels with a matching Python ABI tag (e.g., `cp313`)",
        "Because torch==2.0.1 has no wheels with a matching platform tag (e.g., `win_arm64`)",
        (
            "error: Distribution `torch==2.5.1 @ registry+https://example.org/simple` can't be "
            "installed because it doesn't have a source distribution or wheel for the current "
            "platform"
        ),
        "  Unable to find installation candidates for torch (2.1.2+cu118)",
        "ERROR: torch-1.8.0-cp38-cp38-win_amd64.whl is not a supported wheel on this platform",
        "ERROR: Package 'torch' requires a different Python: 3.8.10 not in '>=3.9'",
        (
            "and torch==2.9.0 depends on Python>=3.10 ... the current Python version (3.8.20) does "
            "not satisfy Python>=3.10 and torch==2.9.0 depends on Python>=3.10"
        ),
    ],
)
def test_takes_an_installers_word_for_it(matrix: Matrix, line: str) -> None:
    finding = judge(pasted(line), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert finding.subject.name == "torch"


def test_what_pip_left_out_is_no_failure(matrix: Matrix) -> None:
    line = (
        "ERROR: Ignored the following versions that require a different python version: 1.21.2 "
        "Requires-Python >=3.7,<3.11"
    )

    assert list(check(pasted(line), matrix)) == []


def test_leaves_a_wrong_index_and_the_network_to_others(matrix: Matrix) -> None:
    index = judge(offered("torch==2.1.0+cu128", "2.1.0, 2.1.1"), matrix)
    broken = "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError'"
    network = judge(pasted(broken, NO_MATCH.format("torch==2.1.0"), python="3.12.1"), matrix)

    assert isinstance(index, NotApplicable)
    assert isinstance(network, NotApplicable)


def test_names_the_newest_python_that_has_a_wheel_and_the_index(matrix: Matrix) -> None:
    finding = judge(offered("torch==1.12.1+cu113", "none", "3.11.0"), matrix)

    assert isinstance(finding, Finding)
    create, install = finding.remedies[0].steps
    assert create == Command(("python3.10", "-m", "venv", ".venv"))
    assert isinstance(install, Command)
    assert install.argv[-3:] == (
        "torch==1.12.1+cu113",
        "--index-url",
        "https://download.pytorch.org/whl/cu113",
    )


def test_commands_are_never_made_of_a_messages_words(matrix: Matrix) -> None:
    hostile = "Because torch==2.0.1;$(reboot)-- has no wheels with a matching Python ABI tag"
    wheel = "ERROR: x-1.0+$(reboot)-cp38.whl is not a supported wheel on this platform."

    for verdict in check(pasted(hostile, wheel), matrix):
        assert isinstance(verdict, Finding)
        assert "reboot" not in str([each.steps for each in verdict.remedies])
