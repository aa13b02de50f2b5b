"""Memory outside of the driver's own answers: what messages say of it, and /dev/shm."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SharedMemory:
    """The file system behind /dev/shm, where loader workers and NCCL meet."""

    size_bytes: int
    free_bytes: int
    is_writable: bool  # by this user


@dataclass(frozen=True, slots=True)
class OtherProcess:
    """A process that a message names beside the one that failed."""

    pid: int
    used_bytes: int


@dataclass(frozen=True, slots=True)
class MemoryMessage:
    """The bytes in a message about a GPU's memory; None where it does not say."""

    requested: int | None = None
    total: int | None = None
    free: int | None = None
    allocated: int | None = None  # by the framework's allocator, in tensors
    cached: int | None = None  # reserved by that allocator, in no tensor
    own: int | None = None  # of the whole process, other libraries included
    others: tuple[OtherProcess, ...] = ()
