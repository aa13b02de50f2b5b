"""What a package registry says, asked through pip: which releases there are, and their metadata.

pip's configuration decides which registry that is. No wheel is fetched: pip reads the metadata file
where the registry serves one, else the end of the wheel in pieces (fast-deps); bytes and time are
counted, and whatever takes more than it should is ended.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet

from refresh.counted_pip import STOPPED

# The first pip that, asked for a dry run, does not fetch the wheels in the end.
OLDEST_PIP = (25, 3)
# The metadata of the largest wheels take 5 MiB: a list of twelve thousand files comes before it.
CALL_LIMIT = 16 << 20
# pip takes these names as they are: a newer glibc does not stand for the older ones.
_MANYLINUX = (*(f"_2_{minor}" for minor in range(39, 16, -1)), "2014", "2010", "1")
PLATFORMS = {
    "linux-x86_64": tuple(f"manylinux{each}_x86_64" for each in _MANYLINUX),
    "linux-aarch64": tuple(f"manylinux{each}_aarch64" for each in _MANYLINUX),
    "windows": ("win_amd64",),
}
_PATIENCE = 120  # seconds for a venv and a recent pip
_AVAILABLE = re.compile(r"^Available versions: (.+)$", re.MULTILINE)
_NOTHING = "No matching distribution found"
# Where somebody narrowed what pip installs, that is not what the registry publishes.
_NARROWING = ("PIP_CONSTRAINT", "PIP_FIND_LINKS", "PIP_REQUIRE_VIRTUALENV", "PIP_PRE")


class RegistryError(Exception):
    """The registry, or pip, gave no answer that can be used."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Of one wheel: what it requires, and its extras."""

    requires: tuple[str, ...] = ()
    extras: frozenset[str] = frozenset()
    requires_python: str = ""


