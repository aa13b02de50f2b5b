"""The typer application and its commands."""

import typer

from gpudoctor import __version__
from gpudoctor.cli import check, diagnose, explain, matrix, recommend, schema

# Plain help: with rich it would cost 40 ms of every --help.
app = typer.Typer(
    name="gpudoctor",
    help="The doctor for NVIDIA GPU machines used for machine learning.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("check", short_help="Look at this machine; say what is wrong and what repairs it.")(
    check.check
)
app.command("diagnose", short_help="Name the root cause from whatever text somebody pasted.")(
    diagnose.diagnose
)
app.command(
    "recommend", short_help="Say which builds of a framework to install, here or elsewhere."
)(recommend.recommend)
app.command("explain", short_help="Explain a diagnosis.")(explain.explain)
app.command("schema", short_help="Print the JSON Schema of the report.")(schema.schema)
app.add_typer(matrix.app, short_help="Ask the compatibility matrix; check one of your own.")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gpudoctor {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False,
        "--version",
        help="Print the version and exit.",
        callback=_print_version,
        is_eager=True,
    ),
) -> None:
    """The doctor for NVIDIA GPU machines used for machine learning."""
