"""The process: one guard around the commands, so that every end is a report and an exit code."""

import gc
import signal
import sys
from typing import Any

from gpudoctor.exit_codes import ExitCode


class _Terminated(BaseException):
    """SIGTERM came; raised so that children are ended on the way out."""


# Which signals came: what they raise may be swallowed, or turned into an error of another kind, as
# by an import that they fall into.
_came: set[int] = set()


def main() -> None:
    """Run the command line and exit."""
    # A short process frees everything at its end; collecting on the way costs 10 ms of a run.
    gc.disable()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line; the exit code. Python's own 1 on a crash would read as a finding."""
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored here
        signal.signal(signal.SIGINT, _interrupt)
    try:
        return _call(arguments)
    except KeyboardInterrupt:
        return _stopped(arguments)
    except _Terminated:
        return _stopped(arguments)
    except Exception as error:  # noqa: BLE001 - the guard: a bug must not look like a finding
        return _stopped(arguments) if _came else _bug(arguments, error)


def _terminate(number: int, *_: object) -> None:
    _came.add(number)
    raise _Terminated


def _interrupt(number: int, *_: object) -> None:
    _came.add(number)
    raise KeyboardInterrupt


def _stopped(arguments: list[str]) -> int:
    if signal.SIGTERM in _came:
        return _fail(arguments, ExitCode.TERMINATED, "interrupted", "stopped by SIGTERM")
    return _fail(arguments, ExitCode.INTERRUPTED, "interrupted", "stopped by SIGINT")


def _call(arguments: list[str]) -> int:
    import typer  # noqa: PLC0415 - inside the guard

    from gpudoctor.cli.app import app  # noqa: PLC0415
    from gpudoctor.errors import MatrixError, UsageError  # noqa: PLC0415

    # typer keeps its parser's exceptions to itself; this is the base of the one it shows.
    parser_error: type[Exception] = typer.BadParameter.__mro__[2]
    try:
        code = app(arguments or ["--help"], standalone_mode=False, prog_name="gpudoctor")
        if not arguments:  # a CI step without a command must not pass
            return int(ExitCode.USAGE)
        if code == ExitCode.INTERRUPTED:  # typer made this number of a KeyboardInterrupt
            raise KeyboardInterrupt
        return code if isinstance(code, int) else 0
    except UsageError as error:
        return _fail(arguments, ExitCode.USAGE, "usage", str(error), hint=error.hint)
    except MatrixError as error:
        place = {"file": error.file, "line": error.line, "column": error.column}
        return _fail(arguments, ExitCode.USAGE, "matrix", str(error), **place, hint=error.hint)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except parser_error as error:
        words = _words(error)
        hint = "gpudoctor --help lists the commands, gpudoctor COMMAND --help the options"
        return _fail(arguments, ExitCode.USAGE, "usage", words, hint=hint)


def _words(error: Exception) -> str:
    """What typer's parser would have printed."""
    format_message = getattr(error, "format_message", None)
    return str(format_message()) if format_message else str(error)


def _bug(arguments: list[str], error: Exception) -> int:
    import traceback  # noqa: PLC0415 - only on a bug

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return _fail(
        arguments,
        ExitCode.BUG,
        "bug",
        f"gpudoctor failed itself: {type(error).__name__}: {error}",
        file=frame.filename,
        line=frame.lineno,
        hint="a bug in gpudoctor, not a finding about this machine: report it with this line",
    )


def _fail(arguments: list[str], code: ExitCode, kind: str, message: str, **place: Any) -> int:
    """Report why there is no report, with the file, line, column and hint that there are."""
    from gpudoctor.cli.failure import report_failure  # noqa: PLC0415 - only on failure
    from gpudoctor.report import ErrorInfo  # noqa: PLC0415 - start-up

    report_failure(arguments, ErrorInfo(kind, message, **place), code)
    return int(code)


if __name__ == "__main__":
    main()
