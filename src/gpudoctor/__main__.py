"""The process: one guard around the commands, so that every end is a report and an exit code."""

import signal
import sys

from gpudoctor.exit_codes import ExitCode
from gpudoctor.report import ErrorInfo


class _Terminated(BaseException):
    """SIGTERM came; raised so that children are ended on the way out."""


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line; the exit code. Python's own 1 on a crash would read as a finding."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return _call(arguments)
    except KeyboardInterrupt:
        return _fail(arguments, ErrorInfo("interrupted", "stopped by SIGINT"), ExitCode.INTERRUPTED)
    except _Terminated:
        return _fail(arguments, ErrorInfo("interrupted", "stopped by SIGTERM"), ExitCode.TERMINATED)
    except Exception as error:  # noqa: BLE001 - the guard: a bug must not look like a finding
        return _fail(arguments, _bug(error), ExitCode.BUG)


def _terminate(*_: object) -> None:
    raise _Terminated


def _call(arguments: list[str]) -> int:
    import typer  # noqa: PLC0415 - inside the guard

    from gpudoctor.cli.app import app  # noqa: PLC0415
    from gpudoctor.errors import MatrixError, UsageError  # noqa: PLC0415

    # typer keeps its parser's exceptions to itself; this is the base of the one it shows.
    parser_error = typer.BadParameter.__mro__[2]
    try:
        code = app(arguments or ["--help"], standalone_mode=False, prog_name="gpudoctor")
        if not arguments:  # a CI step without a command must not pass
            return int(ExitCode.USAGE)
        return code if isinstance(code, int) else 0
    except UsageError as error:
        return _fail(arguments, ErrorInfo("usage", str(error), hint=error.hint), ExitCode.USAGE)
    except MatrixError as error:
        info = ErrorInfo("matrix", str(error), error.file, error.line, error.column, error.hint)
        return _fail(arguments, info, ExitCode.USAGE)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except parser_error as error:
        words = _words(error)
        hint = "gpudoctor --help lists the commands, gpudoctor check --help the options"
        return _fail(arguments, ErrorInfo("usage", words, hint=hint), ExitCode.USAGE)


def _words(error: Exception) -> str:
    """What typer's parser would have printed."""
    format_message = getattr(error, "format_message", None)
    return str(format_message()) if format_message else str(error)


def _bug(error: Exception) -> ErrorInfo:
    import traceback  # noqa: PLC0415 - only on a bug

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return ErrorInfo(
        "bug",
        f"gpudoctor failed itself: {type(error).__name__}: {error}",
        file=frame.filename,
        line=frame.lineno,
        hint="a bug in gpudoctor, not a finding about this machine: report it with this line",
    )


def _fail(arguments: list[str], info: ErrorInfo, code: ExitCode) -> int:
    from gpudoctor.cli.failure import report_failure  # noqa: PLC0415 - only on failure

    report_failure(arguments, info, code)
    return int(code)


if __name__ == "__main__":
    main()
