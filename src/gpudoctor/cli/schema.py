"""``gpudoctor schema``: the JSON Schema of the report."""

from gpudoctor.cli.output import write_stdout
from gpudoctor.shipped import shipped_text


def schema() -> None:
    """Print the JSON Schema that every JSON report obeys."""
    write_stdout(shipped_text("schemas/report.v1.json", "src/gpudoctor/schemas/report.v1.json"))
