"""Render a report as Markdown to paste into an issue."""

from gpudoctor.facts import EnvironmentFacts, Fact, Known, Snapshot, Unknown, known
from gpudoctor.findings import Command, Edit, Finding, Manual, Remedy, Shell, Step
from gpudoctor.renderers.command_line import command_line
from gpudoctor.renderers.markdown_text import code, code_cell, fenced, html, prose, table
from gpudoctor.renderers.wording import (
    RUNG_NAMES,
    consequences,
    detail_of,
    evidence_of,
    examined_platform,
    findings_apart,
    framework_version,
    ladder_groups,
    price,
    subject_name,
    things_to_do,
    title_of,
    with_status,
)
from gpudoctor.report import ErrorInfo, Ranked, Report, Status

_STATUS = {
    Status.PASS: "pass",
    Status.FAIL: "**FAIL**",
    Status.WARN: "**WARN**",
    Status.SKIPPED: "skipped",
    Status.UNDETERMINED: "undetermined",
}


def render(report: Report) -> str:
    blocks = [
        *_verdict(report),
        *([] if report.error is None else _error(report.error)),
        *_things_to_do(report),
        *_ladder(report),
        *_findings(report),
        *_undetermined(report),
        *_noise(report),
        *_environment(report),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _verdict(report: Report) -> list[str]:
    """Write the verdict, its root cause and what that explains."""
    cause, word = report.root_cause, report.outcome.value.upper()
    if cause is None:
        summary = "" if report.error else prose(report.summary)
        return [f"### gpudoctor: {word}", summary]
    verdict = cause.verdict
    explained = [f"- it explains: {_named(report, each)}" for each in consequences(report, cause)]
    return [
        f"### gpudoctor: {word}: {prose(title_of(verdict))}",
        f"{code(verdict.diagnosis.id)}, {prose(subject_name(verdict.subject, report.snapshot))}",
        prose(detail_of(verdict)),
        "\n".join(explained),
        _evidence(report, cause),
    ]


def _error(error: ErrorInfo) -> list[str]:
    place = [str(each) for each in (error.file, error.line, error.column) if each is not None]
    return [
        f"cannot run: {prose(error.message)}",
        f"at {code(':'.join(place))}" if place else "",
        f"hint: {prose(error.hint)}" if error.hint else "",
    ]


def _things_to_do(report: Report) -> list[str]:
    remedies = things_to_do(report)
    if not remedies:
        return []
    blocks = ["#### What to do"]
    before: Ranked | None = None
    for number, (ranked, remedy) in enumerate(remedies, 1):
        alternative = "or: " if ranked == before else ""
        about = f"{code(ranked.verdict.diagnosis.id)}; {prose(', '.join(price(remedy)))}"
        blocks.append(f"**{number}.** {alternative}{prose(remedy.summary)} ({about})")
        blocks += _steps(remedy)
        before = ranked
    return blocks


def _steps(remedy: Remedy) -> list[str]:
    """Write the steps in order; neighbouring commands share a block, the proof comes last."""
    blocks: list[str] = []
    commands: list[str] = []
    for step in remedy.steps:
        line = _command(step)
        if line is not None:
            commands.append(line)
            continue
        blocks += _shell_block(commands)
        commands = []
        blocks += _by_hand(step)
    blocks += _shell_block(commands)
    if remedy.verify:
        blocks.append(f"Then check: {code(command_line(remedy.verify))}")
    return blocks


def _shell_block(commands: list[str]) -> list[str]:
    return ["\n".join(fenced(commands, "sh"))] if commands else []


def _command(step: Step) -> str | None:
    match step:
        case Command():
            return command_line(step.argv)
        case Shell():
            return step.text
        case Edit() | Manual():
            return None


def _by_hand(step: Step) -> list[str]:
    if isinstance(step, Manual):
        return [prose(step.text)]
    if isinstance(step, Edit):
        place = f", line {step.line}" if step.line else ""
        return [f"Edit {code(step.file)}{place}:", "\n".join(fenced(step.text.split("\n")))]
    return []


def _ladder(report: Report) -> list[str]:
    rows = [
        (
            prose(
                f"{subject_name(subject, report.snapshot)} "
                f"{framework_version(subject, report.snapshot)}"
            ),
            RUNG_NAMES[state.rung],
            _STATUS[state.status],
            prose(state.detail),
        )
        for subject, states in ladder_groups(report)
        for state in states
    ]
    head = ("where", "rung", "state", "detail")
    return ["#### Ladder", "\n".join(table(head, rows))] if rows else []


def _findings(report: Report) -> list[str]:
    """Write what stands beside the root cause."""
    blocks: list[str] = []
    for each in findings_apart(report):
        blocks += [
            f"- {_STATUS[each.status]} {_named(report, each)}: {prose(detail_of(each.verdict))}",
            *(f"- it explains: {_named(report, one)}" for one in consequences(report, each)),
            _evidence(report, each),
        ]
    return ["#### Also found", *blocks] if blocks else []


def _undetermined(report: Report) -> list[str]:
    """Write what could not be decided, and what was missing."""
    blocks: list[str] = []
    for each in with_status(report, Status.UNDETERMINED):
        missing = prose(detail_of(each.verdict))
        blocks += [f"- {_named(report, each)}: missing: {missing}", _evidence(report, each)]
    return ["#### Not determined", *blocks] if blocks else []


def _named(report: Report, ranked: Ranked) -> str:
    verdict = ranked.verdict
    subject = subject_name(verdict.subject, report.snapshot)
    return f"{prose(title_of(verdict))} ({code(verdict.diagnosis.id)}, {prose(subject)})"


def _evidence(report: Report, ranked: Ranked) -> str:
    """Write the facts of a verdict, folded away."""
    verdict = ranked.verdict
    facts = evidence_of(verdict)
    if not facts:
        return ""
    confidence = f", {verdict.confidence.value}" if isinstance(verdict, Finding) else ""
    name = html(f"{verdict.diagnosis.id}, {subject_name(verdict.subject, report.snapshot)}")
    rows = [(code_cell(each.fact), code_cell(each.value), prose(each.source)) for each in facts]
    body = "\n".join(table(("fact", "value", "source"), rows))
    summary = f"<summary>Evidence: {name}{confidence}</summary>"
    return f"<details>{summary}\n\n{body}\n\n</details>"


def _noise(report: Report) -> list[str]:
    if not report.noise:
        return []
    lines = [f"- {code(each.text)}: {prose(each.why_harmless)}" for each in report.noise]
    return ["#### Harmless", "\n".join(lines)]


def _environment(report: Report) -> list[str]:
    rows = [("gpudoctor", code_cell(report.tool_version))]
    if report.matrix is not None:
        rows.append(("matrix", code_cell(f"{report.matrix.version} of {report.matrix.date}")))
    if report.snapshot is not None:
        rows += _machine_rows(report.snapshot)
        for each in report.snapshot.environments:
            rows += _python_rows(each)
    if report.fingerprint:
        rows.append(("fingerprint", code_cell(report.fingerprint)))
    return ["#### Environment", "\n".join(table(("what", "value"), rows))]


def _machine_rows(snapshot: Snapshot) -> list[tuple[str, str]]:
    driver, nvml = snapshot.driver, snapshot.nvml
    names = [_said(each.name) for each in known(nvml.gpus) or ()]
    gpus = ", ".join(f"{names.count(name)} x {name}" for name in dict.fromkeys(names))
    api = snapshot.libcuda.cuda_driver_api
    rows = [
        ("system", examined_platform(snapshot.platform)),
        ("driver (NVML)", _said(nvml.driver_version)),
        ("kernel module", f"{_said(driver.kernel_module_version)} ({_said(driver.flavour)})"),
        ("CUDA driver API", _said(api if isinstance(api, Known) else nvml.cuda_driver_api)),
        ("GPUs", gpus or ("none" if isinstance(nvml.gpus, Known) else _said(nvml.gpus))),
        *sorted(snapshot.variables.items()),
    ]
    return [(prose(name), code_cell(value)) for name, value in rows]


def _python_rows(environment: EnvironmentFacts) -> list[tuple[str, str]]:
    python = environment.python
    chosen = f" (from {python.chosen_by})" if python.chosen_by else ""
    rows = [("Python", f"{_said(python.version)} at {python.executable}{chosen}")]
    for each in environment.frameworks:
        built_for = f"built for CUDA {_said(each.built_for_cuda)}"
        rows.append((each.name, f"{_said(each.version)}, {built_for}, cuDNN {_said(each.cudnn)}"))
    return [(prose(name), code_cell(value)) for name, value in rows]


def _said(fact: Fact[object]) -> str:
    """Say a fact in a cell: what is not known must not look like what is not there."""
    if isinstance(fact, Known):
        return str(fact.value)
    return "unknown" if isinstance(fact, Unknown) else "none"
