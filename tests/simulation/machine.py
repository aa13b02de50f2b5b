"""A machine in a folder: its files below a root, its environment, and what its driver answers.

Paths of the machine begin with ``/`` and lie below `root`. The driver's libraries lie there too,
and LD_LIBRARY_PATH in `environ` names the real path of their folder: what the folder shows and what
a child process loads are one copy. An entry of LD_LIBRARY_PATH (and of PATH) that begins with the
root is to be read without it, and counts as the loader's own folder where it is one.
"""

import dataclasses
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation.build import Natives
from simulation.presets import Distribution
from simulation.scenario import Gpu, Scenario

if TYPE_CHECKING:
    from simulation.environments import Environment

HOME = "/home/ada"


class Machine:
    """A simulated machine; tests change one thing of it."""

    def __init__(
        self, folder: Path, natives: Natives, distribution: Distribution, answers: Scenario
    ) -> None:
        self.root = folder / "root"
        self.natives = natives
        self.distribution = distribution
        self.kernel = distribution.kernel
        self.answers = answers
        self.active: Environment | None = None
        self._scenario_file = folder / "scenario.txt"
        self.environ: dict[str, str] = {
            "HOME": self.outside(HOME),
            "USER": "ada",
            "LANG": "C.UTF-8",
            "PATH": ":".join(self.outside(each) for each in ("/usr/local/bin", "/usr/bin")),
            "LD_LIBRARY_PATH": self.outside(distribution.library_folder),
            "SIM_SCENARIO": str(self._scenario_file),
            "SIM_ROOT": f"{self.root}/",
        }
        if _has_driver_of_its_own():
            self.environ["LD_AUDIT"] = str(natives.hide)
        self.scenario()

    def outside(self, path: str) -> str:
        """The real path of a path of this machine."""
        return f"{self.root}{path}"

    def path(self, path: str) -> Path:
        """The same as a Path."""
        return Path(self.outside(path))

    @property
    def environment(self) -> "Environment":
        """The active Python environment."""
        if self.active is None:
            raise LookupError("no environment is active on this machine")
        return self.active

    @property
    def python(self) -> Path:
        """The active environment's interpreter, as a real path."""
        return self.environment.python

    # ---- what the driver answers ----

    def scenario(self, **changes: Any) -> "Machine":
        """Change fields of Scenario; with none, write the file anew."""
        self.answers = dataclasses.replace(self.answers, **changes)
        self._scenario_file.write_text(self.answers.text(), errors="surrogateescape")
        return self

    def change_gpu(self, number: int, **changes: Any) -> "Machine":
        """Change fields of one Gpu of the scenario, for instance ``handle=15``."""
        gpus = list(self.answers.gpus)
        gpus[number] = dataclasses.replace(gpus[number], **changes)
        return self.scenario(gpus=tuple(gpus))

    @property
    def gpus(self) -> tuple[Gpu, ...]:
        """The GPUs of the scenario."""
        return self.answers.gpus

    # ---- files ----

    def write(self, path: str, content: str | bytes = "") -> Path:
        """Write a file, with the folders above it."""
        file = self.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogateescape")
        file.write_bytes(content)
        return file

    def make_folder(self, path: str) -> Path:
        """Make a folder, with those above it."""
        folder = self.path(path)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def link(self, path: str, target: str) -> Path:
        """Make a symbolic link; a target that begins with ``/`` is made relative."""
        file = self.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        if target.startswith("/"):
            # From where the link really lies: a folder above it may be a link itself.
            top = os.path.realpath(self.root)
            target = os.path.relpath(f"{top}{target}", os.path.realpath(file.parent))
        file.symlink_to(target)
        return file

    def remove(self, *patterns: str) -> "Machine":
        """Remove what is there of these files and folders; ``*`` may stand in a path."""
        for pattern in patterns:
            for found in list(self.root.glob(pattern.lstrip("/"))):
                if found.is_dir() and not found.is_symlink():
                    shutil.rmtree(found)
                else:
                    found.unlink()
        return self

    # ---- environment variables ----

    def export(self, **variables: str | None) -> "Machine":
        """Set environment variables; None unsets one."""
        for name, value in variables.items():
            if value is None:
                self.environ.pop(name, None)
            else:
                self.environ[name] = value
        return self

    def prepend(self, variable: str, folder: str) -> "Machine":
        """Put a folder of this machine first on LD_LIBRARY_PATH, PATH or PYTHONPATH."""
        rest = self.environ.get(variable)
        parts = [self.outside(folder), *([rest] if rest else [])]
        return self.export(**{variable: ":".join(parts)})


def _has_driver_of_its_own() -> bool:
    """Whether the loader of the machine that runs the tests would find a driver of its own."""
    try:
        cache = Path("/etc/ld.so.cache").read_bytes()
    except OSError:
        cache = b""
    in_cache = b"libcuda.so.1\0" in cache or b"libnvidia-ml.so.1\0" in cache
    folders = ("/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu")
    return in_cache or any(Path(each, "libcuda.so.1").exists() for each in folders)
