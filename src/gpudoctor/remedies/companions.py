"""Repairs of packages that stand beside a framework."""

from gpudoctor.facts import EnvironmentFacts
from gpudoctor.findings import Manual, Remedy
from gpudoctor.remedies.commands import proof
from gpudoctor.remedies.managers import install_packages

_TORCH_INDEX = "https://download.pytorch.org/whl/"


def fitting_companion(
    environment: EnvironmentFacts, package: str, requirement: str | None, diagnosis: str
) -> tuple[Remedy, ...]:
    """Install the release that fits the framework at hand; or one that its own pins admit."""
    if requirement is None:
        return (
            Remedy(
                summary=f"Install a release of {package} that is made for this torch",
                steps=(
                    install_packages(environment, "--upgrade", package),
                    Manual(f"Where that changes torch: choose the pair in {package}'s releases"),
                ),
                scope="environment",
                verify=proof(diagnosis, environment),
            ),
        )
    label = requirement.partition("+")[2]
    index = ("--index-url", _TORCH_INDEX + label) if label else ()
    return (
        Remedy(
            summary=f"Install {requirement}, which was built with this torch",
            steps=(install_packages(environment, "--no-deps", requirement, *index),),
            scope="environment",
            verify=proof(diagnosis, environment),
        ),
    )


def rebuild_against_numpy(environment: EnvironmentFacts, diagnosis: str) -> tuple[Remedy, ...]:
    """Newer wheels of the module that complains; else the NumPy that it was built for."""
    return (
        Remedy(
            summary="Upgrade the module that was built for the older NumPy",
            steps=(
                Manual("Its name stands in the traceback, in the line before the message"),
                Manual("pip install --upgrade MODULE; a module built from source: build it again"),
            ),
            scope="environment",
            verify=proof(diagnosis, environment),
        ),
        Remedy(
            summary="Or install the NumPy that it was built for",
            steps=(install_packages(environment, "numpy<2"),),
            scope="environment",
            verify=proof(diagnosis, environment),
        ),
    )
