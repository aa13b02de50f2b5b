"""A recommendation in every form, and what the command does with each."""

import json
import subprocess
import sys

import pytest

from gpudoctor.matrix import Matrix
from gpudoctor.matrix.load import load_content
from gpudoctor.recommend import recommend
from gpudoctor.recommend.asked import Asked, wanted_elsewhere
from gpudoctor.renderers.recommendation import RENDERERS

CONTENT = load_content()[1]
V100 = Asked(("torch", "tensorflow"), ("V100",), "535.183.01", "3.12", keep=("numpy<2",))


def shown(matrix: Matrix, format_: str, asked: Asked = V100, manager: str = "pip") -> str:
    found = recommend(matrix, wanted_elsewhere(matrix, CONTENT, asked))
    return RENDERERS[format_](found, matrix, manager, 80)


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "gpudoctor", "recommend", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_text_gives_commands_reasons_and_what_was_ruled_out(matrix: Matrix) -> None:
    text = shown(matrix, "text")

    assert "torch==2.14.1+cu126" in text
    assert "--index-url https://download.pytorch.org/whl/cu126" in text
    assert "its sm_70 code runs on 7.0" in text
    assert "- torch 2.15.0: of sm_75" in text
    prose = [line for line in text.splitlines() if "install" not in line]
    assert max(map(len, prose)) <= 80


def test_json_tells_why_and_by_which_rows(matrix: Matrix) -> None:
    document = json.loads(shown(matrix, "json"))

    [environment] = document["environments"]
    torch, tensorflow = environment["packages"]
    assert torch["requirement"] == "torch==2.14.1+cu126"
    assert tensorflow["driver_speaks_it"] is False
    assert "torch 2.14.1" in str(torch["why"])
    assert document["for"]["keep"] == ["numpy<2"]


def test_requirements_name_the_index_that_has_the_build(matrix: Matrix) -> None:
    assert shown(matrix, "requirements").splitlines()[1:] == [
        "--extra-index-url https://download.pytorch.org/whl/cu126",
        "torch==2.14.1+cu126",
        "torchvision==0.29.1+cu126",
        "tensorflow[and-cuda]==2.21.0",
        "numpy<2",
    ]


def test_pyproject_takes_torch_alone_from_pytorchs_index(matrix: Matrix) -> None:
    text = shown(matrix, "pyproject")

    assert '"tensorflow[and-cuda]==2.21.0",' in text
    assert 'torch = { index = "pytorch-cu126" }' in text
    assert "explicit = true" in text
    assert "tensorflow = {" not in text


def test_a_dockerfile_needs_no_cuda_image(matrix: Matrix) -> None:
    lines = shown(matrix, "dockerfile").splitlines()

    assert lines[1] == "FROM python:3.12-slim"
    assert all(line.startswith("RUN pip install ") for line in lines[2:])


@pytest.mark.parametrize(
    ("manager", "line"),
    [
        ("pip", "python3.12 -m venv .venv"),
        ("uv", "uv venv --python 3.12"),
        ("conda", "conda create --name gpu python=3.12 pip"),
        ("poetry", "poetry source add --priority explicit pytorch-cu126"),
    ],
)
def test_each_manager_gets_its_own_commands(matrix: Matrix, manager: str, line: str) -> None:
    assert line in shown(matrix, "text", manager=manager)


def test_without_a_python_the_newest_that_all_have_wheels_for_is_taken(matrix: Matrix) -> None:
    text = shown(matrix, "text", Asked(("torch", "tensorflow"), ("A100",), "580.95.05"))

    assert "python3.13 -m venv" in text


def test_a_hostile_name_reaches_no_terminal() -> None:
    done = run("--gpu", "A100\x1b[31m\n", "--driver", "1\x1b[2J")

    assert done.returncode == 2
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("torch", "--gpu", "V100"), 0, "torch==2.14.1+cu126"),
        (("torch", "--compute-capability", "9.0"), 0, "torch==2.15.0"),
        (("torch", "--gpu", "GTX 680"), 1, "No release of torch"),
        (("torch", "--gpu", "GTX 680", "--format", "requirements"), 2, "no release of torch"),
        (("torch", "--gpu", "Voodoo 2"), 2, "knows no GPU"),
    ],
)
def test_the_exit_code_tells_whether_there_is_an_answer(
    arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = run(*arguments)

    assert done.returncode == code
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
