"""Python environments in a machine's folder: a real interpreter, simulated distributions."""

import base64
import hashlib
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from simulation.machine import Machine
from simulation.wheels import Wheel

_FAKES = Path(__file__).parent / "fakes"
_FAKES_NAME = "_simulated"


class Environment:
    """One environment: `prefix`, `python` and `site` are real paths below the machine's root."""

    def __init__(self, machine: Machine, folder: str, kind: str) -> None:
        self.machine = machine
        self.folder = folder
        self.kind = kind
        self.prefix = machine.path(folder)
        self.python = self.prefix / "bin" / "python"
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        self.site_folder = f"{folder}/lib/{version}/site-packages"
        self.site = machine.path(self.site_folder)

    def write(self, path: str, content: str | bytes = "") -> Path:
        """Write a file below site-packages."""
        return self.machine.write(f"{self.site_folder}/{path}", content)

    def remove(self, *patterns: str) -> "Environment":
        """Remove files and folders below site-packages; ``*`` may stand in a path."""
        self.machine.remove(*(f"{self.site_folder}/{pattern}" for pattern in patterns))
        return self

    def copy_library(self, source: Path, path: str) -> Path:
        """Put a compiled library below site-packages."""
        file = self.site / path
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, file)
        return file

    def add_distribution(
        self,
        name: str,
        version: str,
        requires: Iterable[str] = (),
        files: Iterable[str] = (),
        extras: Mapping[str, Iterable[str]] | None = None,
    ) -> str:
        """Write the metadata of a distribution; answer the name of its folder."""
        folder = f"{name.replace('-', '_')}-{version}.dist-info"
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {each}" for each in requires]
        for extra, wanted in (extras or {}).items():
            lines.append(f"Provides-Extra: {extra}")
            lines += [_conditional(each, extra) for each in wanted]
        self.write(f"{folder}/METADATA", "\n".join(lines) + "\n\nA simulated distribution.\n")
        self.write(f"{folder}/INSTALLER", "uv" if self.kind == "uv" else "pip\n")
        self.write(f"{folder}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        listed = [*files, f"{folder}/METADATA", f"{folder}/INSTALLER", f"{folder}/WHEEL"]
        record = "".join(self._record_line(path) for path in listed)
        self.write(f"{folder}/RECORD", f"{record}{folder}/RECORD,,\n")
        return folder

    def add_pure_packages(self, *names: str, version: str = "99.0") -> None:
        """Install what a framework requires and the simulation never imports."""
        for name in names:
            self.add_distribution(name, version)

    def add_wheel(self, wheel: Wheel, cuda: str) -> None:
        """Install one of NVIDIA's wheels; its CUDA runtime is one that answers."""
        files = []
        for library in wheel.libraries:
            path = f"{wheel.folder}/{library}"
            natives = self.machine.natives
            is_runtime = library.startswith("libcudart.so.")
            self.copy_library(natives.cudart(cuda) if is_runtime else natives.empty, path)
            files.append(path)
        if wheel.header:
            header = f"{wheel.folder.rpartition('/')[0]}/include/{wheel.header[0]}"
            self.write(header, wheel.header[1])
            files.append(header)
        self.add_distribution(wheel.name, wheel.version, files=files)

    def add_fakes(self) -> None:
        """Copy what the simulated frameworks share."""
        if not (self.site / _FAKES_NAME).exists():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(_FAKES, self.site / _FAKES_NAME, ignore=ignored)

    def _record_line(self, path: str) -> str:
        content = (self.site / path).read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        return f"{path},sha256={digest},{len(content)}\n"


def _conditional(requirement: str, extra: str) -> str:
    return f'Requires-Dist: {requirement}; extra == "{extra}"'


def add_environment(
    machine: Machine, folder: str = "/home/ada/project/.venv", kind: str = "venv"
) -> Environment:
    """Make an environment (venv, uv, conda) around the interpreter that runs the tests."""
    environment = Environment(machine, folder, kind)
    base = Path(getattr(sys, "_base_executable", "") or sys.executable)
    home, version = base.resolve().parent, ".".join(str(part) for part in sys.version_info[:3])
    lines = [f"home = {home}", "include-system-site-packages = false", f"version = {version}"]
    if kind == "uv":
        lines.append("uv = 0.9.7")
    machine.write(f"{folder}/pyvenv.cfg", "\n".join(lines) + "\n")
    environment.python.parent.mkdir(parents=True)
    environment.python.symlink_to(base)
    machine.link(f"{folder}/bin/python3", "python")
    environment.site.mkdir(parents=True)
    if kind != "uv":
        environment.write("pip/__init__.py")
        environment.add_distribution("pip", "25.2", files=["pip/__init__.py"])
    if kind == "conda":
        machine.write(f"{folder}/conda-meta/history", "==> 2025-10-01 10:00:00 <==\n")
    return environment


def activate(machine: Machine, environment: Environment) -> None:
    """Set what activating the environment sets."""
    machine.export(VIRTUAL_ENV=None, CONDA_PREFIX=None)
    variable = "CONDA_PREFIX" if environment.kind == "conda" else "VIRTUAL_ENV"
    machine.export(**{variable: str(environment.prefix)})
    machine.prepend("PATH", f"{environment.folder}/bin")
    machine.active = environment
