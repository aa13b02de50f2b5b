"""``gpudoctor check``: look at this machine, judge, and say what is so and what to do."""

import os
from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import Annotated

import typer

from gpudoctor.cli.output import (
    Target,
    parse_target,
    refuse_unwritable,
    write_file,
    write_stdout,
)
from gpudoctor.errors import UsageError
from gpudoctor.hints import did_you_mean

FORMATS = ("text", "json", "markdown")
_INTERPRETER_HINT = "give an interpreter (…/bin/python) or an environment's folder"


class Format(str, Enum):
    """What stdout gets."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class FailOn(str, Enum):
    """What makes the exit code 1."""

    FAIL = "fail"
    WARN = "warn"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Request:
    """One call of ``check``, its options read and found usable."""

    pythons: tuple[str, ...]
    quick: bool
    timeout_s: float
    probe_timeout_s: float | None
    selected: tuple[str, ...]
    matrix: str | None
    format: str
    targets: tuple[Target, ...]
    fail_on: str
    exit_zero: bool
    no_gpu_ok: bool
    redact: bool
    verbosity: int
    quiet: bool


def check(
    python: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="The interpreter or environment to examine; repeatable."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Import no framework: read what lies on disk.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", help="For the whole run.", min=0.1)
    ] = 300.0,
    probe_timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", help="For each probe (NVML 30, CUDA 60, an import 180).", min=0.1
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Run only this check; repeatable.")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Leave this check out; repeatable.")
    ] = None,
    list_checks: Annotated[
        bool, typer.Option("--list-checks", help="List the checks and exit.")
    ] = False,
    matrix: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="A compatibility matrix in place of ours, or an overlay on it."
        ),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="What stdout gets.")] = Format.TEXT,
    json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT=FILE",
            help="Write a report to a file too; repeatable.",
        ),
    ] = None,
    fail_on: Annotated[FailOn, typer.Option(help="What makes the exit code 1.")] = FailOn.FAIL,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit with 0 in place of 1 and 3.")
    ] = False,
    no_gpu_ok: Annotated[
        bool, typer.Option("--no-gpu-ok", help="A machine or container without a GPU is fine.")
    ] = False,
    redact: Annotated[
        bool, typer.Option("--redact", help="Replace user and host names, home paths, uuids.")
    ] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            help="Show evidence and times; -vv all.",
            show_default=False,
        ),
    ] = 0,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing: exit code only.")
    ] = False,
) -> None:
    """Say whether PyTorch and TensorFlow can use the GPU here; if not, why, and what repairs it."""
    if list_checks:
        _list_checks()
        return
    for option, seconds in (("--timeout", timeout), ("--probe-timeout", probe_timeout)):
        if seconds is not None and not isfinite(seconds):
            raise UsageError(f"{option} {seconds} is no number of seconds")
    request = Request(
        pythons=tuple(_interpreter(each) for each in python or ()),
        quick=quick,
        timeout_s=timeout,
        probe_timeout_s=probe_timeout,
        selected=selected_checks(only or [], skip or []),
        matrix=matrix,
        format="json" if json else format_.value,
        targets=tuple(parse_target(each, FORMATS) for each in output or ()),
        fail_on=fail_on.value,
        exit_zero=exit_zero,
        no_gpu_ok=no_gpu_ok,
        redact=redact,
        verbosity=verbose,
        quiet=quiet,
    )
    for target in request.targets:
        refuse_unwritable(target.path)
    from gpudoctor.cli.run_check import run_check  # noqa: PLC0415 - not for --help

    raise typer.Exit(run_check(request, write_stdout, write_file))


def _list_checks() -> None:
    from gpudoctor.diagnoses import DIAGNOSES  # noqa: PLC0415 - not for --help

    width = max(len(each.id) for each in DIAGNOSES) + 2
    write_stdout("".join(f"{each.id:{width}}{each.title}\n" for each in DIAGNOSES))


def selected_checks(only: list[str], skip: list[str]) -> tuple[str, ...]:
    """The checks to run, in the catalogue's order; UsageError on an unknown id or none left."""
    from gpudoctor.diagnoses import BY_ID  # noqa: PLC0415 - not for --help

    for id_ in (*only, *skip):
        if id_ not in BY_ID:
            raise UsageError(f"there is no check {id_!r}", did_you_mean(id_, BY_ID))
    wanted = only or list(BY_ID)
    chosen = tuple(id_ for id_ in BY_ID if id_ in wanted and id_ not in skip)
    if not chosen:
        raise UsageError(
            "--only and --skip leave no check", "gpudoctor check --list-checks lists them"
        )
    return chosen


def _interpreter(text: str) -> str:
    """An interpreter's absolute path; a folder means the environment in it."""
    try:
        path = os.path.abspath(os.path.expanduser(text))
    except OSError as error:
        words = f"--python {text}: the current folder is gone, so a relative path leads nowhere"
        raise UsageError(words, _INTERPRETER_HINT) from error
    if not text:
        raise UsageError("--python is empty", _INTERPRETER_HINT)
    if os.path.isdir(path):
        inside = (os.path.join(path, "bin", name) for name in ("python", "python3"))
        found = next(filter(os.path.exists, inside), None)
        if found is None:
            raise UsageError(f"--python {text}: there is no bin/python in this folder")
        return found
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"--python {text}: there is no such file", _INTERPRETER_HINT) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        words = f"--python {text} can't be looked at: {why}"
        raise UsageError(words, _INTERPRETER_HINT) from error
    if not os.access(path, os.X_OK):
        raise UsageError(f"--python {text} is not an executable file", _INTERPRETER_HINT)
    return path
