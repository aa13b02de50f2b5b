"""Text from a machine that tries to act, through every renderer."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

import reports
from gpudoctor.escaping import is_safe
from gpudoctor.renderers import FORMATS, RENDERERS
from gpudoctor.renderers.terminal import render as render_text
from gpudoctor.report import Report
from schema import SCHEMA

PAYLOADS = {
    "rich markup": "[/bold][red]x[/red] [link=file:///]",
    "html": "</td></table><script>alert(1)</script><!--",
    "bar": "a | b || c",
    "backtick": "`one` ```` four",
    "fence": "```\n# Heading\n```",
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "cursor": "\x1b[2J\x1b[1;1HHEALTHY",
    "c1": "\x9b31m",
    "workflow command": "::error::broken",
    "workflow command later": "words ::stop-commands::x ##[error]x ##vso[task]x",
    "newlines": "one\ntwo\r\nthree\n\n# four\n\n---\n",
    "separators": "one\u2028two\u2029three\x85four",
    "right to left": "\u202egnp.exe\u2066x",
    "zero width": "a\u200b\u200d\ufeffb\U000e0041",
    "surrogate": "caf\udce9",
    "long": "x" * 3000,
    "long with spaces": "word " * 900,
    "mention": "@everyone see #1 and GH-2",
    "markdown": "# a\n- b\n1. c\n> d\n***e*** [f](g) ![h](i) __j__ ~~k~~ <https://l>",
    "table": "| --- |\n| x |",
    "empty": "",
    "blank": " ",
    "percent": "%0A::error::x %s {x} {{x}} ${x}",
    "emoji code": ":warning: :rocket:",
    "wide": "数字 🚀 é",
}
BUILDERS = (reports.of_everything, reports.matrix_error)
MARKDOWN = MarkdownIt().enable("table")
ANY_TEXT = st.text(st.characters(), max_size=30)


def every(payload: str) -> list[Report]:
    return [reports.with_every_text(build(), payload) for build in BUILDERS]


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_in_the_text_acts(format_: str, payload: str) -> None:
    for report in every(payload):
        text = RENDERERS[format_](report)
        text.encode("utf-8")
        for line in text.split("\n"):
            assert is_safe(line)
            assert not line.lstrip().startswith("::")
            assert "##[" not in line
            assert "##vso" not in line


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_json_keeps_the_text_and_its_shape(payload: str) -> None:
    for report in every(payload):
        document = json.loads(RENDERERS["json"](report))
        Draft202012Validator(SCHEMA).validate(document)
        assert document["tool"]["version"] == payload.replace("\udce9", r"\udce9")


def _structure(text: str) -> list[str]:
    """What Markdown makes of a text, without its words."""
    kinds: list[str] = []
    for token in MARKDOWN.parse(text):
        kinds.append(token.type)
        kinds += [each.type for each in token.children or () if each.type != "text"]
    return kinds


@pytest.mark.parametrize("payload", [each for each in PAYLOADS.values() if each.strip()])
def test_markdown_keeps_its_structure(payload: str) -> None:
    for report, plain in zip(every(payload), every("plain"), strict=True):
        assert _structure(RENDERERS["markdown"](report)) == _structure(RENDERERS["markdown"](plain))


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_markdown_calls_nobody(payload: str) -> None:
    for report in every(payload):
        shown = MARKDOWN.render(RENDERERS["markdown"](report))
        outside_code = unescape(re.sub(r"<code.*?</code>", "", shown, flags=re.DOTALL))
        assert not re.search(r"(?<!\w)@\w|#\d|GH-\d", outside_code)
        assert "<script" not in shown


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [80, 40, 1])
@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_the_terminal_shows_it_at_any_width(payload: str, width: int, unicode: bool) -> None:  # noqa: FBT001
    for report in every(payload):
        for verbosity in (0, 2):
            text = render_text(
                report, width=width, colour=False, unicode=unicode, verbosity=verbosity
            )
            assert all(is_safe(line) for line in text.split("\n"))
            assert unicode or text.isascii()


def test_markup_is_shown_as_it_is_written() -> None:
    report = reports.error("bad [bold]id[/bold]")
    assert "cannot run: bad [bold]id[/bold]" in RENDERERS["text"](report)


def test_a_faked_verdict_does_not_reach_the_margin() -> None:
    for report in every("fine\nHEALTHY  all is well"):
        lines = RENDERERS["text"](report).splitlines()
        assert not any(line.startswith("HEALTHY") for line in lines)


@settings(max_examples=30, deadline=None)
@given(ANY_TEXT)
def test_any_text_at_all(payload: str) -> None:
    for report in every(payload):
        document = json.loads(RENDERERS["json"](report))
        Draft202012Validator(SCHEMA).validate(document)
        for format_ in ("text", "markdown"):
            assert all(is_safe(line) for line in RENDERERS[format_](report).split("\n"))


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("gpudoctor.renderers", ("rich",)),
        ("gpudoctor.renderers.json", ("rich", "shlex")),
        ("gpudoctor.renderers.markdown", ("rich",)),
        ("gpudoctor.snapshot_json", ("rich", "json")),
        ("gpudoctor.redaction", ("rich", "ipaddress")),
        ("gpudoctor.renderers.terminal", ("rich.table", "rich.panel", "rich.markdown")),
    ],
)
def test_a_format_imports_only_what_it_needs(module: str, heavy: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    path = [each for each in sys.path if each.endswith("src")]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_the_formats_are_those_promised() -> None:
    renderers: dict[str, Callable[[Report], str]] = dict(RENDERERS)
    assert tuple(renderers) == FORMATS == ("text", "json", "markdown")
