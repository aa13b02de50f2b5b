"""The exit codes, the same for every format; docs/exit-codes.md is their contract."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns."""

    HEALTHY = 0
    FAILURE = 1
    USAGE = 2
    UNDETERMINED = 3
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143
