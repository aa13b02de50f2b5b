"""Commands that install into an environment, each with what installs there."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from gpudoctor.facts import EnvironmentFacts, known
from gpudoctor.findings import Command, Manual, Shell, Step
from gpudoctor.remedies.commands import proof

NEW_ENVIRONMENT = ".venv"  # where a system's Python takes no packages, below the user's folder
_LABEL = re.compile(r"\+[\w.]+")
_CONDA_NAMES = {"torch": "pytorch"}
_FLAGS_FOR_AGAIN = ("--force-reinstall", "--reinstall")
# What removes a package from a project: the words before the project and those after it.
_REMOVALS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "uv": (("uv", "remove", "--project"), ()),
    "pixi": (("pixi", "remove", "--manifest-path"), ("--pypi",)),
    "poetry": (("poetry", "--directory"), ("remove",)),
    "pipx": (("pipx", "uninject"), ()),
}


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be installed, parted from the options of pip that say how."""

    requirements: tuple[str, ...]
    options: tuple[str, ...]  # as pip takes them
    index_url: str | None
    is_again: bool


def _order(arguments: tuple[str, ...]) -> _Order:
    requirements, options, index = [], [], None
    words = iter(arguments)
    for word in words:
        if word == "--index-url":
            index = next(words)
        elif word.startswith("-"):
            options.append(word)
        else:
            requirements.append(word)
    again = any(flag in options for flag in _FLAGS_FOR_AGAIN)
    return _Order(tuple(requirements), tuple(options), index, again)


def install_packages(environment: EnvironmentFacts, *arguments: str) -> Step:
    """Install into the environment that was examined; the arguments are those of pip."""
    order = _order(arguments)
    manager, project = known(environment.python.manager), known(environment.python.project)
    if order.requirements and _name(order.requirements[0]) in _of_conda(environment):
        return _conda(environment, order)
    if manager == "uv" and project:
        return _uv_project(project, order)
    if manager == "pixi":
        return _pixi(project, order)
    if manager == "poetry" and not order.is_again:
        return _poetry(project, order)
    if manager == "pipx" and project:
        index = ("--index-url", order.index_url) if order.index_url else ()
        return Command(("pipx", "inject", "--force", *index, project, *order.requirements))
    return _plain(environment, order, arguments)


def _plain(environment: EnvironmentFacts, order: _Order, arguments: tuple[str, ...]) -> Step:
    executable = environment.python.executable
    if known(environment.python.manager) in ("uv", "uv-tool"):
        words = ["--reinstall" if word in _FLAGS_FOR_AGAIN else word for word in arguments]
        return Command(("uv", "pip", "install", "--python", executable, *words))
    if not known(environment.python.externally_managed):
        return Command((executable, "-m", "pip", "install", *arguments))
    # pip refuses here, and forcing it can break the system's own programs.
    index = ("--index-url", order.index_url) if order.index_url else ()
    make = shlex.join((executable, "-m", "venv", NEW_ENVIRONMENT))
    argv = (f"{NEW_ENVIRONMENT}/bin/python", "-m", "pip", "install", *order.requirements, *index)
    return Shell(f"{make} && {shlex.join(argv)}")


def _uv_project(project: str, order: _Order) -> Step:
    if order.is_again:
        names = [f"--reinstall-package={_name(each)}" for each in order.requirements]
        return Command(("uv", "sync", "--project", project, *names))
    index = ("--index", f"{_source_name(order)}={order.index_url}") if order.index_url else ()
    return Command(("uv", "add", "--project", project, *index, *order.requirements))


def _pixi(project: str | None, order: _Order) -> Step:
    names = [_name(each) for each in order.requirements]
    if project is None:
        return Manual(f"In the pixi project's folder: pixi add --pypi {' '.join(names)}")
    if order.is_again:
        return Command(("pixi", "reinstall", "--manifest-path", project, *names))
    index = ("--index", order.index_url) if order.index_url else ()
    return Command(
        ("pixi", "add", "--manifest-path", project, "--pypi", *index, *order.requirements)
    )


