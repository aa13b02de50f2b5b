"""The process as a user meets it: exit codes, streams, formats, signals. Any machine will do."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gpudoctor.checks import CHECKS
from schema import assert_valid

NO_PYTHON = {"PATH": "/nonexistent", "VIRTUAL_ENV": "", "CONDA_PREFIX": ""}


def run(
    *arguments: str, cwd: Path | None = None, stdin: str | None = None, **environ: str
) -> "subprocess.CompletedProcess[str]":
    """Run gpudoctor on the machine that runs the tests, with no Python found to examine."""
    return subprocess.run(
        [sys.executable, "-m", "gpudoctor", *arguments],
        env={**os.environ, **NO_PYTHON, **environ},
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def document(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """The one JSON document on stdout, valid and honest about the exit code."""
    found: dict[str, Any] = json.loads(done.stdout)
    assert_valid(found)
    assert found["exit_code"] == done.returncode
    return found


def fake_interpreter(folder: Path, body: str) -> str:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_a_check_answers_with_one_json_document() -> None:
    found = document(run("check", "--quick", "--json"))

    assert found["command"] == "check"
    assert found["verdict"] != "error"


def test_the_exit_code_is_the_same_for_every_format(tmp_path: Path) -> None:
    codes = {
        run("check", "--quick", *options).returncode
        for options in (
            ("--json",),
            ("--format", "text"),
            ("--format", "markdown"),
            ("--quiet",),
            ("-o", f"json={tmp_path / 'report.json'}"),
        )
    }

    assert len(codes) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "--only", "no-nvidia-gpus"), "did you mean no-nvidia-gpu"),
        (("check", "--only", "gpu-lost", "--skip", "gpu-lost"), "leave no check"),
        (("check", "--python", "/etc/passwd"), "not an executable file"),
        (("check", "--python", "/nonexistent/python"), "no such file"),
        (("check", "--python", "/usr"), "no bin/python"),
        (("check", "--timeout", "soon"), "soon"),
        (("check", "--timeout", "nan"), "nan"),
        (("check", "--probe-timeout", "inf"), "inf"),
        (("check", "--bogus"), "--bogus"),
        (("check", "-o", "report.json"), "FORMAT=FILE"),
        (("check", "-o", "yaml=x"), "unknown format"),
        (("check", "--format", "yaml"), "yaml"),
        (("check", "--matrix", "/nonexistent.yaml"), "/nonexistent.yaml"),
        (("explain", "gpu-lots"), "gpu-lost"),
        (("chekc",), "chekc"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_what_is_right(
    arguments: tuple[str, ...], words: str
) -> None:
    if arguments == ("check", "--python", "/usr") and Path("/usr/bin/python3").exists():
        arguments = ("check", "--python", "/proc")
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("check", "--json", "--bogus"), ("check", "--format", "json", "--only", "x"), ("--json",)],
)
def test_a_wrong_call_that_asks_for_json_gets_json(arguments: tuple[str, ...]) -> None:
    found = document(run(*arguments))

    assert (found["verdict"], found["exit_code"], found["findings"]) == ("error", 2, [])
    assert found["error"]["kind"] == "usage"


def test_a_broken_matrix_is_named_with_its_line(tmp_path: Path) -> None:
    matrix = tmp_path / "matrix.yaml"
    matrix.write_text('version: "1"\ndate: "2026-01-01"\nversion: "2"\n')

    error = document(run("check", "--json", "--matrix", str(matrix)))["error"]

    assert (error["kind"], error["file"], error["line"]) == ("matrix", str(matrix), 3)


@pytest.mark.parametrize("body", ["echo '{}'", "exit 0", "exit 3", "kill -SEGV $$"])
def test_what_is_no_interpreter_is_refused_or_left_undetermined(tmp_path: Path, body: str) -> None:
    found = document(run("check", "--json", "--python", fake_interpreter(tmp_path, body)))

    assert found["exit_code"] in (1, 2, 3)
    assert found["exit_code"] == 2 or found["snapshot"]["environments"]


def test_an_interpreter_that_hangs_is_left_at_its_deadline(tmp_path: Path) -> None:
    python = fake_interpreter(tmp_path, "exec /bin/sleep 600")
    begun = time.monotonic()

    done = run("check", "--json", "--python", python, "--probe-timeout", "1")

    assert time.monotonic() - begun < 60
    assert document(done)["exit_code"] in (1, 3)


def test_nothing_of_the_current_folder_is_run(tmp_path: Path) -> None:
    for name in ("torch", "json", "typing", "pynvml", "ask", "sitecustomize", "gpudoctor"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w')\nraise SystemExit(9)\n")
    script = Path(sys.executable).parent / "gpudoctor"
    command = [str(script)] if script.exists() else [sys.executable, "-P", "-m", "gpudoctor"]

    done = subprocess.run(
        [*command, "check", "--json", "--python", sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert document(done)["verdict"] != "error"
    assert not (tmp_path / "ran").exists()


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = [sys.executable, "-m", "gpudoctor", "check", "--quick", "-vv"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **NO_PYTHON}
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaints = process.stderr.read()

    assert complaints == b""
    assert process.returncode in (0, 1, 3)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_and_its_children(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    ready = tmp_path / "ready"
    python = fake_interpreter(
        tmp_path, f"echo $$ > {ready}.new; mv {ready}.new {ready}; exec sleep 600"
    )
    # A shell's background job, which CI may be, ignores SIGINT and hands that on.
    start = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from gpudoctor.__main__ import main; main()"
    )
    command = [sys.executable, "-c", start, "check", "--json", "--python", python]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while not ready.exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        stdout, _ = process.communicate(timeout=30)

    found = json.loads(stdout)
    assert_valid(found)
    assert (process.returncode, found["exit_code"], found["verdict"]) == (code, code, "error")
    assert not Path("/proc", ready.read_text().strip()).exists()


def test_reports_go_to_files_whole_and_through_no_link(tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "report.json", tmp_path / "precious"
    elsewhere.write_text("precious")
    target.symlink_to(elsewhere)

    run("check", "--quick", "--quiet", "-o", f"json={target}", "-o", f"markdown={tmp_path}/r.md")

    assert elsewhere.read_text() == "precious"
    assert_valid(json.loads(target.read_text()))
    assert (tmp_path / "r.md").read_text().startswith("#")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["precious", "r.md", "report.json"]


def test_a_report_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    for place in (str(tmp_path / "no folder/report.json"), str(full)):
        done = run("check", "--quick", "--quiet", "-o", f"json={place}")

        assert done.returncode == 2
        assert place in done.stderr
    assert full.is_symlink()


def test_a_pipe_is_written_to_and_never_replaced() -> None:
    done = run("check", "--quick", "--quiet", "-o", "json=/dev/stderr")

    assert_valid(json.loads(done.stderr))


def test_a_stream_that_the_shell_sent_to_a_file_is_never_replaced(tmp_path: Path) -> None:
    # A link of our own stands for /dev/stdout, which a mistake here would destroy.
    link, log = tmp_path / "stdout", tmp_path / "log"
    link.symlink_to("/proc/self/fd/1")

    with log.open("w") as stream:
        command = [sys.executable, "-m", "gpudoctor", "check", "--quick", "-o", f"json={link}"]
        subprocess.run(command, stdout=stream, check=False, timeout=60)

    assert link.is_symlink()
    written = log.read_text("utf-8")
    start = written.index("{")
    report, end = json.JSONDecoder().raw_decode(written, start)
    assert_valid(report)
    assert (written[:start] + written[end:]).strip(), "the terminal's report was overwritten"


def test_a_signal_that_falls_into_an_import_is_no_bug() -> None:
    # Python's compiler turns what is raised while it looks up a name of Unicode into a SyntaxError.
    start = (
        "import os, signal, gpudoctor.__main__ as guard\n"
        "def call(arguments):\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    except KeyboardInterrupt:\n"
        "        raise SyntaxError('unicode error') from None\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "guard._call = call\n"
        "guard.main()"
    )

    done = subprocess.run(
        [sys.executable, "-c", start, "check", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, json.loads(done.stdout)["exit_code"]) == (130, 130)


@pytest.mark.parametrize(("redirection", "code"), [(">&-", (0, 1, 3)), ("> /dev/full", (2,))])
def test_a_stdout_that_takes_nothing_is_no_bug(redirection: str, code: tuple[int, ...]) -> None:
    command = f"{sys.executable} -m gpudoctor check --quick {redirection}"

    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode in code
    assert "failed itself" not in done.stderr


def test_a_stream_that_takes_only_ascii_gets_ascii() -> None:
    done = run("check", "--quick", PYTHONIOENCODING="ascii")

    assert done.stdout.isascii()
    assert "Traceback" not in done.stderr


def test_a_narrow_terminal_gets_narrow_lines() -> None:
    done = run("check", "--quick", "--only", "no-nvidia-gpu", COLUMNS="40")

    prose = [
        line for line in done.stdout.splitlines() if "$ " not in line and "gpudoctor" not in line
    ]
    assert max(map(len, prose)) <= 40


def test_quiet_prints_nothing() -> None:
    done = run("check", "--quick", "--quiet")

    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("option", ["--exit-zero", "--no-gpu-ok"])
def test_exit_zero_pardons_a_machine_but_not_a_wrong_call(option: str) -> None:
    assert run("check", "--only", "no-nvidia-gpu", "--quick", option).returncode == 0
    assert run("check", "--only", "nonsense", option).returncode == 2


def test_every_check_is_listed() -> None:
    done = run("check", "--list-checks")

    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(CHECKS)


def test_a_page_explains_a_diagnosis() -> None:
    done = run("explain", "driver-too-old-for-cuda")

    assert done.returncode == 0
    assert "# driver-too-old-for-cuda" in done.stdout
    assert "<!--" not in done.stdout


def test_the_schema_is_a_schema() -> None:
    assert json.loads(run("schema").stdout)["$schema"].startswith("https://json-schema.org/")


def test_a_bare_call_shows_the_help_and_does_not_pass() -> None:
    done = run()

    assert done.returncode == 2
    assert "check" in done.stdout


FULL = Path("/dev/full")


def run_into(stdout: int, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run gpudoctor with a stdout of our choice."""
    return subprocess.run(
        [sys.executable, "-m", "gpudoctor", *arguments],
        env={**os.environ, **NO_PYTHON},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("check", "--quick", "--json"), ("check", "--bogus", "--json")],
    ids=" ".join,
)
def test_a_full_stdout_is_said_on_stderr(arguments: tuple[str, ...]) -> None:
    with FULL.open("w") as full:
        done = run_into(full.fileno(), *arguments)

    assert done.returncode == 2
    assert "can't be written to stdout: No space left on device" in done.stderr


