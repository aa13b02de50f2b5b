"""Runs one ``check``: probes, checks, ranking, renderers, in that order."""

import time
from collections.abc import Callable

from gpudoctor.assembly import Policy, assemble
from gpudoctor.cli.check import Request
from gpudoctor.cli.output import stdout_is_utf8, stdout_width, wants_colour
from gpudoctor.cli.progress import Progress
from gpudoctor.diagnoses import BY_ID
from gpudoctor.errors import UsageError
from gpudoctor.facts import FrameworkFacts, Snapshot, Unknown, known
from gpudoctor.host import Host
from gpudoctor.probes import Plan, take_snapshot
from gpudoctor.probes.interpreter import Chosen, choose_interpreter
from gpudoctor.report import Report
from gpudoctor.versions import ComputeCapability


def run_check(
    request: Request,
    write_stdout: Callable[[str], None],
    write_file: Callable[[str, str], None],
    host: Host | None = None,
) -> int:
    """Look, judge, say; the exit code."""
    host = host or Host()
    report = make_report(request, host)
    if request.redact:
        from gpudoctor.redaction import Secrets, redact  # noqa: PLC0415 - only when asked for

        home = host.environ.get("HOME") or None
        report = redact(report, Secrets(host.user_names(), host.host_names(), home))
    for target in request.targets:
        write_file(target.path, _rendered(report, target.format))
    if not request.quiet:
        write_stdout(_for_stdout(report, request, host))
    return report.exit_code


def make_report(request: Request, host: Host) -> Report:
    """The report of a host, whatever is wrong with it."""
    from gpudoctor.matrix import Matrix, code_fit, load_matrix  # noqa: PLC0415

    # A matrix of the user's is read before anything is probed: a mistake in it costs no wait.
    own = load_matrix(request.matrix) if request.matrix else None
    loaded: list[Matrix] = [own] if own else []

    def meanwhile() -> None:
        """What can be done while children work."""
        if not loaded:
            loaded.append(load_matrix())
        _preload(request)

    def has_machine_code(framework: FrameworkFacts, capability: ComputeCapability) -> bool:
        targets = known(framework.targets)
        if targets is None:
            return False
        fit = code_fit(targets, capability, None, known(framework.built_for_cuda))
        return fit.kind.name == "MACHINE_CODE"

    plan = _plan(request, host, has_machine_code, meanwhile)
    with Progress(is_shown=request.format == "text" and not request.quiet) as progress:
        snapshot = take_snapshot(host, plan, progress.show)
    _refuse_what_is_no_interpreter(snapshot)
    from gpudoctor.checks import CHECKS  # noqa: PLC0415 - imported while the children worked
    from gpudoctor.engine import run_checks  # noqa: PLC0415

    matrix = loaded[0] if loaded else load_matrix()
    policy = Policy(
        fail_on=request.fail_on,
        exit_zero=request.exit_zero,
        no_gpu_is_fine=request.no_gpu_ok,
        everything_asked=len(request.selected) == len(BY_ID),
    )
    # Where nothing was looked at, dozens of questions without an answer would only hide that.
    selected = request.selected if snapshot.platform.os == "linux" else ()
    return assemble(
        snapshot,
        run_checks(CHECKS, selected, snapshot, matrix),
        policy,
        command="check",
        created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        matrix=matrix,
    )


def _plan(
    request: Request,
    host: Host,
    has_machine_code: Callable[[FrameworkFacts, ComputeCapability], bool],
    meanwhile: Callable[[], None],
) -> Plan:
    chosen = tuple(Chosen(path, "--python") for path in request.pythons)
    if not chosen and (found := choose_interpreter(host)):
        chosen = (found,)
    plan = Plan(
        interpreters=chosen,
        has_machine_code=has_machine_code,
        meanwhile=meanwhile,
        import_frameworks=not request.quick,
        timeout_s=request.timeout_s,
    )
    if request.probe_timeout_s is None:
        return plan
    return plan.with_probe_timeout(request.probe_timeout_s)


def _preload(request: Request) -> None:
    """Import what the end of the run needs, on a processor that would only wait."""
    import gpudoctor.checks  # noqa: PLC0415
    import gpudoctor.engine  # noqa: PLC0415

    if request.quiet:
        return
    if request.format == "text":
        import gpudoctor.renderers.terminal  # noqa: PLC0415
    elif request.format == "json":
        import gpudoctor.renderers.json  # noqa: F401, PLC0415


def _refuse_what_is_no_interpreter(snapshot: Snapshot) -> None:
    for environment in snapshot.environments:
        python = environment.python
        if python.chosen_by != "--python" or not isinstance(python.version, Unknown):
            continue
        if any(how in python.version.reason for how in ("not-started", "exited-early")):
            raise UsageError(
                f"--python {python.executable} is no Python interpreter ({python.version.reason})",
                "give an interpreter (…/bin/python) or an environment's folder",
            )


def _rendered(report: Report, format_: str) -> str:
    from gpudoctor.renderers import RENDERERS  # noqa: PLC0415 - start-up

    return RENDERERS[format_](report)


def _for_stdout(report: Report, request: Request, host: Host) -> str:
    if request.format != "text":
        return _rendered(report, request.format)
    from gpudoctor.renderers.terminal import render  # noqa: PLC0415 - rich costs 35 ms

    return render(
        report,
        width=stdout_width(),
        colour=wants_colour(host.environ),
        unicode=stdout_is_utf8(),
        verbosity=request.verbosity,
    )
