"""Write docs/machines.md: what gpudoctor says of every simulated machine of the tests.

    python tools/machine_table.py [--check]

Each machine is examined as a user would: real probes, real children, its own driver libraries. With
``--check`` nothing is written; the exit code is 1 where a machine is missing or another cause is
named than the page says.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "machines.md"
sys.path[:0] = [str(PROJECT / "src"), str(PROJECT / "tests")]

from examination import apart, cause, examine  # noqa: E402
from gpudoctor.report import Report  # noqa: E402
from test_named_machines import HEALTHY, NAMED, Make  # noqa: E402

HEAD = """\
# What is said of which machine

The simulated machines of the tests, each examined from end to end with real
child processes, drivers compiled for the purpose and stand-ins for the
frameworks. Written by `python tools/machine_table.py`. What else is wrong with a
machine than its cause would stand behind the cause; consequences are left out.

| Machine | Root cause | Exit code | Summary |
| ------- | ---------- | --------- | ------- |
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    fresh = HEAD + "".join(lines())
    if parser.parse_args().check:
        return int(PAGE.read_text("utf-8") != fresh)
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


def lines() -> Iterator[str]:
    for name, (make, _) in NAMED.items():
        yield line(name, make)
    for name, make in HEALTHY.items():
        yield line(name, make)


def line(name: str, make: Make) -> str:
    with tempfile.TemporaryDirectory() as folder:
        report = examine(make(Path(folder)))
        words = report.summary.replace(f"{folder}/root", "").replace("|", "\\|")
    return f"| {name} | {named(report)} | {report.exit_code} | {words} |\n"


def named(report: Report) -> str:
    found = [f"`{each}`" for each in (cause(report), *apart(report)) if each]
    return ", ".join(found) or "none"


if __name__ == "__main__":
    sys.exit(main())
