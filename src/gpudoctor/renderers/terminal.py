"""Render a report for a terminal: the verdict first, then what to do, then where it breaks."""

from gpudoctor.escaping import visible_lines
from gpudoctor.renderers.terminal_findings import (
    add_apart,
    add_checked,
    add_headline,
    add_noise,
    add_things_to_do,
    add_undetermined,
    add_verdict,
)
from gpudoctor.renderers.terminal_ladder import add_ladder
from gpudoctor.renderers.terminal_page import Page
from gpudoctor.renderers.wording import duration, examined_platform, examined_python, to_explain
from gpudoctor.report import ErrorInfo, Report, Status


def render(report: Report, *, width: int, colour: bool, unicode: bool, verbosity: int = 0) -> str:
    page = Page(width, colour=colour, unicode=unicode)
    _add_header(page, report)
    if report.error is not None:
        _add_error(page, report, report.error)
        return page.finish()
    # Of a text, the lines that speak are the evidence, and a reader wants to see them.
    add_verdict(page, report, verbosity or int(report.command == "diagnose"))
    add_things_to_do(page, report, verbosity)
    add_ladder(page, report, verbosity)
    add_apart(page, report, verbosity)
    add_undetermined(page, report, verbosity)
    add_noise(page, report.noise, verbosity)
    if verbosity:
        add_checked(page, report, Status.PASS, "Looked at, and clear")
    if verbosity > 1:
        add_checked(page, report, Status.SKIPPED, "Not asked")
    if verbosity:
        _add_times(page, report)
    _add_footer(page, report, verbosity)
    return page.finish()


def _add_header(page: Page, report: Report) -> None:
    """Show what was examined, so that nobody reads a verdict on another machine or Python."""
    words = [f"gpudoctor {report.tool_version}"]
    pythons: list[str] = []
    if report.snapshot is not None:
        words.append(examined_platform(report.snapshot.platform))
        pythons = [examined_python(each.python) for each in report.snapshot.environments]
        pythons = [each for each in pythons if each]
    if len(pythons) == 1:
        words += pythons
        pythons = []
    page.line((" · ".join(words), "dim"))
    for index, python in enumerate(pythons):
        page.line((f"environment {index}: {python}", "dim"), indent=2, hang=4)


def _add_error(page: Page, report: Report, error: ErrorInfo) -> None:
    page.blank()
    first, *others = visible_lines(error.message) or ["no message"]
    add_headline(page, report.outcome, f"cannot run: {first}")
    for each in others:
        page.line(each, indent=2)
    place = [str(each) for each in (error.file, error.line, error.column) if each is not None]
    if place:
        page.line("at " + ":".join(place), indent=2)
    if error.hint:
        page.prose(f"hint: {error.hint}", indent=2)


def _add_times(page: Page, report: Report) -> None:
    page.blank()
    times = [f"{name} {duration(spent)}" for name, spent in report.timings_ms.items()]
    if times:
        page.line(("Times: ", "bold"), " · ".join(times), hang=2)
    if report.matrix is not None:
        page.line(("Matrix: ", "bold"), f"{report.matrix.version} of {report.matrix.date}")


def _add_footer(page: Page, report: Report, verbosity: int) -> None:
    """Show how to read more and how to hand the report on, in lines that can be copied."""
    page.blank()
    id_ = to_explain(report)
    if id_ is not None:
        page.copyable("Explained: ", f"gpudoctor explain {id_}")
    command = "check" if report.command == "check" else f"{report.command} FILE"
    if not verbosity:
        page.copyable("Evidence:  ", f"gpudoctor {command} -v")
    page.copyable("To share:  ", f"gpudoctor {command} --format markdown --redact")
