"""The Markdown report, whole, and what it makes of text that would act."""

from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import reports
from gpudoctor.findings import Shell
from gpudoctor.renderers.markdown import render
from gpudoctor.renderers.markdown_text import code, code_cell, fenced, html, prose

EXPECTED = Path(__file__).parent / "expected"
BUILDERS = {
    "healthy": reports.healthy,
    "problem": reports.problem,
    "undetermined": reports.undetermined,
    "error": reports.matrix_error,
}


@pytest.mark.parametrize("name", BUILDERS)
def test_the_whole_text_is_as_expected(name: str) -> None:
    assert render(BUILDERS[name]()) == (EXPECTED / f"{name}.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a | b", "a &#124; b"),
        ("*bold* `code`", r"\*bold\* \`code\`"),
        ("<b>x</b> & y", "&lt;b&gt;x&lt;/b&gt; &amp; y"),
        ("ask @ann about #12 and GH-7", "ask @&#8203;ann about #&#8203;12 and GH-&#8203;7"),
        ("ann@example.com, page#part", "ann@example.com, page#part"),
        ("LD_LIBRARY_PATH and _x_", r"LD_LIBRARY_PATH and \_x\_"),
        ("[text](address) ~~no~~ $x$", r"\[text\](address) \~\~no\~\~ \$x\$"),
        ("two\nlines", "two lines"),
        ("# no heading", "&#8203;# no heading"),
        ("- no list", "&#8203;- no list"),
        ("1. no list", "&#8203;1. no list"),
        ("2.6.0 is no list", "2.6.0 is no list"),
        ("\x1b[31m", r"\\x1b\[31m"),
    ],
)
def test_prose_holds_no_markup(text: str, written: str) -> None:
    assert prose(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "`plain`"),
        ("a `b` c", "``a `b` c``"),
        ("`", "`` ` ``"),
        ("a\nb", r"`a\nb`"),
        ("", ""),
    ],
)
def test_a_code_span_is_longer_than_what_it_holds(text: str, written: str) -> None:
    assert code(text) == written


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    table = "\n".join(["| a |", "| - |", f"| {code_cell('x | y')} |"])
    assert "<code>x | y</code>" in MarkdownIt().enable("table").render(table)


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert fenced(["```", "rm"], "sh") == ["````sh", "```", "rm", "````"]


def test_html_holds_no_elements() -> None:
    assert html("</summary><script>@ann") == "&lt;/summary&gt;&lt;script&gt;@&#8203;ann"


def test_commands_that_follow_each_other_share_a_block() -> None:
    text = render(reports.problem())
    assert "```sh\nsudo apt-get install nvidia-driver-570\nsudo systemctl reboot\n```" in text


def test_a_command_with_a_fence_in_it_stays_in_its_block() -> None:
    remedy = replace(reports.loader_path(), steps=(Shell("echo ```; echo '# Hello'"),))
    ranked = reports.root_cause((remedy,))
    report = replace(reports.problem(), root_cause=ranked, ranked=(ranked,))
    blocks = MarkdownIt().enable("table").parse(render(report))
    [fence] = [block.content for block in blocks if block.type == "fence"]
    assert fence == "echo ```; echo '# Hello'\n"


def _write_expected() -> None:
    for name, build in BUILDERS.items():
        (EXPECTED / f"{name}.md").write_text(render(build()), "utf-8")


if __name__ == "__main__":
    _write_expected()
