"""Decide ``wrong-environment``."""

from collections.abc import Iterator

from gpudoctor.checks._messages import messages, places
from gpudoctor.checks._misplaced import missed
from gpudoctor.checks._shadowed import in_users_folder, on_module_path, said_to_be
from gpudoctor.checks._whereabouts import answers, environment_at, framework_in, is_installed
from gpudoctor.diagnoses import WRONG_ENVIRONMENT as DIAGNOSIS
from gpudoctor.facts import EnvironmentFacts, JupyterKernel, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Subject, Verdict, framework_subject
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.environments import own_kernel


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    for index in places(snapshot):
        environment = environment_at(snapshot, index)
        names = dict.fromkeys(_names(snapshot, index, environment))
        for name in names:
            yield _judge(snapshot, index, name)
        if not names and environment is not None:
            subject = Subject("environment", environment.python.executable, index)
            yield DIAGNOSIS.not_applicable(subject, "no framework is here or was asked for")


def _names(snapshot: Snapshot, index: int, environment: EnvironmentFacts | None) -> Iterator[str]:
    if environment is not None:
        yield from (each.name for each in environment.frameworks)
    yield from snapshot.wanted
    for message in messages(snapshot, index, "module-not-found", "framework-shadowed"):
        yield message.framework
    if environment is not None and not environment.frameworks:
        for other in known(snapshot.other_environments) or ():
            yield from other.frameworks


def _judge(snapshot: Snapshot, index: int, name: str) -> Verdict:
    subject = framework_subject(name, index)
    environment = environment_at(snapshot, index)
    works = answers(framework_in(environment, name))
    if not works:
        for step in (on_module_path, said_to_be, missed):
            verdict = step(snapshot, index, name)
            if verdict is not None:
                return verdict
    if environment is None or not is_installed(environment, name):
        return DIAGNOSIS.not_applicable(subject, f"no other place with {name} is known")
    own = in_users_folder(environment, index, name)
    if own is not None:
        return own
    kernel = _foreign_kernel(environment, name)
    if kernel is not None:
        return _kernel_finding(subject, environment, kernel)
    words = "it imports" if works else "nothing takes its place on the module path"
    pointer = f"/environments/{index}/shadows"
    return DIAGNOSIS.cleared(subject, words, (Evidence.of(pointer, environment.shadows),))


def _foreign_kernel(environment: EnvironmentFacts, name: str) -> JupyterKernel | None:
    """A kernel of this environment's own that starts a Python without the framework."""
    kernels = known(environment.kernels) or ()
    return next((each for each in kernels if name not in each.frameworks), None)


def _kernel_finding(
    subject: Subject, environment: EnvironmentFacts, kernel: JupyterKernel
) -> Verdict:
    index, name = subject.environment or 0, subject.name
    source = getattr(environment.kernels, "source", "")
    evidence = Evidence(
        f"/environments/{index}/kernels", f"{kernel.file} starts {kernel.interpreter}", source
    )
    return DIAGNOSIS.finding(
        subject,
        f"{name} is installed here, but this environment's Jupyter kernel starts "
        f"{kernel.interpreter}, which has no {name}. That notebooks are run with this kernel is "
        "an inference.",
        evidence=(evidence,),
        remedies=(own_kernel(kernel, environment, DIAGNOSIS.id),),
        blocks=False,
        confidence=Confidence.LIKELY,
        title=f"Jupyter starts another Python than the one that has {name}",
    )
