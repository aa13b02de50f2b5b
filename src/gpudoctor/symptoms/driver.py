"""Messages of frameworks and tools about the driver."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

DRIVER: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "cuda-driver-insufficient",
        re.compile(
            r"NVIDIA driver on your system is too old \(found version (\d+)\)"
            r"|CUDA driver version is insufficient for CUDA runtime version"
        ),
        "The NVIDIA driver on your system is too old (found version 11040).",
    ),
)
