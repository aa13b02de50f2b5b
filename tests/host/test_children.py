"""The child runner survives every way in which a child can misbehave."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpudoctor.host import Children, ChildResult, Job

# What every child begins with: `say(stage)` writes a stage as ask.py does.
_PRELUDE = """
import json, os, signal, sys, time
fds = [int(part) for part in sys.argv[-1].split(",")]
def say(stage, **answer):
    os.write(fds[0], json.dumps(dict(answer, stage=stage)).encode() + b"\\n")
say("started")
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    assert _alive(str(tmp_path)) == [], "a child outlived the runner"


def _alive(mark: str) -> list[str]:
    """The command lines of running processes that name our folder; zombies have none."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path("/proc", pid, "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if mark in words:
            found.append(words)
    return found


def run(folder: Path, body: str, *, timeout_s: float = 20.0, grant: object = None) -> ChildResult:
    script = folder / "child.py"
    script.write_text(_PRELUDE + body)
    results: list[ChildResult] = []
    argv = (sys.executable, str(script))
    job = Job("child", argv, dict(os.environ), timeout_s, grant)  # type: ignore[arg-type]
    with Children(time.monotonic() + 60, lambda _: None) as children:
        children.start(job, results.append)
        children.wait()
    [result] = results
    return result


def test_a_child_that_says_done_is_done_and_its_answers_arrive(scripts: Path) -> None:
    result = run(scripts, "say('describe', version='3'); say('done')")

    assert result.end.how == "done"
    assert result.stages["describe"]["version"] == "3"


def test_what_a_child_prints_never_mixes_with_its_answers(scripts: Path) -> None:
    result = run(scripts, "print(json.dumps({'stage': 'done'}), flush=True)")

    assert result.end.how == "exited-early"
    assert result.printed == ('{"stage": "done"}',)


@pytest.mark.parametrize("code", [0, 3])
def test_an_exit_before_the_end_is_not_taken_for_one(scripts: Path, code: int) -> None:
    result = run(scripts, f"os._exit({code})")

    assert (result.end.how, result.end.detail) == ("exited-early", f"exit code {code}")


@pytest.mark.parametrize(
    ("signal_name", "how"), [("SIGSEGV", "crashed"), ("SIGABRT", "crashed"), ("SIGKILL", "killed")]
)
def test_a_crash_names_its_signal(scripts: Path, signal_name: str, how: str) -> None:
    result = run(scripts, f"os.kill(os.getpid(), signal.{signal_name})")

    assert (result.end.how, result.end.detail) == (how, signal_name)


@pytest.mark.parametrize(
    "body",
    [
        "time.sleep(600)",
        "os.kill(os.getpid(), signal.SIGSTOP)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass",
        "print('x' * 100, flush=True)\nos.close(1); os.close(2)\ntime.sleep(600)",
    ],
    ids=["sleeps", "stops itself", "ignores signals", "closes its pipe"],
)
def test_a_hang_ends_at_the_deadline(scripts: Path, body: str) -> None:
    begun = time.monotonic()

    result = run(scripts, body, timeout_s=0.5)

    assert result.end.how == "timed-out"
    assert time.monotonic() - begun < 10


def test_a_flood_is_bounded_and_its_beginning_and_end_are_kept(scripts: Path) -> None:
    result = run(
        scripts,
        "print('first')\n"
        "for _ in range(400): sys.stdout.write('y' * 99999 + '\\n')\n"
        "print('last', flush=True); say('done')",
    )

    assert result.end.how == "done"
    assert (result.printed[0], result.printed[-1]) == ("first", "last")
    assert sum(map(len, result.printed)) < 200_000


def test_an_orphan_that_holds_the_pipe_delays_nothing_and_is_ended(scripts: Path) -> None:
    begun = time.monotonic()

    result = run(scripts, "if os.fork() == 0: time.sleep(600)\nsay('done'); os._exit(0)")

    assert result.end.how == "done"
    assert time.monotonic() - begun < 10


def test_a_daemon_in_a_session_of_its_own_is_ended(scripts: Path) -> None:
    result = run(
        scripts,
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0: time.sleep(600)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "say('done'); os._exit(0)",
    )

    assert result.end.how == "done"


def test_a_file_that_cannot_be_run_is_not_started(tmp_path: Path) -> None:
    text = tmp_path / "python"
    text.write_text("not a program\n")
    text.chmod(0o755)
    results: list[ChildResult] = []
    with Children(time.monotonic() + 60, lambda _: None) as children:
        children.start(Job("text", (str(text),), {}, 5.0), results.append)
        children.wait()

    assert results[0].end.how in ("not-started", "exited-early")


def test_garbage_among_the_answers_is_dropped(scripts: Path) -> None:
    result = run(scripts, "os.write(fds[0], b'\\xff{\\n[1]\\n{\"stage\": 3}\\n'); say('done')")

    assert result.end.how == "done"
    assert sorted(result.stages) == ["done", "started"]


def test_turns_on_the_gpu_are_given_one_at_a_time(scripts: Path) -> None:
    asked: list[object] = []

    def grant(stages: dict[str, object]) -> dict[str, object]:
        asked.append(stages)
        return {}

    script = scripts / "child.py"
    script.write_text(
        _PRELUDE + "os.write(fds[1], b'?')\nline = os.read(fds[1], 99)\n"
        "say('turn', begun=time.monotonic())\ntime.sleep(0.2)\n"
        "say('done', ended=time.monotonic())"
    )
    results: list[ChildResult] = []
    with Children(time.monotonic() + 60, lambda _: None) as children:
        for name in ("first", "second"):
            argv = (sys.executable, str(script))
            job = Job(name, argv, dict(os.environ), 20.0, grant)
            children.start(job, results.append)
        children.wait()

    spans = sorted((r.stages["turn"]["begun"], r.stages["done"]["ended"]) for r in results)
    assert len(asked) == 2
    assert spans[0][1] <= spans[1][0]


def test_a_turn_that_is_not_given_yet_is_asked_for_again(scripts: Path) -> None:
    answers = iter([None, None, {"devices": [0]}])

    result = run(
        scripts,
        "os.write(fds[1], b'?')\nsay('turn', line=os.read(fds[1], 99).decode())\nsay('done')",
        grant=lambda stages: next(answers),
    )

    assert result.stages["turn"]["line"] == '{"devices": [0]}\n'


def test_an_interrupt_leaves_no_child(scripts: Path) -> None:
    script = scripts / "child.py"
    script.write_text(_PRELUDE + "time.sleep(600)")

    def interrupt(_: tuple[str, ...]) -> None:
        raise KeyboardInterrupt

    job = Job("child", (sys.executable, str(script)), dict(os.environ), 20.0)
    with (
        pytest.raises(KeyboardInterrupt),
        Children(time.monotonic() + 60, interrupt) as children,
    ):
        children.start(job, lambda _: None)
        children.wait()


def test_the_run_deadline_ends_a_child_with_time_left(scripts: Path) -> None:
    script = scripts / "child.py"
    script.write_text(_PRELUDE + "time.sleep(600)")
    results: list[ChildResult] = []
    job = Job("child", (sys.executable, str(script)), dict(os.environ), 500.0)
    with Children(time.monotonic() + 0.3, lambda _: None) as children:
        children.start(job, results.append)
        children.wait()

    assert results[0].end.how == "timed-out"


def test_no_descriptor_is_left_open(scripts: Path) -> None:
    run(scripts, "say('done')")
    before = len(os.listdir("/proc/self/fd"))

    run(scripts, "say('done')")
    run(scripts, "time.sleep(600)", timeout_s=0.2)

    assert len(os.listdir("/proc/self/fd")) == before


def test_a_daemon_that_clears_its_environment_is_ended(scripts: Path) -> None:
    result = run(
        scripts,
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        f"        os.execve('/bin/sleep', ['sleep {scripts}', '600'], {{}})\n"
        "    os._exit(0)\n"
        "os.wait(); say('done')",
    )

    assert result.end.how == "done"
