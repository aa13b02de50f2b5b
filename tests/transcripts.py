"""Texts as people paste them, written for these tests; nothing here was recorded anywhere."""

from gpudoctor.facts import Snapshot
from gpudoctor.readers import Reading, read_lines
from gpudoctor.readers.lines import clean_lines

SMI = """\
Tue Mar  4 10:12:31 2025
+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 570.86.15              Driver Version: 570.86.15      CUDA Version: 12.8     |
|-----------------------------------------+------------------------+----------------------+
| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |
| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |
|=========================================+========================+======================|
|   0  NVIDIA GeForce RTX 4070 Ti     Off |   00000000:01:00.0  On |                  N/A |
|  0%   41C    P8             12W /  285W |     911MiB /  12282MiB |      3%      Default |
|                                         |                        |                  N/A |
+-----------------------------------------+------------------------+----------------------+
|   1  NVIDIA L4                      Off |   00000000:41:00.0 Off |                    0 |
| N/A   51C    P0             29W /   72W |       4MiB /  23034MiB |      0%   E. Process |
|                                         |                        |                  N/A |
+-----------------------------------------+------------------------+----------------------+
"""
OLD_SMI = """\
+-----------------------------------------------------------------------------+
| NVIDIA-SMI 418.226.00   Driver Version: 418.226.00   CUDA Version: 10.1     |
|-------------------------------+----------------------+----------------------+
| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |
|===============================+======================+======================|
|   0  Tesla P40           On   | 00000000:3B:00.0 Off |                    0 |
| N/A   24C    P8    10W / 250W |      0MiB / 22919MiB |      0%      Default |
+-------------------------------+----------------------+----------------------+
"""
NEW_SMI = """\
| NVIDIA-SMI 610.12.01             KMD Version: 610.12.01     CUDA UMD Version: 13.4     |
"""
COLLECT_ENV = """\
Collecting environment information...
PyTorch version: 2.4.1+cu118
Is debug build: False
CUDA used to build PyTorch: 11.8
ROCM used to build PyTorch: N/A

OS: Debian GNU/Linux 12 (bookworm) (x86_64)
GCC version: (Debian 12.2.0-14) 12.2.0
Libc version: glibc-2.36

Python version: 3.11.2 (main, Aug 26 2024, 07:20:54) [GCC 12.2.0] (64-bit runtime)
Python platform: Linux-6.1.0-25-amd64-x86_64-with-glibc2.36
Is CUDA available: True
CUDA runtime version: 11.8.89
GPU models and configuration:
GPU 0: NVIDIA RTX A4000
GPU 1: NVIDIA RTX A4000

Nvidia driver version: 535.183.01
cuDNN version: Could not collect

Versions of relevant libraries:
[pip3] numpy==1.26.4
[pip3] torch==2.4.1+cu118
[conda] Could not collect
"""
VLLM_ENV = """\
==============================
       PyTorch Info
==============================
PyTorch version              : 2.6.0+cu124
CUDA used to build PyTorch   : 12.4

==============================
      Python Environment
==============================
Python version               : 3.12.8 (main, Dec  4 2024, 08:54:12) [GCC 11.4.0] (64-bit runtime)
Is CUDA available            : False
Nvidia driver version        : 550.54.15
"""


def read(text: str) -> Reading:
    """What the readers make of a text."""
    return read_lines(list(clean_lines(enumerate(text.split("\n"), 1))))


def snapshot(text: str) -> Snapshot:
    """The facts in a text."""
    return read(text).snapshot
