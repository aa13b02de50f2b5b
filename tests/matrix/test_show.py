"""Rows are found as people ask for them, and shown with their sources."""

import json

import pytest

from gpudoctor.errors import UsageError
from gpudoctor.matrix.columns import SECTIONS
from gpudoctor.matrix.load import load_content
from gpudoctor.matrix.show import ShownRow, shown_rows, subjects
from gpudoctor.renderers.matrix import rows_as_json, rows_as_text

INFO, CONTENT = load_content()


def names(subject: str, version: str | None) -> list[str]:
    return [f"{row.section} {row.name}" for row in shown_rows(CONTENT, subject, version)]


@pytest.mark.parametrize(
    ("subject", "version", "found"),
    [
        ("torch", "2.11", ["torch 2.11.0"]),
        ("torch", "2.7.1+cu128", ["torch 2.7.1"]),
        ("pytorch", "2.7", ["torch 2.7.0", "torch 2.7.1"]),
        ("tensorflow", "2.16", ["tensorflow 2.16.1", "tensorflow 2.16.2"]),
        ("driver", "535.183.01", ["driver_branches 535", "forward_compat 12.2"]),
        (
            "gpu",
            "RTX 5090",
            ["gpu_products GeForce RTX 5090", "pci_ids 2B85", "architectures 12.0"],
        ),
        ("cudnn", "9.1", ["cudnn 9.1.0.70", "cudnn 9.1.1.17"]),
        ("vllm", "0.28", ["companions vllm 0.28.0"]),
        ("gpu", "10de:2b85", ["pci_ids 2B85"]),
        ("architectures", "8.9", ["architectures 8.9"]),
        ("minor-version-floors", "12", ["minor_version_floors 12"]),
    ],
)
def test_finds_rows(subject: str, version: str, found: list[str]) -> None:
    assert names(subject, version) == found


def test_a_cuda_comes_with_all_that_is_said_of_it() -> None:
    found = names("cuda", "12.8")

    assert found[:2] == ["cuda_toolkits 12.8.0", "cuda_toolkits 12.8.1"]
    assert {"minor_version_floors 12", "driver_branches 570", "cuda_libraries 12"} <= set(found)


def test_a_release_is_not_found_in_a_longer_number() -> None:
    assert "torch 2.10.0" not in names("torch", "2.1")


def test_a_capability_shows_its_products() -> None:
    found = names("gpu", "3.7")

    assert "gpu_products Tesla K80" in found
    assert found[-1] == "architectures 3.7"


@pytest.mark.parametrize("subject", subjects(CONTENT))
def test_every_subject_shows_its_rows(subject: str) -> None:
    found = shown_rows(CONTENT, subject, None)

    assert found
    assert rows_as_text(found, 100).count("  checked ") == len(found)
    assert len(json.loads(rows_as_json(found, INFO))["rows"]) == len(found)


def test_every_section_is_a_subject() -> None:
    assert set(SECTIONS) <= set(subjects(CONTENT))


@pytest.mark.parametrize(
    ("subject", "version", "hint"),
    [
        ("torhc", None, "did you mean torch"),
        ("torch", "2.7.9", "2.7.1"),
        ("torch", "99", "it has 1.8.0 to "),
        ("gpu", "RTX 5099", "RTX 5090"),
        ("driver", "531", "530"),
        ("gpu", "", ""),
    ],
)
def test_what_is_not_there_is_answered_with_what_is_near(
    subject: str, version: str | None, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        shown_rows(CONTENT, subject, version)

    assert hint in (caught.value.hint or "")


def test_a_row_is_shown_with_its_sources_in_words() -> None:
    text = rows_as_text(shown_rows(CONTENT, "driver", "580"), 100)

    assert text.startswith("driver_branches 580\n  cuda              13.0\n")
    assert "checked           two-sources: two independent sources agree" in text
    assert "gpu-operator-2620: https://github.com/NVIDIA/gpu-operator/issues/2620" in text


HOSTILE = "a\x1b[2J\n::error::b\u202e##[c]"


def test_nothing_of_a_users_file_acts_on_the_terminal() -> None:
    row = ShownRow("torch", HOSTILE, {"python": [HOSTILE]}, {HOSTILE: HOSTILE}, "inferred")

    text = rows_as_text([row], 200)

    assert not set(text) & {"\x1b", "\u202e", "\r"}
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert "##[" not in rows_as_json([row], INFO)


def test_a_section_of_several_kinds_takes_the_kind_and_its_release() -> None:
    every = shown_rows(CONTENT, "companions", "vllm")
    one = shown_rows(CONTENT, "companions", "vllm 0.28.0")

    assert {row.name.partition(" ")[0] for row in every} == {"vllm"}
    assert [row.name for row in one] == ["vllm 0.28.0"]


def test_an_architecture_is_found_by_its_name() -> None:
    assert "10.7" in {row.name for row in shown_rows(CONTENT, "gpu", "Rubin")}


@pytest.mark.parametrize("subject", ["tf", "tensorflow-gpu"])
def test_tensorflow_is_found_by_its_other_names(subject: str) -> None:
    assert shown_rows(CONTENT, subject, "2.15.0")[0].name == "2.15.0"
