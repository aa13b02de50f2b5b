"""The terminal text, whole, at two widths and in both character sets.

``python tests/renderers/test_terminal.py`` writes the expected texts anew, to be read before they
are kept.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import reports
from gpudoctor.findings import MACHINE, Subject, framework_subject, gpu_subject
from gpudoctor.renderers.terminal import render
from gpudoctor.report import Ranked, Report, RungState, Status
from gpudoctor.rungs import Rung

EXPECTED = Path(__file__).parent / "expected"
BUILDERS: dict[str, Callable[[], Report]] = {
    "healthy": reports.healthy,
    "problem": reports.problem,
    "undetermined": reports.undetermined,
    "error": reports.error,
}
CASES = [
    (name, width, characters)
    for name in BUILDERS
    for width in (80, 40)
    for characters in ("unicode", "ascii")
]
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def _rendered(name: str, width: int, characters: str) -> str:
    unicode = characters == "unicode"
    return render(BUILDERS[name](), width=width, colour=False, unicode=unicode)


def _file(name: str, width: int, characters: str) -> Path:
    return EXPECTED / f"{name}-{width}-{characters}.txt"


@pytest.mark.parametrize(("name", "width", "characters"), CASES)
def test_the_whole_text_is_as_expected(name: str, width: int, characters: str) -> None:
    expected = _file(name, width, characters).read_text("utf-8")
    assert _rendered(name, width, characters) == expected


@pytest.mark.parametrize("name", BUILDERS)
def test_the_whole_text_with_evidence_is_as_expected(name: str) -> None:
    text = render(BUILDERS[name](), width=80, colour=False, unicode=True, verbosity=2)
    assert text == (EXPECTED / f"{name}-vv.txt").read_text("utf-8")


@pytest.mark.parametrize(("name", "width", "characters"), CASES)
def test_words_keep_to_the_width_and_commands_stay_whole(
    name: str, width: int, characters: str
) -> None:
    for line in _rendered(name, width, characters).splitlines():
        is_copyable = "gpudoctor " in line or line.lstrip().startswith(("$ ", "export "))
        assert len(line) <= width or is_copyable, line


@pytest.mark.parametrize("name", BUILDERS)
def test_without_unicode_every_character_is_ascii(name: str) -> None:
    text = render(BUILDERS[name](), width=80, colour=False, unicode=False, verbosity=2)
    assert text.isascii()


@pytest.mark.parametrize("name", BUILDERS)
def test_colour_adds_nothing_but_colour(name: str) -> None:
    plain = render(BUILDERS[name](), width=80, colour=False, unicode=True)
    coloured = render(BUILDERS[name](), width=80, colour=True, unicode=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert _COLOUR.sub("", coloured) == plain


def test_a_long_command_is_one_line() -> None:
    lines = _rendered("problem", 40, "unicode").splitlines()
    [command] = [line for line in lines if "pip install" in line]
    assert command.strip() == (
        "$ /home/ann/venv/bin/python -m pip install torch==2.7.1+cu118 "
        "--index-url https://download.pytorch.org/whl/cu118"
    )


def test_at_most_three_things_to_do_and_room_for_what_stands_apart() -> None:
    many = reports.root_cause((reports.older_build(),) * 5)
    report = replace(reports.problem(), root_cause=many, ranked=(many, reports.independent()))
    text = render(report, width=80, colour=False, unicode=True)
    numbers = re.findall(r"^  (\d)\. (?:or: )?(\w+)", text, re.MULTILINE)
    assert numbers == [("1", "Install"), ("2", "Install"), ("3", "Take")]


def test_each_reason_for_not_reaching_a_rung_is_said_once() -> None:
    skipped = Status.SKIPPED
    ladder = (
        RungState(Rung.DEVICE, MACHINE, Status.FAIL, "no NVIDIA device"),
        RungState(Rung.KERNEL_MODULE, MACHINE, skipped, "not reached: device"),
        RungState(Rung.NVML, MACHINE, skipped, "not reached: kernel module"),
        RungState(Rung.LIBCUDA, MACHINE, skipped, "does not apply here"),
    )
    report = replace(reports.problem(), ladder=ladder)
    text = render(report, width=80, colour=False, unicode=True)
    assert "    - skip  kernel module, NVML: not reached\n" in text
    assert "    - skip  libcuda        does not apply here\n" in text

    whole = render(report, width=80, colour=False, unicode=True, verbosity=2)
    assert "    - skip  NVML           not reached: kernel module\n" in whole


def test_environments_are_told_apart_where_there_are_several() -> None:
    base = reports.healthy()
    assert base.snapshot is not None
    [first] = base.snapshot.environments
    other = replace(first, python=replace(first.python, executable="/opt/py/bin/python"))
    ladder = tuple(
        RungState(Rung.COMPUTES, framework_subject("torch", place), Status.PASS, "right")
        for place in (0, 1)
    )
    report = replace(
        base, ladder=ladder, snapshot=replace(base.snapshot, environments=(first, other))
    )
    text = render(report, width=80, colour=False, unicode=True)
    assert "environment 1: Python 3.11.7 at /opt/py/bin/python" in text
    assert "torch [environment 1] 2.6.0+cu126" in text


def test_a_gpu_is_named_with_its_index() -> None:
    ladder = (RungState(Rung.DEVICE, gpu_subject(3, "H100"), Status.WARN, "lost"),)
    report = replace(reports.healthy(), ladder=ladder)
    assert "  GPU 3 (H100)\n" in render(report, width=80, colour=False, unicode=True)


def test_a_gpu_that_nvml_does_not_list_is_named_by_its_place() -> None:
    subject = Subject("gpu", "GPU at 0000:65:00.0")
    ladder = (RungState(Rung.DEVICE, subject, Status.WARN, "lost"),)
    report = replace(reports.healthy(), ladder=ladder)
    assert "  GPU at 0000:65:00.0\n" in render(report, width=80, colour=False, unicode=True)


def test_a_pardoned_finding_is_told_only_to_who_asks_for_all() -> None:
    pardoned = Ranked(reports.root_cause().verdict, Status.SKIPPED)
    report = replace(reports.healthy(), ranked=(pardoned,))
    title = "driver-too-old-for-cuda"
    assert title not in render(report, width=80, colour=False, unicode=True)
    assert title in render(report, width=80, colour=False, unicode=True, verbosity=2)


def test_wide_characters_count_twice() -> None:
    report = replace(reports.healthy(), summary="数 " * 40)
    text = render(report, width=40, colour=False, unicode=True)
    [first, *_] = [line for line in text.splitlines() if "数" in line]
    assert len(first) + first.count("数") <= 40


def _write_expected() -> None:
    EXPECTED.mkdir(exist_ok=True)
    for case in CASES:
        _file(*case).write_text(_rendered(*case), "utf-8")
    for name, build in BUILDERS.items():
        text = render(build(), width=80, colour=False, unicode=True, verbosity=2)
        (EXPECTED / f"{name}-vv.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    _write_expected()
