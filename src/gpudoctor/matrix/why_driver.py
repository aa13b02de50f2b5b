"""Says whether a driver, given or any, serves a GPU and runs a CUDA."""

from collections.abc import Iterator

from gpudoctor.matrix import rows
from gpudoctor.matrix.answers import Row, Setting, Step, Verdict
from gpudoctor.matrix.forward import Forward
from gpudoctor.matrix.queries import Compatibility, Matrix
from gpudoctor.matrix.targets import Gpu
from gpudoctor.versions import CudaVersion, DriverVersion


def architecture_row(architecture: rows.ArchitectureRow) -> Row:
    """An architecture's row, to be named."""
    return Row(f"architectures {architecture.capability}", architecture.origin)


def driver_steps(
    matrix: Matrix, cuda: CudaVersion, gpu: Gpu, setting: Setting, *, needs_ptx: bool
) -> Iterator[Step]:
    """Whether the driver serves the GPU, and whether it runs the CUDA.

    `needs_ptx`: the GPU would run PTX of that CUDA, which no driver of an older one compiles.
    """
    architecture = matrix.architecture(gpu.capability)
    if architecture is None or _has_no_branches(architecture):
        words = f"the matrix does not know which driver branches serve {gpu.capability}"
        by = (architecture_row(architecture),) if architecture else ()
        yield Step("driver", Verdict.UNKNOWN, words, by)
        return
    if setting.driver is None:
        yield _any_driver(matrix, cuda, architecture, setting.driver_os, needs_ptx=needs_ptx)
        return
    yield _branch(matrix, architecture, setting.driver, setting.driver_os)
    fit = _fit(matrix, cuda, setting.driver, setting.driver_os, needs_ptx=needs_ptx)
    yield fit
    if fit.verdict is Verdict.NO:
        yield from _compat_package(matrix, cuda, gpu, setting.driver, setting.driver_os)


def _has_no_branches(architecture: rows.ArchitectureRow) -> bool:
    """Whether no driver branch is told for a GPU, as for Tegra, whose drivers are a world apart."""
    return architecture.first_branch is None and architecture.last_branch is None


def _branch(
    matrix: Matrix, architecture: rows.ArchitectureRow, driver: DriverVersion, os: str
) -> Step:
    """Whether a driver is of a branch that serves a GPU."""
    name, by = architecture.name, (architecture_row(architecture),)
    first, last = architecture.first_branch, architecture.last_branch
    row = matrix.branch_of(driver, os)
    branch = row.branch if row else driver.branch
    if last is not None and branch > last:
        words = f"driver branch {last} is the last for {name}, and {driver} is newer"
        return Step("gpu driver", Verdict.NO, words, by)
    if first is not None and branch < first:
        words = f"driver branch {first} is the first for {name}, and {driver} is older"
        return Step("gpu driver", Verdict.NO, words, by)
    words = f"driver {driver} serves {name}{_life(first, last)}"
    return Step("gpu driver", Verdict.YES, words, by)


def _life(first: int | None, last: int | None) -> str:
    told = [f"from branch {first}"] if first is not None else []
    told += [f"to branch {last}"] if last is not None else []
    return f", {' '.join(told)}" if told else ""


def _fit(
    matrix: Matrix, cuda: CudaVersion, driver: DriverVersion, os: str, *, needs_ptx: bool
) -> Step:
    """Whether a driver runs a CUDA."""
    fit = matrix.driver_fit(driver=driver, cuda_driver_api=None, built_for=cuda, os=os)
    own = _branch_rows(matrix, driver, os)
    by = (*_requirement_rows(matrix, cuda, os, needs_ptx=needs_ptx), *own)
    api = matrix.cuda_of_driver(driver, os)
    speaks = f"driver {driver} speaks CUDA {api}" if api else f"the CUDA of {driver} is unknown"
    if fit is None:
        words = f"the matrix does not tell whether driver {driver} runs CUDA {cuda}"
        return Step("driver", Verdict.UNKNOWN, words, by)
    if not fit.runs:
        words = f"CUDA {cuda} needs driver {fit.needed} or newer, and this is {driver}"
        if fit.needed is None:
            words = f"{speaks}, and CUDA {cuda} needs a newer one; from which on is not known"
        return Step("driver", Verdict.NO, words, by)
    if fit.kind is Compatibility.BACKWARD:
        return Step("driver", Verdict.YES, f"{speaks} and runs CUDA {cuda}", own)
    if needs_ptx:
        verdict = Verdict.UNKNOWN if api is None else Verdict.NO
        words = f"{speaks}; PTX of CUDA {cuda} needs a driver that speaks CUDA {cuda} or newer"
        return Step("driver", verdict, words, by)
    words = f"{speaks} and runs CUDA {cuda} by minor-version compatibility, from {fit.needed} on"
    return Step("driver", Verdict.YES, words, by)


