from typing import Any

import pytest

from gpudoctor.checks.gpu_memory_held_by_others import check
from gpudoctor.checks.gpu_memory_preallocated import check as preallocated
from gpudoctor.facts import Absent, GpuProcess, Known, Snapshot, Symptom, Unknown
from gpudoctor.findings import (
    MACHINE,
    Cleared,
    Confidence,
    Finding,
    NotApplicable,
    Undetermined,
    Verdict,
)
from gpudoctor.matrix import Matrix
from machines import failed_import, gpu, machine, module_gone, torch
from memory_texts import TORCH, printed, told

GIB = 1 << 30
TOTAL = 40 * GIB


def card(free: int, *processes: GpuProcess, **changes: Any) -> Snapshot:
    """A machine whose one GPU has so much memory left."""
    full = gpu(
        memory_used_bytes=Known(TOTAL - free, "NVML"),
        processes=Known(processes, "NVML"),
        **changes,
    )
    return machine(nvml__gpus=Known((full,), "NVML"))


def process(pid: int, gib: int) -> GpuProcess:
    return GpuProcess(
        pid,
        Known(gib * GIB, "NVML"),
        Known("python3", "/proc"),
        Known(1000, "/proc"),
        Known("docker 0123456789ab", "/proc"),
    )


def one(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


def test_a_card_with_almost_nothing_left_is_a_warning_that_names_the_holder(matrix: Matrix) -> None:
    finding = one(card(100 << 20, process(4711, 39)), matrix)

    assert isinstance(finding, Finding)
    assert not finding.blocks
    assert finding.subject.gpu == 0
    assert "python3 (pid 4711, uid 1000, docker 0123456789ab): 39 GiB" in finding.detail
    assert "kill 4711" in str(finding.remedies)


@pytest.mark.parametrize("free", [512 << 20, 4 * GIB, 39 * GIB])
def test_a_card_that_is_busy_and_has_room_is_clear(matrix: Matrix, free: int) -> None:
    assert isinstance(one(card(free, process(4711, 30)), matrix), Cleared)


def test_the_holder_may_be_where_nvml_does_not_look(matrix: Matrix) -> None:
    finding = one(card(0), matrix)

    assert isinstance(finding, Finding)
    assert "outside" in finding.detail


def test_another_gpu_with_room_is_proposed(matrix: Matrix) -> None:
    full = gpu(0, memory_used_bytes=Known(TOTAL, "NVML"))

    first, second = check(machine(nvml__gpus=Known((full, gpu(1)), "NVML")), matrix)

    assert isinstance(first, Finding)
    assert isinstance(second, Cleared)
    assert "CUDA_VISIBLE_DEVICES=1" in str(first.remedies[0].steps)


@pytest.mark.parametrize(
    "changes",
    [
        {"mig_mode": Known(True, "NVML")},
        {"memory_total_bytes": Absent("NVML: not supported")},
    ],
)
def test_does_not_apply_to_cards_that_are_divided_or_have_no_memory_of_their_own(
    matrix: Matrix, changes: dict[str, object]
) -> None:
    assert isinstance(one(card(0, **changes), matrix), NotApplicable)


def test_does_not_guess_what_nvml_did_not_tell(matrix: Matrix) -> None:
    silent = card(0, memory_total_bytes=Unknown("NVML: unknown error"))

    assert isinstance(one(silent, matrix), Undetermined)
    assert isinstance(one(machine(**module_gone()), matrix), NotApplicable)


def test_other_processes_in_pytorchs_message_hold_the_card(matrix: Matrix) -> None:
    text = TORCH.format(asked="86.00 MiB", total="23.64 GiB", free="64.00 MiB") + (
        "Process 11 has 15.10 GiB memory in use. Including non-PyTorch memory, this process has "
        "8.04 GiB memory in use. Of the allocated memory 7.63 GiB is allocated by PyTorch, and "
        "40.11 MiB is reserved by PyTorch but unallocated."
    )

    finding = one(told(printed(text)), matrix)

    assert isinstance(finding, Finding)
    assert (finding.subject, finding.blocks) == (MACHINE, True)
    assert finding.confidence is Confidence.STATED
    assert "process 11 (15.1 GiB)" in finding.detail


@pytest.mark.parametrize(
    ("used", "allocated", "kind"),
    [
        ("91.82 GiB", "90.63 GiB", NotApplicable),  # a context more than PyTorch has: itself
        ("78.90 GiB", "69.30 GiB", NotApplicable),  # both together would not fit: itself
        ("60.00 GiB", "30.00 GiB", Finding),
    ],
)
def test_the_only_process_named_may_be_the_program_itself(
    matrix: Matrix, used: str, allocated: str, kind: type[Verdict]
) -> None:
    text = TORCH.format(asked="1.50 GiB", total="93.02 GiB", free="1.18 GiB") + (
        f"Process 4711 has {used} memory in use. Of the allocated memory {allocated} is allocated "
        "by PyTorch, and 120.54 MiB is reserved by PyTorch but unallocated."
    )

    assert isinstance(one(told(printed(text)), matrix), kind)


def test_what_is_neither_free_nor_its_own_is_likely_held_by_others(matrix: Matrix) -> None:
    text = (
        "CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 10.76 GiB total capacity; 1.20 "
        "GiB already allocated; 4.56 MiB free; 1.30 GiB reserved in total by PyTorch)"
    )

    finding = one(told(printed(text)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert "inference" in finding.detail


def test_a_desktop_is_not_what_a_job_fails_for(matrix: Matrix) -> None:
    text = TORCH.format(asked="2.00 GiB", total="24.00 GiB", free="1.00 GiB") + (
        "Process 11 has 2.00 GiB memory in use. Including non-PyTorch memory, this process has "
        "21.00 GiB memory in use. Of the allocated memory 20.00 GiB is allocated by PyTorch, and "
        "0 bytes is reserved by PyTorch but unallocated."
    )

    assert isinstance(one(told(printed(text)), matrix), NotApplicable)


@pytest.mark.parametrize(
    "text",
    [
        "ValueError: Free memory on device cuda:0 (3.10/23.60 GiB) on startup is less than desired "
        "GPU memory utilization (0.9, 21.24 GiB).",
        "failed call to cuDevicePrimaryCtxRetain: CUDA_ERROR_OUT_OF_MEMORY: out of memory",
    ],
)
def test_a_card_that_is_full_before_the_program_began_is_held_by_others(
    matrix: Matrix, text: str
) -> None:
    assert isinstance(one(told(printed(text)), matrix), Finding)


@pytest.mark.parametrize(
    "remark",
    [
        "totalMemory: 10.92GiB freeMemory: 170.50MiB",
        "Created device /job:localhost/replica:0/task:0/device:GPU:0 with 512 MB memory:  -> d",
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "OOM when allocating tensor with shape[64,512] and type float",
        "Could not create cudnn handle: CUDNN_STATUS_INTERNAL_ERROR",
    ],
)
def test_tensorflow_found_little_when_it_started(matrix: Matrix, remark: str, text: str) -> None:
    snapshot = told(printed(text), printed(remark), gpus=(gpu(),))

    [finding] = [each for each in check(snapshot, matrix) if isinstance(each, Finding)]

    assert finding.confidence is Confidence.LIKELY
    assert not [e for e in preallocated(snapshot, matrix) if isinstance(e, Finding)]


def test_the_whole_card_was_free_and_the_driver_refused(matrix: Matrix) -> None:
    refused = printed("failed to allocate 41.00G (44023414784 bytes) from device: out of memory")
    start = printed("totalMemory: 42.00GiB freeMemory: 41.90GiB")

    verdict = one(told(refused, start), matrix)

    assert isinstance(verdict, Cleared)
    assert "driver refused" in verdict.detail


def test_a_message_without_bytes_is_decided_by_the_process_table(matrix: Matrix) -> None:
    table = "|    0   N/A  N/A     12345      C   python                           38000MiB |"
    message = printed("RuntimeError: CUDA error: out of memory")
    listed = Symptom("gpu-process-listed", table, None)
    without, with_table = (told(message, gpus=(gpu(),)), told(message, listed, gpus=(gpu(),)))

    assert isinstance(list(check(without, matrix))[-1], Undetermined)
    [finding] = [each for each in check(with_table, matrix) if isinstance(each, Finding)]
    assert finding.confidence is Confidence.LIKELY


def test_a_full_card_in_a_pasted_table_is_no_fault_by_itself(matrix: Matrix) -> None:
    full = gpu(memory_used_bytes=Known(TOTAL, "nvidia-smi"))

    assert isinstance(one(told(gpus=(full,)), matrix), NotApplicable)


def test_a_live_failure_without_bytes_is_decided_by_the_card(matrix: Matrix) -> None:
    symptom = printed("RuntimeError: CUDA error: out of memory", "torch", 0)
    broken = torch(imported=failed_import("RuntimeError: CUDA error: out of memory"))

    def verdict(used: int) -> Verdict:
        card = gpu(memory_used_bytes=Known(used, "NVML"))
        snapshot = machine(broken, nvml__gpus=Known((card,), "NVML"), symptoms=(symptom,))
        return next(each for each in check(snapshot, matrix) if each.subject.name == "torch")

    assert isinstance(verdict(39 * GIB), Finding)
    assert isinstance(verdict(1 * GIB), Undetermined)


def test_a_framework_that_computes_after_all_is_clear(matrix: Matrix) -> None:
    symptom = printed("failed call to cuCtxCreate: CUDA_ERROR_OUT_OF_MEMORY", "torch", 0)
    verdicts = {
        each.subject.name: each for each in check(machine(torch(), symptoms=(symptom,)), matrix)
    }
    failed = machine(torch(imported=failed_import("x")), symptoms=(symptom,))

    assert isinstance(verdicts["torch"], Cleared)
    assert any(isinstance(each, Finding) and each.blocks for each in check(failed, matrix))
