from dataclasses import replace

import pytest

from gpudoctor.checks.gpu_memory_fragmented import check
from gpudoctor.facts import Snapshot, Symptom
from gpudoctor.findings import Confidence, Finding, NotApplicable, Shell, Verdict
from gpudoctor.matrix import Matrix
from machines import machine, torch
from memory_texts import TORCH, printed, told

HINT = "If reserved but unallocated memory is large try setting "


def one(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


def torch_text(cached: float, asked: float = 7.5, free: float = 6.6) -> str:
    """A message of a card of 22 GiB that nobody else uses."""
    own = 22 - free
    return TORCH.format(asked=f"{asked:.2f} GiB", total="22.00 GiB", free=f"{free:.2f} GiB") + (
        f"Including non-PyTorch memory, this process has {own:.2f} GiB memory in use. Of the "
        f"allocated memory {own - cached - 0.5:.2f} GiB is allocated by PyTorch, and {cached:.2f} "
        f"GiB is reserved by PyTorch but unallocated. {HINT}"
        "PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True"
    )


@pytest.mark.parametrize("asked", [7.5, 15.3])
def test_enough_is_reserved_and_in_no_tensor(matrix: Matrix, asked: float) -> None:
    finding = one(told(printed(torch_text(8.71, asked))), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert "8.71 GiB were reserved" in finding.detail


@pytest.mark.parametrize(("cached", "asked"), [(8.71, 15.4), (1.0, 7.7), (0.02, 7.5)])
def test_the_sentence_about_it_is_always_printed_and_means_nothing(
    matrix: Matrix, cached: float, asked: float
) -> None:
    assert isinstance(one(told(printed(torch_text(cached, asked))), matrix), NotApplicable)


def test_shards_that_any_allocator_has_are_not_it(matrix: Matrix) -> None:
    shards, much = torch_text(1.0, 0.9, 0.01), torch_text(1.2, 0.9, 0.01)

    assert isinstance(one(told(printed(shards)), matrix), NotApplicable)
    assert isinstance(one(told(printed(much)), matrix), Finding)


def test_the_older_form_states_what_is_reserved_in_total(matrix: Matrix) -> None:
    text = (
        "CUDA out of memory. Tried to allocate 1.00 GiB (GPU 0; 10.76 GiB total capacity; 6.00 GiB "
        "already allocated; 0.25 GiB free; 9.50 GiB reserved in total by PyTorch) If reserved "
        "memory is >> allocated memory try setting max_split_size_mb to avoid fragmentation."
    )

    finding = one(told(printed(text)), matrix)

    assert isinstance(finding, Finding)
    assert Shell("export PYTORCH_CUDA_ALLOC_CONF=max_split_size_mb:128") in (
        finding.remedies[0].steps
    )


def test_a_request_smaller_than_what_is_free_is_likely_it(matrix: Matrix) -> None:
    text = TORCH.format(asked="20.00 MiB", total="4.00 GiB", free="2.35 GiB") + (
        "Of the allocated memory 825.15 MiB is allocated by PyTorch, and 24.85 MiB is reserved by "
        "PyTorch but unallocated."
    )

    finding = one(told(printed(text)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_tensorflows_limit_and_use_decide(matrix: Matrix) -> None:
    asked = printed(
        "bfc_allocator.cc:497] Allocator (GPU_0_bfc) ran out of memory trying to allocate 1.00GiB "
        "(rounded to 1073741824)requested by op Conv2D"
    )
    limit = printed("Limit:                  8589934592")
    full = Symptom("bfc-in-use", "InUse: 8500000000", None, names="8500000000")
    loose = printed("InUse:                  4294967296")

    assert isinstance(one(told(asked, limit, full), matrix), NotApplicable)
    finding = one(told(asked, limit, loose), matrix)
    assert isinstance(finding, Finding)
    assert Shell("export TF_GPU_ALLOCATOR=cuda_malloc_async") in finding.remedies[0].steps


def test_a_setting_that_is_there_already_is_named(matrix: Matrix) -> None:
    variables = {"PYTORCH_ALLOC_CONF": "garbage_collection_threshold:0.8"}

    finding = one(told(printed(torch_text(8.71)), variables=variables), matrix)

    assert isinstance(finding, Finding)
    assert "PYTORCH_ALLOC_CONF is set already" in str(finding.remedies[0].steps)


def test_does_not_apply_where_nothing_ran_out(matrix: Matrix) -> None:
    assert isinstance(one(machine(torch()), matrix), NotApplicable)


def test_windows_has_another_setting(matrix: Matrix) -> None:
    snapshot = told(printed(torch_text(8.71)))
    on_windows = replace(snapshot, platform=replace(snapshot.platform, os="windows"))

    finding = one(on_windows, matrix)

    assert isinstance(finding, Finding)
    line = Shell("set PYTORCH_CUDA_ALLOC_CONF=max_split_size_mb:128")
    assert line in finding.remedies[0].steps
