"""Open what the user named: files, folders, the standard input; compressed or not, in any encoding.

What comes out is text, line by line. A large text is not kept: of its middle only the lines that
may mean something are, with what stands around them.
"""

import codecs
import os
import re
import stat
import sys
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from gpudoctor.errors import UsageError
from gpudoctor.readers.lines import LINE_LIMIT

_BLOCK = 512 << 10
_HEAD = 512 << 10  # of a text is read line by line, and as much of its end
_TAIL_BLOCKS = 1
_REST_LIMIT = 1 << 20
_TOTAL_LIMIT = 512 << 20  # of one text, unpacked: no log that a person pasted is larger
_FILES_LIMIT = 200
_KEPT_LIMIT = 20_000  # lines from the middle of a large text
_ALIKE_LIMIT = 8  # of lines that differ only in their digits
_KEY_LENGTH = 400  # bytes of a line that make it one of a kind
_AROUND = 2  # lines kept before and after one from the middle
_GZIP = b"\x1f\x8b"
_ODD_BYTES = bytes(code for code in range(32) if code not in (8, 9, 10, 12, 13, 27))
_BINARY_SHARE = 0.1  # of a text's first bytes that no text has
_ODD_SHARE = 0.02
_WIDE_SAMPLE = 8  # bytes from which on zeros tell UTF-16
_WIDE_SHARE = 0.6  # of every second byte

# Words without which no reader and no symptom finds anything in a line.
_WORDS = (
    b"cud",
    b"CUDA",
    b"CUDNN",
    b"NVRM",
    b"Xid",
    b"NVML",
    b"nvidia",
    b"NVIDIA",
    b"nouveau",
    b"NCCL",
    b"GPU",
    b"XLA",
    b"Torch",
    b"torch",
    b"ensorFlow",
    b"ensorflow",
    b"jax",
    b"onnx",
    b"ONNX",
    b"umpy",
    b"umPy",
    b"libc",
    b"GLIBC",
    b".so",
    b".dll",
    b".DLL",
    b"WinError",
    b"Segmentation",
    b"RESOURCE_EXHAUSTED",
    b"ptxas",
    b"libdevice",
    b"nvrtc",
    b"triton",
    b"/dev/shm",
    b"docker",
    b"vermagic",
    b"No module named",
    b"llegal instruction",
    b"ut of memory",
    b"No matching distr",
    b"satisfies the requirement",
    b"shared memory",
    b"OCI runtime",
    b"Key was rejected",
)


def _any_of(words: Iterable[bytes]) -> "re.Pattern[bytes]":
    """A pattern for any of the words, by first letters: that is how it is searched for fast."""
    by_letter: dict[bytes, list[bytes]] = {}
    for word in words:
        by_letter.setdefault(word[:1], []).append(re.escape(word[1:]))
    parts = (re.escape(first) + b"(?:" + b"|".join(r) + b")" for first, r in by_letter.items())
    return re.compile(b"|".join(parts))


_TELLING = _any_of(_WORDS)


@dataclass(frozen=True, slots=True)
class PastedText:
    """A text by the name the user gave it, as lines with their numbers."""

    name: str
    lines: tuple[tuple[int, str], ...]
    is_excerpt: bool = False  # of a large text only a part was kept


def open_sources(names: tuple[str, ...]) -> Iterator[PastedText]:
    """The texts behind files, folders and ``-``; UsageError names what can't be read as one."""
    for name in names:
        if name == "-":
            yield _read("standard input", sys.stdin.buffer)
        elif os.path.isdir(name):
            yield from _folder(name)
        else:
            yield _file(name)


def _folder(name: str) -> Iterator[PastedText]:
    files = sorted(
        entry.path for entry in os.scandir(name) if entry.is_file() and entry.name[0] != "."
    )
    if not files:
        raise UsageError(f"{name} holds no file", hint="name a file, or - for standard input")
    if len(files) > _FILES_LIMIT:
        raise UsageError(
            f"{name} holds {len(files)} files, more than {_FILES_LIMIT}",
            hint="name the files that matter",
        )
    for path in files:
        yield _file(path)


