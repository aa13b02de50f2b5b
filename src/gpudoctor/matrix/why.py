"""Says whether a release runs on a GPU, and by which rows of the matrix."""

from collections.abc import Iterator
from dataclasses import replace

from gpudoctor.matrix import rows
from gpudoctor.matrix.answers import Answer, Row, Setting, Step, Verdict
from gpudoctor.matrix.code import CodeFit, CodeKind, code_fit
from gpudoctor.matrix.queries import Matrix
from gpudoctor.matrix.targets import Gpu, Requirement
from gpudoctor.matrix.why_builds import Program, find_program
from gpudoctor.matrix.why_driver import architecture_row, driver_steps
from gpudoctor.versions import ComputeCapability, CudaVersion


def why(matrix: Matrix, requirement: Requirement, gpu: Gpu, setting: Setting) -> Answer:
    """Whether a release runs on a GPU in a setting, step by step."""
    build, program = find_program(matrix, requirement, setting.os)
    steps = [build]
    if program is not None:
        steps.extend(steps_of(matrix, program, gpu, setting))
    verdicts = {step.verdict for step in steps if step.decides}
    verdict = next(each for each in (Verdict.NO, Verdict.UNKNOWN, Verdict.YES) if each in verdicts)
    name = program.name if program else str(requirement)
    card = f"{gpu.name} ({gpu.capability})" if gpu.product else gpu.name
    said = {
        Verdict.YES: f"{name} runs on {card}",
        Verdict.NO: f"{name} does not run on {card}",
        Verdict.UNKNOWN: f"the matrix can't tell whether {name} runs on {card}",
    }
    beside = any(
        not step.decides and step.about == "cudnn" and step.verdict is Verdict.NO for step in steps
    )
    but = ", but its cuDNN does not" if verdict is Verdict.YES and beside else ""
    return Answer(verdict, f"{said[verdict]}{but}", tuple(steps))


def steps_of(matrix: Matrix, program: Program, gpu: Gpu, setting: Setting) -> Iterator[Step]:
    """The steps to whether a build runs on a GPU in a setting."""
    needs_ptx = False
    if not program.is_toolkit:
        if setting.os != "linux":
            yield _platform(program, setting.os)
        if setting.python is not None:
            yield _python(program, setting.python)
        fit = _code_fit(matrix, program, gpu.capability)
        needs_ptx = fit is not None and fit.kind is CodeKind.PTX
        yield _code(matrix, program, gpu, fit)
    yield from _cuda(matrix, program, gpu)
    yield from _cudnn(matrix, program, gpu, setting.os)
    yield from driver_steps(matrix, program.cuda, gpu, setting, needs_ptx=needs_ptx)


def _platform(program: Program, os: str) -> Step:
    """Whether a framework uses GPUs on a system other than Linux, for which builds are listed."""
    if not program.gpu_on:
        words = f"the matrix lists the builds of {program.name} for Linux alone"
        return Step("platform", Verdict.UNKNOWN, words, (program.row,))
    verdict = Verdict.YES if os in program.gpu_on else Verdict.NO
    words = f"{program.name} uses GPUs on {' and '.join(program.gpu_on)}"
    return Step("platform", verdict, words, (program.row,))


def _python(program: Program, python: str) -> Step:
    if not program.pythons:
        words = f"the matrix does not know for which Pythons {program.name} has wheels"
        return Step("python", Verdict.UNKNOWN, words, (program.row,))
    runs = python in program.pythons
    words = f"{program.name} has wheels for Python {', '.join(program.pythons)}"
    words += "" if runs else f", not {python}"
    return Step("python", Verdict.YES if runs else Verdict.NO, words, (program.row,))


def _code_fit(matrix: Matrix, program: Program, capability: ComputeCapability) -> CodeFit | None:
    if program.targets is None:
        return None
    apart = matrix.capabilities_apart()
    return code_fit(program.targets, capability, None, program.cuda, apart)


def _code(matrix: Matrix, program: Program, gpu: Gpu, fit: CodeFit | None) -> Step:
    product = gpu.product
    own = (Row(f"gpu_products {product.name}", product.origin),) if product else ()
    by = (program.row, *own)
    capability = gpu.capability
    lowest = program.lowest_capability
    if fit is None and lowest is not None and capability < lowest:
        words = f"{program.name} asks for compute capability {lowest} or higher"
        return Step("code", Verdict.NO, words, by)
    if fit is None and program.compiles_at_run_time:
        return _compiled(matrix, program, capability, by)
    if fit is None:
        words = f"the matrix does not know for which GPUs {program.name} is built"
        words += _where_else(matrix, program, capability)
        return Step("code", Verdict.UNKNOWN, words, by)
    if fit.kind is CodeKind.MACHINE_CODE:
        return Step("code", Verdict.YES, f"its {fit.target} code runs on {capability}", by)
    if fit.kind is CodeKind.PTX:
        words = (
            f"it has no machine code for {capability}, but PTX: the driver compiles {fit.target} "
            "at first use, which takes a while"
        )
        return Step("code", Verdict.YES, words, by)
    targets = " ".join(str(each) for each in program.targets or ())
    words = f"of {targets} nothing runs on {capability}{_where_else(matrix, program, capability)}"
    return Step("code", Verdict.NO, words, by)


