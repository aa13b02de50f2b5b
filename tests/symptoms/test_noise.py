"""Lines that frighten are called harmless where, and only where, the facts say that they are."""

import pytest

from gpudoctor.facts import Absent, FrameworkFacts, Known, PlatformFacts, Snapshot
from gpudoctor.symptoms import read_noise
from machines import environment, gpu, imported, machine, tensorflow

NOT_ASKED = Snapshot(PlatformFacts("linux", "x86_64"))
ALWAYS = [
    "successful NUMA node read from SysFS had negative value (-1), but there must be at least one",
    "E0000 00:00:1 cuda_dnn.cc:8310] Unable to register cuDNN factory: Attempting to register",
    "computation placer already registered. Please check linkage and avoid linking the same",
    "oneDNN custom operations are on. You may see slightly different numerical results",
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "INFO:jax._src.xla_bridge:Unable to initialize backend 'tpu': INTERNAL: Failed to open libtpu",
    "INFO:jax._src.xla_bridge:Unable to initialize backend 'rocm': Could not find registered",
    "disabling MLIR crash reproducer, set env var `MLIR_CRASH_REPRODUCER_DIRECTORY` to enable.",
    "Some nodes were not assigned to the preferred execution providers which may or may not",
    "E external/xla/xla/service/gpu/buffer_comparator.cc:157] Difference at 0: nan, expected 1",
    "h:1:2 [0] NCCL INFO NET/Plugin : No plugin found (libnccl-net.so), using internal",
    "Allocator (GPU_0_bfc) ran out of memory trying to allocate 2.13GiB with freed_by_count=0. The "
    "caller indicates that this is not a failure, but this may mean that there could be",
]
NOTHING_TO_DO = "failed with error:WARN Nothing to do [NV_WARN_NOTHING_TO_DO]"
PTXAS = "Couldn't invoke ptxas --version"
JIT = (
    "TensorFlow was not built with CUDA kernel binaries compatible with compute capability 9.0. "
    "CUDA kernels will be jit-compiled from PTX"
)
CUDART = "Ignore above cudart dlerror if you do not have a GPU set up on your machine."


def is_noise(line: str, snapshot: Snapshot, framework: FrameworkFacts | None = None) -> bool:
    return bool(list(read_noise([line], snapshot, framework)))


@pytest.mark.parametrize("line", ALWAYS, ids=lambda line: line[:40])
def test_harmless_wherever_it_stands(line: str) -> None:
    assert is_noise(line, NOT_ASKED)


@pytest.mark.parametrize(
    "line",
    [
        "Unable to initialize backend 'cuda': jaxlib was built without CUDA",
        "Could not create cudnn handle: CUDNN_STATUS_INTERNAL_ERROR",
        "Allocator (GPU_0_bfc) ran out of memory trying to allocate 2.13GiB requested by op Conv2D",
    ],
)
def test_the_line_beside_it_that_means_something(line: str) -> None:
    assert not is_noise(line, NOT_ASKED)


@pytest.mark.parametrize("line", [PTXAS, JIT])
def test_compiling_elsewhere_is_harmless_once_it_worked(line: str) -> None:
    works, failed = tensorflow(), tensorflow(imported=imported(computes=Known(False, "t")))

    assert is_noise(line, machine(works), works)
    assert not is_noise(line, machine(failed), failed)
    assert not is_noise(line, NOT_ASKED)


def test_a_missing_runtime_is_harmless_where_there_is_no_gpu() -> None:
    bare = machine(pci=Known((), "t"), nvml__gpus=Absent("t"), libcuda__devices=Absent("t"))

    assert is_noise(CUDART, bare)
    assert not is_noise(CUDART, machine())
    assert not is_noise(CUDART, NOT_ASKED)


def test_tensorrt_is_harmless_until_somebody_installed_it() -> None:
    line = "TF-TRT Warning: Could not find TensorRT"
    wanted = environment(packages=Known({"tensorrt-cu12": "10.0"}, "t"))

    assert is_noise(line, machine())
    assert not is_noise(line, machine(environments=(wanted,)))


def test_a_fabric_manager_has_nothing_to_do_without_an_nvswitch() -> None:
    assert is_noise(NOTHING_TO_DO, machine())
    assert not is_noise(NOTHING_TO_DO, machine(fabric_hardware=Known("6 NVSwitch", "t")))


def test_the_kind_of_card_tells_of_a_fabric_where_the_bus_was_not_seen() -> None:
    def told(name: str) -> Snapshot:
        table = (gpu(name=Known(name, "nvidia-smi")),)
        return Snapshot(
            PlatformFacts("linux", "x86_64"), nvml=machine(nvml__gpus=Known(table, "t")).nvml
        )

    assert is_noise(NOTHING_TO_DO, told("NVIDIA GeForce RTX 4090"))
    assert not is_noise(NOTHING_TO_DO, told("NVIDIA H100 80GB HBM3"))
    assert not is_noise(NOTHING_TO_DO, NOT_ASKED)
