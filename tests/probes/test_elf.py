"""ELF headers are read by a maintained reader, and no broken file costs more than its facts."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gpudoctor.errors import ProbeError
from gpudoctor.host import Host
from gpudoctor.probes.elf import read_elf

COMPILER = shutil.which("gcc") or shutil.which("cc")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    if COMPILER is None:
        pytest.skip("no C compiler here")
    source = tmp_path / "x.c"
    source.write_text("#include <math.h>\ndouble f(double v) { return sqrt(v); }\n")
    made = tmp_path / "libx.so.1"
    subprocess.run(
        [
            COMPILER,
            "-shared",
            "-fPIC",
            "-o",
            str(made),
            str(source),
            "-Wl,-soname,libx.so.1,--enable-new-dtags,-rpath,$ORIGIN/../nvidia/lib",
            "-Wl,--no-as-needed",
            "-lm",
        ],
        check=True,
    )
    return made


def test_needs_runpath_and_versions_are_read(tmp_path: Path, library: Path) -> None:
    elf = read_elf(Host(str(tmp_path), {}), "/libx.so.1")

    assert elf.soname == "libx.so.1"
    assert "libm.so.6" in elf.needed
    assert elf.runpath == ("$ORIGIN/../nvidia/lib",)
    assert elf.rpath == ()
    assert library.exists()


@pytest.mark.parametrize("kept", [0, 4, 20, 64, 200, 1000])
def test_a_cut_off_file_is_told_and_nothing_else(tmp_path: Path, library: Path, kept: int) -> None:
    library.write_bytes(library.read_bytes()[:kept])

    with pytest.raises(ProbeError, match=r"/libx\.so\.1"):
        read_elf(Host(str(tmp_path), {}), "/libx.so.1")


@pytest.mark.parametrize("place", range(16, 64, 4))
def test_a_header_of_nonsense_ends_in_facts_or_in_an_error(
    tmp_path: Path, library: Path, place: int
) -> None:
    content = bytearray(library.read_bytes())
    content[place : place + 4] = b"\xff\xff\xff\x7f"
    library.write_bytes(content)

    with contextlib.suppress(ProbeError):  # and nothing else
        read_elf(Host(str(tmp_path), {}), "/libx.so.1")


def test_a_pipe_in_a_librarys_place_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "libx.so.1")

    with pytest.raises(ProbeError):
        read_elf(Host(str(tmp_path), {}), "/libx.so.1")