def test_a_full_stderr_changes_no_exit_code() -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gpudoctor", "check", "--bogus"],
            stderr=full.fileno(),
            check=False,
            timeout=120,
        )

    assert done.returncode == 2


def test_a_relative_interpreter_in_a_folder_that_is_gone_is_wrong_use(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"cd {gone} && rmdir {gone} && exec {sys.executable} -m gpudoctor check --python x"

    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False, timeout=120)

    assert done.returncode == 2


def test_an_empty_interpreter_is_wrong_use() -> None:
    assert "--python is empty" in run("check", "--python", "").stderr


def test_a_loop_of_links_is_not_told_as_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")

    assert "symbolic links" in run("check", "--python", str(tmp_path / "loop")).stderr


@pytest.mark.parametrize("body", ["raise RuntimeError('no')", "raise SystemExit(0)"])
@pytest.mark.parametrize("name", ["json.py", "typer.py", "enum.py"])
def test_a_users_module_in_pythonpath_does_not_become_ours(
    tmp_path: Path, name: str, body: str
) -> None:
    (tmp_path / name).write_text(body)
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))

    document(run("check", "--quick", "--json", PYTHONPATH=path))


def test_a_pipe_that_nobody_reads_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    done = run("check", "--quick", "-o", f"json={tmp_path / 'pipe'}")

    assert done.returncode == 2
    assert "nobody reads this pipe" in done.stderr


