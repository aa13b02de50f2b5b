"""Runs children that may hang, crash, flood or fork, each with a deadline, and loses none of them.

A child gets its own session, /dev/null as stdin, one pipe for all that it prints (drained and
bounded here) and an inherited memory file for its answers. It is watched through a pidfd, killed
with its whole group before it is reaped, and left behind where the kernel won't let it die.
"""

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gpudoctor.facts import ChildEnd
from gpudoctor.host import strays
from gpudoctor.host.channels import (
    Output,
    memory_file,
    process_descriptor,
    read_answers,
    turn_channel,
)

_PIPE_SIZE = 1 << 20
_KILL_GRACE_S = 1.0
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Job:
    """A child to run: `argv` gets the number of the answers' descriptor as its last argument."""

    name: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]
    timeout_s: float
    # Answers a child that asks for its turn on the GPU, one at a time; an answer of None means
    # not yet. Without it the child never asks.
    grant: Callable[[dict[str, Any]], dict[str, Any] | None] | None = None


@dataclass(frozen=True, slots=True)
class ChildResult:
    """What a child answered stage by stage, what it printed, and how it ended."""

    end: ChildEnd
    stages: Mapping[str, Mapping[str, Any]]
    printed: tuple[str, ...]


@dataclass(slots=True)
class _Running:
    job: Job
    process: "subprocess.Popen[bytes]"
    pidfd: int
    output_fd: int
    answers_fd: int
    turn_fd: int  # -1 where the child never asks
    started: float
    deadline: float
    on_end: Callable[[ChildResult], None]
    output: Output = field(default_factory=Output)
    asked: float = 0.0  # when it asked for its turn; 0: it is not waiting


