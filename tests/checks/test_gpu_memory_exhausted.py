import pytest

from gpudoctor.checks.gpu_memory_exhausted import check
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined, Verdict
from gpudoctor.matrix import Matrix
from machines import gpu, machine, torch
from memory_texts import TORCH, printed, told


def one(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


def test_one_request_larger_than_the_card(matrix: Matrix) -> None:
    text = TORCH.format(asked="74.16 GiB", total="44.40 GiB", free="29.89 GiB") + (
        "Process 4711 has 14.51 GiB memory in use. Of the allocated memory 13.44 GiB is allocated "
        "by PyTorch, and 738.96 MiB is reserved by PyTorch but unallocated."
    )

    finding = one(told(printed(text)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert "larger than the whole card" in finding.detail


@pytest.mark.parametrize(
    "text",
    [
        TORCH.format(asked="1.25 GiB", total="93.02 GiB", free="1.18 GiB")
        + "Including non-PyTorch memory, this process has 91.82 GiB memory in use. Of the "
        "allocated memory 90.63 GiB is allocated by PyTorch, and 120.54 MiB is reserved by "
        "PyTorch but unallocated.",
        # Windows lends the host's memory: more is allocated than the card has.
        TORCH.format(asked="20.00 MiB", total="8.00 GiB", free="0 bytes")
        + "Of the allocated memory 14.51 GiB is allocated by PyTorch, and 15.90 MiB is reserved by "
        "PyTorch but unallocated.",
        "CUDA out of memory. Tried to allocate 256.00 MiB (GPU 0; 10.76 GiB total capacity; 9.66 "
        "GiB already allocated; 4.56 MiB free; 9.74 GiB reserved in total by PyTorch)",
        # NVML did not know, and PyTorch printed what it got.
        TORCH.format(asked="1.00 GiB", total="24.00 GiB", free="0.50 GiB")
        + "Including non-PyTorch memory, this process has 17179869184.00 GiB memory in use. Of the "
        "allocated memory 22.50 GiB is allocated by PyTorch, and 0 bytes is reserved by PyTorch "
        "but unallocated.",
    ],
)
def test_the_program_itself_fills_the_card(matrix: Matrix, text: str) -> None:
    assert isinstance(one(told(printed(text)), matrix), Finding)


@pytest.mark.parametrize(
    "text",
    [
        "ResourceExhaustedError: OOM when allocating tensor with shape[123008,500] and type float",
        "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 8589934592 bytes.",
        "cupy.cuda.memory.OutOfMemoryError: Out of memory allocating 8,000,000,000 bytes (allocated"
        " so far: 0 bytes).",
        "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 9000.00 MiB on device 0: "
        "cudaMalloc failed: out of memory",
        "ValueError: No available memory for the cache blocks. Try increasing "
        "`gpu_memory_utilization` when initializing the engine.",
    ],
)
def test_a_frameworks_own_allocator_ran_out(matrix: Matrix, text: str) -> None:
    assert isinstance(one(told(printed(text)), matrix), Finding)


def test_the_cards_size_comes_from_elsewhere_where_the_message_lacks_it(matrix: Matrix) -> None:
    text = "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 85899345920 bytes."

    finding = one(told(printed(text), gpus=(gpu(),)), matrix)

    assert isinstance(finding, Finding)
    assert "80 GiB is larger than the whole card, 40 GiB" in finding.detail


def test_an_empty_card_is_not_short_of_memory(matrix: Matrix) -> None:
    text = TORCH.format(asked="20.00 MiB", total="42.00 GiB", free="41.90 GiB") + (
        "Of the allocated memory 0 bytes is allocated by PyTorch, and 0 bytes is reserved by "
        "PyTorch but unallocated."
    )

    verdict = one(told(printed(text)), matrix)

    assert isinstance(verdict, Cleared)
    assert "driver" in verdict.detail


def test_a_message_without_bytes_decides_nothing(matrix: Matrix) -> None:
    assert isinstance(
        one(told(printed("RuntimeError: CUDA error: out of memory")), matrix), Undetermined
    )
    assert isinstance(
        one(told(printed("CUDA out of memory. Tried to allocate 20.00 MiB")), matrix), Undetermined
    )


def test_does_not_apply_where_nothing_ran_out(matrix: Matrix) -> None:
    assert isinstance(one(machine(torch()), matrix), NotApplicable)


def test_a_process_that_took_the_card_first_is_another_cause(matrix: Matrix) -> None:
    refused = printed(
        "failed to allocate 9.50G (10200547328 bytes) from device: CUDA_ERROR_OUT_OF_MEMORY"
    )
    small = printed("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4096 bytes.")

    assert isinstance(one(told(small), matrix), Finding)
    assert isinstance(one(told(refused, small), matrix), NotApplicable)