def test_a_replaced_report_keeps_its_mode(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("of yesterday")
    report.chmod(0o600)

    run("check", "--quick", "-o", f"json={report}")

    assert report.stat().st_mode & 0o777 == 0o600
    assert_valid(json.loads(report.read_text()))


def test_the_longest_name_of_a_file_can_be_written(tmp_path: Path) -> None:
    report = tmp_path / ("r" * 255)

    run("check", "--quick", "-o", f"json={report}")

    assert_valid(json.loads(report.read_text()))


def test_an_error_replaces_the_report_of_yesterday(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text('{"verdict": "healthy"}')

    run("check", "--bogus", "-o", f"json={report}")

    assert json.loads(report.read_text())["verdict"] == "error"


def test_a_target_that_cannot_be_written_costs_no_look_at_the_machine(tmp_path: Path) -> None:
    fine = tmp_path / "a.json"

    done = run("check", "-o", f"json={fine}", "-o", "json=/nonexistent/b.json")

    assert done.returncode == 2
    assert json.loads(fine.read_text())["exit_code"] == 2


def test_a_superscript_in_the_mask_is_no_number() -> None:
    found = document(run("check", "--quick", "--json", CUDA_VISIBLE_DEVICES="²"))

    assert "failed itself" not in json.dumps(found)


def test_few_descriptors_give_a_report_and_no_bug() -> None:
    command = f"ulimit -n 12; exec {sys.executable} -m gpudoctor check --quick --json"
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, check=False, timeout=120
    )

    assert document(done)["verdict"] != "error"


@pytest.mark.parametrize("name", ["SIGHUP", "SIGQUIT", "SIGTERM"])
def test_every_signal_that_ends_us_ends_our_children(tmp_path: Path, name: str) -> None:
    python = fake_interpreter(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    process = subprocess.Popen(
        [sys.executable, "-m", "gpudoctor", "check", "--quick", "--python", python],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    child = int(_when_written(tmp_path / "pid", process))

    process.send_signal(getattr(signal, name))
    process.send_signal(signal.SIGINT)  # a second one must not break the ending

    assert process.wait(timeout=60) in (130, 143)  # both came before Python looked
    assert not Path(f"/proc/{child}").exists()


def _when_written(path: Path, process: "subprocess.Popen[bytes]") -> str:
    """The content of a file that a child of the process writes."""
    while process.poll() is None:
        if path.exists() and (text := path.read_text().strip()):
            return text
    raise AssertionError("gpudoctor ended before its child wrote")
