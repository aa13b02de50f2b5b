"""Lines are freed of what terminals, orchestrators and Markdown put around them."""

import pytest

from gpudoctor.readers.lines import LINE_LIMIT, clean, clean_lines


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("\x1b[31mError\x1b[0m: no GPU", "Error: no GPU"),
        ("\x1b]0;title\x07words", "words"),
        ("words\r\n", "words"),
        ("10%|#   |\r20%|##  | 2/10\rdone", "done"),
        ("> quoted", "quoted"),
        (">>> torch.__version__", ">>> torch.__version__"),
        ("2024-05-10T11:33:14.068255Z stdout F words", "words"),
        ("web_1      | words", "words"),
        ("(EngineCore pid=42) words", "words"),
        ("[rank0]: words", "words"),
        ("a &lt;b&gt; &amp;amp;", "a <b> &amp;"),
        ("nul\x00 bell\x07 c1\x9b", "nul bell c1"),
    ],
)
def test_decoration_goes_and_words_stay(raw: str, text: str) -> None:
    assert clean(raw) == text


def test_fences_are_no_lines_and_numbers_stay_those_of_the_input() -> None:
    lines = list(clean_lines(enumerate(["```python", "a", "```", "b"], 1)))

    assert [(line.number, line.text) for line in lines] == [(2, "a"), (4, "b")]


def test_a_line_is_cut_at_its_limit() -> None:
    assert len(clean("x" * (LINE_LIMIT * 3))) == LINE_LIMIT
