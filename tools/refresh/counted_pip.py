"""Run pip with a limit on what it receives: ``counted_pip.py LIMIT COUNT_FILE PIP_ARGUMENTS…``.

pip's fast-deps reads a few pieces of a wheel, and where a registry refuses that, silently fetches
the whole wheel, which may have gigabytes. So every byte is counted as it comes in, and pip ends
where it has had enough. What was received is written to COUNT_FILE.
"""

import os
import runpy
import socket
import sys
from typing import Any

STOPPED = 75


def main() -> None:
    limit, count_file = int(sys.argv[1]), sys.argv[2]
    sys.argv[:] = ["pip", *sys.argv[3:]]
    count_received(limit, count_file)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


def count_received(limit: int, count_file: str) -> None:
    """Count what comes in through http.client, which reads all its sockets through SocketIO."""
    received = 0
    plain = socket.SocketIO.readinto

    def readinto(self: socket.SocketIO, buffer: Any) -> int | None:
        nonlocal received
        size = plain(self, buffer)
        received += size or 0
        with open(count_file, "w", encoding="ascii") as file:
            file.write(str(received))
        if received > limit:
            os._exit(STOPPED)
        return size

    socket.SocketIO.readinto = readinto  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    main()
