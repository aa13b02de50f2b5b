"""Re-derive from wheels' metadata what it decides of compat_matrix.yaml, and show the difference.

    python tools/refresh_matrix.py [--check] [--only torch] [--budget-mib N] [--timeout S]

pip's configuration says which registry is asked, and no wheel is fetched. Exit code 0: the matrix
agrees, or was brought to; 1: it differs (--check), or metadata contradicts another source's cell,
which is for a person to settle; 2: trouble, and the matrix is untouched.
"""

import argparse
import difflib
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from packaging.version import InvalidVersion

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT / "src"), str(PROJECT / "tools")]

from refresh.derive import PROJECTS  # noqa: E402
from refresh.drift import Draft, compare  # noqa: E402
from refresh.lines import RowError  # noqa: E402
from refresh.registry import Registry, RegistryError, recent_pip  # noqa: E402
from refresh.survey import survey  # noqa: E402

from gpudoctor.errors import MatrixError  # noqa: E402
from gpudoctor.matrix.source import read_matrix_file  # noqa: E402

AGREES, DIFFERS, TROUBLE = 0, 1, 2


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        return _refresh(options)
    except (RegistryError, RowError, MatrixError, OSError) as error:
        print(f"refresh: {error}; the matrix is untouched", file=sys.stderr)
    except InvalidVersion as error:
        print(f"refresh: {error}; the matrix is untouched", file=sys.stderr)
    except KeyboardInterrupt:
        print("refresh: interrupted; the matrix is untouched", file=sys.stderr)
    return TROUBLE


def _refresh(options: argparse.Namespace) -> int:
    text = read_matrix_file(options.matrix)[1]
    projects = [each for each in PROJECTS if not options.only or each.section in options.only]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="refresh-") as folder:
        python = options.python or recent_pip(folder)
        registry = Registry(python, options.budget_mib << 20, options.timeout, folder)
        found = survey(registry, projects, options.threads)
    draft = compare(text, projects, found)
    show(text, draft, options.matrix)
    names = ", ".join(dict.fromkeys(each.distribution for each in found))
    print(
        f"refresh: {sum(map(len, found.values()))} releases of {names} "
        f"in {time.monotonic() - begun:.0f} s, "
        f"{registry.received / (1 << 20):.1f} MiB in {registry.calls} calls: "
        f"{len(draft.changes)} changes, {len(draft.disagreements)} disagreements",
        flush=True,
    )
    if draft.changes and not options.check:
        replace(options.matrix, text, draft.text)
    return DIFFERS if draft.disagreements or (options.check and draft.changes) else AGREES


def show(text: str, draft: Draft, name: str) -> None:
    """Print what differs, cell by cell and as a diff of rows."""
    for line in (*draft.changes, *draft.disagreements):
        print(line)
    old, new = text.splitlines(), draft.text.splitlines()
    for line in difflib.unified_diff(old, new, name, f"{name} (refreshed)", n=0, lineterm=""):
        print(line)


def replace(path: str, old: str, new: str) -> None:
    """Put the new text in the old one's place at once, if it can be used and nobody was faster."""
    handle, draft = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)), suffix=".yaml")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, os.stat(path).st_mode & 0o777)
        read_matrix_file(draft)
        refuse_edited(path, old)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def refuse_edited(path: str, text: str) -> None:
    if read_matrix_file(path)[1] != text:
        raise MatrixError("the matrix was edited meanwhile", file=path)


def _options() -> argparse.Namespace:
    sections = tuple(dict.fromkeys(each.section for each in PROJECTS))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--only", type=_sections, metavar="SECTIONS", help=f"of {sections}")
    parser.add_argument("--budget-mib", type=int, default=1024, help="what may be received")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for all of it")
    parser.add_argument("--threads", type=_positive, default=6)
    parser.add_argument("--python", help="the Python whose pip asks (default: this, if recent)")
    parser.add_argument("--matrix", default=str(PROJECT / "compat_matrix.yaml"))
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected a number above zero")
    return number


def _sections(text: str) -> frozenset[str]:
    wanted = frozenset(text.split(","))
    if unknown := wanted - {each.section for each in PROJECTS}:
        raise argparse.ArgumentTypeError(f"no such section: {', '.join(sorted(unknown))}")
    return wanted


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
