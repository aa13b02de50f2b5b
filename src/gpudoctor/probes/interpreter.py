"""Probe the Python interpreter that the user means: which one, and what it would import from."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gpudoctor.facts import Absent, Fact, Known, PythonFacts, Unknown
from gpudoctor.host import ChildResult, Host, Job
from gpudoctor.probes.managers import probe_management

ASK = os.path.join(os.path.dirname(__file__), "child", "ask.py")
_NAMES = ("python", "python3")
# Frameworks must not take whole cards or write caches because a doctor looked at them.
_CHILD_SETTINGS = {
    "CUDA_CACHE_DISABLE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """An interpreter to examine, and what pointed to it."""

    executable: str
    chosen_by: str


def choose_interpreter(host: Host) -> Chosen | None:
    """The active venv's or conda environment's Python, else the first on PATH."""
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        prefix = host.inside(host.environ.get(variable, ""))
        for name in _NAMES:
            if prefix.startswith("/") and host.exists(f"{prefix}/bin/{name}"):
                return Chosen(f"{prefix}/bin/{name}", variable)
    for folder in host.environ.get("PATH", "").split(os.pathsep):
        path = host.inside(folder.rstrip("/"))
        for name in _NAMES:
            # A relative entry of PATH means the user's folder, and nothing is run from there.
            if path.startswith("/") and host.exists(f"{path}/{name}"):
                return Chosen(f"{path}/{name}", "PATH")
    return None


def child_environ(host: Host) -> Mapping[str, str]:
    """The user's environment, which is part of what is examined, with a few settings on top."""
    # pyenv's shims choose a version by the folder they are called from; ours is always /.
    return {"PYENV_DIR": host.working_directory(), **host.environ, **_CHILD_SETTINGS}


def describe_job(host: Host, chosen: Chosen, timeout_s: float) -> Job:
    """The child that asks an interpreter about itself."""
    argv = (host.outside(chosen.executable), ASK, "describe")
    return Job(f"Python at {chosen.executable}", argv, child_environ(host), timeout_s)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter that answered, and the folders that it imports from."""

    facts: PythonFacts
    command: str  # what to run for further questions: a real path
    module_path: tuple[str, ...]
    libc: Fact[str]


def read_description(host: Host, chosen: Chosen, result: ChildResult) -> Interpreter | str:
    """The interpreter's own description, or why there is none."""
    answer = result.stages.get("describe")
    if answer is not None and not _is_a_description(answer):
        return "it answered with something else than a description of itself"
    if answer is None:
        last = next((line for line in reversed(result.printed) if line.strip()), "")
        return f"{result.end.how}: {result.end.detail}" + (f" ({last.strip()})" if last else "")
    prefix = host.inside(str(answer["prefix"]))
    executable = host.inside(str(answer["executable"] or host.outside(chosen.executable)))
    managed = probe_management(
        host,
        prefix,
        is_virtual=answer["base_prefix"] != answer["prefix"],
        stdlib=host.inside(str(answer["stdlib"])),
    )
    facts = PythonFacts(
        executable=executable,
        version=Known(str(answer["version"]), executable),
        prefix=Known(prefix, executable),
        kind=Known(managed.kind, "pyvenv.cfg and conda-meta"),
        chosen_by=chosen.chosen_by,
        manager=Known(managed.manager, "what installed this environment"),
        project=managed.project,
        externally_managed=managed.externally_managed,
        conda=managed.conda,
    )
    module_path = tuple(dict.fromkeys(host.inside(str(entry)) for entry in answer["path"]))
    libc: Fact[str] = Absent("confstr") if not answer["libc"] else Known(answer["libc"], "confstr")
    return Interpreter(facts, host.outside(executable), module_path, libc)


def _is_a_description(answer: Mapping[str, Any]) -> bool:
    """Whether the answer has the form that ask.py gives it: what is examined may be anything."""
    texts = ("prefix", "base_prefix", "version")
    return (
        all(isinstance(answer.get(name), str) for name in texts)
        and isinstance(answer.get("executable"), str | None)
        and isinstance(answer.get("libc"), str | None)
        and isinstance(answer.get("path"), list)
    )


def undescribed(chosen: Chosen, why: str) -> PythonFacts:
    """The facts of an interpreter that did not answer."""
    gap = Unknown(f"{chosen.executable} did not answer: {why}")
    return PythonFacts(chosen.executable, gap, gap, gap, chosen.chosen_by, gap, gap, gap, gap)
