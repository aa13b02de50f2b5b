"""Finds what a requirement comes down to: a build, its CUDA, and what it is built for."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpudoctor.matrix import rows
from gpudoctor.matrix.answers import Row, Step, Verdict
from gpudoctor.matrix.queries import Matrix
from gpudoctor.matrix.targets import Requirement
from gpudoctor.versions import ComputeCapability, CudaVersion, GpuTarget

if TYPE_CHECKING:
    from gpudoctor.matrix.companion_queries import JaxRow

_AT_LEAST = re.compile(r">=(\d+\.\d+)")
_CUDA_TAG = re.compile(r"cu\d{2,3}\Z")


@dataclass(frozen=True, slots=True)
class Program:
    """A build of a framework, or a CUDA toolkit."""

    name: str
    cuda: CudaVersion
    row: Row
    is_toolkit: bool = False
    targets: tuple[GpuTarget, ...] | None = None  # None: nobody listed them
    lowest_capability: ComputeCapability | None = None  # where no targets are listed
    cudnn: str | None = None
    pythons: tuple[str, ...] = ()  # that there are wheels for on the system; none: unknown
    gpu_on: tuple[str, ...] = ()  # systems on which it uses GPUs; none: unknown
    others: tuple[rows.TorchBuild, ...] = ()  # of the same release
    package: str = ""  # torch, tensorflow, jax
    version: str = ""
    compiles_at_run_time: bool = False  # for any GPU from the lowest capability on


Found = tuple[Step, Program | None]


def find_program(matrix: Matrix, asked: Requirement, os: str) -> Found:
    """Whether a release is there, and the build of it that was asked for, where it is known."""
    if asked.project == "torch":
        return _torch(matrix, asked, os)
    return _tensorflow(matrix, asked, os) if asked.project == "tensorflow" else _cuda(matrix, asked)


def _torch(matrix: Matrix, asked: Requirement, os: str) -> Found:
    release = matrix.torch_release(asked.version) or matrix.torch_release(f"{asked.version}.0")
    if release is None:
        return _no_such_release(asked, [each.version for each in matrix.torch_releases()])
    on_windows = os == "windows"
    default = release.default_windows if on_windows else release.default_tag
    tag = asked.tag or default
    row = Row(f"torch {release.version}", release.origin)
    if tag is None:
        words = f"the matrix does not know which build of {row.name} pip installs on {os}"
        return Step("build", Verdict.UNKNOWN, words, (row,)), None
    listed = ", ".join(each.tag for each in release.builds)
    by_default = "" if asked.tag else f"; {tag} is what pip installs by default"
    if not _CUDA_TAG.match(tag):
        words = f"{tag} is no CUDA build{by_default}; torch {release.version} is there for {listed}"
        return Step("build", Verdict.NO, words, (row,)), None
    build = next((each for each in release.builds if each.tag == tag), None)
    unlisted = rows.TorchBuild(release.version, tag, None, None, row.origin)
    program = torch_program(release, build or unlisted, os)
    if build is None:  # unknown, since no source says that a list of builds is whole
        words = f"the matrix lists torch {release.version} for {listed}, and knows nothing of {tag}"
        return Step("build", Verdict.UNKNOWN, words, (row,)), program
    words = f"torch {release.version} is there for {listed}{by_default}"
    return Step("build", Verdict.YES, words, (row,)), program


def _tensorflow(matrix: Matrix, asked: Requirement, os: str) -> Found:
    version = asked.version
    release = matrix.tensorflow_release(version) or matrix.tensorflow_release(f"{version}.0")
    if release is None:
        return _no_such_release(asked, [each.version for each in matrix.tensorflow_releases()])
    program = tensorflow_program(release, os)
    words = (
        f"{program.name} is built for CUDA {release.cuda}; {release.gpu_wheel} carries the GPU code"
    )
    return Step("build", Verdict.YES, words, (program.row,)), program


def torch_program(release: rows.TorchRow, build: rows.TorchBuild, os: str) -> Program:
    """A CUDA build of a PyTorch release."""
    return Program(
        f"torch {release.version}+{build.tag}",
        build.cuda,
        Row(f"torch {release.version}", release.origin),
        targets=build.targets,
        cudnn=build.cudnn,
        pythons=release.pythons_windows if os == "windows" else release.pythons,
        others=tuple(each for each in release.builds if each.tag != build.tag),
        package="torch",
        version=release.version,
    )


def tensorflow_program(release: rows.TensorflowRow, os: str) -> Program:
    """A TensorFlow release."""
    return Program(
        f"tensorflow {release.version}",
        release.cuda,
        Row(f"tensorflow {release.version}", release.origin),
        targets=release.targets,
        lowest_capability=release.lowest_capability,
        cudnn=release.cudnn,
        pythons=release.pythons_windows if os == "windows" else release.pythons,
        gpu_on=release.gpu_on,
        package="tensorflow",
        version=release.version,
    )


def jax_program(release: "JaxRow", major: int) -> Program | None:
    """A JAX release with the plugin of a CUDA major; None where its CUDA is not told.

    Its CUDA is the oldest that the plugin takes: that decides which drivers run it.
    """
    oldest = _AT_LEAST.search(release.plugins[major].get("cuda_runtime", ""))
    if oldest is None:
        return None
    return Program(
        f"jax {release.version} with cuda{major}",
        CudaVersion.parse(oldest[1]),
        Row(f"jax {release.version}", release.origin),
        lowest_capability=release.lowest_capability,
        pythons=release.pythons,
        gpu_on=("linux",),
        package="jax",
        version=release.version,
        compiles_at_run_time=True,
    )


def _cuda(matrix: Matrix, asked: Requirement) -> Found:
    cuda = CudaVersion.parse(asked.version)
    toolkit = matrix.cuda_toolkit(cuda)
    if toolkit is None:
        return _no_such_release(asked, [])
    row = Row(f"cuda_toolkits {cuda}", toolkit.origin)
    program = Program(f"CUDA {cuda}", cuda, row, is_toolkit=True)
    return Step("build", Verdict.YES, f"CUDA {cuda} was released", (row,)), program


def _no_such_release(asked: Requirement, newest_first: list[str]) -> Found:
    series = asked.version.split(".")[:2]
    near = [each for each in newest_first if each.split(".")[:2] == series] or newest_first[:1]
    more = f"; it has {', '.join(reversed(near))}" if near else ""
    return Step("build", Verdict.UNKNOWN, f"the matrix has no row for {asked}{more}", ()), None
