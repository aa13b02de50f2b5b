"""Read what an ELF file asks of the loader: pyelftools on a stream that ends where it must."""

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

from gpudoctor.errors import ProbeError
from gpudoctor.host import Host

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

# The headers of the largest library here (800 MB) take under 100 KiB.
_BYTES_AT_MOST = 4 << 20
_HEADERS_AT_MOST = 512  # of sections or segments; real libraries have under 60
_TAGS_AT_MOST = 4096
_VERSIONS_AT_MOST = 2048


@dataclass(frozen=True, slots=True)
class Elf:
    """A shared library's or a program's wishes, as its header words them."""

    path: str
    soname: str | None
    needed: tuple[str, ...]
    rpath: tuple[str, ...]
    runpath: tuple[str, ...]
    wanted_versions: tuple[tuple[str, str], ...]  # libstdc++.so.6, GLIBCXX_3.4.29
    own_versions: tuple[str, ...]  # what it defines


class _Bounded:
    """A stream that gives so many bytes in all: a broken file may ask for any number."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.left = _BYTES_AT_MOST

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > self.left:
            raise ProbeError("its header asks for more than a header can hold")
        self.left -= size + 1
        return self.file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()


def read_elf(host: Host, path: str) -> Elf:
    """The header of a file; ProbeError where it can't be read or is no ELF file."""
    # Imported here: it takes 40 ms, which only a look at real libraries should pay for.
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415

    with host.open_file(path) as file:
        try:
            return _read(ELFFile(cast("IO[bytes]", _Bounded(file))), path)
        except Exception as error:  # a broken file raises whatever its numbers lead to
            reason = str(error) or type(error).__name__
            raise ProbeError(f"{path} can't be read as ELF: {reason[:200]}") from error


def _read(elf: "ELFFile", path: str) -> Elf:
    if elf.num_sections() > _HEADERS_AT_MOST or elf.num_segments() > _HEADERS_AT_MOST:
        raise ProbeError("it has more headers than a library can have")
    tags = _tags(elf)
    wanted = [
        (library, name)
        for section in elf.iter_sections("SHT_GNU_verneed")
        for library, names in _versions(section)
        for name in names
    ]
    own = [
        name
        for section in elf.iter_sections("SHT_GNU_verdef")
        for _, names in _versions(section)
        for name in names
    ]
    soname = tags.get("DT_SONAME", [None])[0]
    return Elf(
        path=path,
        soname=soname,
        needed=tuple(each for each in tags.get("DT_NEEDED", ()) if each),
        rpath=_folders(tags.get("DT_RPATH")),
        runpath=_folders(tags.get("DT_RUNPATH")),
        wanted_versions=tuple(wanted),
        own_versions=tuple(own),
    )


_READ_TAGS = {
    "DT_NEEDED": "needed",
    "DT_SONAME": "soname",
    "DT_RPATH": "rpath",
    "DT_RUNPATH": "runpath",
}


def _tags(elf: "ELFFile") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for segment in elf.iter_segments("PT_DYNAMIC"):
        for number, tag in enumerate(cast("Any", segment).iter_tags()):
            if number > _TAGS_AT_MOST:
                raise ProbeError("its dynamic section has no end")
            name = tag.entry.d_tag
            if name in _READ_TAGS:
                found.setdefault(name, []).append(str(getattr(tag, _READ_TAGS[name])))
        break
    return found


def _versions(section: Any) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for number, (version, names) in enumerate(section.iter_versions()):
        if number > _VERSIONS_AT_MOST:
            raise ProbeError("its versions have no end")
        entries = []
        for entry in names:
            entries.append(str(entry.name))
            if len(entries) > _VERSIONS_AT_MOST:
                raise ProbeError("its versions have no end")
        library = getattr(version, "name", None)
        found.append((str(library or ""), entries))
    return found


def _folders(values: list[str] | None) -> tuple[str, ...]:
    return tuple(each for value in values or () for each in value.split(":") if each)
