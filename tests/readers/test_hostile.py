"""Whatever the text, the readers end with facts, in time that grows as the text does."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpudoctor.kernel_log import MESSAGES
from gpudoctor.readers import read_lines
from gpudoctor.readers.lines import clean_lines
from gpudoctor.symptoms import SYMPTOMS
from transcripts import COLLECT_ENV, OLD_SMI, SMI, VLLM_ENV, snapshot

SEEDS = [
    *(line for text in (COLLECT_ENV, OLD_SMI, SMI, VLLM_ENV) for line in text.splitlines()),
    *(row.example for row in SYMPTOMS),
    *(row.example for row in MESSAGES),
]
PIECES = st.one_of(st.sampled_from(SEEDS), st.text(max_size=80))


@st.composite
def cut_lines(draw: st.DrawFn) -> str:
    """A line of a tool, cut or doubled somewhere, or any text."""
    line = draw(PIECES)
    place = draw(st.integers(0, max(len(line), 1)))
    return draw(st.sampled_from((line, line[:place], line[place:], line[place:] + line[:place])))


@settings(max_examples=150, deadline=None)
@given(st.lists(cut_lines(), max_size=30).map("\n".join))
def test_any_mixture_of_what_tools_print_is_read(text: str) -> None:
    assert snapshot(text).platform.os in ("linux", "windows", "darwin")


HOSTILE = [
    "a/" * 2000,
    "lib" * 1300,
    "cuda " * 800,
    "NVRM: " * 600,
    "torch==" * 500,
    "site-packages/" * 280,
    "GPU 0: " * 500,
    "  " * 2000 + "x",
    "(" * 4000,
    "1." * 2000,
    "CUDA out of memory. Tried to allocate " * 100,
    "undefined symbol: _Z" * 200,
    "RTX 4090 Ti SUPER " * 200,
]


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line[:12])
def test_the_cost_of_a_hostile_line_grows_as_the_text_does(line: str) -> None:
    few, many = cost(line, 4), cost(line, 16)

    assert many < 10 * few + 0.5  # four times the text; quadratic would be sixteen times


def cost(line: str, count: int) -> float:
    """Seconds of the processor for so many lines, joined into lines of the greatest length."""
    lines = [(number, line * 4) for number in range(1, count + 1)]
    begun = time.process_time()
    read_lines(list(clean_lines(lines)))
    return time.process_time() - begun
