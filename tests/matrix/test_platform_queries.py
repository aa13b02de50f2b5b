"""What the matrix knows of systems and processors, at the edges of its rows."""

import pytest

from gpudoctor.matrix import Matrix
from gpudoctor.matrix.platform_queries import number_of


@pytest.mark.parametrize(
    ("package", "version", "os", "cpu", "gpu"),
    [
        ("tensorflow", "2.10.1", "windows", "x86_64", True),
        ("tensorflow", "2.11.0", "windows", "x86_64", False),
        ("tensorflow", "2.22.0.dev20260530", "linux", "aarch64", False),
        ("tensorflow", "2.9.0", "linux", "aarch64", None),
        ("torch", "2.3.1", "linux", "aarch64", False),
        ("torch", "2.4.0+cu124", "linux", "aarch64", True),
        ("torch", "2.14.1", "darwin", "aarch64", False),
        ("jax", "0.6.2", "windows", "x86_64", False),
        ("torch", "2.14.1", "linux", "riscv64", None),
    ],
)
def test_gpu_support_by_platform(
    matrix: Matrix, package: str, version: str, os: str, cpu: str, *, gpu: bool | None
) -> None:
    row = matrix.wheel_platform(package, version, os=os, cpu=cpu)

    assert (None if row is None else row.uses_gpu) is gpu


@pytest.mark.parametrize(
    ("package", "version", "glibc"),
    [
        ("torch", "2.5.1", (2, 17)),
        ("torch", "2.6.0", None),
        ("torch", "2.7.0", (2, 28)),
        ("tensorflow", "2.20.0", (2, 17)),
        ("tensorflow", "2.21.0", (2, 27)),
        ("jax", "0.7.1", (2, 27)),
    ],
)
def test_the_glibc_that_wheels_ask_for(
    matrix: Matrix, package: str, version: str, glibc: tuple[int, int] | None
) -> None:
    row = matrix.wheel_platform(package, version, os="linux", cpu="x86_64")

    assert row is not None
    assert row.glibc == glibc


@pytest.mark.parametrize(
    ("package", "version", "needs"),
    [
        ("tensorflow", "1.5.0", None),
        ("tensorflow", "1.6.0", ("avx",)),
        ("tensorflow", "2.4.0", ("avx", "avx2")),
        ("tensorflow", "2.4.1", ("avx",)),
        ("jaxlib", "0.1.61", None),
        ("torch", "2.14.1", None),
    ],
)
def test_the_instructions_that_wheels_use(
    matrix: Matrix, package: str, version: str, needs: tuple[str, ...] | None
) -> None:
    row = matrix.cpu_instructions(package, version, "x86_64")

    assert (None if row is None else row.needs) == needs


def test_release_numbers_end_where_words_begin() -> None:
    assert number_of("2.9.1rc2") == (2, 9, 1)
    assert number_of("2.15.0.post1+cu118") == (2, 15, 0)
    assert number_of("none") == ()
