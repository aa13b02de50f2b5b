"""Probe what an import by a framework's name would find first: files and folders are looked up.

Nothing is imported. The user's folder is not on the module path of our children, but it is on that
of most programs that the user starts there.
"""

import re
from collections.abc import Iterator

from gpudoctor.facts import Absent, Fact, FrameworkFacts, Known, Shadow, known
from gpudoctor.host import Host
from gpudoctor.probes.frameworks import DISTRIBUTIONS
from gpudoctor.probes.packages import Installed

_NAMES = ("torch", "tensorflow", "jax")
_USER_SITE = re.compile(r"/\.local/lib/python\d[\d.]*/site-packages\Z")
# A folder that every source tree of the framework has and no wheel does.
_OF_A_CHECKOUT = {
    "torch": "aten/src/ATen",
    "tensorflow": "tensorflow/core/kernels",
    "jax": "jaxlib/tools",
}


def probe_shadows(
    host: Host,
    module_path: tuple[str, ...],
    installed: Installed,
    frameworks: tuple[FrameworkFacts, ...],
) -> Fact[tuple[Shadow, ...]]:
    """What takes a framework's place on the module path, and in the user's folder."""
    locations = {each.name: known(each.location) for each in frameworks}
    found: list[Shadow] = []
    for name in _NAMES:
        found += _on_module_path(host, module_path, installed, name)
        found += _in_users_folder(host, module_path, name, locations.get(name))
    return Known(tuple(found), "module path and the user's folder")


def _candidate(host: Host, top: str, name: str) -> str | None:
    """What `import name` would take from a folder: a package before a module."""
    if host.exists(f"{top}/{name}/__init__.py"):
        return f"{top}/{name}"
    return f"{top}/{name}.py" if host.exists(f"{top}/{name}.py") else None


def _on_module_path(
    host: Host, module_path: tuple[str, ...], installed: Installed, name: str
) -> Iterator[Shadow]:
    hits = [(top, path) for top in module_path if (path := _candidate(host, top, name))]
    if not hits:
        return
    (top, first), behind = hits[0], [path for _, path in hits[1:]]
    own = _tops_of_metadata(installed, name)
    if len(hits) == 1 and (not first.endswith(".py") or top in own):
        return  # one copy: an editable installation has its metadata elsewhere
    real = host.real_path(first)
    hidden = next((path for path in behind if host.real_path(path) != real), None)
    if hidden is None and not first.endswith(".py"):
        return  # the same folder by another name
    if top in own and hidden is not None and hidden.rpartition("/")[0] not in own:
        return  # a distribution comes first, as it should
    hides: Fact[str] = Absent("module path") if hidden is None else Known(hidden, "module path")
    yield Shadow(name, first, _reason(host, top), hides, _is_checkout(host, top, name))


def _tops_of_metadata(installed: Installed, name: str) -> set[str]:
    found = set()
    for each in DISTRIBUTIONS.get(name, (name,)):
        folders = (installed.metadata.get(each), *installed.further.get(each, ()))
        found |= {folder.rpartition("/")[0] for folder in folders if folder}
    return found


def _reason(host: Host, top: str) -> str:
    entries = host.environ.get("PYTHONPATH", "").split(":")
    if top in [host.inside(entry.rstrip("/")) for entry in entries if entry]:
        return "PYTHONPATH"
    return "user-site" if _USER_SITE.search(top) else "module-path"


def _in_users_folder(
    host: Host, module_path: tuple[str, ...], name: str, location: str | None
) -> Iterator[Shadow]:
    folder = host.inside(host.working_directory())
    if not folder or folder in module_path or host.environ.get("PYTHONSAFEPATH"):
        return
    path = _candidate(host, folder, name)
    if path is None or (location and host.real_path(location) == host.real_path(path)):
        return
    hides: Fact[str] = Known(location, "module path") if location else Absent("module path")
    yield Shadow(name, path, "working-directory", hides, _is_checkout(host, folder, name))


def _is_checkout(host: Host, top: str, name: str) -> bool:
    return host.is_directory(f"{top}/{_OF_A_CHECKOUT[name]}")
