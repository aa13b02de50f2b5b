import pytest

from gpudoctor.checks.companion_mismatch import check
from gpudoctor.facts import Known, Snapshot
from gpudoctor.findings import Cleared, Command, Confidence, Finding, NotApplicable, Verdict
from gpudoctor.matrix import Matrix
from machines import environment, machine, torch


def judge(matrix: Matrix, version: str, **packages: str) -> Verdict:
    named = {name.replace("_", "-"): value for name, value in packages.items()}
    env = environment(
        torch(version=Known(version, "version.py")), packages=Known(named, "metadata folders")
    )
    return next(check(machine(environments=(env,)), matrix))


@pytest.mark.parametrize(
    ("version", "packages"),
    [
        ("2.4.1+cu121", {"torchvision": "0.19.1+cu121", "torchaudio": "2.4.1+cu121"}),
        ("2.9.0", {"torchvision": "0.24.0"}),
        ("2.14.1+cu130", {"torchvision": "0.29.1+cu130"}),
        ("2.9.0", {"torchvision": "0.24.1"}),  # of the same minor release
        ("2.9.0", {"torchvision": "0.99.0"}),  # nobody wrote it down
        ("2.9.0", {}),
    ],
)
def test_clears_what_goes_together_or_is_not_known_not_to(
    matrix: Matrix, version: str, packages: dict[str, str]
) -> None:
    assert isinstance(judge(matrix, version, **packages), Cleared)


def test_finds_the_partner_of_another_torch(matrix: Matrix) -> None:
    finding = judge(matrix, "2.4.1+cu121", torchvision="0.15.2+cu121")

    assert isinstance(finding, Finding)
    assert finding.subject.name == "torchvision"
    assert "made for torch 2.0.1" in finding.detail
    assert finding.confidence is Confidence.LIKELY
    assert not finding.blocks
    [remedy] = finding.remedies
    [step] = remedy.steps
    assert isinstance(step, Command)
    assert "torchvision==0.19.1+cu121" in step.argv


def test_finds_a_partner_that_was_built_for_another_cuda(matrix: Matrix) -> None:
    finding = judge(matrix, "2.4.1+cu121", torchvision="0.19.1+cu118")

    assert isinstance(finding, Finding)
    assert "cu118" in finding.detail


def test_finds_a_companion_whose_metadata_asks_for_another_torch(matrix: Matrix) -> None:
    finding = judge(matrix, "2.8.0+cu128", xformers="0.0.34")

    assert isinstance(finding, Finding)
    assert "torch==2.10.0" in finding.detail


def test_an_unknown_torch_is_judged_by_nothing(matrix: Matrix) -> None:
    snapshot: Snapshot = machine(torch(version=Known("99.0", "version.py")))

    assert isinstance(next(check(snapshot, matrix)), (Cleared, NotApplicable))
