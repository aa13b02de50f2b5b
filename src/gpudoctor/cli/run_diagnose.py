"""Runs one ``diagnose``: readers, checks, ranking, renderers, in that order."""

import time
from collections.abc import Callable

from gpudoctor.assembly import Policy, assemble
from gpudoctor.checks import CHECKS
from gpudoctor.checks.stated import said_by_messages
from gpudoctor.cli.diagnose import Request
from gpudoctor.cli.output import stdout_is_utf8, stdout_width, wants_colour
from gpudoctor.diagnoses import BY_ID
from gpudoctor.engine import run_checks
from gpudoctor.host import Host
from gpudoctor.matrix import load_matrix
from gpudoctor.readers import read_texts
from gpudoctor.readers.complete import complete
from gpudoctor.readers.source import open_sources
from gpudoctor.renderers import RENDERERS
from gpudoctor.report import Report


def run_diagnose(
    request: Request,
    write_stdout: Callable[[str], None],
    write_file: Callable[[str, str], None],
) -> int:
    """Read, judge, say; the exit code."""
    report = make_report(request)
    for target in request.targets:
        write_file(target.path, RENDERERS[target.format](_shown(report, request, target.format)))
    if not request.quiet:
        write_stdout(_for_stdout(_shown(report, request, request.format), request))
    return report.exit_code


def make_report(request: Request) -> Report:
    """The report of the machine that the texts tell of."""
    matrix = load_matrix(request.matrix) if request.matrix else load_matrix()
    reading = read_texts(open_sources(request.sources))
    snapshot = complete(reading.snapshot, matrix)
    verdicts = run_checks(CHECKS, request.selected, snapshot, matrix)
    policy = Policy(
        fail_on=request.fail_on,
        exit_zero=request.exit_zero,
        everything_asked=len(request.selected) == len(BY_ID),
        is_of_text=True,
    )
    return assemble(
        snapshot,
        tuple(said_by_messages(verdicts, snapshot)),
        policy,
        command="diagnose",
        created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        matrix=matrix,
        noise=reading.noise,
    )


def _shown(report: Report, request: Request, format_: str) -> Report:
    if not request.is_redacted(format_):
        return report
    from gpudoctor.redaction import Secrets, redact  # noqa: PLC0415 - only when asked for

    return redact(report, Secrets((), (), None))


def _for_stdout(report: Report, request: Request) -> str:
    if request.format != "text":
        return RENDERERS[request.format](report)
    from gpudoctor.renderers.terminal import render  # noqa: PLC0415 - rich costs 35 ms

    return render(
        report,
        width=stdout_width(),
        colour=wants_colour(Host().environ),
        unicode=stdout_is_utf8(),
        verbosity=request.verbosity,
    )
