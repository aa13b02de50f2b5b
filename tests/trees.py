"""Small machines in a folder, written out file by file."""

from collections.abc import Mapping
from pathlib import Path

from gpudoctor.host import Host


def host_of(
    root: Path, files: Mapping[str, str | bytes], environ: Mapping[str, str] | None = None
) -> Host:
    """A host whose file system holds just these files; a value ``-> target`` makes a link."""
    for path, content in files.items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            place.write_bytes(content)
        elif content.startswith("-> "):
            place.symlink_to(content.removeprefix("-> "))
        else:
            place.write_text(content)
    return Host(str(root), environ or {})
