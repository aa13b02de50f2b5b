"""What is examined may answer anything: no answer costs the report."""

from pathlib import Path
from typing import Any

import pytest

from gpudoctor.facts import (
    NOT_LOOKED,
    ChildEnd,
    FrameworkFacts,
    Known,
    Unknown,
)
from gpudoctor.host import ChildResult, Host
from gpudoctor.probes.interpreter import Chosen, read_description
from gpudoctor.probes.live import devices_of, import_facts, with_runtime
from gpudoctor.probes.packages import probe_packages

DONE = ChildEnd("done", "", 0.1)


def result(**stages: Any) -> ChildResult:
    return ChildResult(DONE, stages, ())


@pytest.mark.parametrize(
    "answer",
    [{}, {"prefix": 3, "base_prefix": "", "version": "3", "path": []}, {"path": "/x"}],
    ids=str,
)
def test_a_description_of_another_form_is_no_description(answer: dict[str, Any]) -> None:
    told = read_description(Host("/", {}), Chosen("/x/python", "PATH"), result(describe=answer))

    assert isinstance(told, str)


@pytest.mark.parametrize(
    "stages",
    [
        {"import": {}},
        {"import": {"error": None}, "devices": {}},
        {"import": {"error": None}, "devices": {"sees_gpu": 1, "count": "x", "error_text": 0}},
        {
            "import": {"error": None},
            "devices": {"sees_gpu": True, "count": 1, "error_text": None},
            "turn": {},
        },
        {
            "import": {"error": None},
            "devices": {"sees_gpu": True, "count": 1, "error_text": None},
            "turn": {"devices": [0], "reason": ""},
            "compute": {"error": None, "wrong": 7},
        },
    ],
    ids=str,
)
def test_an_import_that_answers_in_another_form_is_unknown(stages: dict[str, Any]) -> None:
    facts = import_facts(result(**stages))

    assert isinstance(facts.sees_gpu, Unknown)
    assert facts.end == DONE


def test_a_runtime_that_answers_in_another_form_is_unknown() -> None:
    torch = FrameworkFacts("torch", NOT_LOOKED)

    told = with_runtime(torch, "/lib/libcudart.so.12", result(runtime={"code": 0}, count={}))

    assert isinstance(told.runtime, (Unknown, type(NOT_LOOKED)))


@pytest.mark.parametrize("stages", [{}, {"devices": {"count": "many"}}, {"devices": {}}], ids=str)
def test_a_turn_asked_for_without_devices_is_for_none(stages: dict[str, Any]) -> None:
    assert devices_of(stages) == 0


def test_a_folder_that_is_closed_to_us_leaves_the_packages_unknown(tmp_path: Path) -> None:
    class Closed(Host):
        """A machine on which one folder can't be listed, whoever runs the tests."""

        def list_directory(self, path: str) -> tuple[str, ...]:
            return super().list_directory(path) if path != "/closed" else self._refuse()

        def _refuse(self) -> tuple[str, ...]:
            from gpudoctor.errors import ProbeError

            raise ProbeError("/closed can't be listed: Permission denied")

    (tmp_path / "open/numpy-2.0.0.dist-info").mkdir(parents=True)
    host = Closed(str(tmp_path), {})

    assert isinstance(probe_packages(host, ("/open",)).fact(), Known)
    fact = probe_packages(host, ("/open", "/closed")).fact()
    assert fact == Unknown("/closed can't be listed: Permission denied")
