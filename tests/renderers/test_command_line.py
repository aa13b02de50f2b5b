"""Argument lists as lines to paste."""

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpudoctor.escaping import is_safe
from gpudoctor.renderers.command_line import command_line

BASH = shutil.which("bash")
ARGUMENTS = st.lists(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    min_size=1,
    max_size=4,
)


def test_plain_arguments_stay_plain() -> None:
    line = command_line(["/venv/bin/python", "-m", "pip", "install", "torch==2.7.1+cu118"])
    assert line == "/venv/bin/python -m pip install torch==2.7.1+cu118"


def test_what_the_shell_would_read_is_quoted() -> None:
    assert command_line(["ls", "my folder", "a;b", "$HOME"]) == "ls 'my folder' 'a;b' '$HOME'"


def test_a_home_folder_stays_open_to_the_shell() -> None:
    assert command_line(["~/my venv/bin/python", "~"]) == "~/'my venv/bin/python' ~"


def test_a_placeholder_is_no_redirection() -> None:
    assert command_line(["/home/<user-1>/bin/python"]) == "'/home/<user-1>/bin/python'"


def test_a_byte_that_is_no_character_keeps_its_value() -> None:
    assert command_line(["caf\udce9"]) == r"$'caf\xe9'"


def test_an_ascii_stream_still_gets_a_command_that_works() -> None:
    assert command_line(["/home/jo/é"], unicode=False) == r"$'/home/jo/\u00e9'"


@pytest.mark.skipif(BASH is None, reason="there is no bash here")
@settings(max_examples=25, deadline=None)
@given(ARGUMENTS, st.booleans())
def test_bash_reads_back_what_was_meant(arguments: list[str], unicode: bool) -> None:  # noqa: FBT001
    assert BASH is not None
    meant = [each for each in arguments if not each.startswith("~")]
    line = command_line(meant, unicode=unicode)
    assert is_safe(line)
    script = rf"printf '%s\0' {line}" if meant else ":"
    done = subprocess.run(
        [BASH, "--norc", "-c", script],
        capture_output=True,
        check=True,
        env={"LC_ALL": "C.UTF-8"},
    )
    assert done.stdout.decode().split("\0")[:-1] == meant