class Registry:
    """Asks pip; may be asked from several threads at once."""

    def __init__(self, python: str, budget: int, seconds: float, folder: str) -> None:
        self._python = python
        self._left = budget
        self._budget = budget
        self._deadline = time.monotonic() + seconds
        self._seconds = seconds
        self._folder = folder
        self._promised = 0
        self._lock = threading.Lock()
        self._returned = threading.Condition()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False
        self.calls = 0

    @property
    def received(self) -> int:
        """Bytes received so far."""
        return self._budget - self._left

    def releases(self, distribution: str, python: str, platform: str) -> tuple[str, ...]:
        """The releases with a wheel for one Python on one of PLATFORMS; may be none."""
        code, output, complaint = self._pip(
            distribution, ["index", "versions", distribution, *_target(python, platform)]
        )
        if code and _NOTHING in complaint:
            return ()
        found = _AVAILABLE.search(output)
        if code or not found:
            raise RegistryError(f"{distribution}: {_last(complaint or output)}")
        return tuple(each.strip() for each in found[1].split(","))

    def metadata(self, distribution: str, version: str, python: str, platform: str) -> Metadata:
        """The metadata of a release's wheel for one Python on one of PLATFORMS."""
        what = f"{distribution} {version}"
        target = tempfile.mkdtemp(dir=self._folder)
        report = os.path.join(target, "report.json")
        wanted = ["--report", report, "--target", target, f"{distribution}=={version}"]
        options = ["--use-feature=fast-deps", "--dry-run", "--no-deps", "--ignore-installed"]
        code, _, complaint = self._pip(
            what, ["install", *options, *_target(python, platform), *wanted]
        )
        if code:
            raise RegistryError(f"{what}: pip finds no metadata: {_last(complaint)}")
        try:
            with open(report, encoding="utf-8") as file:
                (installed,) = json.load(file)["install"]
            return _metadata(installed["metadata"], version)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RegistryError(f"{what}: the metadata makes no sense ({error})") from error

    def stop(self) -> None:
        """End what is running; nothing new is begun."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                _kill(process)

    def _grant(self, what: str) -> int:
        """What one call may receive; where little is left, only when no other call runs."""
        with self._returned:
            self.calls += 1
            while self._promised and self._left - self._promised < CALL_LIMIT:
                self._returned.wait()
            granted = min(CALL_LIMIT, self._left)
            if granted <= 0:
                raise RegistryError(f"{what}: the budget of {self._budget >> 20} MiB is spent")
            self._promised += granted
            return granted

    def _pip(self, what: str, arguments: list[str]) -> tuple[int, str, str]:
        granted = self._grant(what)
        base = tempfile.mkdtemp(dir=self._folder)
        count = Path(base, "count")
        try:
            code, output, complaint = self._run(what, base, [str(granted), str(count), *arguments])
        finally:
            used = int(count.read_text() or 0) if count.exists() else 0
            with self._returned:
                self._promised -= granted
                self._left -= used
                self._returned.notify_all()
        if code == STOPPED:
            raise RegistryError(
                f"{what}: pip was stopped after {used / (1 << 20):.1f} MiB; the registry serves "
                "no metadata by itself and no pieces of wheels, or the budget is too small"
            )
        return code, output, complaint

    def _run(self, what: str, base: str, arguments: list[str]) -> tuple[int, str, str]:
        runner = str(Path(__file__).with_name("counted_pip.py"))
        common = ["--no-input", "--no-color", "--disable-pip-version-check", "--retries", "2"]
        command = [self._python, runner, *arguments, *common]
        command += ["--cache-dir", os.path.join(self._folder, "cache")]
        out, err = Path(base, "out"), Path(base, "err")
        with out.open("wb") as stdout, err.open("wb") as stderr:
            with self._lock:
                if self._stopped:
                    raise RegistryError(f"{what}: stopped")
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    env=_environment(base),
                    start_new_session=True,
                )
                self._running.add(process)
            try:
                code = process.wait(max(0.1, self._deadline - time.monotonic()))
            except subprocess.TimeoutExpired as error:
                raise RegistryError(
                    f"{what}: no answer within the {self._seconds:g} s of this run"
                ) from error
            finally:
                _kill(process)
                with self._lock:
                    self._running.discard(process)
        return code, out.read_text("utf-8", "replace"), err.read_text("utf-8", "replace")


def recent_pip(folder: str) -> str:
    """A Python whose pip is recent enough: this one, or a private venv's."""
    if _pip_version(sys.executable) >= OLDEST_PIP:
        return sys.executable
    venv = os.path.join(folder, "venv")
    python = os.path.join(venv, "bin", "python")
    install = [python, "-m", "pip", "install", "--quiet", "--upgrade", "pip"]
    try:
        for command in ([sys.executable, "-m", "venv", venv], install):
            subprocess.run(
                command,
                env=_environment(folder),
                capture_output=True,
                text=True,
                check=True,
                timeout=_PATIENCE,
            )
    except subprocess.CalledProcessError as error:
        raise RegistryError(f"no recent pip: {_last(error.stderr)}") from error
    except subprocess.TimeoutExpired as error:
        raise RegistryError(f"no recent pip within {_PATIENCE} s") from error
    if _pip_version(python) < OLDEST_PIP:
        words = ".".join(map(str, OLDEST_PIP))
        raise RegistryError(f"the registry has no pip {words} or later, which is needed here")
    return python


def _pip_version(python: str) -> tuple[int, ...]:
    done = subprocess.run(
        [python, "-m", "pip", "--version"], capture_output=True, text=True, check=False
    )
    found = re.match(r"pip (\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _target(python: str, platform: str) -> list[str]:
    version = python.removesuffix("t")
    platforms = [option for each in PLATFORMS[platform] for option in ("--platform", each)]
    options = ["--only-binary=:all:", "--python-version", version, *platforms]
    if python.endswith("t"):
        options += ["--implementation", "cp", "--abi", f"cp{version.replace('.', '')}t"]
    return options


def _environment(folder: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _NARROWING}
    return {**kept, "LC_ALL": "C", "TMPDIR": folder, "PYTHONWARNINGS": "ignore"}


def _metadata(found: Any, version: str) -> Metadata:
    requires, extras = found.get("requires_dist", []), found.get("provides_extra", [])
    python = found.get("requires_python", "")
    texts = [found["name"], found["version"], python, *requires, *extras]
    if not all(isinstance(each, str) for each in texts):
        raise ValueError("a field is not a text")
    if found["version"].split("+")[0] != version:
        raise ValueError(f"it is of {found['version']}")
    return Metadata(tuple(requires), frozenset(extras), str(SpecifierSet(python)))


def _last(complaint: str) -> str:
    """pip's own error in one line; printable, since a registry may have worded it."""
    lines = [line for line in complaint.splitlines() if line.strip()] or ["no words"]
    errors = [line for line in lines if line.startswith("ERROR: ")]
    crashed = not errors or errors[0].startswith("ERROR: Exception")
    said = lines[-1] if crashed else errors[0]
    return "".join(each if each.isprintable() else "?" for each in said)[:300]


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
