"""Lines that frighten and mean nothing."""

import re

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
)
