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
from gpudoctor.exit_codes import ExitCode
from gpudoctor.host import Host
from gpudoctor.matrix import Matrix, load_matrix
from gpudoctor.readers import Reading, read_texts
from gpudoctor.readers.complete import complete
from gpudoctor.readers.source import open_sources
from gpudoctor.renderers import RENDERERS
from gpudoctor.report import Report


def run_diagnose(
    request: Request,
    write_stdout: Callable[[str], None],
    write_file: Callable[[str, str], None],
) -> int:
    """Read, judge, say; the exit code: of several machines the worst."""
    reports = make_reports(request)
    for target in request.targets:
        write_file(target.path, _rendered(reports, request, target.format))
    if not request.quiet:
        write_stdout(_rendered(reports, request, request.format, is_for_stdout=True))
    return max((report.exit_code for report in reports), key=_WORST_LAST.index)


_WORST_LAST = (ExitCode.HEALTHY, ExitCode.UNDETERMINED, ExitCode.FAILURE)


def make_reports(request: Request) -> list[Report]:
    """The report of each machine that the texts tell of."""
    matrix = load_matrix(request.matrix) if request.matrix else load_matrix()
    readings = read_texts(open_sources(request.sources))
    return [_report(request, matrix, reading) for reading in readings]


def _report(request: Request, matrix: Matrix, reading: Reading) -> Report:
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


def _rendered(
    reports: list[Report], request: Request, format_: str, *, is_for_stdout: bool = False
) -> str:
    shown = [_shown(report, request, format_) for report in reports]
    if format_ == "json" and len(shown) > 1:
        from gpudoctor.renderers.json import render_several  # noqa: PLC0415 - rare

        return render_several(shown)
    if format_ == "text" and is_for_stdout:
        return "\n".join(_for_terminal(report, request) for report in shown)
    return "\n".join(RENDERERS[format_](report) for report in shown)


def _shown(report: Report, request: Request, format_: str) -> Report:
    if not request.is_redacted(format_):
        return report
    from gpudoctor.redaction import Secrets, redact  # noqa: PLC0415 - only when asked for

    return redact(report, Secrets((), (), None))


def _for_terminal(report: Report, request: Request) -> str:
    from gpudoctor.renderers.terminal import render  # noqa: PLC0415 - rich costs 35 ms

    return render(
        report,
        width=stdout_width(),
        colour=wants_colour(Host().environ),
        unicode=stdout_is_utf8(),
        verbosity=request.verbosity,
    )
