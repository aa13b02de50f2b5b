"""``gpudoctor explain ID``: what a diagnosis means, from the same page as the documentation."""

from typing import Annotated

import typer

from gpudoctor.cli.output import write_stdout
from gpudoctor.errors import UsageError
from gpudoctor.hints import did_you_mean
from gpudoctor.shipped import shipped_text


def explain(
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="A diagnosis, as check --list-checks shows.")
    ],
) -> None:
    """Explain a diagnosis: what is wrong, what you see, how it is decided, how it is repaired."""
    from gpudoctor.diagnoses import BY_ID  # noqa: PLC0415 - not for --help

    if id_ not in BY_ID:
        raise UsageError(f"there is no diagnosis {id_!r}", did_you_mean(id_, BY_ID))
    name = f"diagnoses/{id_}.md"
    lines = shipped_text(f"data/{name}", f"docs/{name}").splitlines(keepends=True)
    write_stdout("".join(line for line in lines if not line.startswith("<!--")))
