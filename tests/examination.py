"""Runs the whole of ``gpudoctor check`` on a simulated machine: real probes, real children.

``judge`` takes a synthetic snapshot instead, and runs all but the probes.
"""

from typing import Any

from gpudoctor.assembly import Policy, assemble
from gpudoctor.checks import CHECKS
from gpudoctor.cli.check import Request
from gpudoctor.cli.run_check import make_report
from gpudoctor.diagnoses import BY_ID
from gpudoctor.engine import run_checks
from gpudoctor.facts import Snapshot
from gpudoctor.host import Host
from gpudoctor.matrix import Matrix
from gpudoctor.report import Report, Role, Status
from simulation.machine import Machine

_DEFAULTS: dict[str, Any] = {
    "pythons": (),
    "quick": False,
    "timeout_s": 60.0,
    "probe_timeout_s": 20.0,
    "selected": tuple(BY_ID),
    "matrix": None,
    "format": "json",
    "targets": (),
    "fail_on": "fail",
    "exit_zero": False,
    "no_gpu_ok": False,
    "redact": False,
    "verbosity": 0,
    "quiet": True,
}


def examine(machine: Machine, **options: Any) -> Report:
    """The report of a check on a simulated machine."""
    return report_of(Host(str(machine.root), machine.environ), **options)


def report_of(host: Host, **options: Any) -> Report:
    """The report of a check on a host."""
    return make_report(Request(**{**_DEFAULTS, **options}), host)


def cause(report: Report) -> str | None:
    """The root cause's id."""
    return report.root_cause.verdict.diagnosis.id if report.root_cause else None


def apart(report: Report) -> list[str]:
    """Findings that are neither the cause nor its consequence: named as causes of their own."""
    return [r.verdict.diagnosis.id for r in report.ranked if r.role is Role.INDEPENDENT]


def told(report: Report, status: Status) -> list[str]:
    """The ids with a status."""
    return [r.verdict.diagnosis.id for r in report.ranked if r.status is status]


def judge(snapshot: Snapshot, matrix: Matrix) -> Report:
    """The report of a snapshot that no probe made."""
    verdicts = run_checks(CHECKS, CHECKS, snapshot, matrix)
    return assemble(
        snapshot,
        verdicts,
        Policy(),
        command="check",
        created_at="2026-01-01T00:00:00Z",
        matrix=matrix,
    )
