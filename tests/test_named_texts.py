"""From messages and a few facts to the root cause, through every check and the ranking."""

import pytest

from gpudoctor.assembly import Policy, assemble
from gpudoctor.checks import CHECKS
from gpudoctor.facts import FrameworkFacts, Known, Snapshot
from gpudoctor.matrix import Matrix
from gpudoctor.renderers.json import document_of
from machines import gpu, machine
from pasted import framework, pasted
from schema import assert_valid

NOTHING_FITS = (
    "ERROR: Could not find a version that satisfies the requirement {} (from versions: {})"
)
NOT_LOADED = '[WinError 126] x. Error loading "C:\\env\\torch\\lib\\fbgemm.dll" or one of its deps'


def on_windows(read: FrameworkFacts) -> Snapshot:
    return machine(read, platform__os="windows", nvml__gpus=Known((gpu(),), "the text"))


NAMED = {
    "a Python that is too new": (
        pasted(NOTHING_FITS.format("torch==1.12.1+cu113", "none"), python="3.11.0"),
        "python-unsupported",
    ),
    "a CUDA that the release was never built for": (
        pasted(NOTHING_FITS.format("torch==2.1.0+cu128", "none"), python="3.11.0"),
        "wheel-index-wrong",
    ),
    "a DLL of PyTorch's own": (pasted(NOT_LOADED, os="windows"), "windows-runtime-missing"),
    "an illegal instruction": (
        pasted("Illegal instruction", frameworks=(framework("tensorflow", "2.9.1"),)),
        "cpu-instructions-missing",
    ),
    "TensorFlow on native Windows": (
        on_windows(framework("tensorflow", "2.18.0")),
        "framework-without-gpu-on-platform",
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_the_cause_is_named_and_the_report_holds_its_schema(matrix: Matrix, name: str) -> None:
    snapshot, expected = NAMED[name]
    verdicts = tuple(v for check in CHECKS.values() for v in check(snapshot, matrix))

    report = assemble(
        snapshot,
        verdicts,
        Policy(),
        command="gpudoctor",
        created_at="2026-11-24T00:00:00Z",
        matrix=matrix,
    )

    assert report.root_cause is not None
    assert report.root_cause.verdict.diagnosis.id == expected
    assert_valid(document_of(report))
