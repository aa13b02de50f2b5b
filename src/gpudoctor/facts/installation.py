"""What of an environment's installation is in disorder, and what stands in the way of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from gpudoctor.facts.fact import Fact


@dataclass(frozen=True, slots=True)
class UnmetRequirement:
    """A requirement of an installed package that the environment does not meet."""

    package: str  # torch: whose metadata asks
    name: str  # typing-extensions
    specifier: str  # >=4.10.0; empty: any version
    installed: Fact[str]  # the version found; Absent: neither metadata nor module


@dataclass(frozen=True, slots=True)
class Damage:
    """Remains of an installation that did not end, or of two in one folder."""

    package: str  # normalised name
    kind: str  # half-removed (~orch), hollow (folder without __init__.py), doubled (two metadata)
    names: tuple[str, ...]  # the folders


@dataclass(frozen=True, slots=True)
class Shadow:
    """A module or package that an import by a framework's name finds in its place."""

    name: str  # torch
    path: str  # /home/ann/project/torch.py
    by: str  # working-directory, PYTHONPATH, user-site, module-path
    hides: Fact[str]  # the framework's own folder; Absent: it is installed nowhere behind it
    is_checkout: bool = False  # a source tree of the framework


@dataclass(frozen=True, slots=True)
class JupyterKernel:
    """A kernel of the environment's own that starts another environment's Python."""

    file: str  # …/share/jupyter/kernels/python3/kernel.json
    interpreter: str
    frameworks: Mapping[str, str]  # name → version, where that Python has them


@dataclass(frozen=True, slots=True)
class OtherEnvironment:
    """Another Python environment on this machine that has a framework."""

    prefix: str
    kind: str  # venv, conda, pipx, uv-tool, pyenv, system, user-site
    executable: str
    frameworks: Mapping[str, str]  # name → version
