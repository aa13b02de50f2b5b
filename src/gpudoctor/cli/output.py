"""Writes reports: to stdout, bearing a closed pipe and any encoding, and to files, whole or not."""

import errno
import os
import shutil
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from gpudoctor.errors import StdoutError, UsageError

_MOST_LINKS = 40  # as many as Linux follows


@dataclass(frozen=True, slots=True)
class Target:
    """A format and the file that it goes to."""

    format: str
    path: str


def parse_target(text: str, formats: tuple[str, ...]) -> Target:
    """Read ``FORMAT=FILE``; raise UsageError on another form or an unknown format."""
    format_, separator, path = text.partition("=")
    if not separator or not path:
        raise UsageError(
            f"--output {text!r} is not of the form FORMAT=FILE", "as in json=report.json"
        )
    if format_ not in formats:
        raise UsageError(
            f"--output {text!r}: unknown format {format_!r}", f"known are: {', '.join(formats)}"
        )
    return Target(format_, path)


def write_stdout(text: str) -> None:
    """Write to stdout; a reader that went away, as in ``| head -1``, is no error.

    Raises StdoutError where it takes nothing for another reason, such as a full disk.
    """
    if sys.stdout is None:  # closed by the caller, who then wants the exit code alone
        return
    data = text.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        # Python flushes once more on its way out, and would fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            words = f"the report can't be written to stdout: {error.strerror}"
            raise StdoutError(words) from error


def write_file(path: str, text: str) -> None:
    """Replace a file whole, with the user's umask; a planted link is replaced, not followed.

    Pipes, devices and open streams, such as /dev/stderr, are written to and never replaced.
    """
    data = text.encode("utf-8", "backslashreplace")
    try:
        stream = _stream(path)
        if stream is not None:
            with os.fdopen(stream, "wb", buffering=0) as file:
                file.write(data)
        elif _is_device(path):
            _write_to_device(path, data)
        else:
            _write_regular(path, data)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {_reason(error)}") from error


def refuse_unwritable(path: str) -> None:
    """Raise UsageError where a report could not be written: before anything is looked at."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        raise UsageError(f"{path} can't be written: it is a folder")
    if os.path.lexists(path):
        if not os.access(path, os.W_OK) and not os.access(folder, os.W_OK):
            raise UsageError(f"{path} can't be written: Permission denied")
    elif not os.path.isdir(folder):
        raise UsageError(f"{path} can't be written: there is no folder {folder}")
    elif not os.access(folder, os.W_OK):
        raise UsageError(f"{path} can't be written: Permission denied in {folder}")


def _reason(error: OSError) -> str:
    if error.errno == errno.ENXIO:
        return "nobody reads this pipe"
    return error.strerror or str(error)


def _write_to_device(path: str, data: bytes) -> None:
    # O_NONBLOCK: a pipe that nobody reads is an error, and no reason to wait for ever.
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        file.write(data)


def _write_regular(path: str, data: bytes) -> None:
    """Replace the file whole; where it or its folder can't be replaced, write over it."""
    try:
        _replace(path, data)
    except OSError as error:
        is_fixed = error.errno in (errno.EBUSY, errno.EACCES, errno.EPERM, errno.EXDEV)
        if not is_fixed or os.path.islink(path) or not os.path.isfile(path):
            raise
        with open(path, "r+b", buffering=0) as file:  # a bind mount, or a closed folder
            file.truncate()
            file.write(data)


def _stream(path: str) -> int | None:
    """A descriptor of the open stream that a path leads to, such as /dev/stdout; or None.

    Where the shell sent that stream to a file, the path looks like this file: its last link
    lies among a process's open files. Ours are doubled, so that what else is written to them
    is not overwritten.
    """
    for _ in range(_MOST_LINKS):
        folder = os.path.realpath(os.path.dirname(os.path.abspath(path)))
        name = os.path.basename(path)
        if folder.startswith("/proc/") and os.path.basename(folder) == "fd":
            ours = folder == f"/proc/{os.getpid()}/fd" and name.isdecimal()
            return os.dup(int(name)) if ours else os.open(path, os.O_WRONLY | os.O_APPEND)
        path = os.path.join(folder, name)
        if not os.path.islink(path):
            return None
        path = os.path.join(folder, os.readlink(path))
    return None


def _is_device(path: str) -> bool:
    """Whether a path leads to a pipe or device: those are never replaced."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _replace(path: str, data: bytes) -> None:
    # A name of our own: with the file's in it, it could be longer than names may be.
    temporary = os.path.join(os.path.dirname(path) or ".", f".gpudoctor-{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if os.path.isfile(path) and not os.path.islink(path):
                os.fchmod(descriptor, stat.S_IMODE(os.stat(path).st_mode))
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def stdout_width() -> int:
    """The terminal's width or COLUMNS, 100 where there is neither."""
    return max(20, shutil.get_terminal_size((100, 24)).columns)


def stdout_is_utf8() -> bool:
    """Whether stdout can take more than ASCII."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return encoding.lower().replace("-", "") == "utf8"


def wants_colour(environ: Mapping[str, str]) -> bool:
    """Whether stdout is a terminal that shows colours and nobody asked for none."""
    if environ.get("NO_COLOR") or environ.get("TERM", "dumb") == "dumb":
        return False
    return sys.stdout is not None and sys.stdout.isatty()
