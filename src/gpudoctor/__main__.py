"""The process: one guard around the commands, so that every end is a report and an exit code."""

# ruff: noqa: E402 - the module path is put in order before anything is imported by it
import os
import sys

# A json.py or typer.py in a folder of PYTHONPATH is the user's, and none of ours: those folders
# come last here. What is examined gets them untouched, in their place.
_theirs = set(filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))  # noqa: TID251
sys.path.sort(key=_theirs.__contains__)

import errno
import gc
import signal
from typing import Any

from gpudoctor.exit_codes import ExitCode

_ENDING = ("SIGTERM", "SIGHUP", "SIGQUIT")  # SIGINT apart: it is Python's own already
_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO)


class _Terminated(BaseException):
    """A signal came that ends us; raised so that children are ended on the way out."""


# Which signals came: what they raise may be swallowed, or turned into an error of another kind, as
# by an import that they fall into.
_came: set[int] = set()


def main() -> None:
    """Run the command line and exit."""
    # A short process frees everything at its end; collecting on the way costs 10 ms of a run.
    gc.disable()
    code = run(sys.argv[1:])
    if _came:
        # An interrupt that fell into an exec, as dataclasses run it, would make Python end itself
        # by that signal on its way out, whatever we say.
        _flush(sys.stdout)
        _flush(sys.stderr)
        os._exit(code)
    sys.exit(code)


def _flush(stream: Any) -> None:
    try:
        if stream is not None:
            stream.flush()
    except OSError:
        pass  # nobody reads it any more


def run(arguments: list[str]) -> int:
    """Run the command line; the exit code. Python's own 1 on a crash would read as a finding."""
    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as nohup sets
            signal.signal(number, _terminate)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored here
        signal.signal(signal.SIGINT, _interrupt)
    try:
        return _guarded(arguments)
    except BaseException as error:  # noqa: BLE001 - even the report of a failure failed
        os.write(2, f"gpudoctor: failed itself: {type(error).__name__}\n".encode())
        return int(ExitCode.BUG)


def _guarded(arguments: list[str]) -> int:
    try:
        return _call(arguments)
    except (KeyboardInterrupt, _Terminated):
        return _stopped(arguments)
    except OSError as error:
        if error.errno in _FULL and error.filename is None:  # of stdout, as --help writes it
            return _unwritable(error)
        return _stopped(arguments) if _came else _bug(arguments, error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a bug must not look like a finding
        return _stopped(arguments) if _came else _bug(arguments, error)


def _terminate(number: int, *_: object) -> None:
    _take(number)
    raise _Terminated


def _interrupt(number: int, *_: object) -> None:
    _take(number)
    raise KeyboardInterrupt


def _take(number: int) -> None:
    """Note the first signal; those after it must not break the ending that it began."""
    _came.add(number)
    sys.unraisablehook = _say_nothing  # Python complains of a signal that it drops
    for name in (*_ENDING, "SIGINT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _say_nothing(_: object) -> None:
    """Take an error that nobody can do anything about."""


def _stopped(arguments: list[str]) -> int:
    number = next(iter(_came), signal.SIGINT)
    if number == signal.SIGINT:
        return _fail(arguments, ExitCode.INTERRUPTED, "interrupted", "stopped by SIGINT")
    name = signal.Signals(number).name
    return _fail(arguments, ExitCode.TERMINATED, "interrupted", f"stopped by {name}")


def _unwritable(error: OSError) -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python flushes once more on its way out
    words = f"the output can't be written to stdout: {error.strerror}"
    return _fail([], ExitCode.USAGE, "usage", words)


def _call(arguments: list[str]) -> int:
    import typer  # noqa: PLC0415 - inside the guard

    from gpudoctor.cli.app import app  # noqa: PLC0415
    from gpudoctor.errors import MatrixError, StdoutError, UsageError  # noqa: PLC0415

    # typer keeps its parser's exceptions to itself; this is the base of the one it shows.
    parser_error: type[Exception] = typer.BadParameter.__mro__[2]
    try:
        code = app(arguments or ["--help"], standalone_mode=False, prog_name="gpudoctor")
        if not arguments:  # a CI step without a command must not pass
            return int(ExitCode.USAGE)
        if code == ExitCode.INTERRUPTED:  # typer made this number of a KeyboardInterrupt
            raise KeyboardInterrupt
        return code if isinstance(code, int) else 0
    except StdoutError as error:
        return _fail([], ExitCode.USAGE, "usage", str(error))
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


def _bug(arguments: list[str], error: BaseException) -> int:
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
    from gpudoctor.cli.failure import report_failure, say_on_stderr  # noqa: PLC0415 - rare
    from gpudoctor.errors import UsageError  # noqa: PLC0415 - start-up
    from gpudoctor.report import ErrorInfo  # noqa: PLC0415 - start-up

    info = ErrorInfo(kind, message, **place)
    try:
        report_failure(arguments, info, code)
    except UsageError as error:  # stdout takes nothing, and stderr may
        say_on_stderr(info)
        if str(error) != message:
            say_on_stderr(ErrorInfo("usage", str(error)))
        return int(ExitCode.USAGE)
    return int(code)


if __name__ == "__main__":
    main()
