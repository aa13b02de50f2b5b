"""Messages about memory: a GPU's, and the host's shared memory."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

_SIZE = r"[\d.]{1,20} ?[KMGT]?i?B"

# An allocation on a GPU failed, and the program with it.
_OUT_OF_MEMORY: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "gpu-out-of-memory",
        re.compile(r"CUDA out of memory\. {0,2}Tried to allocate"),
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a",
        "torch",
        end=re.compile(r"but unallocated|in total by PyTorch|iB cached\)"),
    ),
    # PyTorch with CUDA's own asynchronous allocator.
    SymptomPattern(
        "gpu-out-of-memory",
        re.compile(r"Allocation on device \d{1,3} would exceed allowed memory"),
        "torch.OutOfMemoryError: Allocation on device 0 would exceed allowed memory. (out of "
        "memory)",
        "torch",
        end=re.compile(r"Free \(according to CUDA\) {0,20}: {0,20}[\d.]{1,20} \w{1,5}"),
    ),
    SymptomPattern(
        "gpu-out-of-memory",
        re.compile(
            r"OOM when allocating tensor with shape|"
            # Where the caller can do with less, the same line says so and nothing failed.
            r"\(GPU_\d+_bfc\) ran out of memory trying to allocate (?!.{0,200}not a failure)"
        ),
        "ResourceExhaustedError: OOM when allocating tensor with shape[64,512,512] and type float",
    ),
    SymptomPattern(
        "gpu-out-of-memory",
        re.compile(
            r"(?:RESOURCE_EXHAUSTED|Resource exhausted): "
            r"(?:Out of memory (?:while trying to allocate|allocating)|Failed to allocate request)"
            r"|Failed to allocate \d{1,20} bytes for new constant"
        ),
        "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4294967296 bytes.",
    ),
    SymptomPattern(
        "gpu-out-of-memory",
        re.compile(r"OutOfMemoryError: Out of memory allocating [\d,]{1,30} bytes"),
        "cupy.cuda.memory.OutOfMemoryError: Out of memory allocating 8,000,000,000 bytes",
        "cupy",
    ),
    SymptomPattern(
        "gpu-out-of-memory",
        re.compile(r"Free memory on device (?:\S{1,20} )?\([^)]{1,40}\) on startup is less than"),
        "ValueError: Free memory on device cuda:0 (3.10/23.60 GiB) on startup is less than desired",
        "vllm",
    ),
    SymptomPattern(
        "gpu-out-of-memory",
        re.compile(
            r"No available memory for the cache blocks|CUDA out of memory occurred when warming up"
            r"|larger than the available KV cache memory"
            r"|larger than the maximum number of tokens that can be stored in KV cache"
        ),
        "ValueError: No available memory for the cache blocks. Try increasing",
        "vllm",
    ),
    SymptomPattern(
        "gpu-out-of-memory",
        re.compile(
            r"Out of memory error on GPU \d+\. {1,2}Cannot allocate|"
            r"cudaMalloc(?:Async)? (?:retry )?failed: out of memory"
        ),
        "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 9000.00 MiB on device 0: "
        "cudaMalloc failed: out of memory",
    ),
    SymptomPattern(
        "gpu-context-refused",
        re.compile(
            r"(?:cuDevicePrimaryCtxRetain|cuCtxCreate)\S{0,10} ?[^\n]{0,40}CUDA_ERROR_OUT_OF_MEMORY"
        ),
        "failed call to cuDevicePrimaryCtxRetain: CUDA_ERROR_OUT_OF_MEMORY: out of memory; total "
        "memory reported: 11996954624",
    ),
    # TensorFlow and XLA try again with less after this one.
    SymptomPattern(
        "gpu-allocation-refused",
        re.compile(
            r"failed to alloc(?:ate)? [^\n]{0,30}\(\d+ bytes\) (?:from|on) device:"
            r"[^\n]{0,40}(?:OUT_OF_MEMORY|out of memory)"
        ),
        "failed to allocate 9.50G (10200547328 bytes) from device: CUDA_ERROR_OUT_OF_MEMORY",
    ),
    SymptomPattern(
        "gpu-out-of-memory-unsized",
        re.compile(
            r"CUDA error(?:: |\(2\): | 2 at .{0,100}: )out of memory|CUDA failure 2: out of memory"
            r"|CUDA failed with error out of memory|Dst tensor is not initialized"
            r"|cuda runtime error \(2\) ?: out of memory"
            r"|cuMem\w{1,20} results in CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation: out of"
        ),
        "RuntimeError: CUDA error: out of memory",
    ),
)

# cuDNN or cuBLAS could not set up its own state on the GPU.
_HANDLES: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "gpu-handle-failed",
        re.compile(
            r"(?i)could not create cudnn handle: "
            r"CUDNN_STATUS_(?:NOT_INITIALIZED|INTERNAL_ERROR|ALLOC_FAILED)"
        ),
        "cuda_dnn.cc:328] Could not create cudnn handle: CUDNN_STATUS_INTERNAL_ERROR",
    ),
    SymptomPattern(
        "gpu-handle-failed",
        re.compile(
            r"failed to create cublas handle: (?:CUBLAS_STATUS_(?:NOT_INITIALIZED|ALLOC_FAILED)"
            r"|the library was not initialized|the resource allocation failed)"
        ),
        "cuda_blas.cc:226] failed to create cublas handle: CUBLAS_STATUS_ALLOC_FAILED",
    ),
    SymptomPattern(
        "gpu-handle-failed",
        re.compile(
            r"This is probably because cuDNN failed to initialize"
            r"|DNN library initialization failed|Failed to determine best cudnn convolution"
            r"|Blas (?:x?GEMM|xGEMV|SGEMM) launch failed|StreamExecutor without BLAS support"
        ),
        "UnknownError: Failed to get convolution algorithm. This is probably because cuDNN failed "
        "to initialize",
    ),
    SymptomPattern(
        "gpu-handle-failed",
        re.compile(
            r"CUBLAS_STATUS_(?:NOT_INITIALIZED|ALLOC_FAILED),? when calling `cublasCreate"
            r"|cuDNN error: CUDNN_STATUS_(?:NOT_INITIALIZED|ALLOC_FAILED)"
        ),
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "torch",
    ),
)

# What a program or a tool says of a GPU's memory in passing.
_REMARKS: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "cudnn-suspects-driver",
        re.compile(r"Possibly insufficient driver version"),
        "cuda_dnn.cc:523] Possibly insufficient driver version: 470.57.2",
        is_trouble=False,
    ),
    SymptomPattern(
        "gpu-memory-at-failure",
        re.compile(r"Memory usage: (\d{1,20}) bytes free, \d{1,20} bytes total"),
        "cuda_dnn.cc:534] Memory usage: 23068672 bytes free, 8361738240 bytes total.",
        is_trouble=False,
    ),
    SymptomPattern(
        "gpu-memory-at-start",
        re.compile(rf"totalMemory: ({_SIZE}) freeMemory: {_SIZE}"),
        "totalMemory: 7.92GiB freeMemory: 6.59GiB",
        is_trouble=False,
    ),
    SymptomPattern(
        "tensorflow-device-memory",
        re.compile(r"Created (?:TensorFlow )?device \([^\n]{0,120} with (\d{1,9}) MB memory"),
        "Created TensorFlow device (/job:localhost/replica:0/task:0/device:GPU:0 with 8192 MB "
        "memory)",
        is_trouble=False,
    ),
    SymptomPattern(
        "tensorflow-device-memory",
        re.compile(r"Created device /[^\n]{0,120} with (\d{1,9}) MB memory"),
        "Created device /job:localhost/replica:0/task:0/device:GPU:0 with 22292 MB memory",
        is_trouble=False,
    ),
    SymptomPattern(
        "bfc-limit",
        re.compile(r"^(?:[^\n]{0,200}\] )?\s{0,40}Limit: {2,40}(\d{1,20})\s{0,8}$"),
        "Limit:                  7660503040",
        is_trouble=False,
    ),
    SymptomPattern(
        "bfc-in-use",
        re.compile(r"^(?:[^\n]{0,200}\] )?\s{0,40}InUse: {2,40}(\d{1,20})\s{0,8}$"),
        "InUse:                  7500001280",
        is_trouble=False,
    ),
    SymptomPattern(
        "gpu-process-listed",
        re.compile(
            r"\| {1,6}\d{1,3} {1,6}(?:(?:N/A|\d{1,3}) {1,6}){0,2}(\d{1,10}) {1,6}(?:C|C\+G|M\+C) "
            r"[^|\n]{1,80} \d{1,7}MiB \|"
        ),
        "|    0   N/A  N/A     12345      C   python                           22222MiB |",
        is_trouble=False,
    ),
)

_SHARED_MEMORY: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "shared-memory-full",
        re.compile(
            r"/dev/shm/nccl-[^\n]{0,120}No space left on device"
            r"|Call to (?:posix_fallocate|ftruncate|mmap) failed ?: No space left on device"
            r"|</?torch_\w{1,40}>: No space left on device"
            r"|shared memory object </torch_\w{1,40}>[^\n]{0,40}"
            r"(?:No space left|Permission denied|Operation not permitted|Read-only file system)"
            r"|No space left on device: '/dev/shm/"
        ),
        "NCCL WARN Error: failed to extend /dev/shm/nccl-AbCdEf to 9637892 bytes, error: No space "
        "left on device (28)",
    ),
    SymptomPattern(
        "shared-memory-suspected",
        re.compile(
            r"dataloader's workers are out of shared memory"
            r"|This might be caused by insufficient shared memory"
            r"|is killed by signal: Bus error|Caught signal 7 \(Bus error"
        ),
        "RuntimeError: DataLoader worker (pid 4711) is killed by signal: Bus error. It is possible "
        "that dataloader's workers are out of shared memory.",
    ),
)

MEMORY = (*_OUT_OF_MEMORY, *_HANDLES, *_SHARED_MEMORY, *_REMARKS)
