"""Messages that mean something, and lines that frighten and mean nothing, as tables of patterns."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gpudoctor.facts import Symptom


@dataclass(frozen=True, slots=True)
class SymptomPattern:
    """A message's form; its first group, where it has one, is what the message names."""

    id: str
    pattern: "re.Pattern[str]"
    example: str


@dataclass(frozen=True, slots=True)
class NoisePattern:
    """The form of a line that is harmless wherever it stands, and why."""

    pattern: "re.Pattern[str]"
    why_harmless: str
    example: str


SYMPTOMS = (
    SymptomPattern(
        "shared-library-missing",
        re.compile(r"(lib[\w.+-]+?\.so(?:\.\d+)*): cannot open shared object file: No such file"),
        "ImportError: libcublas.so.12: cannot open shared object file: No such file or directory",
    ),
    SymptomPattern(
        "shared-library-missing",
        re.compile(r"Could not load dynamic library '(lib[\w.+-]+?\.so(?:\.\d+)*)'"),
        "Could not load dynamic library 'libcudnn.so.8'; dlerror: libcudnn.so.8: cannot open",
    ),
    SymptomPattern(
        "gpu-libraries-not-loaded",
        re.compile(r"Cannot dlopen some GPU libraries"),
        "Cannot dlopen some GPU libraries. Please make sure the missing libraries mentioned above",
    ),
    SymptomPattern(
        "cuda-driver-insufficient",
        re.compile(
            r"NVIDIA driver on your system is too old \(found version (\d+)\)"
            r"|CUDA driver version is insufficient for CUDA runtime version"
        ),
        "The NVIDIA driver on your system is too old (found version 11040).",
    ),
    SymptomPattern(
        "no-kernel-image",
        re.compile(r"no kernel image is available for execution on the device"),
        "CUDA error: no kernel image is available for execution on the device",
    ),
)

NOISE = (
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


def read_symptoms(
    lines: Iterable[str], subject: str | None, environment: int | None
) -> Iterator[Symptom]:
    """The symptoms in `lines`, each id and named thing once."""
    seen: set[tuple[str, str | None]] = set()
    for line in lines:
        for each in SYMPTOMS:
            match = each.pattern.search(line)
            if match is None:
                continue
            named = next((group for group in match.groups() if group), None)
            if (each.id, named) not in seen:
                seen.add((each.id, named))
                yield Symptom(each.id, line.strip(), subject, environment, None, named)


def read_noise(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The harmless lines, each kind once, with why they are."""
    seen: set[int] = set()
    for line in lines:
        for index, each in enumerate(NOISE):
            if index not in seen and each.pattern.search(line):
                seen.add(index)
                yield line.strip(), each.why_harmless
