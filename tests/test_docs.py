"""The documentation holds together: pages, headings, tables, links, commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gpudoctor.diagnoses import DIAGNOSES
from gpudoctor.exit_codes import ExitCode

PROJECT = Path(__file__).resolve().parents[1]
PAGES = PROJECT / "docs" / "diagnoses"
IDS = [each.id for each in DIAGNOSES]
WRITTEN = sorted(
    [*(PROJECT / "docs").rglob("*.md"), *(PROJECT / n for n in ("README.md", "CONTRIBUTING.md"))]
)
HEADINGS = [
    "What is wrong",
    "What you see",
    "How gpudoctor decides",
    "Repair",
    "Often mistaken for",
    "Sources",
]


def without_code(text: str) -> str:
    """A page's prose: fenced and indented blocks quote commands and messages."""
    unfenced = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^    .*$", "", unfenced, flags=re.MULTILINE)


def lines_like(pattern: str, text: str) -> list[str]:
    """What a pattern catches in each line that matches it."""
    return re.findall(pattern, text, flags=re.MULTILINE)


def anchors(path: Path) -> list[str]:
    """The names by which a page's headings are linked to."""
    headings = lines_like(r"^#+ (.*)$", path.read_text(encoding="utf-8"))
    return [re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings]


def between(name: str) -> str:
    """The command between two marks of the README."""
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    block = text.partition(f"<!-- {name}:begin -->")[2].partition(f"<!-- {name}:end -->")[0]
    [command] = re.findall(r"^```\n(.*?)^```", block, flags=re.MULTILINE | re.DOTALL)
    return str(command).strip()


def from_checkout(path: str) -> str:
    """A file that an unpacked sdist lacks."""
    file = PROJECT / path
    if not file.exists():
        pytest.skip(f"{path} is not in this copy of the project")
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("id_", IDS)
def test_a_diagnosis_has_a_page_with_every_heading_in_order(id_: str) -> None:
    text = (PAGES / f"{id_}.md").read_text(encoding="utf-8")

    assert text.startswith(f"# {id_}\n")
    assert lines_like(r"^## (.*)$", text) == HEADINGS


@pytest.mark.parametrize("id_", IDS)
def test_a_page_is_short_and_reads_well_in_a_terminal(id_: str) -> None:
    text = (PAGES / f"{id_}.md").read_text(encoding="utf-8")
    prose = [line for line in without_code(text).splitlines() if not line.startswith(("|", "**"))]

    assert 40 <= len(text.splitlines()) <= 95
    assert [line for line in prose if len(line) > 80 and "http" not in line] == []
    assert all(each.isprintable() or each == "\n" for each in text)


@pytest.mark.parametrize("id_", IDS)
def test_a_page_says_how_each_verdict_comes_about_and_how_a_repair_is_proven(id_: str) -> None:
    text = (PAGES / f"{id_}.md").read_text(encoding="utf-8")
    decides = text.partition("## How gpudoctor decides")[2].partition("## Repair")[0]

    for verdict in ("- Found", "- Clear", "- Undetermined", "- Not applicable"):
        assert verdict in decides
    assert f"gpudoctor check --only {id_}" in text.partition("## Repair")[2]


@pytest.mark.parametrize("id_", IDS)
def test_a_page_shows_messages_and_names_dated_sources(id_: str) -> None:
    text = (PAGES / f"{id_}.md").read_text(encoding="utf-8")
    seen = text.partition("## What you see")[2].partition("\n## ")[0]
    sources = text.partition("## Sources")[2]
    entries = [each for each in re.split(r"^- ", sources, flags=re.MULTILINE) if each.strip()]

    assert "```" in seen
    assert entries
    for entry in entries:
        assert re.search(r"read 20\d\d-\d\d-\d\d", entry), entry
        assert "https://" in entry


def test_the_generated_tables_are_fresh() -> None:
    command = [sys.executable, str(PROJECT / "tools" / "build_docs.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_relative_links_lead_to_files_and_headings(path: Path) -> None:
    prose = without_code(path.read_text(encoding="utf-8"))
    targets = re.findall(r"(?<!!)\[[^]]*\]\(([^)\s]+)\)", prose)
    targets += lines_like(r"^\[[^]]+\]: (\S+)", prose)
    for target in targets:
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        assert file.is_file(), target
        assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_ids_in_the_options_shown_exist(path: Path) -> None:
    shown = re.findall(r"--(?:only|skip) ([a-z][a-z-]+)", path.read_text(encoding="utf-8"))

    assert set(shown) <= set(IDS)


def test_the_exit_codes_are_all_documented_and_no_others() -> None:
    text = (PROJECT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    documented = lines_like(r"^\| (\d+) \|", text)

    assert [int(each) for each in documented] == [int(each) for each in ExitCode]


def test_the_gate_runs_the_readmes_test_command() -> None:
    gate = from_checkout(".ci/run")

    assert "<!-- test:begin -->" in gate or between("test") in gate


def test_the_workflow_runs_the_readmes_test_command() -> None:
    assert between("test") in from_checkout(".github/workflows/ci.yml")


def test_the_readmes_commands_set_everything_up_on_a_fresh_machine() -> None:
    for name, end in (("run", "/gpudoctor check"), ("test", "/python -m pytest")):
        command = between(name)
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
        assert command.endswith(end)
        assert "--group" not in command  # pip knows it since 25.1 only


def test_the_changelog_names_every_diagnosis() -> None:
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert [id_ for id_ in IDS if f"`{id_}`" not in text] == []
