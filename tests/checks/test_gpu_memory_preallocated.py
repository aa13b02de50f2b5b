import pytest

from gpudoctor.checks.gpu_memory_preallocated import check
from gpudoctor.facts import Known, Snapshot
from gpudoctor.findings import (
    Cleared,
    Confidence,
    Finding,
    NotApplicable,
    Shell,
    Undetermined,
    Verdict,
)
from gpudoctor.matrix import Matrix
from machines import environment, failed_import, machine, tensorflow, torch
from memory_texts import TORCH, printed, told

HANDLE = "tensorflow/stream_executor/cuda/cuda_dnn.cc:328] Could not create cudnn handle: "
FULL = "cuda_dnn.cc:534] Memory usage: 23068672 bytes free, 8361738240 bytes total."
ROOM = "cuda_dnn.cc:534] Memory usage: 7361738240 bytes free, 8361738240 bytes total."


def one(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


@pytest.mark.parametrize(
    "text",
    [
        HANDLE + "CUDNN_STATUS_INTERNAL_ERROR",
        HANDLE.replace("Could", "could") + "CUDNN_STATUS_NOT_INITIALIZED",
        "cuda_blas.cc:226] failed to create cublas handle: CUBLAS_STATUS_ALLOC_FAILED",
        "UnknownError: Failed to get convolution algorithm. This is probably because cuDNN failed "
        "to initialize, so try looking to see if a warning log message was printed above.",
        "RuntimeError: UNKNOWN: Failed to determine best cudnn convolution algorithm",
        "InternalError: Blas GEMM launch failed : a.shape=(32, 784), b.shape=(784, 128)",
    ],
)
def test_a_handle_beside_a_framework_that_takes_the_card(matrix: Matrix, text: str) -> None:
    finding = one(told(printed(text)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert "inference" in finding.detail


def test_the_bytes_beside_it_make_it_likely_or_deny_it(matrix: Matrix) -> None:
    failed = printed(HANDLE + "CUDNN_STATUS_NOT_INITIALIZED")

    likely = one(told(failed, printed(FULL)), matrix)
    denied = one(told(failed, printed(ROOM)), matrix)

    assert isinstance(likely, Finding)
    assert likely.confidence is Confidence.LIKELY
    assert isinstance(denied, Undetermined)


def test_a_suspected_driver_is_decided_by_the_bytes(matrix: Matrix) -> None:
    failed = printed(HANDLE + "CUDNN_STATUS_NOT_INITIALIZED")
    suspected = printed("cuda_dnn.cc:523] Possibly insufficient driver version: 470.57.2")

    assert isinstance(one(told(failed, suspected), matrix), Undetermined)
    assert isinstance(one(told(failed, suspected, printed(FULL)), matrix), Finding)


def test_a_cudnn_of_another_version_is_another_fault(matrix: Matrix) -> None:
    failed = printed("This is probably because cuDNN failed to initialize")
    other = printed("Loaded runtime CuDNN library: 8.1.0 but source was compiled with: 8.6.0.")

    assert isinstance(one(told(failed, other), matrix), NotApplicable)


@pytest.mark.parametrize(
    "variables",
    [{"TF_FORCE_GPU_ALLOW_GROWTH": "true"}, {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}],
)
def test_a_framework_told_to_take_little_did_not_take_the_card(
    matrix: Matrix, variables: dict[str, str]
) -> None:
    failed = printed(HANDLE + "CUDNN_STATUS_INTERNAL_ERROR")

    assert isinstance(one(told(failed, variables=variables), matrix), Undetermined)


def test_pytorch_takes_memory_as_it_goes(matrix: Matrix) -> None:
    text = "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(h)`"

    assert isinstance(one(told(printed(text)), matrix), Undetermined)


def test_pytorch_beside_tensorflow_in_one_process(matrix: Matrix) -> None:
    text = TORCH.format(asked="20.00 MiB", total="23.69 GiB", free="12.06 MiB") + (
        "Including non-PyTorch memory, this process has 23.60 GiB memory in use. Of the allocated "
        "memory 1.50 GiB is allocated by PyTorch, and 10.00 MiB is reserved by PyTorch but "
        "unallocated."
    )
    both = (environment(packages=Known({"torch": "2.8.0", "tensorflow": "2.21.0"}, "pip list")),)

    finding = one(told(printed(text), environments=both), matrix)

    assert isinstance(finding, Finding)
    assert "TensorFlow" in finding.detail
    assert isinstance(one(told(printed(text)), matrix), NotApplicable)


def test_each_framework_gets_its_own_setting(matrix: Matrix) -> None:
    symptom = printed(HANDLE + "CUDNN_STATUS_INTERNAL_ERROR", "tensorflow", 0)
    broken = tensorflow(imported=failed_import("InternalError: x"))

    finding = one(machine(broken, symptoms=(symptom,), native_probes=()), matrix)

    assert isinstance(finding, Finding)
    shells = [step for step in finding.remedies[0].steps if isinstance(step, Shell)]
    assert shells == [Shell("export TF_FORCE_GPU_ALLOW_GROWTH=true")]


def test_an_idle_card_that_was_asked_now_denies_it(matrix: Matrix) -> None:
    symptom = printed(HANDLE + "CUDNN_STATUS_INTERNAL_ERROR", "tensorflow", 0)
    broken = tensorflow(imported=failed_import("InternalError: x"))

    assert isinstance(one(machine(broken, symptoms=(symptom,)), matrix), Undetermined)


def test_a_framework_that_computes_is_clear(matrix: Matrix) -> None:
    symptom = printed(HANDLE + "CUDNN_STATUS_INTERNAL_ERROR", "tensorflow", 0)

    assert isinstance(one(machine(tensorflow(), symptoms=(symptom,)), matrix), Cleared)


def test_does_not_apply_where_nothing_failed(matrix: Matrix) -> None:
    assert isinstance(one(machine(torch()), matrix), NotApplicable)
