"""Messages about libraries that are there and are of the wrong version."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

_NVIDIA_SYMBOL = (
    r"(?:__)?(?:nvJitLink|cublas|cusparse|cusolver|cufft|curand|nccl|nvrtc|cupti|nvshmem)"
)
_NVIDIA_LIBRARY = (
    r"lib(?:cu(?:dart|blas|blasLt|sparse|sparseLt|solver|fft|rand|pti)|nvJitLink|nvrtc|nccl)"
)

LIBRARY_VERSIONS: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "cudnn-version-differs",
        re.compile(
            r"cuDNN version (?:incompatibility|mismatch): PyTorch was compiled\s+against"
            r" (\(?\d[\d, .]*\)?) but (?:found runtime version|linked against) \(?\d"
        ),
        "RuntimeError: cuDNN version incompatibility: PyTorch was compiled  against (9, 1, 0) but "
        "found runtime version (8, 9, 2).",
        "torch",
    ),
    SymptomPattern(
        "cudnn-version-differs",
        re.compile(
            r"Loaded (?:runtime )?CuDNN library: (\d[\d.]*).{0,60}but source was compiled with:? \d"
        ),
        "Loaded runtime CuDNN library: 8.1.0 but source was compiled with: 8.4.0.  CuDNN library",
    ),
    SymptomPattern(
        "cudnn-version-differs",
        re.compile(r"Found cuDNN version (\d+), but JAX was built against version \d+"),
        "Found cuDNN version 8600, but JAX was built against version 8907, which is newer.",
        "jax",
    ),
    SymptomPattern(
        "cudnn-version-differs",
        re.compile(
            r"compiled with CUDNN (\d+\.\d+)(?:\.\d+)?, but CUDNN version in your machine is \d",
            re.IGNORECASE,
        ),
        "The installed Paddle is compiled with CUDNN 8.9, but CUDNN version in your machine is 8.2",
    ),
    SymptomPattern(
        "cudnn-version-differs",
        re.compile(r"(CUDNN_STATUS_(?:SUBLIBRARY_)?VERSION_MISMATCH)"),
        "RuntimeError: cuDNN error: CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH",
    ),
    SymptomPattern(
        "cudnn-version-differs",
        re.compile(r"Outdated (cuDNN) installation found"),
        "RuntimeError: Outdated cuDNN installation found.",
        "jax",
    ),
    SymptomPattern(
        "cudnn-symbol-undefined",
        re.compile(
            r"undefined symbol: (cudnn\w+)"
            r"|symbol \S{1,300} version (libcudnn\w*\.so\.\d+) not defined in file"
            r"|(libcudnn\w*\.so\.\d+): undefined symbol: \w"
        ),
        "libtorch_cuda.so: undefined symbol: cudnnGetLastErrorString, version libcudnn.so.9",
    ),
    SymptomPattern(
        "cudnn-dependency-missing",
        re.compile(
            r"Could not load library (lib(?:cublas|cublasLt|cudart|nvrtc)[\w.-]*?\.so(?:\.\d+)+)"
            r"\. Error"
        ),
        "Could not load library libcublasLt.so.12. Error: libcublasLt.so.12: cannot open shared",
    ),
    SymptomPattern(
        "cuda-symbol-undefined",
        re.compile(
            rf"undefined symbol: ({_NVIDIA_SYMBOL}\w+)"
            rf"|undefined symbol: (cuda\w+), version libcudart"
            rf"|symbol (\w{{1,200}}),? version {_NVIDIA_LIBRARY}\.so[.\d]* not defined in file"
            rf"|version [`'\"]?({_NVIDIA_LIBRARY}\.so\.\d+)['\"]? not found \(required by"
        ),
        "libcusparse.so.12: undefined symbol: __nvJitLinkAddData_12_1, version libnvJitLink.so.12",
    ),
    SymptomPattern(
        "cuda-library-outdated",
        re.compile(
            r"Found (cu(?:BLAS|FFT|PTI|SOLVER|SPARSE)|CUDA|NCCL|NVSHMEM) version \d+, but JAX was "
            r"built against version \d+"
            r"|Outdated (cu(?:BLAS|FFT|PTI|SOLVER|SPARSE)|CUDA|NCCL) installation found"
        ),
        "Found cuSOLVER version 11405, but JAX was built against version 11600, which is newer.",
        "jax",
    ),
    SymptomPattern(
        "cuda-library-unloadable",
        re.compile(
            r"Unable to load (cu(?:BLAS|DNN|FFT|PTI|SOLVER|SPARSE)|CUDA)\. Is it installed"
            r"|the (cu(?:BLAS|DNN|FFT|PTI|SOLVER|SPARSE)) library (?:cannot|could not) be found"
        ),
        "RuntimeError: Unable to load cuSPARSE. Is it installed?",
        "jax",
    ),
    SymptomPattern(
        "system-library-version",
        re.compile(
            r"version .?((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+).? not found"
            r"|nothing provides (__glibc >=[\d.]+)"
            r"|(__glibc >=[\d.]+)[^\n]{0,80}"
            r"(?:which is missing on the system|can(?:not|'t) be installed)"
        ),
        "libc.so.6: version `GLIBC_2.34' not found (required by torch/lib/libtorch_cpu.so)",
    ),
    SymptomPattern(
        "system-library-version",
        re.compile(r"Error loading shared library (ld-linux-[\w-]+\.so\.\d)"),
        "Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by",
    ),
)
