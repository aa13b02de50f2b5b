"""Reads the files and the environment of this machine, or of a machine laid out in a folder."""

import os
import re
import stat
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from gpudoctor.errors import MissingError, ProbeError

_TEXT_LIMIT = 4 << 20
_SCAN_BLOCK = 1 << 20
_SCAN_OVERLAP = 4096
_SCAN_LIMIT = 4 << 30  # libtorch_cuda.so has 2 GB
_SCAN_TRIES = 100_000  # a real libtorch_python.so has some hundred
_MISSING = (FileNotFoundError, NotADirectoryError)


@dataclass(frozen=True, slots=True)
class NodeState:
    """A device node's rights, read without opening it."""

    accessible: bool
    mode: str
    owner: str


class Host:
    """A machine seen through its file system and environment.

    `root` is ``/`` for the machine that we run on; for a machine in a folder every path is looked
    up below it, and paths that a child reports are brought back with `inside`.
    """

    def __init__(self, root: str = "/", environ: Mapping[str, str] | None = None) -> None:
        self.root = root.rstrip("/")
        self.environ: Mapping[str, str] = dict(os.environ) if environ is None else dict(environ)
        self.os_name = {"win32": "windows"}.get(sys.platform, sys.platform)

    def outside(self, path: str) -> str:
        """The real path behind a path of this machine."""
        return self.root + path

    def inside(self, path: str) -> str:
        """The path as this machine calls it, for a real path below its root."""
        if self.root and (path == self.root or path.startswith(self.root + "/")):
            return path[len(self.root) :] or "/"
        return path

    def is_root_user(self) -> bool:
        """Whether this process has the superuser's rights."""
        return hasattr(os, "geteuid") and os.geteuid() == 0

    def cpu_architecture(self) -> str:
        """The processor's architecture as the kernel names it, ``x86_64``."""
        return os.uname().machine if hasattr(os, "uname") else "unknown"

    def user_names(self) -> tuple[str, ...]:
        """The names under which the user may appear in paths and messages."""
        variables = (self.environ.get(name, "") for name in ("USER", "LOGNAME", "SUDO_USER"))
        home = os.path.basename(self.environ.get("HOME", "").rstrip("/"))
        return tuple(dict.fromkeys(name for name in (*variables, home) if name))

    def host_names(self) -> tuple[str, ...]:
        """This machine's name, in full and in short."""
        full = os.uname().nodename if hasattr(os, "uname") else ""
        return tuple(dict.fromkeys(name for name in (full, full.partition(".")[0]) if name))

    def working_directory(self) -> str:
        """Where the user stands, empty when that folder is gone; nothing is ever run from there."""
        try:
            return os.getcwd()
        except OSError:
            return ""

    def read_text(self, path: str, limit: int = _TEXT_LIMIT) -> str:
        """At most `limit` bytes of a file; MissingError where it is not, ProbeError otherwise."""
        return self.read_bytes(path, limit).decode("utf-8", "replace")

    def read_bytes(self, path: str, limit: int = _TEXT_LIMIT) -> bytes:
        """At most `limit` bytes of a regular file or of one of the kernel's."""
        try:
            # O_NONBLOCK: a planted FIFO must not hang us; regular files don't care.
            descriptor = os.open(self.outside(path), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "rb") as file:
                return file.read(limit) or b""
        except _MISSING as error:
            raise MissingError(f"{path} does not exist") from error
        except (OSError, ValueError) as error:
            raise ProbeError(f"{path} can't be read: {_reason(error)}") from error

    def read_range(self, path: str, start: int, size: int) -> bytes:
        """Some bytes of a large file, a negative start from its end; raises as read_bytes does."""
        try:
            descriptor = os.open(self.outside(path), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                file.seek(start, os.SEEK_END if start < 0 else os.SEEK_SET)
                return file.read(size) or b""
        except _MISSING as error:
            raise MissingError(f"{path} does not exist") from error
        except (OSError, ValueError, OverflowError) as error:  # a broken file's own numbers
            raise ProbeError(f"{path} can't be read: {_reason(error)}") from error

    def open_file(self, path: str) -> BinaryIO:
        """A regular file, for a reader that seeks in it; raises as read_bytes does."""
        try:
            descriptor = os.open(self.outside(path), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                raise ProbeError(f"{path} is no regular file")
            return os.fdopen(descriptor, "rb")
        except _MISSING as error:
            raise MissingError(f"{path} does not exist") from error
        except (OSError, ValueError) as error:
            raise ProbeError(f"{path} can't be read: {_reason(error)}") from error

    def list_directory(self, path: str) -> tuple[str, ...]:
        """The names in a folder, sorted; MissingError where it is not, ProbeError otherwise."""
        try:
            return tuple(sorted(os.listdir(self.outside(path))))
        except _MISSING as error:
            raise MissingError(f"{path} does not exist") from error
        except (OSError, ValueError) as error:
            raise ProbeError(f"{path} can't be listed: {_reason(error)}") from error

    def names_in(self, path: str) -> tuple[str, ...]:
        """The names in a folder; none where it is missing or closed to us."""
        try:
            return self.list_directory(path)
        except ProbeError:
            return ()

    def exists(self, path: str) -> bool:
        """Whether the path leads to something."""
        return os.path.exists(self.outside(path))

    def is_directory(self, path: str) -> bool:
        """Whether the path leads to a folder."""
        return os.path.isdir(self.outside(path))

    def real_path(self, path: str) -> str:
        """Where the path leads after every link, as this machine calls it."""
        real = os.path.realpath(self.outside(path))
        if self.root and not real.startswith(self.root + "/"):
            return os.path.realpath(self.root + real)[len(self.root) :]
        return self.inside(real)

    def link_target(self, path: str) -> str | None:
        """What a symbolic link says, or None where it is none."""
        try:
            return os.readlink(self.outside(path))
        except OSError:
            return None

    def node(self, path: str) -> NodeState:
        """A device node's rights; it is not opened, since that can wake a sleeping GPU."""
        try:
            status = os.stat(self.outside(path))
        except _MISSING as error:
            raise MissingError(f"{path} does not exist") from error
        except OSError as error:
            raise ProbeError(f"{path} can't be looked at: {_reason(error)}") from error
        return NodeState(
            os.access(self.outside(path), os.R_OK | os.W_OK),
            stat.filemode(status.st_mode),
            f"{status.st_uid}:{status.st_gid}",
        )

    def capacity(self, path: str) -> tuple[int, int]:
        """Size and room, in bytes, of the file system behind a path; raises as read_bytes does."""
        try:
            system = os.statvfs(self.outside(path))
        except _MISSING as error:
            raise MissingError(f"{path} does not exist") from error
        except OSError as error:
            raise ProbeError(f"{path} can't be measured: {_reason(error)}") from error
        return system.f_blocks * system.f_frsize, system.f_bavail * system.f_frsize

    def find_all(self, path: str, needle: bytes, pattern: "re.Pattern[bytes]") -> Iterator[bytes]:
        """Each match of `pattern` that starts at a `needle`, in a file of any size.

        The file is read block by block, and a literal is looked for first: both keep a library of
        hundreds of megabytes out of our memory and out of the regular expressions' way. A file
        that is none, or that no library is as large as, is not read.
        """
        try:
            # O_NONBLOCK: a FIFO in a library's place must not hang us.
            descriptor = os.open(self.outside(path), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                _refuse_what_is_no_library(path, os.fstat(descriptor))
                window = b""
                is_last = False
                tried = 0
                while not is_last:
                    block = file.read(_SCAN_BLOCK)
                    is_last = len(block) < _SCAN_BLOCK
                    window = window[-_SCAN_OVERLAP:] + block
                    # What starts in the overlap is left to the next window, which has all of it.
                    end = len(window) - (0 if is_last else _SCAN_OVERLAP)
                    at = window.find(needle)
                    while 0 <= at < end:
                        tried += 1
                        if tried > _SCAN_TRIES:
                            raise ProbeError(f"{path} is made to be searched for ever")
                        if match := pattern.match(window, at):
                            yield match.group(0)
                        at = window.find(needle, at + 1)
        except _MISSING as error:
            raise MissingError(f"{path} does not exist") from error
        except OSError as error:
            raise ProbeError(f"{path} can't be read: {_reason(error)}") from error

    def kernel_messages(self, limit: int = 1 << 21, most: int = 1 << 24) -> str:
        """What the kernel's ring buffer holds, oldest first, without waiting for more.

        Of a buffer beyond `limit` bytes the middle is left out: what modules say when they are
        loaded stands at the beginning, what ails them now at the end. After `most` bytes the
        kernel writes faster than this reads.
        """
        try:
            descriptor = os.open(self.outside("/dev/kmsg"), os.O_RDONLY | os.O_NONBLOCK)
        except _MISSING as error:
            raise MissingError("/dev/kmsg does not exist") from error
        except OSError as error:
            raise ProbeError(f"/dev/kmsg can't be opened: {_reason(error)}") from error
        early: list[bytes] = []
        late: deque[bytes] = deque()
        size = kept = 0
        try:
            while size < most:
                try:
                    record = os.read(descriptor, 8192)
                except BrokenPipeError:  # a record was overwritten while we read
                    continue
                except OSError:
                    break
                if not record:
                    break
                size += len(record)
                if size <= limit // 4:
                    early.append(record)
                    continue
                late.append(record)
                kept += len(record)
                while kept > limit - limit // 4:
                    kept -= len(late.popleft())
        finally:
            os.close(descriptor)
        return b"".join((*early, *late)).decode("utf-8", "replace")

    def own_interpreter(self) -> str:
        """The interpreter that runs gpudoctor itself."""
        return sys.executable

    def own_module_path(self) -> str:
        """gpudoctor's own sys.path, without relative entries, joined for a child."""
        return os.pathsep.join(entry for entry in sys.path if os.path.isabs(entry))


def _refuse_what_is_no_library(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ProbeError(f"{path} is not a regular file")
    if status.st_size > _SCAN_LIMIT:
        raise ProbeError(f"{path} holds {status.st_size >> 20} MiB, more than any library")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