def _file(name: str) -> PastedText:
    try:
        # O_NONBLOCK: a FIFO without a writer must not hang us; regular files don't care.
        descriptor = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise UsageError(f"{name} can't be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(f"{name} is not a regular file", hint="pipe it in, and name - for it")
        return _read(name, file)


def _read(name: str, file: BinaryIO) -> PastedText:
    try:
        blocks = _as_utf8(name, _unpacked(name, file))
        return _kept(name, _whole_lines(blocks))
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{name} can't be read: {error}") from error


def _unpacked(name: str, file: BinaryIO) -> Iterator[bytes]:
    """The bytes, unpacked where gzip packed them, up to a limit."""
    block = file.read(_BLOCK)
    unpacker = zlib.decompressobj(wbits=31) if block.startswith(_GZIP) else None
    total = 0
    while block:
        part = block if unpacker is None else unpacker.decompress(block, _BLOCK)
        total += len(part)
        if total > _TOTAL_LIMIT:
            raise UsageError(f"{name} holds more than {_TOTAL_LIMIT >> 20} MiB of text")
        if part:
            yield part
        block = (unpacker.unconsumed_tail if unpacker else b"") or file.read(_BLOCK)


def _as_utf8(name: str, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The bytes in UTF-8; UTF-16 is known by its mark or by the zeros of its ASCII letters."""
    first = next(blocks, b"")
    encoding = _wide_encoding(first)
    if encoding is None:
        if _is_binary(first):
            raise UsageError(f"{name} is not a text", hint="save what was printed as plain text")
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(first).removeprefix("\ufeff").encode("utf-8", "replace")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "replace")


def _wide_encoding(first: bytes) -> str | None:
    if first.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if first.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    sample = first[:4096]
    if len(sample) < _WIDE_SAMPLE or not sample.strip(b"\0"):
        return None
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        if zeros.count(0) > _WIDE_SHARE * len(zeros):
            return encoding
    return None


def _is_binary(first: bytes) -> bool:
    sample = first[:8192]
    odd = len(sample) - len(sample.translate(None, _ODD_BYTES))
    if odd > _BINARY_SHARE * len(sample):
        return True
    # A text in an old code page has bytes that are no UTF-8, and no control characters.
    undecodable = sample.decode("utf-8", "replace").count("\ufffd")
    return odd > _ODD_SHARE * len(sample) and undecodable > _BINARY_SHARE * len(sample)


def _whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Blocks that end with a line's end; of a line without end only the beginning is kept."""
    rest = b""
    for block in blocks:
        joined = rest + block
        end = joined.rfind(b"\n") + 1
        if end:
            yield joined[:end]
        rest = joined[end:][:_REST_LIMIT]
    if rest:
        yield rest


def _kept(name: str, blocks: Iterator[bytes]) -> PastedText:
    """All lines of the beginning and of the end, and the telling ones between."""
    lines: list[tuple[int, str]] = []
    tail: deque[tuple[int, bytes]] = deque()
    middle = _Middle()
    number, size = 1, 0
    for block in blocks:
        if size < _HEAD:
            lines += _numbered(block, number)
        else:
            tail.append((number, block))
        size += len(block)
        number += block.count(b"\n")
        if len(tail) > _TAIL_BLOCKS:
            middle.read(*tail.popleft())
    lines += middle.lines
    for start, block in tail:
        lines += _numbered(block, start)
    return PastedText(name, tuple(lines), middle.has_read)


def _numbered(block: bytes, start: int) -> list[tuple[int, str]]:
    lines = block.decode("utf-8", "replace").removesuffix("\n").split("\n")
    return [(start + place, line[:LINE_LIMIT]) for place, line in enumerate(lines)]


class _Middle:
    """The middle of a large text: what may tell something, with a few lines around it."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []
        self.has_read = False
        self._alike: dict[bytes, int] = {}

    def read(self, start: int, block: bytes) -> None:
        """Take the telling lines of a block whose first line has the number `start`."""
        self.has_read = True
        number, counted, position = start, 0, 0
        while len(self.lines) < _KEPT_LIMIT and (match := _TELLING.search(block, position)):
            begin = block.rfind(b"\n", 0, match.start()) + 1
            end = block.find(b"\n", match.end())
            end = len(block) if end < 0 else end
            number += block.count(b"\n", counted, begin)
            counted = begin
            position = end + 1
            if self._is_new(block[begin:end]):
                self._take(block, begin, end, number)

    def _is_new(self, line: bytes) -> bool:
        key = line[:_KEY_LENGTH].translate(None, b"0123456789")
        seen = self._alike.get(key, 0)
        if seen < _ALIKE_LIMIT and len(self._alike) < _KEPT_LIMIT:
            self._alike[key] = seen + 1
            return True
        return False

    def _take(self, block: bytes, begin: int, end: int, number: int) -> None:
        last = self.lines[-1][0] if self.lines else 0
        for _ in range(_AROUND):
            if begin == 0:
                break
            begin = block.rfind(b"\n", 0, begin - 1) + 1
            number -= 1
        for _ in range(_AROUND):
            following = block.find(b"\n", end + 1)
            end = len(block) if following < 0 else following
        for place, line in enumerate(block[begin:end].split(b"\n"), number):
            if place > last:
                self.lines.append((place, line[:LINE_LIMIT].decode("utf-8", "replace")))
