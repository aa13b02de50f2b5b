import pytest

from gpudoctor.checks.system_library_too_old import check
from gpudoctor.facts import Known, SymbolNeed, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable
from gpudoctor.matrix import Matrix
from machines import NOT_IMPORTED, machine, torch
from transcripts import snapshot


def needs(name: str, provided: str) -> "Known[tuple[SymbolNeed, ...]]":
    need = SymbolNeed(
        name,
        "libtorch_cpu.so",
        Known("/usr/lib/libstdc++.so.6", "the loader"),
        Known(provided, "its header"),
    )
    return Known((need,), "ELF headers")


def test_clears_what_imports(matrix: Matrix) -> None:
    assert isinstance(next(check(machine(torch()), matrix)), Cleared)


@pytest.mark.parametrize(
    ("wanted", "provided"),
    [("GLIBCXX_3.4.29", "GLIBCXX_3.4.28"), ("GLIBC_2.34", "GLIBC_2.9")],
)
def test_finds_what_the_headers_ask_for_and_the_library_lacks(
    matrix: Matrix, wanted: str, provided: str
) -> None:
    blind = torch(imported=NOT_IMPORTED, symbol_needs=needs(wanted, provided))

    finding = next(check(machine(blind), matrix))

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert wanted in finding.detail


def test_clears_a_library_that_is_as_new_as_is_asked_for(matrix: Matrix) -> None:
    blind = torch(imported=NOT_IMPORTED, symbol_needs=needs("GLIBC_2.28", "GLIBC_2.36"))

    assert isinstance(next(check(machine(blind), matrix)), Cleared)


def test_says_nothing_where_nothing_was_read(matrix: Matrix) -> None:
    blind = torch(imported=NOT_IMPORTED, symbol_needs=Unknown("--quick"))

    assert isinstance(next(check(machine(blind), matrix)), NotApplicable)


@pytest.mark.parametrize(
    ("line", "library"),
    [
        ("libc.so.6: version `GLIBC_2.32' not found (required by flash_attn_2_cuda.so)", "C lib"),
        ("libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by x.so)", "libstdc++"),
        ("Error loading shared library ld-linux-x86-64.so.2: No such file (needed by x)", "C lib"),
    ],
)
def test_a_text_says_it_itself(matrix: Matrix, line: str, library: str) -> None:
    finding = next(
        each
        for each in check(snapshot(f"ImportError: {line}"), matrix)
        if isinstance(each, Finding)
    )

    assert library in finding.title
    assert finding.confidence is Confidence.STATED
