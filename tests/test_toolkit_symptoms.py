"""What builds and JIT compilers print, in the forms of their releases and systems."""

import pytest

from gpudoctor.checks import CHECKS
from gpudoctor.facts import PlatformFacts, Snapshot
from gpudoctor.findings import Finding
from gpudoctor.matrix import Matrix
from gpudoctor.symptoms import read_symptoms
from gpudoctor.symptoms.pattern import SymptomPattern
from gpudoctor.symptoms.toolkit import TOOLKIT
from machines import machine


@pytest.mark.parametrize("each", TOOLKIT, ids=lambda each: each.example[:40])
def test_each_pattern_finds_its_example(each: SymptomPattern) -> None:
    assert each.id in {symptom.id for symptom in read_symptoms([each.example], None, None)}


@pytest.mark.parametrize(
    ("line", "id_", "names"),
    [
        ("MissingCUDAException: CUDA_HOME does not exist, unable to", "toolkit-not-found", None),
        ("/bin/sh: 1: /usr/local/cuda/bin/nvcc: not found", "toolkit-not-found", None),
        ("/bin/sh: nvcc: command not found", "toolkit-not-found", "nvcc"),
        ("make: nvcc: No such file or directory", "toolkit-not-found", "nvcc"),
        ("error: command '/usr/bin/nvcc' failed: No such file", "toolkit-not-found", None),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: 'nvcc'",
            "toolkit-not-found",
            "nvcc",
        ),
        (
            "error: command 'C:/Program Files/CUDA\\\\v10.1\\\\bin\\\\nvcc' failed: No such file",
            "toolkit-not-found",
            None,
        ),
        (
            "OSError: The nvcc binary could not be located in your $PATH.",
            "toolkit-not-found",
            "nvcc",
        ),
        ("/usr/bin/ld: cannot find -lCUDA_CUDA_LIBRARY-NOTFOUND", "libcuda-not-linked", None),
        ("Could not find module 'nvvm.dll' (or one of its dependencies).", "nvvm-missing", "nvvm"),
        ("RuntimeError: Could not find nvcc", "toolkit-not-found", "nvcc"),
        ("CMake Error: Failed to find nvcc.", "toolkit-not-found", "nvcc"),
        ("UserWarning: x was requested, but nvcc was not found.", "toolkit-not-found", "nvcc"),
        ("gsplat: No CUDA toolkit found. gsplat will be disabled.", "toolkit-not-found", None),
        (
            "a.cu:1:10: fatal error: 'cublas_v2.h' file not found",
            "toolkit-header-missing",
            "cublas_v2.h",
        ),
        (
            "a.cpp(3): fatal error C1083: Cannot open include file: 'cuda_runtime.h': No such",
            "toolkit-header-missing",
            "cuda_runtime.h",
        ),
        (
            'x(129): catastrophic error: cannot open source file "vector_types.h"',
            "toolkit-header-missing",
            "vector_types.h",
        ),
        ("/usr/bin/ld: cannot find -lcudart", "toolkit-library-missing", "cudart"),
        (
            "Installed CUDA version 12.2 does not match the version torch was compiled with 11.8",
            "toolkit-differs",
            "12.2",
        ),
        (
            "being compiled with a version of Cuda that does not match the version used to compile",
            "toolkit-differs",
            "Cuda",
        ),
        (
            "nvcc fatal : Unsupported gpu architecture 'compute_35'",
            "nvcc-lacks-architecture",
            "compute_35",
        ),
        (
            "#error -- unsupported Microsoft Visual Studio version! Only the versions between 2017",
            "host-compiler-refused",
            "Microsoft Visual Studio",
        ),
        (
            "#error -- unsupported clang version! clang version must be less than 16 and greater",
            "host-compiler-refused",
            "clang",
        ),
        ("triton: unable to find library -lcuda", "libcuda-not-linked", "-lcuda"),
        ("LINK : fatal error LNK1104: cannot open file 'cuda.lib'", "libcuda-not-linked", None),
        (
            "ld: warning: libcuda.so.1, needed by /x/libfoo.so, not found (try using -rpath)",
            "libcuda-not-linked",
            None,
        ),
        (
            "ptxas-blackwell fatal   : Value 'sm_110a' is not defined for option 'gpu-name'",
            "assembler-lacks-architecture",
            "sm_110a",
        ),
        (
            "'sm_120' is not a recognized processor for this target (ignoring processor)",
            "assembler-lacks-architecture",
            "sm_120",
        ),
        (
            "ptxas /tmp/tmp8.ptx, line 5; fatal   : Unsupported .version 8.7; current version is",
            "assembler-lacks-ptx-version",
            "8.7",
        ),
        (
            "UNIMPLEMENTED: ptxas ptxas too old. Falling back to the driver to compile.",
            "assembler-passed-over",
            "ptxas",
        ),
        (
            "libdevice is required by this HLO module but was not found at ./libdevice.10.bc",
            "libdevice-not-found",
            "libdevice",
        ),
    ],
)
def test_the_forms_of_a_message(line: str, id_: str, names: str | None) -> None:
    [symptom] = read_symptoms([line], None, None)

    assert symptom.id == id_
    assert names is None or symptom.names == names


@pytest.mark.parametrize(
    "line",
    [
        "bash: nvcc: command not found",  # a person asked for its version
        "Command 'nvcc' not found, but can be installed with:",
        "zsh: command not found: nvcc",
        "CUDA_HOME=/usr/local/cuda",
        "No CUDA runtime is found, using CUDA_HOME='/usr/local/cuda'",
        "Found CUDA: /usr/local/cuda (found version 12.4)",
        "The detected CUDA version (11.7) has a minor version mismatch with the version that was",
        "nvcc warning : Support for offline compilation for architectures prior to 'compute_75'",
        "There are no g++ version bounds defined for CUDA version 12.4",
        "/usr/bin/ld: cannot find -lcudnn",
        "ptxas info    : 0 bytes gmem, 24 bytes cmem[4]",
        "Couldn't get ptxas/nvlink version string: INTERNAL: Couldn't invoke ptxas --version",
        "GCC version: (Ubuntu 13.3.0-6ubuntu2~24.04) 13.3.0",
        "fatal error: Python.h: No such file or directory",
        "ImportError: libcuda.so.1: cannot open shared object file: No such file or directory",
    ],
)
def test_what_is_none_of_these(line: str) -> None:
    ids = {each.id for each in TOOLKIT}

    assert not [each for each in read_symptoms([line], None, None) if each.id in ids]


@pytest.mark.parametrize("environment", [0, None, 7])
def test_whatever_a_build_prints_each_check_answers_once_a_subject(
    matrix: Matrix, environment: int | None
) -> None:
    for each in TOOLKIT:
        printed = tuple(read_symptoms([each.example], None, environment))
        for snapshot in (
            machine(symptoms=printed),
            Snapshot(PlatformFacts("windows", "x86_64"), symptoms=printed),
        ):
            for check in CHECKS.values():
                verdicts = list(check(snapshot, matrix))

                assert len({verdict.subject for verdict in verdicts}) == len(verdicts)
                assert all(v.remedies for v in verdicts if isinstance(v, Finding))
