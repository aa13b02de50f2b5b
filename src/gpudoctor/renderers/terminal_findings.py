"""What was found and what to do about it, in the terminal."""

from gpudoctor.escaping import visible_lines
from gpudoctor.findings import Command, Confidence, Edit, Finding, Manual, Remedy, Shell, Step
from gpudoctor.renderers.command_line import command_line
from gpudoctor.renderers.terminal_ladder import mark
from gpudoctor.renderers.terminal_page import Page
from gpudoctor.renderers.wording import (
    consequences,
    detail_of,
    evidence_of,
    findings_apart,
    price,
    subject_name,
    things_to_do,
    title_of,
    with_status,
)
from gpudoctor.report import Noise, Outcome, Ranked, Report, Status

_OUTCOMES = {
    Outcome.HEALTHY: ("✓", "bold green"),
    Outcome.WARNING: ("!", "bold yellow"),
    Outcome.PROBLEM: ("✗", "bold red"),
    Outcome.UNDETERMINED: ("?", "bold magenta"),
    Outcome.ERROR: ("✗", "bold red"),
}
_CONFIDENCE = {
    Confidence.CERTAIN: "",
    Confidence.LIKELY: "likely, by inference",
    Confidence.STATED: "only a message says so",
}
_NOISE_SHOWN = 3
_VALUE_CELLS = 300


def add_headline(page: Page, outcome: Outcome, title: str) -> None:
    """Show the verdict's word, and in a few more what it is about."""
    sign, style = _OUTCOMES[outcome]
    word = outcome.value.upper()
    page.line((f"{sign} {word}" if page.unicode else word, style), "  ", (title, "bold"), hang=2)


def add_verdict(page: Page, report: Report, verbosity: int) -> None:
    """Show the verdict, its root cause and what that explains."""
    cause = report.root_cause
    page.blank()
    if cause is None:
        add_headline(page, report.outcome, report.summary)
        return
    add_headline(page, report.outcome, title_of(cause.verdict))
    _add_name(page, report, cause, indent=2)
    page.prose(detail_of(cause.verdict), indent=2)
    _add_consequences(page, report, cause, indent=2)
    _add_evidence(page, cause, indent=2, verbosity=verbosity)


def add_things_to_do(page: Page, report: Report, verbosity: int) -> None:
    """Show the numbered remedies, each with its steps, its price and its proof."""
    remedies = things_to_do(report)
    if not remedies:
        return
    page.blank()
    page.line(("What to do", "bold"))
    before: Ranked | None = None
    for number, (ranked, remedy) in enumerate(remedies, 1):
        alternative = "or: " if before == ranked else ""
        other = "" if ranked == report.root_cause else f"  ({ranked.verdict.diagnosis.id})"
        label = f"{number}. "
        page.line(label, alternative, remedy.summary, (other, "dim"), indent=2, hang=5)
        _add_remedy(page, remedy, with_undo=verbosity > 0)
        before = ranked


def add_apart(page: Page, report: Report, verbosity: int) -> None:
    """Show the findings that are neither the root cause nor its consequences."""
    apart = findings_apart(report)
    if not apart:
        return
    page.blank()
    page.line(("Also found", "bold"))
    for each in apart:
        page.line(mark(each.status, page), "  ", title_of(each.verdict), indent=2, hang=4)
        _add_name(page, report, each, indent=4)
        page.prose(detail_of(each.verdict), indent=4)
        _add_consequences(page, report, each, indent=4)
        _add_evidence(page, each, indent=4, verbosity=verbosity)


def add_undetermined(page: Page, report: Report, verbosity: int) -> None:
    """Show what could not be decided, and what is missing."""
    undetermined = with_status(report, Status.UNDETERMINED)
    if not undetermined:
        return
    page.blank()
    page.line(("Not determined", "bold"))
    for each in undetermined:
        subject = subject_name(each.verdict.subject, report.snapshot)
        name = f"{each.verdict.diagnosis.id} · {subject}"
        page.line(mark(each.status, page), "  ", name, indent=2, hang=4)
        page.line(("the question: ", "dim"), title_of(each.verdict), indent=4, hang=6)
        page.line(("missing: ", "dim"), detail_of(each.verdict), indent=4, hang=6)
        _add_evidence(page, each, indent=4, verbosity=verbosity)


