"""The channels between us and a child: what it prints, what it answers, when it may use the GPU."""

import json
import os
from dataclasses import dataclass, field
from typing import Any

_HEAD = 64 << 10
_TAIL = 64 << 10
_ANSWER_LIMIT = 8 << 20


@dataclass(slots=True)
class Output:
    """The first and the last of what was printed; the middle of a flood is dropped."""

    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, block: bytes) -> None:
        """Take what was read from the pipe."""
        room = _HEAD - len(self.head)
        if room > 0:
            self.head += block[:room]
            block = block[room:]
        self.tail += block
        excess = len(self.tail) - _TAIL
        if excess > 0:
            del self.tail[:excess]
            self.dropped += excess

    def lines(self) -> tuple[str, ...]:
        """What is kept, line by line."""
        gap = b"\n[... %d bytes left out ...]\n" % self.dropped if self.dropped else b""
        text = bytes(self.head) + gap + bytes(self.tail)
        return tuple(text.decode("utf-8", "replace").splitlines())


def memory_file() -> int:
    """An inherited file that lives in memory and takes a child's answers."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("gpudoctor-answers")
    import tempfile  # noqa: PLC0415 - only where the kernel has no memory files

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def turn_channel() -> tuple[int, int]:
    """Our end and the child's of the channel on which it asks for its turn on the GPU."""
    import socket  # noqa: PLC0415 - only where an import may ask for its turn

    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return ours.detach(), theirs.detach()


def process_descriptor(pid: int) -> int:
    """A descriptor that becomes readable when the process ends; -1 where there are none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):  # Linux before 5.3, or a sandbox that forbids it
        return -1


def read_answers(fd: int) -> dict[str, dict[str, Any]]:
    """The answers by stage; a line that was cut off or is not ours is dropped."""
    stages: dict[str, dict[str, Any]] = {}
    for line in os.pread(fd, _ANSWER_LIMIT, 0).split(b"\n"):
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        if isinstance(answer, dict) and isinstance(answer.get("stage"), str):
            stages[answer["stage"]] = answer
    return stages
