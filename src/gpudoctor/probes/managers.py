"""Probe what an environment is and what installs into it, by the traces that managers leave."""

import json
import re
from dataclasses import dataclass

from gpudoctor.errors import ProbeError
from gpudoctor.facts import Absent, Fact, Known
from gpudoctor.host import Host

_SETTING = re.compile(r"^\s*([\w-]+)\s*=\s*(.*?)\s*$", re.MULTILINE)
_YES = ("1", "true", "yes", "on", "y", "t")
_BELOW_A_PROJECT = "/.pixi/envs/"
_POETRYS_CACHE = "/pypoetry/virtualenvs/"
_OWN_VERSIONS = {"/.pyenv/versions/": "pyenv", "/uv/python/": "uv"}


@dataclass(frozen=True, slots=True)
class Management:
    """What an environment is, and what installs there."""

    kind: str
    manager: str
    project: Fact[str]
    externally_managed: Fact[bool]
    conda: Fact[str]


def probe_management(host: Host, prefix: str, *, is_virtual: bool, stdlib: str) -> Management:
    """Tell a conda environment, a virtual one and an installation of Python apart."""
    if host.is_directory(f"{prefix}/conda-meta"):
        return _conda(host, prefix, _refuses(host, stdlib))
    if is_virtual:
        return _virtual(host, prefix)
    kind = next((k for part, k in _OWN_VERSIONS.items() if part in f"{prefix}/"), "system")
    project: Fact[str] = Absent(f"{prefix} is an installation of Python")
    return Management(kind, "pip", project, _refuses(host, stdlib), Absent("conda-meta"))


def _refuses(host: Host, stdlib: str) -> Fact[bool]:
    """Whether pip refuses to install: the marker of PEP 668, unless pip is told to pass it over."""
    marker = f"{stdlib}/EXTERNALLY-MANAGED"
    told = host.environ.get("PIP_BREAK_SYSTEM_PACKAGES", "").lower() in _YES
    return Known(host.exists(marker) and not told, marker)


def _conda(host: Host, prefix: str, refuses: Fact[bool]) -> Management:
    marker = f"{prefix}/conda-meta/pixi"
    if host.exists(marker) or _BELOW_A_PROJECT in prefix:
        return Management("pixi", "pixi", _manifest(host, prefix, marker), refuses, Absent(marker))
    return Management("conda", "pip", Absent(marker), refuses, _conda_command(host))


def _conda_command(host: Host) -> Fact[str]:
    """The command that made environments here: conda itself, else the mamba in use."""
    mamba = host.environ.get("MAMBA_EXE", "").rpartition("/")[2]
    if "CONDA_EXE" not in host.environ and mamba in ("mamba", "micromamba"):
        return Known(mamba, "MAMBA_EXE")
    return Known("conda", "conda-meta")


def _manifest(host: Host, prefix: str, marker: str) -> Fact[str]:
    try:
        told = json.loads(host.read_text(marker, 1 << 14)).get("manifest_path")
    except (ProbeError, ValueError, AttributeError):
        told = None
    if isinstance(told, str) and told.startswith("/"):
        return Known(host.inside(told), marker)
    folder = prefix.partition(_BELOW_A_PROJECT)[0]
    return _first(host, folder, "pixi.toml", "pyproject.toml")


def _first(host: Host, folder: str, *names: str) -> Fact[str]:
    for name in names:
        if host.exists(f"{folder}/{name}"):
            return Known(f"{folder}/{name}", folder)
    return Absent(folder)


def _virtual(host: Host, prefix: str) -> Management:
    settings = _pyvenv(host, prefix)
    free: Fact[bool] = Known(False, f"{prefix}/pyvenv.cfg")
    none: Fact[str] = Absent("conda-meta")
    name = prefix.rpartition("/")[2]
    # Tools that keep a program in an environment of its own; the project is that program.
    for marker, kind in (("pipx_metadata.json", "pipx"), ("uv-receipt.toml", "uv-tool")):
        if host.exists(f"{prefix}/{marker}"):
            return Management(kind, kind, Known(name, f"{prefix}/{marker}"), free, none)
    kind = "uv" if "uv" in settings else "virtualenv" if "virtualenv" in settings else "venv"
    parent = prefix.rpartition("/")[0]
    if _POETRYS_CACHE in prefix:
        return Management("poetry", "poetry", _poetry_project(host), free, none)
    if name == ".venv" and host.exists(f"{parent}/poetry.lock"):
        return Management("poetry", "poetry", Known(parent, "poetry.lock"), free, none)
    if name == ".venv" and host.exists(f"{parent}/uv.lock"):
        return Management(kind, "uv", Known(parent, "uv.lock"), free, none)
    manager = "uv" if kind == "uv" and not _has_pip(host, prefix) else "pip"
    return Management(kind, manager, Absent(f"no lock file in {parent}"), free, none)


def _poetry_project(host: Host) -> Fact[str]:
    """The project that the user stands in: poetry's cache does not say whose it is."""
    folder = host.inside(host.working_directory())
    if folder and host.exists(f"{folder}/poetry.lock"):
        return Known(folder, "poetry.lock")
    return Absent("poetry's cache does not name the project")


def _pyvenv(host: Host, prefix: str) -> dict[str, str]:
    try:
        return dict(_SETTING.findall(host.read_text(f"{prefix}/pyvenv.cfg", 4096)))
    except ProbeError:
        return {}


def _has_pip(host: Host, prefix: str) -> bool:
    return any(
        host.is_directory(f"{prefix}/lib/{name}/site-packages/pip")
        for name in host.names_in(f"{prefix}/lib")
    )