def _poetry(project: str | None, order: _Order) -> Step:
    call = ("poetry",) if project is None else ("poetry", "--directory", project)
    if order.index_url is None:
        add: Command | Shell = Command((*call, "add", *order.requirements))
    else:
        name = _source_name(order)
        source = (*call, "source", "add", "--priority", "explicit", name, order.index_url)
        install = (*call, "add", "--source", name, *order.requirements)
        add = Shell(f"{shlex.join(source)} && {shlex.join(install)}")
    if project is None:
        line = shlex.join(add.argv) if isinstance(add, Command) else add.text
        return Manual(f"In the poetry project's folder: {line}")
    return add


def _conda(environment: EnvironmentFacts, order: _Order) -> Step:
    """Ask conda for what conda put there: pip would write over files that conda counts as its."""
    specs = [_conda_spec(environment, each, order) for each in order.requirements]
    project = known(environment.python.project)
    if known(environment.python.manager) == "pixi" and project:
        if order.is_again:
            names = [spec.partition("=")[0] for spec in specs]
            return Command(("pixi", "reinstall", "--manifest-path", project, *names))
        plain = [spec.replace("=", " ==", 1).replace("=cuda*", " cuda*") for spec in specs]
        return Command(("pixi", "add", "--manifest-path", project, *plain))
    prefix = known(environment.python.prefix) or ""
    channels = known(environment.conda_packages) or {}
    channel = (order.is_again and channels.get(_name(order.requirements[0]))) or "conda-forge"
    again = ("--force-reinstall",) if order.is_again else ()
    command = known(environment.python.conda) or "conda"
    options = ("--prefix", prefix, *again, "--channel", channel)
    return Command((command, "install", *options, *specs, *_cuda_pin(order)))


def _conda_spec(environment: EnvironmentFacts, requirement: str, order: _Order) -> str:
    name = _name(requirement)
    _, _, version = _LABEL.sub("", requirement).partition("==")
    spec = _CONDA_NAMES.get(name, name) + (f"={version}" if version else "")
    if order.is_again or name not in _of_conda(environment):
        return spec
    return f"{spec}=cuda*" if version else f"{spec}=*=cuda*"


def _cuda_pin(order: _Order) -> tuple[str, ...]:
    """The CUDA that the index of PyTorch's is named after: cu126 is 12.6."""
    match = re.search(r"/cu(\d+)(\d)\Z", order.index_url or "")
    return (f"cuda-version={match.group(1)}.{match.group(2)}",) if match else ()


def _of_conda(environment: EnvironmentFacts) -> set[str]:
    return set(known(environment.conda_packages) or ())


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower()


def _source_name(order: _Order) -> str:
    return f"pytorch-{(order.index_url or '').rstrip('/').rpartition('/')[2]}"


def uninstall_packages(environment: EnvironmentFacts, *names: str) -> Step:
    """Remove packages from the environment that was examined."""
    executable = environment.python.executable
    manager, project = known(environment.python.manager), known(environment.python.project)
    if set(names) & _of_conda(environment):
        prefix, command = known(environment.python.prefix) or "", known(environment.python.conda)
        own = [_CONDA_NAMES.get(name, name) for name in names]
        return Command((command or "conda", "remove", "--prefix", prefix, *own))
    removal = _REMOVALS.get(manager or "")
    if project and removal:
        before, after = removal
        return Command((*before, project, *after, *names))
    if manager in ("uv", "uv-tool"):
        return Command(("uv", "pip", "uninstall", "--python", executable, *names))
    if known(environment.python.externally_managed):
        return Manual(f"Leave {', '.join(names)} as the system has it: a new environment follows")
    return Command((executable, "-m", "pip", "uninstall", "--yes", *names))


def can_go_back(environment: EnvironmentFacts, name: str) -> bool:
    """Whether installing a former release undoes a change.

    Where a project or conda keeps count, or a new environment was made, it would be one more.
    """
    kept = known(environment.python.project) or known(environment.python.externally_managed)
    return not kept and name not in _of_conda(environment)


def install_proof(diagnosis: str, environment: EnvironmentFacts) -> tuple[str, ...]:
    """The command that shows whether an installation worked, in the environment it went into."""
    if known(environment.python.externally_managed):
        python = f"{NEW_ENVIRONMENT}/bin/python"
        return ("gpudoctor", "check", "--only", diagnosis, "--python", python)
    return proof(diagnosis, environment)
