"""The builds of each release with the verdict on each, newest release first."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gpudoctor.matrix import rows
from gpudoctor.matrix.answers import Row, Setting, Step, Verdict
from gpudoctor.matrix.queries import Matrix
from gpudoctor.matrix.why import steps_of
from gpudoctor.matrix.why_builds import Program, jax_program, tensorflow_program, torch_program
from gpudoctor.recommend.wanted import Choice, Wanted

_TORCH_INDEX = "https://download.pytorch.org/whl/"
_NEEDS_TOOLKIT = "CUDA {cuda} and cuDNN {cudnn} where the loader finds them: no wheel brings them"


@dataclass(frozen=True, slots=True)
class Judged:
    """A release: its builds that run there, best first, and what kept the others from it."""

    version: str
    choices: tuple[Choice, ...]
    against: tuple[Step, ...]  # the first step that speaks against each of the other builds


def judged_releases(matrix: Matrix, framework: str, wanted: Wanted) -> Iterator[Judged]:
    """Every release of a framework, newest first; the caller stops where it has enough."""
    return _FRAMEWORKS[framework](matrix, wanted)


def _torch(matrix: Matrix, wanted: Wanted) -> Iterator[Judged]:
    for release in matrix.torch_releases():
        choices, against = [], []
        row = Row(f"torch {release.version}", release.origin)
        if not release.builds:
            against.append(
                Step("code", Verdict.UNKNOWN, "nobody listed its CUDA builds yet", (row,))
            )
        for build in release.builds:
            program = torch_program(release, build, wanted.setting.os)
            steps, no = judge(matrix, program, wanted)
            if no is None:
                choices.append(_torch_choice(matrix, release, build, program, wanted, steps))
            else:
                against.append(no)
        yield Judged(release.version, tuple(sorted(choices, key=_preference)), tuple(against))


def _preference(choice: Choice) -> tuple[bool, int, int]:
    """A CUDA that the driver speaks itself, then the newest."""
    return (choice.is_native is False, -choice.cuda.major, -choice.cuda.minor)


def _torch_choice(
    matrix: Matrix,
    release: rows.TorchRow,
    build: rows.TorchBuild,
    program: Program,
    wanted: Wanted,
    steps: tuple[Step, ...],
) -> Choice:
    setting = wanted.setting
    # Only PyTorch's own index has builds by tag; the default one has no tag to ask for.
    on_linux = setting.os == "linux"
    is_default = on_linux and build.tag == release.default_tag
    label = "" if is_default else f"+{build.tag}"
    beside = [
        f"{name}=={versions[-1]}{label}"
        for name, versions in (
            ("torchvision", release.torchvision),
            ("torchaudio", release.torchaudio),
        )
        if versions
    ]
    return Choice(
        framework="torch",
        version=release.version,
        tag=build.tag,
        cuda=build.cuda,
        cudnn=build.cudnn,
        is_native=_is_native(matrix, build, setting),
        pythons=release.pythons if on_linux else release.pythons_windows,
        requirement=f"torch=={release.version}{label}",
        beside=tuple(beside),
        index_url=None if is_default else _TORCH_INDEX + build.tag,
        needs=None,
        steps=steps,
        program=program,
    )


def _tensorflow(matrix: Matrix, wanted: Wanted) -> Iterator[Judged]:
    for release in matrix.tensorflow_releases():
        program = tensorflow_program(release, wanted.setting.os)
        steps, no = judge(matrix, program, wanted)
        if no is not None:
            yield Judged(release.version, (), (no,))
            continue
        extra = "[and-cuda]" if release.has_cuda_extra else ""
        needs = _NEEDS_TOOLKIT.format(cuda=release.cuda, cudnn=release.cudnn)
        choice = Choice(
            framework="tensorflow",
            version=release.version,
            tag=None,
            cuda=release.cuda,
            cudnn=release.cudnn,
            is_native=_is_native(matrix, release, wanted.setting),
            pythons=program.pythons,
            requirement=f"{release.gpu_wheel}{extra}=={release.version}",
            beside=(),
            index_url=None,
            needs=None if extra else needs,
            steps=steps,
            program=program,
        )
        yield Judged(release.version, (choice,), ())


def _jax(matrix: Matrix, wanted: Wanted) -> Iterator[Judged]:
    for release in matrix.jax_releases():
        choices, against = [], []
        for major in release.plugins:
            program = jax_program(release, major)
            if program is None:
                continue
            steps, no = judge(matrix, program, wanted)
            if no is not None:
                against.append(no)
                continue
            choice = Choice(
                framework="jax",
                version=release.version,
                tag=f"cuda{major}",
                cuda=program.cuda,
                cudnn=None,
                is_native=_is_native(matrix, program, wanted.setting),
                pythons=program.pythons,
                requirement=f"jax[cuda{major}]=={release.version}",
                beside=(),
                index_url=None,
                needs=None,
                steps=steps,
                program=program,
            )
            choices.append(choice)
        yield Judged(release.version, tuple(sorted(choices, key=_preference)), tuple(against))


def _is_native(
    matrix: Matrix, build: rows.TorchBuild | rows.TensorflowRow | Program, setting: Setting
) -> bool | None:
    if setting.driver is None:
        return None
    spoken = matrix.cuda_of_driver(setting.driver, setting.driver_os)
    return spoken is not None and spoken >= build.cuda


def judge(matrix: Matrix, program: Program, wanted: Wanted) -> tuple[tuple[Step, ...], Step | None]:
    """The steps for every GPU, and the first that speaks against the build."""
    ill = unfit_platform(matrix, program, wanted)
    if ill is not None:
        return (ill,), ill
    steps = tuple(
        step for gpu in wanted.gpus for step in steps_of(matrix, program, gpu, wanted.setting)
    )
    # A cuDNN that has dropped the GPU keeps nothing from running but convolutions: that is enough.
    against = (s for s in steps if s.verdict is Verdict.NO and (s.decides or s.about == "cudnn"))
    doubts = (s for s in steps if s.decides and s.verdict is Verdict.UNKNOWN)
    return steps, next(against, None) or next(doubts, None)


def unfit_platform(matrix: Matrix, program: Program, wanted: Wanted) -> Step | None:
    """Why no wheel with GPU support can be had for the system, processor and glibc; None if so."""
    os, cpu = wanted.setting.os, wanted.cpu_arch
    row = matrix.wheel_platform(program.package, program.version, os=os, cpu=cpu)
    by = (program.row,) if row is None else (Row(row.name.removeprefix("matrix:"), row.origin),)
    if row is not None and not row.uses_gpu:
        words = f"its wheels for {os} on {cpu} are without GPU support"
        return Step("platform", Verdict.NO, words, by)
    if cpu != "x86_64" and not program.compiles_at_run_time:
        words = f"the matrix lists its builds for x86_64 alone, not for {cpu}"
        return Step("platform", Verdict.UNKNOWN, words, (program.row,))
    if wanted.glibc is None or os != "linux" or row is None:
        return None
    here = ".".join(map(str, wanted.glibc))
    if row.glibc is not None and row.glibc > wanted.glibc:
        asked = ".".join(map(str, row.glibc))
        words = f"its wheels ask for glibc {asked}, and this is {here}"
        return Step("platform", Verdict.NO, words, by)
    if row.glibc is None and wanted.glibc < matrix.newest_glibc(program.package, cpu):
        words = f"its builds ask for different glibcs, and whether {here} is enough is not known"
        return Step("platform", Verdict.UNKNOWN, words, by)
    return None


_FRAMEWORKS: Mapping[str, Callable[[Matrix, Wanted], Iterator[Judged]]] = {
    "torch": _torch,
    "tensorflow": _tensorflow,
    "jax": _jax,
}
