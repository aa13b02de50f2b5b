"""Writes reports: to stdout, bearing a closed pipe and any encoding, and to files, whole or not."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from gpudoctor.errors import UsageError


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
    """Write to stdout; a reader that went away, as in ``| head -1``, is no error."""
    data = text.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python flushes once more on its way out; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_file(path: str, text: str) -> None:
    """Replace a file whole, with the user's umask and through no planted link's name."""
    folder, name = os.path.split(path)
    temporary = os.path.join(folder or ".", f".{name}.{os.getpid()}.new")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror or error}") from error


def stdout_width() -> int:
    """The terminal's width, 100 where there is none."""
    try:
        return max(20, os.get_terminal_size(sys.stdout.fileno()).columns)
    except (OSError, ValueError):
        return 100


def stdout_is_utf8() -> bool:
    """Whether stdout can take more than ASCII."""
    return (sys.stdout.encoding or "ascii").lower().replace("-", "") == "utf8"


def wants_colour(environ: Mapping[str, str]) -> bool:
    """Whether stdout is a terminal that shows colours and nobody asked for none."""
    if environ.get("NO_COLOR") or environ.get("TERM", "dumb") == "dumb":
        return False
    return sys.stdout.isatty()
