from gpudoctor.checks.numpy_abi_mismatch import check
from gpudoctor.facts import FrameworkFacts, Snapshot, Symptom
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable
from gpudoctor.matrix import Matrix
from machines import NOT_IMPORTED, changed, failed_import, machine, torch

WORDS = "A module that was compiled using NumPy 1.x cannot be run in"


def complaining(framework: FrameworkFacts) -> Snapshot:
    symptom = Symptom("built-for-another-numpy", WORDS, "numpy", 0)
    return changed(machine(framework), symptoms=(symptom,))


def test_clears_what_imports_in_silence(matrix: Matrix) -> None:
    assert isinstance(next(check(machine(torch()), matrix)), Cleared)


def test_says_nothing_where_nothing_was_imported_and_nothing_complains(matrix: Matrix) -> None:
    snapshot = machine(torch(imported=NOT_IMPORTED))

    assert isinstance(next(check(snapshot, matrix)), NotApplicable)


def test_a_complaint_of_a_framework_that_works_is_a_warning(matrix: Matrix) -> None:
    finding = next(check(complaining(torch()), matrix))

    assert isinstance(finding, Finding)
    assert not finding.blocks
    assert finding.confidence is Confidence.LIKELY
    assert finding.evidence[0].value == WORDS


def test_a_complaint_before_a_failed_import_blocks(matrix: Matrix) -> None:
    broken = torch(imported=failed_import("ImportError: numpy.core.multiarray failed to import"))

    finding = next(check(complaining(broken), matrix))

    assert isinstance(finding, Finding)
    assert finding.blocks
    assert finding.confidence is Confidence.CERTAIN
