"""One diagnosis, one name, in every place that speaks of it."""

from pathlib import Path

import pytest

from gpudoctor.checks import CHECKS
from gpudoctor.diagnoses import DIAGNOSES

PROJECT = Path(__file__).resolve().parents[1]
IDS = [each.id for each in DIAGNOSES]


def test_every_diagnosis_has_a_check_in_the_catalogues_order() -> None:
    assert list(CHECKS) == IDS


@pytest.mark.parametrize("id_", IDS)
@pytest.mark.parametrize(
    "place",
    ["src/gpudoctor/checks/{name}.py", "tests/checks/test_{name}.py", "docs/diagnoses/{id_}.md"],
)
def test_a_diagnosis_stands_in_every_place(id_: str, place: str) -> None:
    assert (PROJECT / place.format(id_=id_, name=id_.replace("-", "_"))).is_file()


@pytest.mark.parametrize("folder", ["docs/diagnoses"])
def test_no_page_is_left_of_a_diagnosis_that_is_gone(folder: str) -> None:
    pages = {path.stem for path in (PROJECT / folder).glob("*.md")} - {"index"}

    assert pages == set(IDS)
