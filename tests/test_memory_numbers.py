"""Bytes are read from every form in which frameworks print them."""

from typing import Any

import pytest

from gpudoctor.facts import MemoryMessage, OtherProcess
from gpudoctor.memory_numbers import read_listed_process, read_memory

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
# PyTorch before 2.1 (two ages), since 2.1, with a misspelling, of Windows, and with no answer of
# NVML's; then TensorFlow's, XLA's, CuPy's, vLLM's, llama.cpp's and Paddle's.
FORMS: list[tuple[str, dict[str, Any]]] = [
    (
        "Tried to allocate 20.00 MiB (GPU 0; 10.00 GiB total capacity; 9.50 GiB already allocated; "
        "4.50 MiB free; 9.75 GiB reserved in total by PyTorch)",
        {
            "requested": 20 * MIB,
            "total": 10 * GIB,
            "free": int(4.5 * MIB),
            "allocated": int(9.5 * GIB),
            "cached": GIB // 4,
        },
    ),
    (
        "CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 8.00 GiB total capacity; 5.00 GiB "
        "already allocated; 1.00 GiB free; 512.00 KiB cached)",
        {
            "requested": 2 * GIB,
            "total": 8 * GIB,
            "free": GIB,
            "allocated": 5 * GIB,
            "cached": 512 * KIB,
        },
    ),
    (
        "Tried to allocate 86.00 MiB. GPU 0 has a total capacty of 23.50 GiB of which 12.00 MiB is "
        "free. Process 1234 has 512.00 MiB memory in use. Including non-PyTorch memory, this "
        "process has 8.00 GiB memory in use. Process 5678 has 14.00 GiB memory in use. Of the "
        "allocated memory 7.50 GiB is allocated by PyTorch, and 40.00 MiB is reserved by PyTorch "
        "but unallocated.",
        {
            "requested": 86 * MIB,
            "total": int(23.5 * GIB),
            "free": 12 * MIB,
            "own": 8 * GIB,
            "allocated": int(7.5 * GIB),
            "cached": 40 * MIB,
            "others": (OtherProcess(1234, 512 * MIB), OtherProcess(5678, 14 * GIB)),
        },
    ),
    (
        "GPU 0 has a total capacity of 8.00 GiB of which 0 bytes is free. this process has "
        "17179869184.00 GiB memory in use.",
        {"total": 8 * GIB, "free": 0},
    ),
    (
        "Allocator (GPU_0_bfc) ran out of memory trying to allocate 2.00GiB (rounded to 214",
        {"requested": 2 * GIB},
    ),
    (
        "failed to allocate 3.80G (4080218880 bytes) from device: CUDA_ERROR_OUT_OF_MEMORY",
        {"requested": 4080218880},
    ),
    ("totalMemory: 8.00GiB freeMemory: 6.50GiB", {"total": 8 * GIB, "free": int(6.5 * GIB)}),
    (
        "Memory usage: 23068672 bytes free, 8361738240 bytes total.",
        {"free": 23068672, "total": 8361738240},
    ),
    (
        "CUDA_ERROR_OUT_OF_MEMORY: out of memory; total memory reported: 11996954624",
        {"total": 11996954624},
    ),
    ("Out of memory while trying to allocate 123 bytes.", {"requested": 123}),
    ("Out of memory while trying to allocate 18.00GiB.", {"requested": 18 * GIB}),
    ("Failed to allocate request for 2.00GiB (2147483648B)", {"requested": 2 * GIB}),
    (
        "Out of memory allocating 8,000,000,000 bytes (allocated so far: 1,024 bytes).",
        {"requested": 8_000_000_000, "allocated": 1024},
    ),
    (
        "Free memory on device cuda:0 (3.00/24.00 GiB) on startup is less than desired GPU memory "
        "utilization (0.9, 21.50 GiB).",
        {"free": 3 * GIB, "total": 24 * GIB, "requested": int(21.5 * GIB)},
    ),
    ("allocating 9000.00 MiB on device 0: cudaMalloc failed", {"requested": 9000 * MIB}),
    (
        "Cannot allocate 1.50GB memory on GPU 0, 10.00GB memory has been allocated and available "
        "memory is only 500.00MB.",
        {"requested": int(1.5 * GIB), "free": 500 * MIB},
    ),
    (
        "Allocation on device 0 would exceed allowed memory. (out of memory) Currently allocated "
        "    : 5.50 GiB Requested               : 25.00 MiB Device limit            : 8.00 GiB "
        "Free (according to CUDA): 0 bytes",
        {"requested": 25 * MIB, "total": 8 * GIB, "free": 0, "allocated": int(5.5 * GIB)},
    ),
    ("CUDA error: out of memory", {}),
    ("Tried to allocate 1.2.3 GiB of ., bytes", {}),
]


@pytest.mark.parametrize(("text", "stated"), FORMS, ids=[text[:40] for text, _ in FORMS])
def test_the_bytes_that_a_message_states(text: str, stated: dict[str, Any]) -> None:
    assert read_memory(text) == MemoryMessage(**stated)


@pytest.mark.parametrize(
    "line",
    [
        "|    0   N/A  N/A      4711      C   python                           22222MiB |",
        "|    0      4711      C   /usr/bin/python3                        22222MiB |",
        "|    0    1    0      4711    C+G   ...app/foo.exe                  22222MiB |",
    ],
)
def test_a_process_of_nvidia_smis_table(line: str) -> None:
    assert read_listed_process(line) == OtherProcess(4711, 22222 * MIB)
