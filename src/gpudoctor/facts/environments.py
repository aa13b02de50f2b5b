"""A Python environment: its interpreter, packages and libraries."""

from collections.abc import Mapping
from dataclasses import dataclass

from gpudoctor.facts.fact import NOT_LOOKED, Fact
from gpudoctor.facts.frameworks import FrameworkFacts
from gpudoctor.facts.installation import Damage, JupyterKernel, Shadow, UnmetRequirement
from gpudoctor.facts.libraries import SharedLibrary, WheelPin

# In place of how an interpreter was chosen: nobody examined one, a text told of it.
THE_TEXT = "the text"


@dataclass(frozen=True, slots=True)
class PythonFacts:
    """The interpreter that was examined."""

    executable: str
    version: Fact[str] = NOT_LOOKED
    prefix: Fact[str] = NOT_LOOKED
    kind: Fact[str] = NOT_LOOKED  # venv, virtualenv, conda, pixi, uv, poetry, pipx, pyenv, system
    chosen_by: str = ""  # --python, VIRTUAL_ENV, CONDA_PREFIX, PATH
    manager: Fact[str] = NOT_LOOKED  # pip, uv, pixi, poetry, pipx: what installs here
    project: Fact[str] = NOT_LOOKED  # the manifest or folder that uv, pixi or poetry installs from
    externally_managed: Fact[bool] = NOT_LOOKED  # pip refuses to install here (PEP 668)
    conda: Fact[str] = NOT_LOOKED  # conda, mamba, micromamba: what conda's own packages come by


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """One Python environment."""

    python: PythonFacts
    packages: Fact[Mapping[str, str]] = NOT_LOOKED  # normalised name → version
    frameworks: tuple[FrameworkFacts, ...] = ()
    libraries: Fact[tuple[SharedLibrary, ...]] = NOT_LOOKED  # CUDA and cuDNN, wheels' and system's
    wheel_pins: Fact[tuple[WheelPin, ...]] = NOT_LOOKED  # what GPU packages ask of NVIDIA's wheels
    named_libraries: Fact[tuple[SharedLibrary, ...]] = NOT_LOOKED  # that a text names; not all
    unmet: Fact[tuple[UnmetRequirement, ...]] = NOT_LOOKED  # of the frameworks' metadata
    damage: Fact[tuple[Damage, ...]] = NOT_LOOKED
    shadows: Fact[tuple[Shadow, ...]] = NOT_LOOKED
    kernels: Fact[tuple[JupyterKernel, ...]] = NOT_LOOKED
    conda_packages: Fact[Mapping[str, str]] = NOT_LOOKED  # a framework that conda put → channel
