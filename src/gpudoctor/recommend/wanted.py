"""What is asked of `recommend`, and what it answers."""

from dataclasses import dataclass

from gpudoctor.matrix.answers import Setting, Step
from gpudoctor.matrix.targets import Gpu
from gpudoctor.matrix.why_builds import Program
from gpudoctor.versions import CudaVersion, DriverVersion

FRAMEWORKS = ("torch", "tensorflow", "jax")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The frameworks, and the machine that they are for; without a driver any may be installed."""

    frameworks: tuple[str, ...]
    gpus: tuple[Gpu, ...]
    setting: Setting
    cpu_arch: str = "x86_64"
    keep: tuple[str, ...] = ()  # requirements that must hold beside: numpy<2
    companions: tuple[str, ...] = ()  # xformers, vllm: what must go with torch
    glibc: tuple[int, ...] | None = None  # (2, 28); None: not told, or no Linux
    may_leave_out: bool = False  # an old card that nothing serves must not keep the others from all


@dataclass(frozen=True, slots=True)
class Choice:
    """One build of a framework that runs there."""

    framework: str
    version: str
    tag: str | None  # of a torch build: cu128
    cuda: CudaVersion
    cudnn: str | None
    is_native: bool | None  # the driver speaks this CUDA itself; None: no driver was given
    pythons: tuple[str, ...]
    requirement: str  # torch==2.9.1+cu128, tensorflow[and-cuda]==2.21.0
    beside: tuple[str, ...]  # requirements of its companions: torchvision==0.24.1+cu128
    index_url: str | None  # that has this build; None: the default one
    needs: str | None  # what no wheel brings, in words
    steps: tuple[Step, ...]  # why it runs, by which rows
    program: Program
    then: tuple[str, ...] = ()  # what was asked for beside it: xformers==0.0.35


@dataclass(frozen=True, slots=True)
class RuledOut:
    """Newer releases that don't run there, and what rules them out."""

    framework: str
    newest: str
    oldest: str
    why: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A single change of the machine that lets a framework run there."""

    framework: str
    change: str  # the driver to 525.60.13 or newer
    gives: str  # torch 2.9.1+cu126
    choice: Choice
    driver: DriverVersion | None = None  # the one change, where it is the driver
    python: str | None = None  # where it is the Python


@dataclass(frozen=True, slots=True)
class Group:
    """What lives in one environment."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Environments with what goes into each; none for a framework that does not run there."""

    wanted: Wanted
    groups: tuple[Group, ...]
    ruled_out: tuple[RuledOut, ...]
    missing: tuple[str, ...]  # frameworks without an answer
    openings: tuple[Opening, ...]
    remarks: tuple[str, ...] = ()

    @property
    def driver(self) -> DriverVersion | None:
        """The driver that was given."""
        return self.wanted.setting.driver
