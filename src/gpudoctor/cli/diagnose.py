"""``gpudoctor diagnose``: name the root cause from whatever text somebody pasted."""

from dataclasses import dataclass
from typing import Annotated

import typer

from gpudoctor.cli.check import FORMATS, FailOn, Format, selected_checks
from gpudoctor.cli.output import Target, parse_target, write_file, write_stdout


@dataclass(frozen=True, slots=True)
class Request:
    """One call of ``diagnose``, its options read and found usable."""

    sources: tuple[str, ...]
    selected: tuple[str, ...]
    matrix: str | None
    format: str
    targets: tuple[Target, ...]
    fail_on: str
    exit_zero: bool
    redact: bool | None  # None: as the format has it
    verbosity: int
    quiet: bool

    def is_redacted(self, format_: str) -> bool:
        """Whether a report in a format loses names; Markdown is made to be posted."""
        return format_ == "markdown" if self.redact is None else self.redact


def diagnose(
    source: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help="Texts of one machine: files, folders, - for stdin."
        ),
    ],
    only: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Run only this check; repeatable.")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Leave this check out; repeatable.")
    ] = None,
    matrix: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="A compatibility matrix in place of ours, or an overlay on it."
        ),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="What stdout gets.")] = Format.TEXT,
    json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT=FILE",
            help="Write a report to a file too; repeatable.",
        ),
    ] = None,
    fail_on: Annotated[FailOn, typer.Option(help="What makes the exit code 1.")] = FailOn.FAIL,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit with 0 in place of 1 and 3.")
    ] = False,
    redact: Annotated[
        bool | None,
        typer.Option(
            "--redact/--no-redact",
            help="Replace user and host names, home paths, uuids; on for Markdown.",
            show_default=False,
        ),
    ] = None,
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose", "-v", count=True, help="Show evidence; -vv all.", show_default=False
        ),
    ] = 0,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing: exit code only.")
    ] = False,
) -> None:
    """Name the root cause from logs, collect_env, nvidia-smi, tracebacks: whatever was pasted."""
    request = Request(
        sources=tuple(source),
        selected=selected_checks(only or [], skip or []),
        matrix=matrix,
        format="json" if json else format_.value,
        targets=tuple(parse_target(each, FORMATS) for each in output or ()),
        fail_on=fail_on.value,
        exit_zero=exit_zero,
        redact=redact,
        verbosity=verbose,
        quiet=quiet,
    )
    from gpudoctor.cli.run_diagnose import run_diagnose  # noqa: PLC0415 - not for --help

    raise typer.Exit(run_diagnose(request, write_stdout, write_file))
