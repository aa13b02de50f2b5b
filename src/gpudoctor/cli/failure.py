"""Says why there is no report: a JSON document where JSON was asked for, else lines on stderr."""

import os
import sys
import time
from itertools import pairwise

from gpudoctor import __version__
from gpudoctor.cli.output import write_file, write_stdout
from gpudoctor.errors import UsageError
from gpudoctor.escaping import visible
from gpudoctor.exit_codes import ExitCode
from gpudoctor.report import ErrorInfo, Outcome, Report


def report_failure(arguments: list[str], info: ErrorInfo, code: ExitCode) -> None:
    """Write the failure in the form that the arguments asked for, parsed or not."""
    targets = _json_files(arguments)
    if targets or _wants_json(arguments):
        from gpudoctor.renderers.json import render  # noqa: PLC0415 - only these need it

        document = render(_report(arguments, info, code))
        for path in targets:
            _write_if_possible(path, document)
        if _wants_json(arguments):
            write_stdout(document)
            return
    say_on_stderr(info)


def say_on_stderr(info: ErrorInfo) -> None:
    """One line on stderr, and a hint; a stderr that takes nothing is no second error."""
    place = ":".join(str(part) for part in (info.file, info.line, info.column) if part)
    lines = [f"gpudoctor: {f'{place}: ' if place else ''}{info.message}"]
    if info.hint:
        lines.append(f"hint: {info.hint}")
    if sys.stderr is None:
        return
    try:
        sys.stderr.write("".join(f"{visible(line)}\n" for line in lines))
        sys.stderr.flush()
    except OSError:
        # Python flushes once more on its way out, and would fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _json_files(arguments: list[str]) -> list[str]:
    """The files of ``-o json=FILE``: a report of yesterday must not stand there after an error."""
    named = [word[2:] for word in arguments if word.startswith("-o") and len(word) > len("-o")]
    named += [word.partition("=")[2] for word in arguments if word.startswith("--output=")]
    named += [after for word, after in pairwise(arguments) if word in ("-o", "--output")]
    return [each.partition("=")[2] for each in named if each.startswith("json=")]


def _write_if_possible(path: str, document: str) -> None:
    try:
        write_file(path, document)
    except UsageError:
        pass  # the error that is reported came first


def _wants_json(arguments: list[str]) -> bool:
    return any(
        word in ("--json", "--format=json") or (word, after) == ("--format", "json")
        for word, after in pairwise((*arguments, ""))
    )


def _report(arguments: list[str], info: ErrorInfo, code: ExitCode) -> Report:
    command = next((word for word in arguments if not word.startswith("-")), "")
    return Report(
        tool_version=__version__,
        command=command if command in ("check", "explain", "matrix", "schema") else "check",
        created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        outcome=Outcome.ERROR,
        exit_code=int(code),
        root_cause=None,
        summary=info.message,
        fingerprint="",
        ranked=(),
        ladder=(),
        noise=(),
        snapshot=None,
        matrix=None,
        timings_ms={},
        error=info,
    )
