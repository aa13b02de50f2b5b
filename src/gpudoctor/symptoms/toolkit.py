"""Messages of builds and JIT compilers: toolkits, host compilers, ptxas, libdevice, libcuda."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

_HEADERS = (
    r"cuda(?:_runtime|_runtime_api|_fp16|_bf16|_fp8|_profiler_api|_device_runtime_api)?\.h(?:pp)?"
    r"|cu(?:blas|blas_v2|blasLt|fft|rand|rand_kernel|solver_common|solverDn|sparse)\.h|nvrtc\.h"
    r"|nvToolsExt\.h|vector_types\.h|device_launch_parameters\.h|thrust/[\w./]+|cub/[\w./]+"
    r"|crt/host_config\.h|cuda/std/[\w./]+"
)
# What only a build says; a shell's answer to a person's own `nvcc --version` is no fault.
_NVCC_GONE = (
    r"(?:/bin/|^|\s)(?:sh|dash|make)(?:\[\d+\])?: (?:(?:line )?\d+: )?(\S*\bnvcc): "
    r"(?:command |Command )?(?:not found|No such file)"
    r"|bash: line \d+: (\S*\bnvcc): (?:command not found|No such file)"
    r"|No such file or directory: [b'\"]*((?:[^'\"\s]*/)?nvcc)(?:\.exe)?['\"]"
    r"|(?:command|unable to execute) '([^']*\bnvcc)(?:\.exe)?'(?: failed)?: No such file"
    r"|(?:[Cc]ould ?n[o']t|[Cc]annot|[Ff]ailed to|[Uu]nable to) (?:find|locate) [`'\"]?(nvcc)\b"
    r"|(\bnvcc) (?:was not found|binary could not be located)"
)

_MISSING = (
    SymptomPattern(
        "toolkit-not-found",
        re.compile(
            r"(CUDA_HOME) (?:environment variable )?(?:is not set|is None|does not exist|not found)"
            r"|(?:[Cc]annot|[Cc]ould not|[Uu]nable to) find (CUDA_HOME)"
        ),
        "OSError: CUDA_HOME environment variable is not set. Please set it to your CUDA install",
    ),
    SymptomPattern(
        "toolkit-not-found",
        re.compile(_NVCC_GONE, re.IGNORECASE),
        "FileNotFoundError: [Errno 2] No such file or directory: '/usr/local/cuda/bin/nvcc'",
    ),
    SymptomPattern(
        "toolkit-not-found",
        re.compile(
            r"No (CMAKE_CUDA_COMPILER) could be found|(CUDA_TOOLKIT_ROOT_DIR) not found or specif"
            r"|No (CUDA toolkit) found|error: cannot find (CUDA installation)"
            r"|(?i:failed to find) (CUDA headers)"
        ),
        "No CMAKE_CUDA_COMPILER could be found.",
    ),
    SymptomPattern(
        "toolkit-header-missing",
        re.compile(
            rf"fatal error: '?({_HEADERS})'?(?:: No such file| file not found)"
            rf"|error C1083: [^']{{0,60}}'({_HEADERS})'"
            rf"|cannot open source file \"({_HEADERS})\""
        ),
        "fatal error: cuda_runtime.h: No such file or directory",
    ),
    SymptomPattern(
        "toolkit-library-missing",
        re.compile(
            r"cannot find -l(cudart(?:_static)?|cudadevrt|cublas(?:Lt)?|cufft|curand|cusolver"
            r"|cusparse|nvrtc|nvToolsExt)\b"
        ),
        "/usr/bin/ld: cannot find -lcudart: No such file or directory",
    ),
    SymptomPattern(
        "nvvm-missing",
        re.compile(
            r"(libNVVM) cannot be found|(libnvvm)(?:\.so)? (?:not found|cannot be found)"
            r"|(libnvvm)\.so[.\d]*: cannot open shared object|[Mm]issing (libdevice) file"
            r"|Could not find module '[^']*\b(nvvm)[\w.]*\.dll'"
        ),
        "numba.cuda.cudadrv.error.NvvmSupportError: libNVVM cannot be found. Do `conda install",
        "numba",
    ),
    SymptomPattern(
        "ptxas-missing",
        re.compile(r"No (PTX) compilation provider is available|[Cc]annot find (ptxas)\b"),
        "No PTX compilation provider is available. Neither ptxas/nvlink nor nvjtlink is available",
    ),
)

_MISMATCH = (
    SymptomPattern(
        "toolkit-differs",
        re.compile(
            r"detected CUDA version \((\d+(?:\.\d+)+)\) mismatches the version"
            r"|Installed CUDA version (\d+\.\d+) does not match the version torch was"
            r"|being compiled with a version of (Cuda) that does not match the version used"
        ),
        "The detected CUDA version (12.1) mismatches the version that was used to compile",
    ),
    SymptomPattern(
        "toolkit-too-old",
        re.compile(
            r"(?:is only supported|only works|requires|is supported only) (?:on|with) CUDA "
            r"(\d+\.\d+) (?:and|or) (?:above|later|newer|higher)"
        ),
        "RuntimeError: FlashAttention is only supported on CUDA 11.7 and above.",
    ),
    SymptomPattern(
        "toolkit-unknown-to-numba",
        re.compile(
            r"(No supported GPU compute capabilities) found\. Please check your cudatoolkit"
        ),
        "NvvmSupportError: No supported GPU compute capabilities found. Please check your "
        "cudatoolkit version matches your CUDA version.",
        "numba",
    ),
    SymptomPattern(
        "nvcc-lacks-architecture",
        re.compile(r"nvcc fatal\s*:\s*Unsupported gpu architecture '((?:compute|sm)_\d+[af]?)'"),
        "nvcc fatal   : Unsupported gpu architecture 'compute_90'",
    ),
    SymptomPattern(
        "nvcc-lacks-option",
        re.compile(
            r"nvcc fatal\s*:\s*Value '(c\+\+\d+)' is not defined for option 'std'"
            r"|nvcc fatal\s*:\s*Unknown option '-{0,2}(generate-dependencies-with-compile|threads"
            r"|expt-relaxed-constexpr)'"
        ),
        "nvcc fatal   : Value 'c++17' is not defined for option 'std'",
    ),
)

_COMPILER = (
    SymptomPattern(
        "host-compiler-refused",
        re.compile(
            r"unsupported (GNU) (?:version|compiler)!|unsupported (clang) version!"
            r"|unsupported (Microsoft Visual Studio) version!"
        ),
        "#error -- unsupported GNU version! gcc versions later than 12 are not supported!",
    ),
    SymptomPattern(
        "host-compiler-refused",
        re.compile(
            r"installed version of (\S+) \([\d.]+\) is (?:greater|less) than the "
            r"(?:maximum|minimum) required version by CUDA"
            r"|No supported (gcc/g\+\+) host compiler found"
        ),
        "The current installed version of g++ (13.2.0) is greater than the maximum required "
        "version by CUDA 11.8 (11.0.0)",
    ),
    SymptomPattern(
        "host-compiler-clashes",
        re.compile(
            r"/c\+\+/(\d+)[\d.]*/bits/std_function\.h[:(]\d+.{0,12}error: parameter packs not exp"
            r"|error: (exception specification) is incompatible with that of previous function "
            r"\"(?:cospi|sinpi|rsqrt)f?\""
        ),
        "/usr/include/c++/11/bits/std_function.h:435:145: error: parameter packs not expanded with",
    ),
    SymptomPattern(
        "host-compiler-missing",
        re.compile(
            r"[Cc]annot find compiler '(cl\.exe|gcc|g\+\+)' in PATH|Failed to find (C compiler)"
            r"|(cc1plus): execvp: No such file"
        ),
        "nvcc fatal   : Cannot find compiler 'cl.exe' in PATH",
    ),
)

_LIBCUDA = (
    SymptomPattern(
        "libcuda-not-linked",
        re.compile(
            r"(?:cannot find|unable to find library) (-lcuda)(?![\w])"
            r"|AssertionError: (libcuda\.so) cannot found|^\s*(libcuda\.so) cannot found!"
            r"|(libcuda\.so\.1), needed by \S+, not found"
            r"|(CUDA::cuda_driver)\"? but (?:the )?target was not found"
            r"|LNK1104: cannot open file '(cuda\.lib)'"
            r"|(CUDA_CUDA_LIBRARY)(?:-NOTFOUND| \(ADVANCED\))"
        ),
        "/usr/bin/ld: cannot find -lcuda: No such file or directory",
    ),
)

_JIT = (
    # The driver's own compiler, which calls its input so; a ptxas names a file.
    SymptomPattern(
        "driver-refuses-ptx",
        re.compile(
            r"ptxas application ptx input, line \d+; fatal\s*: Unsupported \.version (\d+\.\d+)"
            r"|provided PTX was compiled with an (unsupported toolchain)"
            r"|(CUDA_ERROR_UNSUPPORTED_PTX_VERSION|cudaErrorUnsupportedPtxVersion)"
        ),
        "ptxas application ptx input, line 9; fatal   : Unsupported .version 8.7; current version",
    ),
    SymptomPattern(
        "assembler-lacks-architecture",
        re.compile(
            r"ptxas(?:-blackwell)? fatal\s*:\s*Value '(sm_\d+[af]?)' is not defined for option "
            r"'gpu-name'"
            r"|'(sm_\d+[af]?)' is not a recognized processor for this target"
            r"|(computeCapability) not supported"
        ),
        "ptxas fatal   : Value 'sm_120' is not defined for option 'gpu-name'",
    ),
    SymptomPattern(
        "assembler-lacks-architecture",
        re.compile(
            r"(nvrtc): error: invalid value for --gpu-architecture"
            r"|libnvvm : error: -arch=(compute_\d+[af]?) is an unsupported option"
            r"|ptxas (?!application ptx input)\S+, line \d+; (?:fatal|error)\s*: "
            r"Unsupported \.target '?(sm_\d+[af]?)"
        ),
        "RuntimeError: nvrtc: error: invalid value for --gpu-architecture (-arch)",
    ),
    SymptomPattern(
        "assembler-lacks-ptx-version",
        re.compile(
            r"ptxas (?!application ptx input)\S+, line \d+; fatal\s*: Unsupported \.version "
            r"(\d+\.\d+)"
            r"|You are using ptxas ([\d.x]+), but \S+ requires ptxas"
            r"|ptxas ([\d.]+) has a bug that we think can affect XLA"
        ),
        "ptxas /tmp/tempfile-a, line 5; fatal   : Unsupported .version 8.4; current version is",
    ),
    SymptomPattern(
        "assembler-passed-over",
        re.compile(
            r"ptxas does not support CC (\d+\.\d+)|(ptxas) too old\. Falling back to the driver"
            r"|You are using ptxas ([\d.]+), which is older than"
        ),
        "Falling back to the CUDA driver for PTX compilation; ptxas does not support CC 8.6",
    ),
    SymptomPattern(
        "kernel-not-in-module",
        re.compile(r"failed to get PTX kernel .{1,80} from module: CUDA_ERROR_(NOT_FOUND)"),
        'failed to get PTX kernel "broadcast" from module: CUDA_ERROR_NOT_FOUND: named symbol',
    ),
)

_LIBDEVICE = (
    SymptomPattern(
        "libdevice-not-found",
        re.compile(r"(libdevice) (?:is required by this HLO module but was )?not found at"),
        "libdevice not found at ./libdevice.10.bc",
    ),
    SymptomPattern(
        "libdevice-folder-not-found",
        re.compile(r"Can't find (libdevice) directory"),
        "Can't find libdevice directory ${CUDA_DIR}/nvvm/libdevice.",
    ),
    SymptomPattern(
        "xla-compilation-failed",
        re.compile(r"\b(JIT) compilation failed"),
        "UNKNOWN: JIT compilation failed.",
    ),
)

TOOLKIT: tuple[SymptomPattern, ...] = (
    *_MISSING,
    *_MISMATCH,
    *_COMPILER,
    *_LIBCUDA,
    *_JIT,
    *_LIBDEVICE,
)
