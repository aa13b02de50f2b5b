from typing import Any

from gpu_machines import A100, log, silent, unasked, working
from gpudoctor.checks.pci_bar_unassigned import check
from gpudoctor.facts import Absent, Known, Snapshot, Unknown
from gpudoctor.findings import MACHINE, Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import bars, module_gone, pci_device

INVALID = (
    "NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\\x0a"
    "NVRM: BAR1 is 0M @ 0x0 (PCI:0000:65:00.0)"
)


def only(snapshot: Snapshot, matrix: Matrix) -> object:
    [verdict] = check(snapshot, matrix)
    return verdict


def with_bars(fact: object, **changes: Any) -> Snapshot:
    card = pci_device(0, bars=fact, kernel_driver=Absent("sysfs"))
    return silent(pci=Known((card,), "sysfs"), **changes)


def test_finds_a_gpu_without_a_memory_window(matrix: Matrix) -> None:
    finding = only(with_bars(bars(1)), matrix)

    assert isinstance(finding, Finding)
    assert (finding.subject, finding.blocks) == (MACHINE, True)
    assert finding.confidence is Confidence.CERTAIN
    assert "BAR1" in finding.detail
    assert "Above 4G" in finding.remedies[0].summary


def test_a_gpu_that_works_has_all_the_windows_that_it_needs(matrix: Matrix) -> None:
    assert isinstance(only(working(pci_device(0, bars=bars(1))), matrix), Cleared)


def test_is_found_where_the_module_refused_to_load(matrix: Matrix) -> None:
    finding = only(with_bars(bars(0, 1), **module_gone()), matrix)

    assert isinstance(finding, Finding)
    assert "BAR0 and BAR1" in finding.detail


def test_without_nvmls_answer_it_is_likely_but_for_the_log(matrix: Matrix) -> None:
    untold = only(with_bars(bars(1), **unasked()), matrix)
    told = only(with_bars(bars(1), **unasked(), **log(INVALID)), matrix)

    assert isinstance(untold, Finding)
    assert untold.confidence is Confidence.LIKELY
    assert isinstance(told, Finding)
    assert told.confidence is Confidence.CERTAIN


def test_the_kernel_log_alone_is_stated(matrix: Matrix) -> None:
    gap = Unknown("resource is in a form not known")

    told = only(with_bars(gap, **log(INVALID)), matrix)
    untold = only(with_bars(gap), matrix)

    assert isinstance(told, Finding)
    assert told.confidence is Confidence.STATED
    assert isinstance(untold, Undetermined)


def test_windows_that_are_assigned_now_outrank_the_log(matrix: Matrix) -> None:
    assert isinstance(only(with_bars(bars(), **log(INVALID)), matrix), Cleared)


def test_one_of_two_is_the_subject_itself(matrix: Matrix) -> None:
    both = (pci_device(0), pci_device(1, bars=bars(1), kernel_driver=Absent("sysfs")))
    snapshot = silent(A100, pci=Known(both, "sysfs"))

    [finding] = [each for each in check(snapshot, matrix) if isinstance(each, Finding)]

    assert finding.subject.name == "GPU at 0000:66:00.0"
    assert not finding.blocks  # the other one has its window: it fails for another reason


def test_does_not_apply_on_boards(matrix: Matrix) -> None:
    board = with_bars(bars(1), platform__integrated_board=Known("DGX Spark", "DMI"))

    assert isinstance(only(board, matrix), NotApplicable)
