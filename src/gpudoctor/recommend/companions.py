"""Which releases of the packages beside a framework go with a build of it."""

from collections.abc import Iterator
from dataclasses import replace

from packaging.specifiers import SpecifierSet

from gpudoctor.matrix.companion_queries import CompanionRow
from gpudoctor.matrix.queries import Matrix
from gpudoctor.recommend.wanted import Choice, Wanted

# What people say, and the packages that are meant: CuPy has one for each CUDA major.
ALIASES = {"cupy": ("cupy-cuda13x", "cupy-cuda12x"), "onnxruntime": ("onnxruntime-gpu",)}
_COMPILED_ON_INSTALL = ("flash-attn",)


def with_companions(matrix: Matrix, choice: Choice, wanted: Wanted) -> Choice | None:
    """The build with the newest release of each companion that goes with it; None without one."""
    found = []
    for name in wanted.companions:
        row = next(_fitting(matrix, name, choice, wanted), None)
        if row is None:
            return None
        found.append(f"{row.package}=={row.version}")
    return replace(choice, then=tuple(found))


def lacking(matrix: Matrix, choice: Choice, wanted: Wanted) -> str:
    """The companions that have no release for a build."""
    names = [
        n for n in wanted.companions if next(_fitting(matrix, n, choice, wanted), None) is None
    ]
    return " and ".join(names)


def remarks_on(choices: tuple[Choice, ...]) -> Iterator[str]:
    """What must be there beside a package that is compiled where it is installed."""
    for choice in choices:
        for each in choice.then:
            if each.partition("==")[0] in _COMPILED_ON_INSTALL:
                yield (
                    f"{each} is compiled where it is installed: it needs the CUDA toolkit "
                    f"{choice.cuda} with nvcc, and takes long"
                )


def options_for(requirement: str) -> tuple[str, ...]:
    """What pip must be told to install a package."""
    # Its build reads the torch that is installed, which pip hides from builds by default.
    name = requirement.partition("==")[0]
    return ("--no-build-isolation",) if name in _COMPILED_ON_INSTALL else ()


def _fitting(matrix: Matrix, name: str, choice: Choice, wanted: Wanted) -> Iterator[CompanionRow]:
    for package in ALIASES.get(name, (name,)):
        for row in matrix.companions(package):
            if _goes_with(row, choice, wanted):
                yield row


def _goes_with(row: CompanionRow, choice: Choice, wanted: Wanted) -> bool:
    if row.torch is None and row.cuda is None:
        return False  # nobody says what it stands on
    if row.torch is not None:
        pinned = row.torch.startswith("==")
        if choice.framework != "torch" or not SpecifierSet(row.torch).contains(choice.version):
            return False
        # Kernels that are built for one release are built for its default CUDA.
        if pinned and choice.index_url is not None:
            return False
    lowest = row.lowest_capability
    if lowest is not None and any(gpu.capability < lowest for gpu in wanted.gpus):
        return False
    return _takes_cuda(row, choice) and _takes_python(row, choice, wanted)


def _takes_cuda(row: CompanionRow, choice: Choice) -> bool:
    if row.cuda is None:
        return True
    if row.cuda.isdigit():
        return int(row.cuda) == choice.cuda.major
    return SpecifierSet(row.cuda).contains(str(choice.cuda))


def _takes_python(row: CompanionRow, choice: Choice, wanted: Wanted) -> bool:
    asked = (wanted.setting.python,) if wanted.setting.python else choice.pythons
    if row.pythons is not None:
        return any(each in row.pythons for each in asked)
    allowed = SpecifierSet(row.requires_python or "")
    return any(allowed.contains(f"{each.removesuffix('t')}.0") for each in asked)
