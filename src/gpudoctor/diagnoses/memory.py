"""The diagnoses of the group "Memory and use", and NCCL's."""

from gpudoctor.findings import Diagnosis
from gpudoctor.rungs import Rung

_GROUP = "Memory and use"

NCCL_MISCONFIGURED = Diagnosis(
    id="nccl-misconfigured",
    title="NCCL can't connect the GPUs as this machine is set up",
    group="CUDA toolkit and libraries",
    rung=Rung.COMPUTES,
    meaning="NCCL's initialisation, transport or peer access fails for a reason in the set-up; a "
    "job that died elsewhere is not this.",
    explains=(),
)

GPU_MEMORY_HELD_BY_OTHERS = Diagnosis(
    id="gpu-memory-held-by-others",
    title="Other programs hold the GPU's memory",
    group=_GROUP,
    rung=Rung.COMPUTES,
    meaning="A program ran out of memory that other processes hold, or a card is so full that "
    "nothing more can start on it.",
    explains=(),
)

GPU_MEMORY_PREALLOCATED = Diagnosis(
    id="gpu-memory-preallocated",
    title="TensorFlow or JAX took the GPU's memory by default",
    group=_GROUP,
    rung=Rung.COMPUTES,
    meaning="TensorFlow or JAX took the card when it started, as it does by default, and another "
    "consumer in the process (cuDNN, cuBLAS, PyTorch) found none.",
    explains=(),
)

GPU_MEMORY_FRAGMENTED = Diagnosis(
    id="gpu-memory-fragmented",
    title="The GPU's memory is reserved in pieces that are too small",
    group=_GROUP,
    rung=Rung.COMPUTES,
    meaning="A program ran out of memory while enough was reserved and in no tensor: settings of "
    "the allocator help.",
    explains=(),
)

GPU_MEMORY_EXHAUSTED = Diagnosis(
    id="gpu-memory-exhausted",
    title="The job asks for more memory than the GPU has",
    group=_GROUP,
    rung=Rung.COMPUTES,
    meaning="The program itself fills the card and asks for more, by the bytes.",
    explains=(),
)

HOST_SHARED_MEMORY_TOO_SMALL = Diagnosis(
    id="host-shared-memory-too-small",
    title="The host's shared memory is too small",
    group=_GROUP,
    rung=Rung.COMPUTES,
    meaning="/dev/shm is too small for loader workers or NCCL, or is not writable for them.",
    explains=("nccl-misconfigured",),
)
