"""The ladder in the terminal: one line a rung, and where it stops."""

from rich.cells import cell_len

from gpudoctor.renderers.terminal_page import Page
from gpudoctor.renderers.wording import RUNG_NAMES, framework_version, ladder_groups, subject_name
from gpudoctor.report import Report, RungState, Status

_MARKS = {
    Status.PASS: ("✓ pass", "[pass]", "green"),
    Status.FAIL: ("✗ FAIL", "[FAIL]", "bold red"),
    Status.WARN: ("! WARN", "[WARN]", "yellow"),
    Status.SKIPPED: ("- skip", "[skip]", "dim"),
    Status.UNDETERMINED: ("? undetermined", "[?] undetermined", "magenta"),
}
_LABELS = max(len(name) for name in RUNG_NAMES.values())
_NOT_REACHED = "not reached"


def mark(status: Status, page: Page) -> tuple[str, str]:
    """Return a status as mark and word, and the colour that never stands alone."""
    sign, plain, style = _MARKS[status]
    return (sign if page.unicode else plain), style


def add_ladder(page: Page, report: Report, verbosity: int) -> None:
    """Show each subject's rungs, lowest first; rungs skipped for one reason share a line."""
    if not report.ladder:
        return
    page.blank()
    page.line(("Ladder", "bold"))
    column = max(cell_len(mark(each.status, page)[0]) for each in report.ladder)
    for subject, states in ladder_groups(report):
        name = subject_name(subject, report.snapshot)
        version = framework_version(subject, report.snapshot)
        page.line((name, "bold"), f" {version}", indent=2)
        for group in _grouped(states, apart=verbosity > 1):
            _add_rungs(page, group, column, whole=verbosity > 0)


def _add_rungs(page: Page, group: list[RungState], column: int, *, whole: bool) -> None:
    """Show one rung, or several that share a reason; a healthy one is kept short."""
    status = group[0].status
    sign, style = mark(status, page)
    label = ", ".join(RUNG_NAMES[each.rung] for each in group)
    detail = _detail(group)
    if page.is_narrow or len(group) > 1:
        lead, start = f"{label}: " if detail else label, 5 if page.is_narrow else column + 6
        room = 2 * (page.width - start) - cell_len(sign) - cell_len(lead)
    else:
        lead, start = f"{label:<{_LABELS}}  ", column + _LABELS + 8
        room = page.width - start
    if status is Status.PASS and not whole:
        detail = page.clip(detail, max(room, 16))
    pad = "  " if page.is_narrow else " " * (column - cell_len(sign) + 2)
    dim = "dim" if status is Status.SKIPPED else ""
    indent = 3 if page.is_narrow else 4
    page.line((sign, style), pad, (lead, dim), (detail, dim), indent=indent, hang=start)


def _grouped(states: list[RungState], *, apart: bool) -> list[list[RungState]]:
    """Put consecutive skipped rungs with the same reason together."""
    groups: list[list[RungState]] = []
    for state in states:
        last = groups[-1][-1] if groups else None
        if last is not None and not apart and _reason(last) == _reason(state) is not None:
            groups[-1].append(state)
        else:
            groups.append([state])
    return groups


def _reason(state: RungState) -> str | None:
    if state.status is not Status.SKIPPED:
        return None
    return _NOT_REACHED if state.detail.startswith(_NOT_REACHED) else state.detail


def _detail(group: list[RungState]) -> str:
    details = {each.detail for each in group}
    return details.pop() if len(details) == 1 else _NOT_REACHED
