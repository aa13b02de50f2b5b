"""Messages of NCCL about the set-up that it meets."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

NCCL: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "nccl-no-interface",
        re.compile(r"NCCL WARN (?:Bootstrap|NET/Socket) ?: no (?:socket )?interface found"),
        "bootstrap.cc:45 NCCL WARN Bootstrap : no socket interface found",
    ),
    SymptomPattern(
        "nccl-no-network",
        re.compile(
            r"NCCL WARN Error: network ([\w /.+-]{1,60}?) not found"
            r"|NCCL WARN Failed to initialize any NET plugin"
            r"|NCCL WARN NET/OFI Unable to find a protocol that worked"
        ),
        "net.cc:626 NCCL WARN Error: network AWS Libfabric not found.",
    ),
    SymptomPattern(
        "nccl-infiniband-refused",
        re.compile(
            r"NCCL WARN Call to (ibv_(?:create|reg|modify|open|alloc)_\w{1,30}) failed"
            r"|NCCL WARN NET/IB : No IP interface found"
        ),
        "ibvwrap.c:130 NCCL WARN Call to ibv_reg_mr failed with error Cannot allocate memory",
    ),
    SymptomPattern(
        "nccl-shared-memory-denied",
        re.compile(
            r"NCCL WARN Call to shm_open failed ?: Permission denied"
            r"|NCCL WARN [^\n]{0,40}shared memory segment [^\n]{0,80}error: Permission denied"
        ),
        "include/shm.h:27 NCCL WARN Call to shm_open failed : Permission denied",
    ),
    SymptomPattern(
        "nccl-duplicate-gpu",
        re.compile(
            r"Duplicate GPU detected : rank \d{1,6} and rank \d{1,6} both on CUDA device "
            r"([0-9a-f]{1,16})"
        ),
        "NCCL WARN Duplicate GPU detected : rank 1 and rank 0 both on CUDA device 1000",
    ),
    SymptomPattern(
        "nccl-version-mismatch",
        re.compile(r"Mismatched NCCL version detected : rank"),
        "NCCL WARN Mismatched NCCL version detected : rank 0 version 22703 rank 1 version 22602",
    ),
    SymptomPattern(
        "nccl-peer-access-unsupported",
        re.compile(r"peer access is not supported between these two devices"),
        "NCCL WARN Cuda failure 217 'peer access is not supported between these two devices'",
    ),
    SymptomPattern(
        "nccl-consumer-card",
        re.compile(r"RTX (\d000) series doesn't support faster communication broadband"),
        "NotImplementedError: Using RTX 4000 series doesn't support faster communication broadband "
        'via P2P or IB. Please set `NCCL_P2P_DISABLE="1"`',
    ),
    SymptomPattern(
        "nccl-unreachable",
        re.compile(r"NCCL WARN [^\n]{0,160}(No route to host|Network is unreachable)"),
        "NCCL WARN socketStartConnect: Connect to 10.0.0.2<41234> failed : No route to host",
    ),
    SymptomPattern(
        "nccl-multicast-refused",
        re.compile(r"Failed to bind NVLink SHARP \(NVLS\) Multicast memory"),
        "NCCL WARN Failed to bind NVLink SHARP (NVLS) Multicast memory of size 2097152 : CUDA "
        "error 401",
    ),
    SymptomPattern(
        "nccl-not-built-in",
        re.compile(r"Distributed package doesn't have NCCL"),
        "RuntimeError: Distributed package doesn't have NCCL built in",
        "torch",
    ),
    SymptomPattern(
        "nccl-system-error",
        re.compile(r"(?:ncclSystemError: System call|NCCL[^\n]{0,120}unhandled system error)"),
        "RuntimeError: NCCL error in: ProcessGroupNCCL.cpp:1191, unhandled system error",
    ),
)