class Children:
    """All children of one run; `wait` returns when the last has ended."""

    def __init__(self, run_deadline: float, on_tick: Callable[[tuple[str, ...]], None]) -> None:
        self._run_deadline = run_deadline
        self._on_tick = on_tick
        self._running: dict[int, _Running] = {}
        self._turn_holder: int | None = None
        self._groups: list[int] = []
        self._token = f"{os.getpid()}-{time.monotonic_ns():x}"
        self._poll = select.poll()

    def __enter__(self) -> "Children":
        return self

    def __exit__(self, *_: object) -> None:
        """Kill whatever still runs: an interrupt or a bug must not leave children behind."""
        for child in tuple(self._running.values()):
            _kill_group(child.process.pid)
            self._finish(child, "killed", "gpudoctor was stopped")
        strays.sweep(self._token, tuple(self._groups))

    def start(self, job: Job, on_end: Callable[[ChildResult], None]) -> None:
        """Start a child; `on_end` is called with its result from within `wait`."""
        now = time.monotonic()
        opened: list[int] = []
        try:
            opened.append(memory_file())
            opened += os.pipe()
            turn_fds = turn_channel() if job.grant else None
        except OSError as error:  # no descriptors left
            for fd in opened:
                os.close(fd)
            on_end(ChildResult(ChildEnd("not-started", _why(error), 0.0), {}, ()))
            return
        answers_fd, read_fd, write_fd = opened
        passed = (answers_fd, *((turn_fds[1],) if turn_fds else ()))
        argv = [*job.argv, ",".join(str(fd) for fd in passed)]
        strays.adopt()
        try:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=write_fd,
                stderr=write_fd,
                cwd="/",
                env={**job.environ, strays.TOKEN_VARIABLE: self._token},
                pass_fds=passed,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            for fd in (answers_fd, read_fd, *(turn_fds or ())):
                os.close(fd)
            on_end(ChildResult(ChildEnd("not-started", _why(error), 0.0), {}, ()))
            return
        finally:
            os.close(write_fd)
        if turn_fds:
            os.close(turn_fds[1])
        os.set_blocking(read_fd, False)
        self._watch(
            _Running(
                job,
                process,
                process_descriptor(process.pid),
                read_fd,
                answers_fd,
                turn_fds[0] if turn_fds else -1,
                now,
                min(now + job.timeout_s, self._run_deadline),
                on_end,
            )
        )

    def _watch(self, child: _Running) -> None:
        self._running[child.process.pid] = child
        for fd in (child.pidfd, child.output_fd, child.turn_fd):
            if fd >= 0:
                self._poll.register(fd, select.POLLIN)

    def wait(self) -> None:
        """Serve all children until none is left; never past the deadlines by more than a second."""
        while self._running:
            self._poll.poll(self._patience_ms())
            self._on_tick(tuple(child.job.name for child in self._running.values()))
            for child in tuple(self._running.values()):
                self._serve(child)
        strays.sweep(self._token, tuple(self._groups))

    def _patience_ms(self) -> float:
        nearest = min(child.deadline for child in self._running.values()) - time.monotonic()
        without_pidfd = any(child.pidfd < 0 for child in self._running.values())
        return max(0.0, min(nearest, _POLL_S / 5 if without_pidfd else _POLL_S)) * 1000

    def _serve(self, child: _Running) -> None:
        self._drain(child)
        if child.turn_fd >= 0:
            self._give_turn(child)
        status = os.waitid(os.P_PID, child.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if status is not None:
            _kill_group(child.process.pid)  # what it started, before its number can be reused
            self._finish(child, *_ending(status.si_code, status.si_status))
        elif time.monotonic() >= child.deadline:
            self._expire(child)

    def _drain(self, child: _Running) -> None:
        for _ in range(64):  # bounded: a flood must not starve the other children
            try:
                block = os.read(child.output_fd, _PIPE_SIZE)
            except (BlockingIOError, InterruptedError):
                return
            if not block:
                self._unregister(child.output_fd)
                return
            child.output.add(block)

    def _give_turn(self, child: _Running) -> None:
        try:
            if not child.asked and os.read(child.turn_fd, 1):
                child.asked = time.monotonic()
        except BlockingIOError:
            pass
        except OSError:
            self._drop_turn(child)
            return
        if child.asked and self._turn_holder is None and child.job.grant:
            reply = child.job.grant(dict(read_answers(child.answers_fd)))
            if reply is None:
                return
            self._turn_holder = child.process.pid
            # Waiting for the others was not this child's fault.
            child.deadline = min(
                child.deadline + time.monotonic() - child.asked, self._run_deadline
            )
            try:
                os.write(child.turn_fd, json.dumps(reply).encode() + b"\n")
            except OSError:
                pass  # it died meanwhile, which its pidfd tells
            self._drop_turn(child)

    def _drop_turn(self, child: _Running) -> None:
        self._unregister(child.turn_fd)
        os.close(child.turn_fd)
        child.turn_fd = -1

    def _expire(self, child: _Running) -> None:
        _kill_group(child.process.pid)
        limit = time.monotonic() + _KILL_GRACE_S
        seconds = time.monotonic() - child.started
        while time.monotonic() < limit:
            if os.waitid(os.P_PID, child.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                self._finish(child, "timed-out", f"no answer in {seconds:.0f} s")
                return
            time.sleep(0.005)
        state = strays.state_of(child.process.pid)
        self._finish(
            child, "unkillable", f"no answer in {seconds:.0f} s, and it can't be killed: {state}"
        )

    def _finish(self, child: _Running, how: str, detail: str) -> None:
        self._drain(child)
        stages = read_answers(child.answers_fd)
        if how == "exited" and "done" in stages:
            how = "done"
        elif how == "exited":
            how = "exited-early"
        for fd in (child.pidfd, child.output_fd, child.turn_fd):
            if fd >= 0:
                self._unregister(fd)
                os.close(fd)
        os.close(child.answers_fd)
        if how == "unkillable":
            child.process.returncode = -signal.SIGKILL  # left behind: nothing waits for it again
        else:
            child.process.wait()
        if self._turn_holder == child.process.pid:
            self._turn_holder = None
        del self._running[child.process.pid]
        self._groups.append(child.process.pid)
        end = ChildEnd(how, detail, time.monotonic() - child.started)
        child.on_end(ChildResult(end, stages, child.output.lines()))

    def _unregister(self, fd: int) -> None:
        try:
            self._poll.unregister(fd)
        except KeyError:
            pass


def _ending(code: int, status: int) -> tuple[str, str]:
    if code == os.CLD_EXITED:
        return "exited", f"exit code {status}"
    try:
        name = signal.Signals(status).name
    except ValueError:
        name = f"signal {status}"
    return ("killed" if status == signal.SIGKILL else "crashed"), name


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
