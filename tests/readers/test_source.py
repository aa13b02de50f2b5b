"""Texts are opened in any encoding, compressed or not, and what is no text is refused."""

import gzip
import os
from pathlib import Path

import pytest

from gpudoctor.errors import UsageError
from gpudoctor.readers.source import open_sources

WORDS = "NVIDIA-SMI has failed because it couldn't communicate\nsecond line\n"


def lines_of(path: Path) -> list[str]:
    (text,) = open_sources((str(path),))
    return [line for _, line in text.lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_of_a_paste_gives_its_lines(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "text").write_bytes(WORDS.encode(encoding))

    assert lines_of(tmp_path / "text") == WORDS.splitlines()


def test_a_compressed_text_is_unpacked(tmp_path: Path) -> None:
    (tmp_path / "nvidia-bug-report.log.gz").write_bytes(gzip.compress(WORDS.encode()))

    assert lines_of(tmp_path / "nvidia-bug-report.log.gz") == WORDS.splitlines()


def test_bytes_that_are_no_utf8_are_replaced_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"caf\xe9 \nsecond\n")

    assert lines_of(tmp_path / "text")[1] == "second"


@pytest.mark.parametrize(
    "content",
    [b"\x7fELF" + bytes(range(256)) * 40, os.urandom(20_000), b"\0" * 10_000],
    ids=["program", "noise", "zeros"],
)
def test_what_is_no_text_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)

    with pytest.raises(UsageError, match="file is not a text"):
        lines_of(tmp_path / "file")


def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "bomb.gz", "wb", compresslevel=9) as file:
        for _ in range(550):
            file.write(b"a line of a log\n" * 65536)

    with pytest.raises(UsageError, match="holds more than"):
        lines_of(tmp_path / "bomb.gz")


def test_a_cut_off_archive_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    packed = gzip.compress(("first line\n" + WORDS * 1000).encode(), compresslevel=0)
    (tmp_path / "cut.gz").write_bytes(packed[: len(packed) // 2])

    assert lines_of(tmp_path / "cut.gz")[0] == "first line"


def test_a_pipe_without_a_writer_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(UsageError, match="not a regular file"):
        lines_of(tmp_path / "pipe")


def test_a_folder_gives_its_files_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", ".hidden"):
        (tmp_path / name).write_text(f"text of {name}\n")

    texts = list(open_sources((str(tmp_path),)))

    assert [os.path.basename(text.name) for text in texts] == ["a.txt", "b.txt"]


def test_a_folder_of_very_many_files_is_refused(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}.txt").write_text("words\n")

    with pytest.raises(UsageError, match="holds 300 files"):
        list(open_sources((str(tmp_path),)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.txt can't be read: No such file"):
        lines_of(tmp_path / "gone.txt")


def test_of_a_large_text_the_telling_lines_are_kept_under_their_own_numbers(tmp_path: Path) -> None:
    filler = "INFO step 1000 loss 0.25\n"
    telling = "Failed to initialize NVML: Unknown Error\n"
    path = tmp_path / "large.log"
    path.write_text(filler * 100_000 + telling + filler * 100_000)

    (text,) = open_sources((str(path),))

    assert text.is_excerpt
    assert (100_001, telling.strip()) in text.lines
    assert len(text.lines) < 100_000


def test_a_line_that_is_repeated_a_million_times_is_kept_a_few_times(tmp_path: Path) -> None:
    path = tmp_path / "large.log"
    path.write_text("".join(f"{n}: CUDA_ERROR_NO_DEVICE seen\n" for n in range(300_000)))

    (text,) = open_sources((str(path),))

    assert len(text.lines) < 60_000
