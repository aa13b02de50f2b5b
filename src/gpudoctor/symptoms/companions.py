"""Messages of packages that stand beside a framework: built for another, or for another NumPy."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

COMPANIONS: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "companion-of-another-build",
        re.compile(
            r"Detected that PyTorch and (torchvision|torchaudio) were compiled with different CUDA"
        ),
        "RuntimeError: Detected that PyTorch and torchvision were compiled with different CUDA",
    ),
    SymptomPattern(
        "companion-of-another-build",
        re.compile(r"operator (torchvision)::\w{2,40} does not exist"),
        "RuntimeError: operator torchvision::nms does not exist",
    ),
    SymptomPattern(
        "companion-of-another-build",
        re.compile(r"partially initialized module '(torchvision)' has no attribute 'extension'"),
        "AttributeError: partially initialized module 'torchvision' has no attribute 'extension'",
    ),
    SymptomPattern(
        "companion-of-another-build",
        re.compile(
            r"Couldn't load custom C\+\+ ops\. .{0,80}PyTorch and (torchvision) versions are"
        ),
        "Couldn't load custom C++ ops. This can happen if your PyTorch and torchvision versions "
        "are incompatible",
    ),
    SymptomPattern(
        "companion-of-another-build",
        re.compile(r"libtorch_hip\.so: cannot open shared object"),
        "OSError: libtorch_hip.so: cannot open shared object file: No such file or directory",
    ),
    SymptomPattern(
        "companion-of-another-build",
        # The names of PyTorch's and TensorFlow's namespaces; in their own libraries the fault is
        # another.
        re.compile(
            r"[/\\](?!_pywrap_|libtorch|libtensorflow|libc10|_C\.)[\w.-]{2,100}\.so: "
            r"undefined symbol: _Z\w{0,40}?(?:c10|2at|5torch|3tsl|10tensorflow|3xla)"
        ),
        "ImportError: /venv/lib/python3.12/site-packages/flash_attn_2_cuda.cpython-312.so: "
        "undefined symbol: _ZN3c105ErrorC2ENS_14SourceLocationENSt7",
    ),
    SymptomPattern(
        "companion-of-another-build",
        re.compile(r"(xFormers) can't load C\+\+/CUDA extensions"),
        "WARNING[XFORMERS]: xFormers can't load C++/CUDA extensions. xFormers was built for:",
    ),
    SymptomPattern(
        "companion-of-another-build",
        re.compile(
            r"Required library version not found: libbitsandbytes_cuda"
            r"|Configured CUDA binary not found"
            r"|[/\\]libbitsandbytes_cuda\d{2,4}\.(?:so|dll): cannot open"
        ),
        "Required library version not found: libbitsandbytes_cuda118.so. Maybe you need to compile",
        "bitsandbytes",
    ),
    SymptomPattern(
        "companion-of-another-build",
        re.compile(r"cannot import name 'triton_key' from '(triton)"),
        "ImportError: cannot import name 'triton_key' from 'triton.compiler.compiler'",
    ),
    SymptomPattern(
        "companion-of-another-build",
        re.compile(
            r"Mismatched PJRT plugin PJRT API version"
            r"|jaxlib version \S{3,20} is newer than and incompatible with jax version"
            r"|jaxlib is version \S{3,20}, but this version of jax requires version"
            r"|plugin version \S{3,20} is installed, but it is not compatible with the installed"
        ),
        "RuntimeError: jaxlib version 0.4.30 is newer than and incompatible with jax version "
        "0.4.20",
        "jaxlib",
    ),
    SymptomPattern(
        "built-for-another-numpy",
        re.compile(
            r"A module that was compiled using NumPy 1\.x cannot be run in"
            r"|_ARRAY_API not found"
            r"|numpy\.(?:dtype|ufunc|ndarray) size changed, may indicate binary incompatibility"
            r"|module compiled against A[PB]I version 0x"
            r"|compiled with API 0x[0-9a-f]{1,4} installed 0x"
            r"|numpy\.(?:core|_core)\.multiarray failed to import"
        ),
        "RuntimeError: module compiled against API version 0x10 but this version of numpy is 0xf",
        "numpy",
    ),
    SymptomPattern(
        "gpu-not-in-build",
        re.compile(
            r"PyTorch no longer supports this GPU because it is too old"
            r"|with CUDA capability sm_\d{2,3}\w? is not compatible with the current PyTorch"
            r"|only supports CUDA GPUs with minimum and maximum CUDA capability"
        ),
        "NVIDIA GeForce RTX 5090 with CUDA capability sm_120 is not compatible with the current "
        "PyTorch installation.",
        "torch",
    ),
    SymptomPattern(
        "gpu-not-in-build",
        re.compile(
            r"Ignoring visible gpu device .{0,200}minimum required Cuda capability"
            r"|CUDA_ERROR_INVALID_PTX"
        ),
        "Ignoring visible gpu device (device: 0, name: GeForce GT 640, compute capability: 3.0) "
        "with Cuda compute capability 3.0. The minimum required Cuda capability is 3.5.",
        "tensorflow",
    ),
    SymptomPattern(
        "gpu-not-in-build",
        re.compile(
            r"(FlashAttention) only supports (?:Ampere|Turing|Hopper) GPUs or newer"
            r"|(vLLM|[Tt]riton) only supports (?:devices of )?CUDA [Cc]apability"
        ),
        "RuntimeError: FlashAttention only supports Ampere GPUs or newer.",
    ),
    SymptomPattern(
        "built-without-cuda",
        re.compile(r"Torch not compiled with CUDA enabled"),
        "AssertionError: Torch not compiled with CUDA enabled",
        "torch",
    ),
    SymptomPattern(
        "built-without-cuda",
        re.compile(r"\(you have \d[\d.]{2,8}\+cpu\)"),
        "    PyTorch 2.1.0+cu121 with CUDA 1201 (you have 2.1.0+cpu)",
        "torch",
    ),
    SymptomPattern(
        "built-without-cuda",
        re.compile(
            r"a CUDA-enabled jaxlib is not installed"
            r"|No GPU/TPU found, falling back to CPU"
        ),
        "An NVIDIA GPU may be present on this machine, but a CUDA-enabled jaxlib is not installed.",
        "jax",
    ),
    SymptomPattern(
        "built-without-cuda",
        re.compile(r"CUDAExecutionProvider.{0,4} (?:is )?not (?:in )?available"),
        "Specified provider 'CUDAExecutionProvider' is not in available provider names.",
        "onnxruntime",
    ),
    SymptomPattern(
        "built-without-cuda",
        re.compile(r"bitsandbytes was compiled without GPU support"),
        "The installed version of bitsandbytes was compiled without GPU support.",
        "bitsandbytes",
    ),
    SymptomPattern(
        "kernels-compiled-from-ptx",
        re.compile(r"not built with CUDA kernel binaries compatible with compute capability"),
        "TensorFlow was not built with CUDA kernel binaries compatible with compute capability 12.",
        "tensorflow",
        is_trouble=False,
    ),
    SymptomPattern(
        "cuda-handle-invalid",
        re.compile(r"CUDA_ERROR_INVALID_(?:HANDLE|IMAGE|KERNEL_IMAGE)"),
        "failed to load in-memory CUBIN: CUDA_ERROR_INVALID_HANDLE: invalid resource handle",
        "tensorflow",
    ),
)
