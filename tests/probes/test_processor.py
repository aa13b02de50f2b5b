"""The processor's flags, as the kernel lists them."""

from pathlib import Path

from gpudoctor.facts import Absent, Unknown, known
from gpudoctor.probes.processor import cpu_flags
from trees import host_of


def test_reads_the_first_processors_flags(tmp_path: Path) -> None:
    text = "processor\t: 0\nflags\t\t: fpu avx avx2\n\nprocessor\t: 1\nflags\t\t: fpu\n"

    assert known(cpu_flags(host_of(tmp_path, {"/proc/cpuinfo": text}))) == ("fpu", "avx", "avx2")


def test_other_processors_have_no_such_line(tmp_path: Path) -> None:
    text = "processor\t: 0\nFeatures\t: fp asimd\n"

    assert isinstance(cpu_flags(host_of(tmp_path, {"/proc/cpuinfo": text})), Absent)


def test_does_not_guess_without_the_file(tmp_path: Path) -> None:
    assert isinstance(cpu_flags(host_of(tmp_path, {})), Unknown)


def test_hostile_words_are_left_out(tmp_path: Path) -> None:
    text = "flags : avx \x1b[31m $(x) " + "a" * 9000

    assert known(cpu_flags(host_of(tmp_path, {"/proc/cpuinfo": text}))) == ("avx",)
