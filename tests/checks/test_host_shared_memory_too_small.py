import pytest

from gpudoctor.checks.host_shared_memory_too_small import check
from gpudoctor.facts import Absent, Known, SharedMemory, Snapshot, Unknown
from gpudoctor.findings import (
    Cleared,
    Confidence,
    Finding,
    Manual,
    NotApplicable,
    Undetermined,
    Verdict,
)
from gpudoctor.matrix import Matrix
from gpudoctor.symptoms import read_symptoms
from machines import machine
from memory_texts import printed, told

MIB = 1 << 20
FULL = (
    "NCCL WARN Error: failed to extend /dev/shm/nccl-AbCdEf to 9637892 bytes, error: No space left "
    "on device (28)"
)
BUS_ERROR = "RuntimeError: DataLoader worker (pid 4711) is killed by signal: Bus error. "


def shm(size: int, free: int, *, is_writable: bool = True) -> "Known[SharedMemory]":
    return Known(SharedMemory(size, free, is_writable), "/dev/shm")


def one(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


def test_dockers_default_is_no_finding_by_itself(matrix: Matrix) -> None:
    small = machine(platform__container=Known("docker", "t"), shared_memory=shm(64 * MIB, 64 * MIB))

    verdict = one(small, matrix)

    assert isinstance(verdict, Cleared)
    assert "64 MiB" in verdict.detail


def test_a_user_who_may_not_write_there_is_warned(matrix: Matrix) -> None:
    finding = one(machine(shared_memory=shm(MIB, MIB, is_writable=False)), matrix)

    assert isinstance(finding, Finding)
    assert (finding.blocks, finding.confidence) == (False, Confidence.CERTAIN)


@pytest.mark.parametrize("fact", [Absent("/dev/shm"), Unknown("/dev/shm can't be measured")])
def test_does_not_apply_where_nothing_failed_and_nothing_is_known(
    matrix: Matrix, fact: "Absent | Unknown"
) -> None:
    assert isinstance(one(machine(shared_memory=fact), matrix), NotApplicable)


@pytest.mark.parametrize(
    "text",
    [
        FULL,
        "include/shm.h:28 NCCL WARN Call to posix_fallocate failed : No space left on device",
        "RuntimeError: unable to write to file </torch_4711_22>: No space left on device (28)",
        "RuntimeError: unable to open shared memory object </torch_4711_22> in read-write mode: No "
        "space left on device (28)",
        "OSError: [Errno 28] No space left on device: '/dev/shm/sem.abc'",
    ],
)
def test_a_message_states_that_it_was_full(matrix: Matrix, text: str) -> None:
    finding = one(told(printed(text)), matrix)

    assert isinstance(finding, Finding)
    assert (finding.blocks, finding.confidence) == (True, Confidence.STATED)


def test_a_bus_error_is_likely_it_unless_there_is_ample_room(matrix: Matrix) -> None:
    symptom = printed(BUS_ERROR)
    small, large = (shm(64 * MIB, 60 * MIB), shm(64 << 30, 60 << 30))

    likely = one(machine(shared_memory=small, symptoms=(symptom,)), matrix)
    ample = one(machine(shared_memory=large, symptoms=(symptom,)), matrix)

    assert isinstance(likely, Finding)
    assert likely.confidence is Confidence.LIKELY
    assert "64 MiB" in likely.detail
    assert isinstance(ample, Undetermined)


def test_a_statement_outranks_a_suspicion(matrix: Matrix) -> None:
    finding = one(told(printed(BUS_ERROR), printed(FULL)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED


def test_too_many_open_files_are_not_it() -> None:
    text = "unable to open shared memory object </torch_1_2> in read-write mode: Too many open"

    assert not list(read_symptoms([text], None, None))


@pytest.mark.parametrize(
    ("kind", "word"), [("docker", "--shm-size"), ("kubernetes", "emptyDir"), (None, "remount")]
)
def test_it_is_enlarged_where_it_is_mounted(matrix: Matrix, kind: str | None, word: str) -> None:
    container = Absent("t") if kind is None else Known(kind, "t")
    snapshot = machine(platform__container=container, symptoms=(printed(FULL),))

    finding = one(snapshot, matrix)

    assert isinstance(finding, Finding)
    [remedy] = finding.remedies
    assert word in str(remedy.steps)
    assert any(isinstance(step, Manual) for step in remedy.steps) == (kind is not None)
