"""All the ways in which a framework can fail the process that it is imported into."""

import builtins
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

# Longer than any deadline in the tests, short enough to leave nothing behind for long.
_LONG_S = 120.0


def act(settings: "dict[str, Any]", stage: str) -> None:
    """Do at this stage (importing, devices, computing) what the settings ask for."""
    kind = settings["behaviour"].get(stage, "works")
    action = _ACTIONS.get(kind)
    if action is not None:
        action(str(settings["behaviour"].get("text", "")))


def _raises(text: str) -> None:
    """``OSError: words`` raises that exception with those words."""
    name, _, words = text.partition(": ")
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, BaseException):
        raise kind(words)
    raise RuntimeError(text)


def _segfaults(_: str) -> None:
    _no_core_file()
    ctypes.string_at(0)


def _meets_an_illegal_instruction(_: str) -> None:
    _no_core_file()
    os.kill(os.getpid(), signal.SIGILL)


def _aborts(text: str) -> None:
    _no_core_file()
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
    os.abort()


def _no_core_file() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _hangs(_: str) -> None:
    time.sleep(_LONG_S)


def _hangs_deaf(_: str) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(_LONG_S)


def _exits_at_once(_: str) -> None:
    os._exit(0)


def _exits(text: str) -> None:
    sys.exit(int(text or 3))


def _prints(text: str) -> None:
    sys.stdout.write((text or '{"stage": "done", "sees_gpu": true}') + "\n")
    sys.stdout.flush()


def _floods(text: str) -> None:
    left = int(text or 1 << 30)
    block = b"0123456789abcde\n" * 4096
    while left > 0:
        left -= os.write(1, block[:left])


def _leaves_orphan(_: str) -> None:
    """A child in the same session that keeps the pipes open after its parent is gone."""
    if os.fork() == 0:
        time.sleep(_LONG_S)
        os._exit(0)


def _leaves_daemon(_: str) -> None:
    """A grandchild in a session of its own, which killing the group does not reach."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(_LONG_S)
        os._exit(0)


def _stops(_: str) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _is_killed(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


_ACTIONS: "dict[str, Callable[[str], None]]" = {
    "raises": _raises,
    "segfaults": _segfaults,
    "illegal-instruction": _meets_an_illegal_instruction,
    "aborts": _aborts,
    "hangs": _hangs,
    "hangs-deaf": _hangs_deaf,
    "exits-at-once": _exits_at_once,
    "exits": _exits,
    "prints": _prints,
    "floods": _floods,
    "leaves-orphan": _leaves_orphan,
    "leaves-daemon": _leaves_daemon,
    "stops": _stops,
    "is-killed": _is_killed,
}
