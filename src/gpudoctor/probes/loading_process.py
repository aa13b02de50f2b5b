"""A process that loads libraries as ld.so(8) would, followed in their headers and never run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gpudoctor.errors import ProbeError
from gpudoctor.facts import Absent, Fact, Known, LibraryLoad
from gpudoctor.host import Host
from gpudoctor.probes.elf import Elf, read_elf
from gpudoctor.probes.libraries import CUDA_LIBRARY
from gpudoctor.probes.loader import SearchFolder

_FILES_AT_MOST = 200
# glibc's own parts are in every process before a framework is.
_OF_LIBC = re.compile(r"(?:libc|libm|libdl|librt|libpthread|libutil|libresolv|ld-linux[\w-]*)\.so")
_FOLLOWED = re.compile(r"lib(?:torch|c10|shm|caffe2|tensorflow|_pywrap|stdc\+\+)[\w+]*\.so")


@dataclass(slots=True)
class LoadedFile:
    """A file in the process, and what asked for it."""

    elf: Elf
    loader: "LoadedFile | None"


@dataclass(slots=True)
class Process:
    """A process that loads one library after the other, each name once."""

    host: Host
    program: Elf | None
    folders: tuple[SearchFolder, ...]
    copies: dict[str, list[str]]
    objects: dict[str, LoadedFile | None] = field(default_factory=dict)  # by name and soname
    loads: dict[str, LibraryLoad] = field(default_factory=dict)
    wants: list[tuple[str, str, str]] = field(default_factory=list)  # library, version, file
    broken: list[str] = field(default_factory=list)
    read: int = 0

    def open(self, path: str) -> LoadedFile | None:
        """Load a file by its path, and all that it needs."""
        first = self._enter(path, None)
        if first is not None:
            self._follow(first)
        return first

    def open_name(self, name: str, loader: LoadedFile) -> None:
        """Load what a name means to a file that opens it at work, and all that it needs."""
        found = self._find(name, loader)
        if found is not None:
            self._follow(found)

    def open_early(self, path: str, opener: str, rule: str) -> None:
        """Load a file by its path, so that its name is taken when others ask for it."""
        name = path.rpartition("/")[2]
        held = self.loads.get(name)
        if held is not None and isinstance(held.path, Known):
            return
        self.loads[name] = LibraryLoad(name, opener, Known(path, rule), self._others(name, path))
        self.objects.pop(name, None)
        self.open(path)

    def _follow(self, first: LoadedFile) -> None:
        """Breadth first, as the loader does."""
        waiting = [first]
        while waiting:
            current = waiting.pop(0)
            found = (self._find(name, current) for name in current.elf.needed)
            waiting += [each for each in found if each is not None]

    def _find(self, name: str, loader: LoadedFile) -> LoadedFile | None:
        """Look a name up for `loader`; None where it was there already, or is not followed."""
        if name in self.objects or _OF_LIBC.match(name):
            return None
        self.objects[name] = None
        path = self._search(name, loader)
        taken = path.value if isinstance(path, Known) else None
        self.loads[name] = LibraryLoad(name, loader.elf.path, path, self._others(name, taken))
        is_ours = CUDA_LIBRARY.match(name) or _FOLLOWED.match(name)
        return self._enter(taken, loader, name) if taken and is_ours else None

    def _others(self, name: str, taken: str | None) -> tuple[str, ...]:
        """The copies of a library that are not the one that is taken."""
        real = None if taken is None else self.host.real_path(taken)
        copies = self.copies.get(name, ())
        return tuple(each for each in copies if self.host.real_path(each) != real)

    def _enter(self, path: str, loader: LoadedFile | None, name: str = "") -> LoadedFile | None:
        if self.read >= _FILES_AT_MOST:
            return None
        self.read += 1
        try:
            elf = read_elf(self.host, path)
        except ProbeError as error:
            self.broken.append(str(error))
            return None
        entered = LoadedFile(elf, loader)
        for each in (name, elf.soname, path.rpartition("/")[2]):
            if each:
                self.objects[each] = self.objects.get(each) or entered
        self.wants += [(library, version, path) for library, version in elf.wanted_versions]
        return entered

    def _search(self, name: str, loader: LoadedFile) -> Fact[str]:
        for folder, rule in self._searched(loader):
            if self.host.exists(f"{folder}/{name}"):
                return Known(f"{folder}/{name}", rule)
        return Absent("the folders that the loader searches for it")

    def _searched(self, loader: LoadedFile) -> Iterator[tuple[str, str]]:
        if not loader.elf.runpath:  # DT_RUNPATH switches DT_RPATH off, the loaders' too
            chain: LoadedFile | None = loader
            while chain is not None:
                if not chain.elf.runpath:
                    yield from self._expand(chain.elf, chain.elf.rpath, "DT_RPATH")
                chain = chain.loader
            if self.program and not self.program.runpath:
                yield from self._expand(self.program, self.program.rpath, "DT_RPATH")
        for each in self.folders:
            if each.found_by == "LD_LIBRARY_PATH":
                yield each.path, each.found_by
        yield from self._expand(loader.elf, loader.elf.runpath, "DT_RUNPATH")
        for each in self.folders:
            if each.found_by != "LD_LIBRARY_PATH":
                yield each.path, each.found_by

    def _expand(self, elf: Elf, entries: tuple[str, ...], tag: str) -> Iterator[tuple[str, str]]:
        origin, _, name = self.host.real_path(elf.path).rpartition("/")
        machine = self.host.cpu_architecture()
        for entry in entries:
            for word, value in (("ORIGIN", origin), ("PLATFORM", machine), ("LIB", "lib64")):
                entry = entry.replace(f"${{{word}}}", value).replace(f"${word}", value)  # noqa: PLW2901
            if entry.startswith("/"):  # others mean the user's folder, which we don't enter
                yield _without_dots(entry), f"{tag} of {name}"


def _without_dots(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    return "/" + "/".join(parts)
