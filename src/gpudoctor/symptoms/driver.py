"""Messages of frameworks and tools about the driver."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

DRIVER: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "cuda-driver-insufficient",
        re.compile(
            r"NVIDIA driver on your system is too old \(found version (\d+)\)"
            r"|CUDA driver version is insufficient for CUDA runtime version"
            r"|the provided PTX was compiled with an unsupported toolchain"
            r"|CUDA_ERROR_UNSUPPORTED_PTX_VERSION|cudaErrorUnsupportedPtxVersion"
        ),
        "The NVIDIA driver on your system is too old (found version 11040).",
    ),
)
