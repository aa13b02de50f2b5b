"""Finds and ends what children left behind: daemons that forked away from their session."""

import os
import signal
import sys
import threading
import time

TOKEN_VARIABLE = "GPUDOCTOR_CHILD"  # noqa: S105 - a mark in the environment, not a secret
_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE_S = 0.5


def adopt() -> None:
    """Make orphans of our children ours, so that none can hide (Linux; once a process)."""
    if _State.is_adopting or sys.platform != "linux":
        return
    _State.is_adopting = True
    _State.before = frozenset(_own_children())
    import ctypes  # noqa: PLC0415 - only processes that start children pay for it

    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class _State:
    """Whether this process has asked the kernel for its orphans: a setting of the process."""

    is_adopting = False
    before: frozenset[int] = frozenset()  # children that somebody else in this process started


def sweep(token: str, groups: "tuple[int, ...]") -> None:
    """Kill every process that this run left to us, and reap those groups.

    Each carries the token, unless it cleared its environment. Where no other thread can have
    started a child meanwhile, one without the token is an orphan that we adopted.
    """
    spared = None if threading.active_count() > 1 else _State.before
    limit = time.monotonic() + _PATIENCE_S
    while time.monotonic() < limit:
        for group in groups:
            _reap(-group)
        strangers = [pid for pid in _own_children() if _is_ours(pid, token, spared)]
        if not strangers:
            return
        for pid in strangers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            _reap(pid)
        time.sleep(0.002)


def _reap(target: int) -> None:
    """Collect what has died of a process or, with a negative number, of a group; never wait."""
    try:
        while os.waitpid(target, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _own_children() -> list[int]:
    pids: list[int] = []
    try:
        for thread in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{thread}/children") as file:
                pids += [int(pid) for pid in file.read().split()]
    except OSError:
        return []
    return pids


def _is_ours(pid: int, token: str, spared: "frozenset[int] | None") -> bool:
    return _carries(pid, token) or (spared is not None and pid not in spared)


def _carries(pid: int, token: str) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return f"{TOKEN_VARIABLE}={token}".encode() in file.read().split(b"\0")
    except OSError:
        return False


def state_of(pid: int) -> str:
    """What the kernel says of a process that won't die: its state and where it waits."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            state = file.read().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return "its state can't be read"
    try:
        with open(f"/proc/{pid}/wchan") as file:
            place = file.read().strip()
    except OSError:
        place = ""
    return f"state {state}" + (f" in {place}" if place and place != "0" else "")
