"""How lines are read: what must be in a line is looked for before its pattern is tried."""

import os
import re
import subprocess
import sys
from typing import Any

import pytest

from gpudoctor.symptoms import read_symptoms
from gpudoctor.symptoms.literals import literals_of
from gpudoctor.symptoms.pattern import SymptomPattern
from gpudoctor.symptoms.reading import find_rows


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        (r"out of memory", ("out of memory",)),
        (r"a\.so\(1\) missing", ("a.so(1) missing",)),
        (r"Unable to register cu(?:DNN|FFT) factory", ("Unable to register cu",)),
        (r"first of all|second of", ("first of all", "second of")),
        (r"(?:first|second) x", ("first", "second")),
        (r"lib[\w.]+: cannot open", (": cannot open",)),
        (r"colou?r of things", ("r of things",)),
        (r"worth(?: it)? of note", ("of note",)),
        (r"words? \d{1,3} later", (" later",)),
        (r"memory (?!not a failure)left", ("memory ",)),
        (r"(?i)CUDNN Handle", ("cudnn handle",)),
        (r"[abc]+|found it", ()),
        (r"\d+ (a|b)", ()),
    ],
)
def test_the_literals_of_a_pattern(pattern: str, literals: tuple[str, ...]) -> None:
    found = literals_of(re.compile(pattern))

    assert [each.strip() for each in found] == [each.strip() for each in literals]


def test_a_pattern_without_literals_is_tried_on_every_line() -> None:
    row = SymptomPattern("digits", re.compile(r"\d\d\d"), "123")

    assert [number for number, *_ in find_rows(["a", "b 123", "456"], [row])] == [1, 2]


def test_letters_of_either_case_are_found_where_the_pattern_ignores_case() -> None:
    row = SymptomPattern("x", re.compile(r"(?i)cudnn handle"), "cuDNN handle")

    assert len(list(find_rows(["CUDNN HANDLE", "cudnn handle", "handle"], [row]))) == 2


def test_a_message_across_the_seam_of_two_pieces_is_found() -> None:
    for at in range(3900, 4200, 25):
        line = "x" * at + "CUDA out of memory. Tried to allocate 1.00 GiB." + "y" * 9000

        assert [each.id for each in read_symptoms([line], None, None)] == ["gpu-out-of-memory"]


WRAPPED = [
    "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 462.00 MiB.",
    "GPU 0 has a total capacty of 79.18 GiB of which 302.31 MiB is free. Process",
    "18600 has 78.88 GiB memory in use. Of the allocated memory 69.30 GiB is allocated",
    "by PyTorch, and 522.41 MiB is reserved by PyTorch but unallocated. If",
    "reserved but unallocated memory is large try setting max_split_size_mb",
]


def test_a_message_that_a_terminal_broke_is_read_up_to_its_end() -> None:
    [found] = read_symptoms(["x", *WRAPPED], None, None)

    assert "Process 18600 has 78.88 GiB" in found.text
    assert found.text.endswith("but unallocated. If")


def test_a_message_without_its_end_is_its_first_line() -> None:
    [found] = read_symptoms([WRAPPED[0], "x", "y"], None, None)
    [twice] = read_symptoms([WRAPPED[0], *WRAPPED], None, None)

    assert found.text == WRAPPED[0]
    assert twice.text == WRAPPED[0]


def test_lines_keep_their_numbers() -> None:
    lines = ["x"] * 1000 + ["RuntimeError: CUDA error: out of memory"]

    [found] = read_symptoms(lines, None, None, first_line=1)

    assert found.line == 1001


def test_patterns_are_tried_on_few_lines_of_an_ordinary_log() -> None:
    tried: list[str] = []

    class Counting:
        """A pattern that notes each line on which it is tried."""

        flags = 0
        pattern = "CUDA out of memory"

        def __hash__(self) -> int:
            return 1

        def search(self, line: str) -> None:
            tried.append(line)

    class CountingRow:
        pattern: Any = Counting()

    log = [f"step {n}: loss 0.{n}" for n in range(5000)] + ["CUDA out of memory"]

    assert not list(find_rows(log, [CountingRow()]))
    assert tried == ["CUDA out of memory"]


def test_the_tables_are_not_loaded_before_something_was_printed() -> None:
    code = (
        "import sys, gpudoctor.probes, gpudoctor.assembly, gpudoctor.checks; "
        "sys.exit('gpudoctor.symptoms' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], env={**os.environ}, check=False)

    assert done.returncode == 0
