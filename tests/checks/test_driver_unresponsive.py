from gpudoctor.checks.driver_unresponsive import check
from gpudoctor.facts import ChildEnd, NativeProbe, Snapshot
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import machine

DONE = ChildEnd("done", "", 0.2)
LATE = ChildEnd("timed-out", "no answer in 30 s", 30.0)
STUCK = ChildEnd("unkillable", "no answer in 30 s, and it can't be killed: state D in nv_open", 31)


def probed(nvml: ChildEnd, libcuda: ChildEnd) -> Snapshot:
    return machine(native_probes=(NativeProbe("NVML", nvml), NativeProbe("libcuda", libcuda)))


def test_clears_probes_that_end(matrix: Matrix) -> None:
    [verdict] = check(machine(), matrix)

    assert isinstance(verdict, Cleared)


def test_clears_a_probe_that_crashes(matrix: Matrix) -> None:
    [verdict] = check(probed(ChildEnd("crashed", "SIGSEGV", 0.1), DONE), matrix)

    assert isinstance(verdict, Cleared)


def test_finds_a_process_stuck_inside_the_driver(matrix: Matrix) -> None:
    [finding] = check(probed(STUCK, DONE), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert "state D in nv_open" in finding.detail
    assert finding.evidence[0].fact == "/native_probes/0/end"


def test_finds_two_probes_past_their_deadline(matrix: Matrix) -> None:
    [finding] = check(probed(LATE, LATE), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_does_not_conclude_from_one_slow_probe(matrix: Matrix) -> None:
    [verdict] = check(probed(DONE, LATE), matrix)

    assert isinstance(verdict, Undetermined)


def test_does_not_apply_where_nothing_was_called(matrix: Matrix) -> None:
    for probes in ((), (NativeProbe("NVML", ChildEnd("not-started", "no Python", 0.0)),)):
        [verdict] = check(machine(native_probes=probes), matrix)

        assert isinstance(verdict, NotApplicable)