def add_checked(page: Page, report: Report, status: Status, heading: str) -> None:
    """Show the checks that cleared, or those that were not asked, a line or two each."""
    checked = with_status(report, status)
    if not checked:
        return
    page.blank()
    page.line((heading, "bold"))
    for each in checked:
        sign, style = mark(status, page)
        subject = subject_name(each.verdict.subject, report.snapshot)
        page.line((sign, style), f"  {each.verdict.diagnosis.id} · {subject}", indent=2)
        page.prose(detail_of(each.verdict), indent=4, style="dim")


def add_noise(page: Page, noise: tuple[Noise, ...], verbosity: int) -> None:
    """Show the lines that frighten and mean nothing here."""
    if not noise:
        return
    shown = noise if verbosity else noise[:_NOISE_SHOWN]
    page.blank()
    page.line(("Harmless", "bold"))
    for each in shown:
        place = "" if each.line is None else f"line {each.line}: "
        page.line((place, "dim"), page.clip(each.text, _VALUE_CELLS), indent=2, hang=4)
        page.prose(each.why_harmless, indent=4, style="dim")
    if len(noise) > len(shown):
        page.line((f"… and {len(noise) - len(shown)} more, shown by -v", "dim"), indent=2)


def _add_name(page: Page, report: Report, ranked: Ranked, *, indent: int) -> None:
    """Show the id to search for, what it is about, and how sure it is."""
    verdict = ranked.verdict
    words = [verdict.diagnosis.id, subject_name(verdict.subject, report.snapshot)]
    if isinstance(verdict, Finding) and _CONFIDENCE[verdict.confidence]:
        words.append(_CONFIDENCE[verdict.confidence])
    page.line((" · ".join(words), "dim"), indent=indent)


def _add_consequences(page: Page, report: Report, cause: Ranked, *, indent: int) -> None:
    for each in consequences(report, cause):
        subject = subject_name(each.verdict.subject, report.snapshot)
        name = f"  ({each.verdict.diagnosis.id}, {subject})"
        words = (("explains: ", "dim"), title_of(each.verdict), (name, "dim"))
        page.line(*words, indent=indent, hang=indent + 2)


def _add_evidence(page: Page, ranked: Ranked, *, indent: int, verbosity: int) -> None:
    if not verbosity:
        return
    for each in evidence_of(ranked.verdict):
        value = page.clip(each.value, _VALUE_CELLS)
        page.line(
            (f"{each.fact} = ", "dim"),
            value,
            (f"  ({each.source})", "dim"),
            indent=indent,
            hang=indent + 2,
        )


def _add_remedy(page: Page, remedy: Remedy, *, with_undo: bool) -> None:
    for step in remedy.steps:
        _add_step(page, step)
    page.line((" · ".join(price(remedy)), "dim"), indent=5)
    if remedy.verify:
        line = command_line(remedy.verify, unicode=page.unicode)
        page.copyable("then check: ", line, indent=5)
    if with_undo and remedy.undo:
        page.line(("to undo:", "dim"), indent=5)
        for step in remedy.undo:
            _add_step(page, step)


def _add_step(page: Page, step: Step) -> None:
    match step:
        case Command():
            line = command_line(step.argv, unicode=page.unicode)
            page.copyable("$ ", line, indent=5, style="bold")
        case Shell():
            page.copyable("$ ", step.text, indent=5, style="bold")
        case Edit():
            place = f", line {step.line}" if step.line else ""
            page.line("edit ", (step.file, "bold"), f"{place}:", indent=5, hang=7)
            page.copyable("", step.text, indent=7, style="bold")
        case Manual():
            for line in visible_lines(step.text):
                page.line("- ", line, indent=5, hang=7)
