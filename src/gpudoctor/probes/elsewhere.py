"""Look for other Python environments that have a framework, by names of folders alone.

Nothing is run. The search is bounded in count and in time: homes lie on slow network drives.
"""

import json
import re
import time
from collections.abc import Iterator

from gpudoctor.errors import ProbeError
from gpudoctor.facts import Fact, JupyterKernel, Known, OtherEnvironment
from gpudoctor.host import Host
from gpudoctor.probes.frameworks import DISTRIBUTIONS
from gpudoctor.probes.packages import normalise

_MOST = 64
_SECONDS = 0.3
_MOST_KERNELS = 20
_DISTRIBUTION = {alias: name for name, aliases in DISTRIBUTIONS.items() for alias in aliases} | {
    "jax": "jax"
}
_METADATA = re.compile(
    r"((?:tf|torch|jax|tensorflow|intel)\w*)-([^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info\Z"
)
_LIB = re.compile(r"python(3[\d.]*)\Z")
_CONDA_BASES = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba")


def frameworks_in(host: Host, prefix: str) -> dict[str, str]:
    """The frameworks of the environment at a prefix: name → version."""
    found: dict[str, str] = {}
    for site in _sites(host, prefix):
        for entry in host.names_in(site):
            match = _METADATA.match(entry) if entry.endswith("-info") else None
            name = _DISTRIBUTION.get(normalise(match.group(1))) if match else None
            if match and name and host.exists(f"{site}/{name}/__init__.py"):
                found.setdefault(name, match.group(2))
    return found


def _sites(host: Host, prefix: str) -> Iterator[str]:
    # Debian's pip, used as root, installs for the system's Python below /usr/local.
    tops = (prefix, "/usr/local") if prefix == "/usr" else (prefix,)
    for top in tops:
        for name in host.names_in(f"{top}/lib"):
            if _LIB.match(name):
                yield f"{top}/lib/{name}/site-packages"
                yield f"{top}/lib/{name}/dist-packages"


def probe_other_environments(host: Host) -> Fact[tuple[OtherEnvironment, ...]]:
    """Each environment with a framework, those that the user stands in or made first."""
    until = time.monotonic() + _SECONDS
    found: list[OtherEnvironment] = []
    seen: set[str] = set()
    for prefix, kind in _prefixes(host):
        if len(seen) > _MOST or time.monotonic() > until:
            break
        real = host.real_path(prefix)
        if real in seen:
            continue
        seen.add(real)
        executable = _executable(host, prefix, kind)
        frameworks = frameworks_in(host, prefix) if executable else {}
        if executable and frameworks:
            found.append(OtherEnvironment(prefix, kind, executable, frameworks))
    return Known(tuple(found), "the usual places of environments")


def _executable(host: Host, prefix: str, kind: str) -> str | None:
    if kind == "user-site":  # packages without a Python: those of the system's of that version
        names = [f"/usr/bin/{name}" for name in host.names_in(f"{prefix}/lib") if _LIB.match(name)]
    else:
        names = [f"{prefix}/bin/python", f"{prefix}/bin/python3"]
    return next((name for name in names if host.exists(name)), None)


def _prefixes(host: Host) -> Iterator[tuple[str, str]]:
    here = host.inside(host.working_directory())
    if here.startswith("/"):
        yield from ((f"{here}/{name}", "venv") for name in (".venv", "venv", "env"))
        yield from _below(host, f"{here}/.pixi/envs", "pixi")
    for variable, kind in (("VIRTUAL_ENV", "venv"), ("CONDA_PREFIX", "conda")):
        if (prefix := _folder(host, variable)) is not None:
            yield prefix, kind
    yield from _conda(host)
    home = _folder(host, "HOME")
    if home is not None:
        yield from _in_home(host, home)
    for folder in host.environ.get("PATH", "").split(":"):
        path = host.inside(folder.rstrip("/"))
        real = host.real_path(path) if path.startswith("/") else ""  # /bin is /usr/bin
        if real.endswith("/bin"):
            yield real.removesuffix("/bin"), "system"


def _folder(host: Host, variable: str) -> str | None:
    path = host.inside(host.environ.get(variable, "").rstrip("/"))
    return path if path.startswith("/") else None


def _below(host: Host, folder: str, kind: str) -> Iterator[tuple[str, str]]:
    for name in host.names_in(folder)[:_MOST]:
        yield f"{folder}/{name}", kind


def _conda(host: Host) -> Iterator[tuple[str, str]]:
    home = _folder(host, "HOME")
    if home is not None:
        try:
            lines = host.read_text(f"{home}/.conda/environments.txt", 1 << 16).splitlines()
        except ProbeError:
            lines = []
        for line in lines[:_MOST]:
            path = host.inside(line.strip())
            if path.startswith("/"):
                yield path, "conda"
    bases = [_folder(host, name) for name in ("MAMBA_ROOT_PREFIX", "CONDA_ROOT")]
    command = _folder(host, "CONDA_EXE")
    bases.append(command.rpartition("/bin/")[0] or None if command else None)
    bases += [f"{top}/{name}" for top in (home, "/opt") if top for name in _CONDA_BASES]
    for base in dict.fromkeys((*bases, "/opt/conda")):
        if base and host.is_directory(f"{base}/conda-meta"):
            yield base, "conda"
        if base:
            yield from _below(host, f"{base}/envs", "conda")


def _in_home(host: Host, home: str) -> Iterator[tuple[str, str]]:
    data = _folder(host, "XDG_DATA_HOME") or f"{home}/.local/share"
    yield from _below(host, _folder(host, "WORKON_HOME") or f"{home}/.virtualenvs", "venv")
    yield from _below(host, f"{data}/virtualenvs", "venv")  # pipenv's
    yield from _below(host, f"{home}/.cache/pypoetry/virtualenvs", "poetry")
    yield from _below(host, f"{_folder(host, 'PYENV_ROOT') or f'{home}/.pyenv'}/versions", "pyenv")
    yield from _below(host, f"{_folder(host, 'PIPX_HOME') or f'{data}/pipx'}/venvs", "pipx")
    yield from _below(host, f"{data}/uv/tools", "uv-tool")
    yield f"{home}/.local", "user-site"


def probe_kernels(host: Host, prefix: str) -> Fact[tuple[JupyterKernel, ...]]:
    """The environment's own Jupyter kernels that start the Python of another environment."""
    folder = f"{prefix}/share/jupyter/kernels"
    found: list[JupyterKernel] = []
    for name in host.names_in(folder)[:_MOST_KERNELS]:
        interpreter = _kernels_python(host, f"{folder}/{name}/kernel.json")
        if interpreter is None or interpreter.startswith(f"{prefix}/"):
            continue
        other, _, tail = interpreter.rpartition("/bin/")
        # A kernel whose Python is gone does not start at all: no wrong environment.
        if not tail or not host.exists(interpreter) or host.real_path(other) == prefix:
            continue
        file = f"{folder}/{name}/kernel.json"
        found.append(JupyterKernel(file, interpreter, frameworks_in(host, other)))
    return Known(tuple(found), folder)


def _kernels_python(host: Host, file: str) -> str | None:
    """The interpreter that an IPython kernel names; a bare ``python`` is Jupyter's own."""
    try:
        argv = json.loads(host.read_text(file, 1 << 16))["argv"]
        is_python = any("ipykernel" in part for part in argv)
        path = host.inside(argv[0])
    except (ProbeError, ValueError, LookupError, TypeError):
        return None
    return path if is_python and path.startswith("/") else None
