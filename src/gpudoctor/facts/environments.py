"""A Python environment: its interpreter, packages and libraries."""

from collections.abc import Mapping
from dataclasses import dataclass

from gpudoctor.facts.fact import NOT_LOOKED, Fact
from gpudoctor.facts.frameworks import FrameworkFacts

# In place of how an interpreter was chosen: nobody examined one, a text told of it.
THE_TEXT = "the text"


@dataclass(frozen=True, slots=True)
class SharedLibrary:
    """A copy of a CUDA or cuDNN library that a framework here could load."""

    soname: str  # libcublas.so.12
    path: str


@dataclass(frozen=True, slots=True)
class PythonFacts:
    """The interpreter that was examined."""

    executable: str
    version: Fact[str] = NOT_LOOKED
    prefix: Fact[str] = NOT_LOOKED
    kind: Fact[str] = NOT_LOOKED  # venv, conda, uv, system
    chosen_by: str = ""  # --python, VIRTUAL_ENV, CONDA_PREFIX, PATH
    manager: Fact[str] = NOT_LOOKED  # pip, uv: what installs here


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """One Python environment."""

    python: PythonFacts
    packages: Fact[Mapping[str, str]] = NOT_LOOKED  # normalised name → version
    frameworks: tuple[FrameworkFacts, ...] = ()
    libraries: Fact[tuple[SharedLibrary, ...]] = NOT_LOOKED  # CUDA and cuDNN, wheels' and system's
