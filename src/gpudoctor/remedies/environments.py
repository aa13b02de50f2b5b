"""Repairs of where Python looks: the right environment, and nothing in the framework's way."""

from dataclasses import replace

from gpudoctor.facts import EnvironmentFacts, JupyterKernel, OtherEnvironment, Shadow, known
from gpudoctor.findings import Command, Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import proof
from gpudoctor.remedies.managers import install_packages, install_proof, uninstall_packages

_SHOW_INTERPRETER = Shell("python -c 'import sys; print(sys.executable)'")


def use_environment(other: OtherEnvironment, name: str, diagnosis: str) -> Remedy:
    """Start the program in the environment that has the framework."""
    step: Step = Manual(f"Start the program with {other.executable}")
    if other.kind in ("venv", "poetry"):
        step = Command((other.executable, "-c", f"import {name}; print({name}.__file__)"))
    elif other.kind == "conda":
        step = Command(("conda", "run", "--prefix", other.prefix, "python", "-c", f"import {name}"))
    return Remedy(
        summary=f"Use the environment that has {name}: {other.prefix}",
        steps=(step, Manual(_activation(other))),
        scope="environment",
        verify=("gpudoctor", "check", "--only", diagnosis, "--python", other.executable),
    )


def _activation(other: OtherEnvironment) -> str:
    if other.kind in ("venv", "poetry"):
        return f"Activate it in the shell that starts the program: {other.prefix}/bin/activate"
    if other.kind in ("conda", "pixi"):
        return f"Activate it in the shell that starts the program: conda activate {other.prefix}"
    return f"Or install the framework into an environment of the program's own, not {other.prefix}"


def install_framework(environment: EnvironmentFacts, name: str, diagnosis: str) -> Remedy:
    """Install a framework in the build that runs on this machine, where it is missed."""
    return Remedy(
        summary=f"Install {name} into {environment.python.executable}",
        steps=(install_packages(environment, _requirement(name)), *_where_too_new(name)),
        scope="environment",
        verify=install_proof(diagnosis, environment),
    )


def _where_too_new(name: str) -> tuple[Step, ...]:
    if name == "jax":
        return ()
    return (Manual(f"Where the newest build is too new: gpudoctor recommend {name}"),)


def _requirement(name: str) -> str:
    return {"tensorflow": "tensorflow[and-cuda]", "jax": "jax[cuda]"}.get(name, name)


def install_where_it_runs(name: str, diagnosis: str) -> Remedy:
    """Let the interpreter that the program runs with install, where only a message is known."""
    return Remedy(
        summary=f"Install {name} with the interpreter that the program runs with",
        steps=(
            _SHOW_INTERPRETER,
            Command(("python", "-m", "pip", "install", _requirement(name))),
            *_where_too_new(name),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )


def match_interpreters(name: str, diagnosis: str) -> Remedy:
    """Bring the interpreter that runs and the one that installs together."""
    return Remedy(
        summary=f"Run the program with the Python that has {name}",
        steps=(
            _SHOW_INTERPRETER,
            Command(("python", "-m", "pip", "show", name)),
            Manual("Where pip shows nothing, start the program with the other interpreter"),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )


def build_without_isolation(name: str, diagnosis: str) -> Remedy:
    """Let pip build where the framework is, and not in an empty environment of its own."""
    return Remedy(
        summary=f"Build in the environment that has {name}",
        steps=(
            Command(("python", "-m", "pip", "show", name)),
            Manual("Repeat the failed command as pip install --no-build-isolation …"),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )


def clear_the_way(shadow: Shadow, environment: EnvironmentFacts, diagnosis: str) -> Remedy:
    """Take away what an import finds in the framework's place."""
    folder, _, base = shadow.path.rpartition("/")
    steps: tuple[Step, ...]
    if shadow.by == "user-site":
        steps = (Shell("export PYTHONNOUSERSITE=1"),)
        summary = "Keep the packages of the home folder out of this environment"
    elif shadow.path.endswith(".py"):
        steps = (Command(("mv", "--", shadow.path, f"{folder}/my_{base}")),)
        summary = f"Give {shadow.path} another name"
    elif shadow.by == "PYTHONPATH":
        steps = (Shell("unset PYTHONPATH"),)
        summary = f"Take {folder} out of PYTHONPATH"
    else:
        steps = (Manual(f"Start the program from another folder than {folder}, or rename {base}"),)
        summary = f"Leave {folder}"
    return Remedy(summary, steps, "environment", proof(diagnosis, environment))


def leave_or_rename(name: str, diagnosis: str) -> Remedy:
    """Find what is in the way, where only a message is known."""
    return Remedy(
        summary=f"Rename the file or leave the folder that is imported in place of {name}",
        steps=(
            Shell(f"python -c 'import {name}; print({name}.__file__, {name}.__path__)'"),
            Manual(f"Rename a {name}.py of your own, or start from outside the source tree"),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )


def own_kernel(kernel: JupyterKernel, environment: EnvironmentFacts, diagnosis: str) -> Remedy:
    """Let the environment's Jupyter kernel start the environment's own Python."""
    name = kernel.file.split("/")[-2]
    executable = environment.python.executable
    install = (executable, "-m", "ipykernel", "install", "--prefix")
    return Remedy(
        summary=f"Register {executable} as the Jupyter kernel {name}",
        steps=(Command((*install, known(environment.python.prefix) or "", "--name", name)),),
        scope="environment",
        verify=proof(diagnosis, environment),
    )


def install_again_by_hand(name: str, diagnosis: str) -> Remedy:
    """Install over what is torn, where the environment is known by a message alone."""
    return Remedy(
        summary=f"Remove {name} and install it again",
        steps=(
            Command(("python", "-m", "pip", "uninstall", "--yes", name)),
            Command(("python", "-m", "pip", "install", "--no-cache-dir", _requirement(name))),
            *_where_too_new(name),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )


_DISTRIBUTIONS = {"absl": "absl-py", "google.protobuf": "protobuf"}  # by their modules' names


def renew_dependency(module: str, diagnosis: str) -> Remedy:
    """Install what a framework's import misses, in a version that its metadata admits."""
    name = _DISTRIBUTIONS.get(module, module.replace("_", "-"))
    check = Command(("python", "-m", "pip", "check"))
    install: Step = Command(("python", "-m", "pip", "install", name))
    if name == "protobuf":
        install = Manual("Install the protobuf that pip check names: pip install 'protobuf<…'")
    return Remedy(f"Install a {name} that fits", (check, install), "environment", proof(diagnosis))


def meet_requirements(
    environment: EnvironmentFacts, requirements: tuple[str, ...], diagnosis: str
) -> Remedy:
    """Install what a framework's metadata asks for."""
    return Remedy(
        summary=f"Install {', '.join(requirements)}",
        steps=(install_packages(environment, *requirements),),
        scope="environment",
        verify=install_proof(diagnosis, environment),
    )


def keep_one_of(name: str, diagnosis: str) -> Remedy:
    """Remove all distributions of a package, then install one."""
    return Remedy(
        summary=f"Remove every distribution of {name}, then install one",
        steps=(
            Shell(f"python -m pip list | grep -i {name}"),
            Manual(f"Uninstall each {name} package that it lists, then install one of them"),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )


def remove_first(environment: EnvironmentFacts, name: str, again: Remedy) -> Remedy:
    """Remove both of two distributions that pip counts, one at a time, then install once."""
    removal = uninstall_packages(environment, name)
    return replace(
        again,
        summary=f"Remove both copies of {name} and install it once",
        steps=(removal, removal, *again.steps),
    )
