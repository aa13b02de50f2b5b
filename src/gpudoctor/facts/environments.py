"""A Python environment: its interpreter, packages and libraries."""

from collections.abc import Mapping
from dataclasses import dataclass

from gpudoctor.facts.fact import NOT_LOOKED, Fact
from gpudoctor.facts.frameworks import FrameworkFacts
from gpudoctor.facts.libraries import SharedLibrary, WheelPin


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
    wheel_pins: Fact[tuple[WheelPin, ...]] = NOT_LOOKED  # what GPU packages ask of NVIDIA's wheels
    named_libraries: Fact[tuple[SharedLibrary, ...]] = NOT_LOOKED  # that a text names; not all
