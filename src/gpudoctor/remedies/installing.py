"""The repairs where an installer found nothing that fits: another Python, or another index."""

from gpudoctor.facts import PlatformFacts
from gpudoctor.findings import Command, Manual, Remedy
from gpudoctor.remedies.commands import proof

TORCH_INDEX = "https://download.pytorch.org/whl/"
_FILES = "https://pypi.org/project/{name}/#files"


def other_python(
    platform: PlatformFacts, python: str, requirements: tuple[str, ...], diagnosis: str
) -> Remedy:
    """A new environment on a Python that has wheels; the old one stays as it is."""
    if platform.os == "windows":
        create = Command(("py", f"-{python}", "-m", "venv", ".venv"))
        inside = ".venv\\Scripts\\python.exe"
    else:
        create, inside = Command((f"python{python}", "-m", "venv", ".venv")), ".venv/bin/python"
    install = Command((inside, "-m", "pip", "install", *requirements))
    return Remedy(
        summary=f"Install it into an environment of Python {python}, of 64 bits",
        steps=(create, install),
        scope="environment",
        verify=proof(diagnosis),
    )


def python_by_its_files(name: str, diagnosis: str) -> Remedy:
    """Say where to look, where the matrix does not know the release."""
    return Remedy(
        summary=f"Use a Python that {name} has wheels for",
        steps=(
            Manual(
                f"The names of the files tell the Pythons (cp311 is 3.11) and the systems: "
                f"{_FILES.format(name=name)}"
            ),
            Manual("Create an environment on one of those Pythons and install there"),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )


def from_torch_index(requirement: str, tag: str, diagnosis: str) -> Remedy:
    """Ask PyTorch's index of one CUDA, which has the build."""
    return Remedy(
        summary=f"Install {requirement} from PyTorch's index {tag}",
        steps=(
            Command(
                ("python", "-m", "pip", "install", requirement, "--index-url", TORCH_INDEX + tag)
            ),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )


def right_index(name: str, diagnosis: str) -> Remedy:
    """Say what to compare, where the matrix knows no build."""
    return Remedy(
        summary=f"Ask an index that has {name}",
        steps=(
            Manual(
                "Compare the spelling of the package and of the index; PyTorch's are "
                f"{TORCH_INDEX}cu126 and the like, one for each CUDA"
            ),
            Manual("A package of your own needs its private index: --extra-index-url"),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )
