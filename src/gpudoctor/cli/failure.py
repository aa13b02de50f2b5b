"""Says why there is no report: a JSON document where JSON was asked for, else lines on stderr."""

import sys
import time
from itertools import pairwise

from gpudoctor import __version__
from gpudoctor.cli.output import write_stdout
from gpudoctor.escaping import visible
from gpudoctor.exit_codes import ExitCode
from gpudoctor.report import ErrorInfo, Outcome, Report


def report_failure(arguments: list[str], info: ErrorInfo, code: ExitCode) -> None:
    """Write the failure in the form that the arguments asked for, parsed or not."""
    if _wants_json(arguments):
        from gpudoctor.renderers.json import render  # noqa: PLC0415 - only this form needs it

        write_stdout(render(_report(arguments, info, code)))
        return
    place = ":".join(str(part) for part in (info.file, info.line, info.column) if part)
    lines = [f"gpudoctor: {f'{place}: ' if place else ''}{info.message}"]
    if info.hint:
        lines.append(f"hint: {info.hint}")
    if sys.stderr is not None:
        sys.stderr.write("".join(f"{visible(line)}\n" for line in lines))


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