def _compiled(
    matrix: Matrix, program: Program, capability: ComputeCapability, by: tuple[Row, ...]
) -> Step:
    """Whether the compiler that comes along knows the GPU: pip brings a CUDA major's newest."""
    architecture, lowest = matrix.architecture(capability), program.lowest_capability
    first = architecture.first_cuda if architecture else None
    if lowest is None or first is None or first.major > program.cuda.major:
        words = f"the matrix does not know whether {program.name} compiles for {capability}"
        return Step("code", Verdict.UNKNOWN, words, by)
    words = f"it compiles for {capability} at run time, as for every GPU from {lowest} on"
    return Step("code", Verdict.YES, words, by)


def _where_else(matrix: Matrix, program: Program, capability: ComputeCapability) -> str:
    """The release's other builds that have machine code for the GPU."""
    apart = matrix.capabilities_apart()
    tags = [
        each.tag
        for each in program.others
        if code_fit(each.targets or (), capability, None, None, apart).kind is CodeKind.MACHINE_CODE
    ]
    return f"; of this release {' and '.join(tags)} would" if tags else ""


def _cuda(matrix: Matrix, program: Program, gpu: Gpu) -> Iterator[Step]:
    """Whether the CUDA knows the GPU: of a framework only what its code does not show."""
    architecture = matrix.architecture(gpu.capability)
    is_toolkit = program.is_toolkit
    if architecture is None:
        words = f"the matrix has no row for compute capability {gpu.capability}"
        yield Step("cuda", Verdict.UNKNOWN, words, ())
        return
    by = architecture_row(architecture)
    name, first, last = architecture.name, architecture.first_cuda, architecture.last_cuda
    if last is not None and program.cuda > last:
        yield Step("cuda", Verdict.NO, f"CUDA {last} is the last for {name}", (by,))
    elif is_toolkit and first is None:
        words = f"the matrix does not know the first CUDA for {name}"
        yield Step("cuda", Verdict.UNKNOWN, words, (by,))
    elif is_toolkit and first is not None and program.cuda < first:
        yield _older_toolkit(matrix, program.cuda, architecture, first)
    elif is_toolkit:
        until = f" to {last}, the last for it" if last else " on"
        yield Step("cuda", Verdict.YES, f"{name} is known from CUDA {first}{until}", (by,))


def _older_toolkit(
    matrix: Matrix, cuda: CudaVersion, architecture: rows.ArchitectureRow, first: CudaVersion
) -> Step:
    """A toolkit older than a GPU serves it where it builds for an older minor of its major."""
    capability, by = architecture.capability, architecture_row(architecture)
    words = f"CUDA {first} is the first that knows {architecture.name} ({capability})"
    for minor in range(capability.minor - 1, -1, -1):
        older = matrix.architecture(ComputeCapability(capability.major, minor))
        if older is None or older.is_apart or architecture.is_apart:
            continue
        if older.first_cuda is not None and older.first_cuda <= cuda:
            words += f", but {capability} runs what CUDA {cuda} builds for {older.capability}"
            return Step("cuda", Verdict.YES, words, (by, architecture_row(older)))
    words += f"; of what CUDA {cuda} builds, only PTX could run on it"
    return Step("cuda", Verdict.NO, words, (by,))


def _cudnn(matrix: Matrix, program: Program, gpu: Gpu, os: str) -> Iterator[Step]:
    """Whether the cuDNN that the build brings serves the GPU, where that is known.

    A framework runs without, but convolutions fail: it is said beside the verdict.
    """
    if program.cudnn is None:
        return
    fit = matrix.cudnn_fit(
        program.cudnn, cuda=program.cuda, capability=gpu.capability, driver=None, os=os
    )
    if fit is None or fit.serves_gpu is None:
        return
    origin = replace(fit.row.origin, checked="inferred") if fit.leans_on else fit.row.origin
    verdict = Verdict.YES if fit.serves_gpu else Verdict.NO
    words = f"its cuDNN {fit.row.version} {'serves' if fit.serves_gpu else 'has dropped'}"
    by = (Row(f"cudnn {fit.row.version}", origin),)
    yield Step("cudnn", verdict, f"{words} {gpu.capability}", by, decides=False)