def _compat_package(
    matrix: Matrix, cuda: CudaVersion, gpu: Gpu, driver: DriverVersion, os: str
) -> Iterator[Step]:
    """The package that may bring a CUDA to an older driver; said beside the verdict."""
    fit = matrix.forward_fit(cuda=cuda, driver=driver, os=os, product=gpu.product)
    if fit is None:
        return
    name, by = fit.package.package, (Row(f"forward_compat {cuda}", fit.origin),)
    if fit.kind is Forward.WORKS:
        words = f"{name} brings it to this GPU on branch {driver.branch}"
        yield Step("package", Verdict.YES, words, by, decides=False)
    elif fit.kind is Forward.UNKNOWN:
        words = f"{name} may bring it to branch {driver.branch}: nobody confirmed it for this GPU"
        yield Step("package", Verdict.UNKNOWN, words, by, decides=False)


def _any_driver(
    matrix: Matrix,
    cuda: CudaVersion,
    architecture: rows.ArchitectureRow,
    os: str,
    *,
    needs_ptx: bool,
) -> Step:
    """Which drivers run a CUDA on a GPU, if there are any."""
    name = architecture.name
    first, last = architecture.first_branch, architecture.last_branch
    needed = matrix.oldest_driver_for(cuda, os)
    lowest = (needed.native if needs_ptx else needed.minimum) if needed else None
    by = (
        *_requirement_rows(matrix, cuda, os, needs_ptx=needs_ptx),
        architecture_row(architecture),
    )
    if lowest is None:
        words = f"the matrix does not know the oldest driver for CUDA {cuda} on {os}"
        return Step("driver", Verdict.UNKNOWN, words, by)
    words = f"CUDA {cuda} needs driver {lowest} or newer"
    if last is not None and lowest.branch > last:
        return Step("driver", Verdict.NO, f"{words}; branch {last} is the last for {name}", by)
    if first is not None and first > lowest.branch:
        words += f", and {name} needs branch {first} or newer"
    if last is not None:
        words += f"; branch {last} is the last for {name}"
    return Step("driver", Verdict.YES, words, by)


def _requirement_rows(
    matrix: Matrix, cuda: CudaVersion, os: str, *, needs_ptx: bool
) -> tuple[Row, ...]:
    """The rows that tell which drivers run a CUDA: its major's floor, its own release."""
    floor, toolkit = matrix.minor_version_floor(cuda.major, os), matrix.cuda_toolkit(cuda)
    found = [Row(f"minor_version_floors {cuda.major}", floor.origin)] if floor else []
    if toolkit and (floor is None or needs_ptx or _is_below_floor(toolkit, floor, os)):
        found.append(Row(f"cuda_toolkits {cuda}", toolkit.origin))
    return tuple(found)


def _is_below_floor(toolkit: rows.ToolkitRow, floor: rows.FloorRow, os: str) -> bool:
    """Whether a release came out below its major's floor, as 11.0 did."""
    own = toolkit.windows if os == "windows" else toolkit.linux
    return own is not None and own < floor.driver


def _branch_rows(matrix: Matrix, driver: DriverVersion, os: str) -> tuple[Row, ...]:
    branch = matrix.branch_of(driver, os)
    return (Row(f"driver_branches {branch.branch}", branch.origin),) if branch else ()
