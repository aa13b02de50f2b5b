"""Lines that frighten and mean nothing."""

import re

from gpudoctor.symptoms.conditions import (
    asks_no_tensorrt,
    computes,
    has_no_fabric,
    has_no_gpu,
)
from gpudoctor.symptoms.pattern import NoisePattern

NOISE: tuple[NoisePattern, ...] = (
    NoisePattern(
        re.compile(
            r"NUMA node read from SysFS had negative value|could not open file to read NUMA"
        ),
        "the kernel gives no NUMA node for the card; TensorFlow then uses node 0",
        "successful NUMA node read from SysFS had negative value (-1), but there must be at least",
    ),
    NoisePattern(
        re.compile(
            r"Unable to register cu(?:DNN|FFT|BLAS) factory|computation placer already registered"
        ),
        "a library registers itself twice inside TensorFlow, at level E since 2.14; the first "
        "registration serves",
        "E0000 Unable to register cuDNN factory: Attempting to register factory for plugin cuDNN",
    ),
    NoisePattern(
        re.compile(r"TF-TRT Warning: Could not find TensorRT"),
        "TensorRT is optional and nothing here asks for it",
        "TF-TRT Warning: Could not find TensorRT",
        asks_no_tensorrt,
    ),
    NoisePattern(
        re.compile(
            r"This TensorFlow binary is optimized|To enable the following instructions"
            r"|oneDNN custom operations are on|Your CPU supports instructions that this TensorFlow"
        ),
        "a remark on how TensorFlow was compiled for the CPU",
        "oneDNN custom operations are on. You may see slightly different numerical results",
    ),
    NoisePattern(
        re.compile(r"All log messages before absl::InitializeLog\(\) is called are written"),
        "a remark on logging",
        "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    ),
    NoisePattern(
        re.compile(r"Ignore above cudart dlerror if you do not have a GPU set up"),
        "there is no GPU here, so TensorFlow needs no CUDA runtime",
        "Ignore above cudart dlerror if you do not have a GPU set up on your machine.",
        has_no_gpu,
    ),
    NoisePattern(
        re.compile(
            r"disabling MLIR crash reproducer|this does not guarantee that XLA will be used"
        ),
        "a remark on compilers inside TensorFlow",
        "XLA service 0x7f initialized for platform CUDA (this does not guarantee that XLA will be "
        "used)",
    ),
    NoisePattern(
        re.compile(r"Executor start aborting.{0,160}You must feed a value for placeholder"),
        "TensorFlow 2.12 printed it for work that it then did",
        "[/device:CPU:0] (DEBUG INFO) Executor start aborting (this does not indicate an error and "
        "you can ignore this message): INVALID_ARGUMENT: You must feed a value for placeholder",
    ),
    NoisePattern(
        re.compile(
            r"Couldn't (?:invoke|get) ptxas|Relying on driver to perform ptx compilation"
            r"|Couldn't read CUDA driver version"
        ),
        "without ptxas the driver compiles, and that worked here",
        "Couldn't invoke ptxas --version",
        computes,
    ),
    NoisePattern(
        re.compile(r"not built with CUDA kernel binaries compatible with compute capability"),
        "the driver compiled TensorFlow's PTX for this GPU, which takes long once, and it works",
        "TensorFlow was not built with CUDA kernel binaries compatible with compute capability "
        "9.0. CUDA kernels will be jit-compiled from PTX",
        computes,
    ),
    NoisePattern(
        re.compile(
            r"Unable to initialize backend '(?:tpu|tpu_driver|rocm|plugin|METAL|interpreter)'"
        ),
        "JAX tries every kind of device that it knows, and this machine is of another kind",
        "Unable to initialize backend 'tpu': INTERNAL: Failed to open libtpu.so",
    ),
    NoisePattern(
        re.compile(r"nodes were not assigned to the preferred execution providers"),
        "ONNX Runtime keeps small operations on the CPU on purpose",
        "Some nodes were not assigned to the preferred execution providers which may or may not "
        "have an negative impact on performance",
    ),
    NoisePattern(
        re.compile(r"Difference at \d{1,12}: -?(?:nan|inf|[\d.e+-]{1,24}),? (?:vs|expected)"),
        "XLA compares kernels to choose one; it says nothing of the set-up",
        "buffer_comparator.cc:157] Difference at 0: nan, expected 0.5",
    ),
    NoisePattern(
        re.compile(r"NV_WARN_NOTHING_TO_DO"),
        "the fabric manager found no NVSwitch, and there is none here",
        "request to query NVSwitch device information from NVSwitch driver failed with error:WARN "
        "Nothing to do [NV_WARN_NOTHING_TO_DO]",
        has_no_fabric,
    ),
    NoisePattern(
        re.compile(r"ran out of memory trying to allocate.{0,200}not a failure"),
        "TensorFlow tried the fastest algorithm first and takes another that needs less memory",
        "Allocator (GPU_0_bfc) ran out of memory trying to allocate 2.11GiB with freed_by_count=0. "
        "The caller indicates that this is not a failure",
    ),
    NoisePattern(
        re.compile(
            r"NCCL INFO.{0,80}(?:Could not find: libnccl-net|No plugin found \(libnccl-net"
            r"|Failed to open libibverbs)|NCCL INFO.{0,80}dlopen\(libnccl-net\.so\)"
        ),
        "NCCL's plug-in for other networks is optional; it uses its own transports",
        "NCCL INFO NET/Plugin: Could not find: libnccl-net.so. Using internal network plugin.",
    ),
    NoisePattern(
        re.compile(
            r"PYTORCH_CUDA_ALLOC_CONF is deprecated|expandable_segments not supported on this"
        ),
        "a remark on a setting of PyTorch's allocator",
        "Warning: PYTORCH_CUDA_ALLOC_CONF is deprecated, use PYTORCH_ALLOC_CONF instead",
    ),
    NoisePattern(
        re.compile(r"destroy_process_group\(\) was not called before program exit"),
        "a remark on how the program ends",
        "[rank0]:[W ProcessGroupNCCL.cpp:1476] Warning: WARNING: destroy_process_group() was not "
        "called before program exit, which can leak resources.",
    ),
)
