"""Draw the report of a simulated machine: docs/report.svg, and the text in README.md."""

import io
import re
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT / "src"), str(PROJECT / "tests")]
WIDTH = 96
BEGIN, END = "<!-- output:begin -->", "<!-- output:end -->"


def main() -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from examination import examine  # noqa: PLC0415 - after the path is set
    from gpudoctor.renderers.terminal import render  # noqa: PLC0415
    from simulation.healthy import H100, healthy_machine  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        report = examine(healthy_machine(Path(folder), [H100], "535.183.01"))
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(render(report, width=WIDTH, colour=True, unicode=True)))
    svg = console.export_svg(title="gpudoctor check")
    # The reader's own fonts do; a picture should fetch nothing.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (PROJECT / "docs" / "report.svg").write_text(svg, "utf-8")
    plain = render(report, width=WIDTH, colour=False, unicode=True).strip()
    readme = PROJECT / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    block = f"{BEGIN}\n```\n$ gpudoctor check\n{plain}\n```\n{END}"
    readme.write_text(f"{before}{block}{after}", "utf-8")


if __name__ == "__main__":
    main()
