"""``gpudoctor matrix``: validate a matrix, print its schema, show rows, ask what runs on what."""

from enum import Enum
from typing import Annotated

import typer

from gpudoctor.cli.output import stdout_width, write_stdout

app = typer.Typer(
    name="matrix",
    help="Ask the compatibility matrix, or check a matrix of your own.",
    rich_markup_mode=None,
)

_Matrix = Annotated[
    str | None,
    typer.Option(
        "--matrix", metavar="FILE", help="A matrix in place of ours, or an overlay on it."
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class System(str, Enum):
    """Where the driver would run."""

    LINUX = "linux"
    WINDOWS = "windows"


@app.command("validate", short_help="Check a matrix file or an overlay; name every mistake.")
def validate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A whole matrix or an overlay.")],
) -> None:
    """Check a matrix file: exit code 0 and a summary, or 2 and what is wrong where."""
    from gpudoctor.cli.failure import report_failure  # noqa: PLC0415 - not for --help
    from gpudoctor.exit_codes import ExitCode  # noqa: PLC0415
    from gpudoctor.matrix.columns import SECTIONS  # noqa: PLC0415
    from gpudoctor.matrix.load import examine  # noqa: PLC0415
    from gpudoctor.report import ErrorInfo  # noqa: PLC0415

    info, content, errors = examine(file)
    for error in errors:
        failure = ErrorInfo(
            "matrix",
            str(error),
            file=error.file,
            line=error.line,
            column=error.column,
            hint=error.hint,
        )
        report_failure([], failure, ExitCode.USAGE)
    if errors:
        raise typer.Exit(int(ExitCode.USAGE))
    from gpudoctor.escaping import visible  # noqa: PLC0415

    counts = ", ".join(f"{len(content[name])} {name}" for name in SECTIONS)
    write_stdout(visible(f"{file}: matrix {info.version} of {info.date}: {counts}") + "\n")


@app.command("schema", short_help="Print the JSON Schema of matrix files.")
def schema() -> None:
    """Print the JSON Schema that every matrix file obeys, whole or overlay."""
    import json  # noqa: PLC0415 - not for --help

    from gpudoctor.matrix.schema import matrix_schema  # noqa: PLC0415

    write_stdout(json.dumps(matrix_schema(), indent=2) + "\n")


@app.command("show", short_help="Show rows with their sources.")
def show(
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="torch, tensorflow, cuda, driver, gpu …")
    ],
    version: Annotated[
        str | None,
        typer.Argument(metavar="VERSION", help="A release, or its beginning; a GPU's name."),
    ] = None,
    matrix: _Matrix = None,
    json: _Json = False,
) -> None:
    """Show the rows about a subject, where each comes from, and how it was checked."""
    from gpudoctor.matrix.load import load_content  # noqa: PLC0415 - not for --help
    from gpudoctor.matrix.show import shown_rows  # noqa: PLC0415
    from gpudoctor.renderers.matrix import rows_as_json, rows_as_text  # noqa: PLC0415

    info, content = load_content(matrix)
    found = shown_rows(content, subject, version)
    write_stdout(rows_as_json(found, info) if json else rows_as_text(found, stdout_width()))


@app.command("why", short_help="Say whether a release runs on a GPU, and by which rows.")
def why(
    requirement: Annotated[
        str,
        typer.Argument(
            metavar="REQUIREMENT", help="torch==2.7.1+cu128, tensorflow==2.21.0, 'cuda 12.8'."
        ),
    ],
    gpu: Annotated[
        str, typer.Argument(metavar="GPU", help="A name, a compute capability or a PCI id.")
    ],
    driver: Annotated[
        str | None, typer.Option(metavar="VERSION", help="The driver, as in 535.183.01.")
    ] = None,
    os: Annotated[System, typer.Option("--os", help="The system.")] = System.LINUX,
    python: Annotated[
        str | None, typer.Option(metavar="VERSION", help="The Python, as in 3.12.")
    ] = None,
    matrix: _Matrix = None,
    json: _Json = False,
) -> None:
    """Say whether a release runs on a GPU: exit code 0 for yes, 1 for no, 3 if it can't be told."""
    from gpudoctor.exit_codes import ExitCode  # noqa: PLC0415 - not for --help
    from gpudoctor.matrix.answers import Setting, Verdict  # noqa: PLC0415
    from gpudoctor.matrix.load import load_content  # noqa: PLC0415
    from gpudoctor.matrix.queries import Matrix  # noqa: PLC0415
    from gpudoctor.matrix.targets import (  # noqa: PLC0415
        find_gpu,
        parse_driver,
        parse_python,
        parse_requirement,
    )
    from gpudoctor.matrix.why import why as ask  # noqa: PLC0415
    from gpudoctor.renderers.matrix import answer_as_json, answer_as_text  # noqa: PLC0415

    asked = parse_requirement(requirement)
    setting = Setting(
        parse_driver(driver) if driver is not None else None,
        os.value,
        parse_python(python) if python is not None else None,
    )
    info, content = load_content(matrix)
    loaded = Matrix(info, content)
    found = find_gpu(loaded, content, gpu)
    answer = ask(loaded, asked, found, setting)
    if json:
        write_stdout(answer_as_json(answer, found, loaded))
    else:
        write_stdout(answer_as_text(answer, loaded, stdout_width()))
    codes = {
        Verdict.YES: ExitCode.HEALTHY,
        Verdict.NO: ExitCode.FAILURE,
        Verdict.UNKNOWN: ExitCode.UNDETERMINED,
    }
    raise typer.Exit(int(codes[answer.verdict]))
