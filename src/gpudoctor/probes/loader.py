"""Where the dynamic loader looks for a library, in its order: ld.so(8), without running it."""

from dataclasses import dataclass

from gpudoctor.errors import ProbeError
from gpudoctor.host import Host

_DEFAULTS = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")
_CACHE = "/etc/ld.so.cache"
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class SearchFolder:
    """A folder that the loader searches, and why."""

    path: str
    found_by: str


def search_folders(host: Host) -> tuple[SearchFolder, ...]:
    """LD_LIBRARY_PATH, then the configured folders, then the defaults; each folder once."""
    configured = (*_configured(host, "/etc/ld.so.conf", _DEPTH), *_DEFAULTS)
    found: dict[str, SearchFolder] = {}
    for entry in host.environ.get("LD_LIBRARY_PATH", "").replace(";", ":").split(":"):
        path = host.inside(entry.rstrip("/"))
        # A relative entry means the user's folder, which we don't enter.
        if path.startswith("/"):
            # What the loader searches anyway is not put in the way by being named once more.
            by = "the loader's folders" if path in configured else "LD_LIBRARY_PATH"
            found.setdefault(path, SearchFolder(path, by))
    for path in configured:
        found.setdefault(path, SearchFolder(path, "the loader's folders"))
    return tuple(found.values())


def _configured(host: Host, file: str, depth: int) -> list[str]:
    try:
        lines = host.read_text(file, 1 << 16).splitlines()
    except ProbeError:
        return []
    folders: list[str] = []
    for line in lines:
        entry = line.partition("#")[0].strip()
        if entry.startswith("include") and depth:
            folders += _included(host, entry.removeprefix("include").strip(), file, depth)
        elif entry.startswith("/"):
            folders.append(entry.rstrip("/"))
    return folders


def _included(host: Host, pattern: str, file: str, depth: int) -> list[str]:
    folder, _, name = pattern.rpartition("/")
    if not folder.startswith("/"):
        folder = f"{file.rpartition('/')[0]}/{folder}".rstrip("/")
    start, _, end = name.partition("*")
    return [
        path
        for each in host.names_in(folder)
        if each.startswith(start) and each.endswith(end)
        for path in _configured(host, f"{folder}/{each}", depth - 1)
    ]


def could_load(host: Host, soname: str) -> bool:
    """False only where neither the loader's cache nor any folder that it searches has `soname`."""
    try:
        if soname.encode() + b"\0" in host.read_bytes(_CACHE, 16 << 20):
            return True
    except ProbeError:
        pass  # without a cache (musl, a bare image) the folders decide
    return any(host.exists(f"{folder.path}/{soname}") for folder in search_folders(host))
