"""Every row of the tables of messages finds its own example, and none of what is harmless."""

import pytest

from gpudoctor.symptoms import read_symptoms
from gpudoctor.symptoms.installing import INSTALLING
from gpudoctor.symptoms.platforms import PLATFORMS


@pytest.mark.parametrize("row", [*INSTALLING, *PLATFORMS], ids=lambda row: row.example[:50])
def test_each_row_finds_its_example(row: object) -> None:
    assert row.pattern.search(row.example)  # type: ignore[attr-defined]
    assert row.id in {each.id for each in read_symptoms([row.example], "torch", 0)}  # type: ignore[attr-defined]
