"""``gpudoctor recommend``: what to install here, or on a machine that is not here."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from gpudoctor.cli.output import stdout_width, write_stdout
from gpudoctor.errors import UsageError

if TYPE_CHECKING:
    from gpudoctor.facts import Snapshot
    from gpudoctor.recommend import Recommendation


class System(str, Enum):
    """What the programs run on."""

    LINUX = "linux"
    WINDOWS = "windows"
    WSL = "wsl"


class Manager(str, Enum):
    """What installs."""

    PIP = "pip"
    UV = "uv"
    CONDA = "conda"
    POETRY = "poetry"


class Format(str, Enum):
    """How it is shown."""

    TEXT = "text"
    JSON = "json"
    REQUIREMENTS = "requirements"
    PYPROJECT = "pyproject"
    DOCKERFILE = "dockerfile"


_FILES = (Format.REQUIREMENTS, Format.PYPROJECT, Format.DOCKERFILE)  # each for one environment


def recommend(
    frameworks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FRAMEWORK]...",
            help="torch, tensorflow, jax; xformers, vllm and others beside torch.",
        ),
    ] = None,
    gpu: Annotated[
        list[str] | None,
        typer.Option("--gpu", metavar="NAME", help="A GPU's name or PCI id; repeatable."),
    ] = None,
    compute_capability: Annotated[
        list[str] | None,
        typer.Option(metavar="X.Y", help="For a GPU that is not known by name; repeatable."),
    ] = None,
    driver: Annotated[
        str | None, typer.Option(metavar="VERSION", help="The driver; none: any may be installed.")
    ] = None,
    python: Annotated[
        str | None, typer.Option(metavar="VERSION", help="The Python, as in 3.12.")
    ] = None,
    os: Annotated[System | None, typer.Option("--os", help="The system.")] = None,
    cpu: Annotated[
        str | None, typer.Option(metavar="ARCH", help="The processor: x86_64 or aarch64.")
    ] = None,
    glibc: Annotated[
        str | None, typer.Option(metavar="VERSION", help="The glibc of a Linux, as in 2.28.")
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="REQUIREMENT", help="What must hold beside, as in 'numpy<2'."),
    ] = None,
    manager: Annotated[Manager, typer.Option(help="What installs.")] = Manager.PIP,
    format_: Annotated[
        Format, typer.Option("--format", "-f", help="How to show it.")
    ] = Format.TEXT,
    matrix: Annotated[
        str | None,
        typer.Option(
            "--matrix", metavar="FILE", help="A matrix in place of ours, or an overlay on it."
        ),
    ] = None,
) -> None:
    """Say which builds run there, newest first, and the commands that install them.

    Without --gpu and --compute-capability this machine is looked at.
    Exit code 0: an answer for all; 1: a framework that runs in no release; 2: a wrong call.
    """
    from gpudoctor.exit_codes import ExitCode  # noqa: PLC0415 - not for --help
    from gpudoctor.matrix.load import load_content  # noqa: PLC0415
    from gpudoctor.matrix.queries import Matrix  # noqa: PLC0415
    from gpudoctor.recommend import recommend as answer  # noqa: PLC0415
    from gpudoctor.recommend.asked import Asked, wanted_elsewhere, wanted_here  # noqa: PLC0415
    from gpudoctor.renderers.recommendation import RENDERERS  # noqa: PLC0415

    asked = Asked(
        frameworks=tuple(frameworks or ()),
        gpus=(*(gpu or ()), *(compute_capability or ())),
        driver=driver,
        python=python,
        os=os.value if os else None,
        cpu=cpu,
        keep=tuple(keep or ()),
        glibc=glibc,
    )
    info, content = load_content(matrix)
    loaded = Matrix(info, content)
    if asked.gpus:
        wanted = wanted_elsewhere(loaded, content, asked)
    else:
        wanted = wanted_here(loaded, _look(), asked)
    found = answer(loaded, wanted)
    if format_ in _FILES:
        _refuse_what_no_file_holds(found)
    write_stdout(RENDERERS[format_.value](found, loaded, manager.value, stdout_width()))
    raise typer.Exit(int(ExitCode.FAILURE if found.missing else ExitCode.HEALTHY))


def _refuse_what_no_file_holds(found: "Recommendation") -> None:
    if found.missing:
        words = f"no release of {' and '.join(found.missing)} is known to run there"
        raise UsageError(words, "--format text says why, and what would change it")
    if len(found.groups) > 1:
        words = "the frameworks can't live in one environment"
        raise UsageError(words, "ask for one framework at a time")


def _look() -> "Snapshot":
    """This machine, without importing any framework."""
    from gpudoctor.host import Host  # noqa: PLC0415
    from gpudoctor.probes import Plan, take_snapshot  # noqa: PLC0415
    from gpudoctor.probes.interpreter import choose_interpreter  # noqa: PLC0415

    host = Host()
    chosen = choose_interpreter(host)
    plan = Plan(
        interpreters=(chosen,) if chosen else (),
        has_machine_code=lambda *_: False,
        import_frameworks=False,
    )
    return take_snapshot(host, plan, lambda _: None)
