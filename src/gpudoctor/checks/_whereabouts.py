"""Where a framework is: in an environment, in another one, or hidden behind something else."""

from gpudoctor.facts import (
    Absent,
    EnvironmentFacts,
    FrameworkFacts,
    Known,
    OtherEnvironment,
    Shadow,
    Snapshot,
    Unknown,
    known,
)

# The distributions that bring a framework, each under its normalised name; conda's among them.
_DISTRIBUTIONS = {
    "torch": ("torch", "pytorch"),
    "tensorflow": (
        "tensorflow",
        "tensorflow-base",
        "tensorflow-cpu",
        "tensorflow-gpu",
        "tensorflow-intel",
        "tf-nightly",
    ),
    "jax": ("jax",),
}


def environment_at(snapshot: Snapshot, index: int) -> EnvironmentFacts | None:
    """The environment of that index, where anything is known of one."""
    return snapshot.environments[index] if index < len(snapshot.environments) else None


def framework_in(environment: EnvironmentFacts | None, name: str) -> FrameworkFacts | None:
    """The facts of a framework in an environment."""
    found = () if environment is None else environment.frameworks
    return next((each for each in found if each.name == name), None)


def lists_package(environment: EnvironmentFacts | None, name: str) -> bool | None:
    """Whether the environment's list of packages has a framework; None: there is no list."""
    packages = None if environment is None else known(environment.packages)
    if packages is None:
        return None
    return any(each in packages for each in _DISTRIBUTIONS[name])


def is_installed(environment: EnvironmentFacts | None, name: str) -> bool | None:
    """Whether a framework is in an environment; None where nothing tells."""
    framework = framework_in(environment, name)
    if framework is not None and any(map(known, (framework.version, framework.location))):
        return True
    return lists_package(environment, name)


def shadow_of(environment: EnvironmentFacts | None, name: str, *, here: bool) -> Shadow | None:
    """What takes the framework's place: in the user's folder, or on the module path itself."""
    shadows = (known(environment.shadows) if environment else None) or ()
    for each in shadows:
        if each.name == name and (each.by == "working-directory") is here:
            return each
    return None


def others_with(snapshot: Snapshot, index: int, name: str) -> tuple[OtherEnvironment, ...]:
    """Other environments of this machine that have a framework."""
    environment = environment_at(snapshot, index)
    prefix = known(environment.python.prefix) if environment else None
    found = known(snapshot.other_environments) or ()
    others = [each for each in found if name in each.frameworks and each.prefix != prefix]
    for place, other in enumerate(snapshot.environments):
        if place == index or not is_installed(other, name):
            continue
        here = framework_in(other, name)
        version = (known(here.version) if here else None) or "of unknown version"
        executable, kind = other.python.executable, known(other.python.kind) or "other"
        where = known(other.python.prefix) or executable
        others.append(OtherEnvironment(where, kind, executable, {name: version}))
    return tuple(others)


def imports(framework: FrameworkFacts | None) -> bool | None:
    """Whether a framework could be imported; None where it was not tried to its end."""
    imported = known(framework.imported) if framework is not None else None
    if imported is None:
        return None
    if isinstance(imported.error, Unknown):
        return None
    return isinstance(imported.error, Absent)


def answers(framework: FrameworkFacts | None) -> bool:
    """Whether what was imported is the framework: it said whether it sees GPUs."""
    imported = known(framework.imported) if framework is not None else None
    return imported is not None and known(imported.sees_gpu) is not None


def failure_of(framework: FrameworkFacts | None) -> Known[str] | None:
    """What the import raised, or what it then raised when asked for GPUs."""
    imported = known(framework.imported) if framework is not None else None
    if imported is None or answers(framework):
        return None
    raised = (imported.error, imported.device_error)
    return next((each for each in raised if isinstance(each, Known)), None)
