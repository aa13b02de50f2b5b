"""Questions about JAX and the packages beside frameworks; imported when one is asked."""

from collections.abc import Iterator
from dataclasses import dataclass

from gpudoctor.matrix.rows import Origin
from gpudoctor.matrix.table import Cells, Table, maybe, newest_first, origin_of, public
from gpudoctor.versions import ComputeCapability


@dataclass(frozen=True, slots=True)
class JaxRow:
    """A JAX release."""

    version: str
    pythons: tuple[str, ...]
    jaxlib: str | None
    numpy: str | None
    plugins: dict[int, dict[str, str]]  # CUDA major → what its plugin's extra with-cuda brings
    lowest_capability: ComputeCapability | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class CompanionRow:
    """A release of a package that stands on a framework or on CUDA alone."""

    package: str
    version: str
    pythons: tuple[str, ...] | None
    requires_python: str | None
    cuda: str | None  # major, as in 12, or a requirement: >=12.0
    cudnn: str | None
    torch: str | None  # requirement: ==2.10.0
    numpy: str | None
    lowest_capability: ComputeCapability | None
    origin: Origin


def jax_release(table: Table, version: str) -> JaxRow | None:
    """A JAX release."""
    row = table.find("jax", "version", public(version))
    return _jax(row) if row else None


def jax_releases(table: Table) -> Iterator[JaxRow]:
    """Every JAX release, newest first."""
    return map(_jax, newest_first(table.rows("jax")))


def companion(table: Table, package: str, version: str) -> CompanionRow | None:
    """A release of a package such as xformers or cupy-cuda12x."""
    releases = companions(table, package)
    return next((row for row in releases if row.version == public(version)), None)


def companions(table: Table, package: str) -> Iterator[CompanionRow]:
    """Every release of a package that stands on a framework or on CUDA, newest first."""
    wanted = package.lower().replace("_", "-")
    for row in newest_first(table.rows("companions")):
        if row["package"] == wanted:
            yield _companion(row)


def _jax(row: Cells) -> JaxRow:
    plugins = {
        int(column.removeprefix("cuda")): dict(pins)
        for column, pins in row.items()
        if column.startswith("cuda")
    }
    return JaxRow(
        row["version"],
        tuple(row["python"]),
        row.get("jaxlib"),
        row.get("numpy"),
        plugins,
        maybe(row, "lowest_capability", ComputeCapability.parse),
        origin_of(row),
    )


def _companion(row: Cells) -> CompanionRow:
    return CompanionRow(
        package=row["package"],
        version=row["version"],
        pythons=maybe(row, "python", tuple),
        requires_python=row.get("requires_python"),
        cuda=row.get("cuda"),
        cudnn=row.get("cudnn"),
        torch=row.get("torch"),
        numpy=row.get("numpy"),
        lowest_capability=maybe(row, "lowest_capability", ComputeCapability.parse),
        origin=origin_of(row),
    )
