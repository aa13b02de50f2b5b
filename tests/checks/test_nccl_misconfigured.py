import pytest

from gpudoctor.checks.nccl_misconfigured import check
from gpudoctor.facts import Absent, Known, Snapshot, Symptom
from gpudoctor.findings import Confidence, Finding, NotApplicable, Undetermined, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.symptoms import read_symptoms
from gpudoctor.symptoms.nccl import NCCL
from machines import environment, machine, torch
from memory_texts import printed, told

VAGUE = "RuntimeError: NCCL error in: ProcessGroupNCCL.cpp:1191, unhandled system error"


def one(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


@pytest.mark.parametrize(
    "row", [each for each in NCCL if each.id != "nccl-system-error"], ids=lambda each: each.id
)
def test_each_message_that_names_a_reason_is_a_finding(matrix: Matrix, row: Symptom) -> None:
    finding = one(told(printed(row.example)), matrix)  # type: ignore[attr-defined]

    assert isinstance(finding, Finding)
    assert finding.confidence in (Confidence.STATED, Confidence.LIKELY)
    assert finding.remedies


def test_a_reason_outranks_the_vague_error_whichever_comes_first(matrix: Matrix) -> None:
    reason = printed("bootstrap.cc:45 NCCL WARN Bootstrap : no socket interface found")

    for symptoms in ((printed(VAGUE), reason), (reason, printed(VAGUE))):
        assert isinstance(one(told(*symptoms), matrix), Finding)


def test_the_vague_error_alone_decides_nothing(matrix: Matrix) -> None:
    assert isinstance(one(told(printed(VAGUE)), matrix), Undetermined)


def test_full_shared_memory_is_another_fault(matrix: Matrix) -> None:
    full = printed("NCCL WARN Call to posix_fallocate failed : No space left on device")

    assert isinstance(one(told(full, printed(VAGUE)), matrix), NotApplicable)


@pytest.mark.parametrize(
    "text",
    [
        "NCCL WARN socketStartConnect: Connect to 10.0.0.2<41234> failed : Connection refused",
        "NCCL INFO NET/Plugin: Could not find: libnccl-net.so. Using internal network plugin.",
        "[E ProcessGroupNCCL.cpp:607] Watchdog caught collective operation timeout",
        "NCCL WARN Cuda failure 'CUDA driver version is insufficient for CUDA runtime version'",
        "NCCL WARN Cuda failure 'out of memory'",
        "ncclRemoteError: A call failed possibly due to a network error or a remote process",
    ],
)
def test_a_rank_that_died_elsewhere_and_remarks_are_not_it(text: str) -> None:
    assert not [each for each in read_symptoms([text], None, None) if each.id.startswith("nccl-")]


def test_a_variable_that_names_the_interface_is_shown_and_taken_back(matrix: Matrix) -> None:
    symptom = printed("bootstrap.cc:45 NCCL WARN Bootstrap : no socket interface found")

    finding = one(told(symptom, variables={"NCCL_SOCKET_IFNAME": "ib9"}), matrix)

    assert isinstance(finding, Finding)
    assert "NCCL_SOCKET_IFNAME=ib9" in str(finding.evidence)
    assert "unset NCCL_SOCKET_IFNAME" in str(finding.remedies)


def test_a_build_without_cuda_is_another_fault(matrix: Matrix) -> None:
    symptom = printed("RuntimeError: Distributed package doesn't have NCCL built in")
    cpu = environment(torch(variant=Known("cpu", "t"), built_for_cuda=Absent("t")))

    assert isinstance(one(told(symptom, environments=(cpu,)), matrix), NotApplicable)


def test_does_not_apply_where_nccl_said_nothing(matrix: Matrix) -> None:
    assert isinstance(one(machine(torch()), matrix), NotApplicable)
