"""Repairs of a Python environment: another build of a framework, or the libraries it lacks."""

import re
from dataclasses import replace

from gpudoctor.facts import EnvironmentFacts, FrameworkFacts, known
from gpudoctor.findings import Manual, Remedy, Step
from gpudoctor.remedies.commands import proof
from gpudoctor.remedies.managers import (
    can_go_back,
    install_packages,
    install_proof,
    uninstall_packages,
)

_TORCH_INDEX = "https://download.pytorch.org/whl/"
_TORCH_PAGE = "https://pytorch.org/get-started/locally/"
_TENSORFLOW_PAGE = "https://www.tensorflow.org/install/source#gpu"
_INDEX = re.compile(r"(?:cu\d+|cpu|xpu|rocm[\d.]+)\Z")


def other_torch_build(
    environment: EnvironmentFacts,
    installed: FrameworkFacts,
    *,
    version: str,
    tag: str,
    companions: tuple[str, ...],
    diagnosis: str,
) -> Remedy:
    """Replace torch by the build `version`+`tag` of PyTorch's own index, companions with it."""
    # The tag is asked for by name: without it the build at hand would satisfy the request.
    requirements = (f"torch=={version}+{tag}", *companions)
    return Remedy(
        summary=f"Install torch {version} built for CUDA {_cuda_of(tag)}",
        steps=(install_packages(environment, *requirements, "--index-url", _TORCH_INDEX + tag),),
        scope="environment",
        verify=install_proof(diagnosis, environment),
        undo=_former_torch(environment, installed),
    )


def _cuda_of(tag: str) -> str:
    digits = tag.removeprefix("cu")
    return f"{digits[:-1]}.{digits[-1:]}"


def _former_torch(environment: EnvironmentFacts, installed: FrameworkFacts) -> tuple[Step, ...]:
    version = known(installed.version)
    if version is None or not can_go_back(environment, "torch"):
        return ()
    _, _, label = version.partition("+")
    if not label:
        return (install_packages(environment, "--force-reinstall", f"torch=={version}"),)
    if not _INDEX.match(label):
        return ()
    return (
        install_packages(environment, f"torch=={version}", "--index-url", _TORCH_INDEX + label),
    )


def tensorflow_with_cuda(
    environment: EnvironmentFacts,
    requirement: str,
    diagnosis: str,
    *,
    replaces: tuple[str, ...] = (),
) -> Remedy:
    """Install TensorFlow with the CUDA libraries that it loads, as wheels."""
    install = install_packages(environment, requirement)
    removal = (uninstall_packages(environment, *replaces),) if replaces else ()
    return Remedy(
        summary=f"Install {requirement}, which brings TensorFlow's CUDA libraries",
        steps=(*removal, install),
        scope="environment",
        verify=install_proof(diagnosis, environment),
    )


def install_again(
    environment: EnvironmentFacts, name: str, version: str | None, diagnosis: str
) -> Remedy:
    """Install the same release once more, over what is torn."""
    requirement = name if version is None else f"{name}=={version}"
    label = "" if version is None else version.partition("+")[2]
    # A label such as cu126 is the name of PyTorch's index that has this very build.
    index = ("--index-url", _TORCH_INDEX + label) if name == "torch" and label else ()
    step: Step = install_packages(environment, "--force-reinstall", requirement, *index)
    if label and not _INDEX.match(label):
        step = Manual(f"Install {requirement} again from where it came: no index has this build")
    return Remedy(
        summary=f"Install {requirement} again",
        steps=(step,),
        scope="environment",
        verify=install_proof(diagnosis, environment),
    )


def other_tensorflow(
    environment: EnvironmentFacts, version: str, cuda: str, diagnosis: str
) -> Remedy:
    """Replace TensorFlow by another release, with the CUDA libraries that it loads."""
    requirement = f"tensorflow[and-cuda]=={version}"
    return Remedy(
        summary=f"Install TensorFlow {version}, which is built for CUDA {cuda}",
        steps=(install_packages(environment, requirement),),
        scope="environment",
        verify=install_proof(diagnosis, environment),
    )


def with_removal(environment: EnvironmentFacts, remedy: Remedy, names: tuple[str, ...]) -> Remedy:
    """The same remedy, after the packages that would stand in its way are gone."""
    if not names:
        return remedy
    return replace(remedy, steps=(uninstall_packages(environment, *names), *remedy.steps))


def release_for_gpu(environment: EnvironmentFacts, name: str, diagnosis: str) -> Remedy:
    """Say what to look for, where the matrix knows no release."""
    return Remedy(
        summary=f"Install a release of {name} that is built for this GPU",
        steps=(Manual(f"Look for one in {name}'s release notes, or build {name} from source"),),
        scope="environment",
        verify=proof(diagnosis, environment),
    )


def add_packages(
    environment: EnvironmentFacts, requirements: tuple[str, ...], diagnosis: str
) -> Remedy:
    """Install the wheels that a framework's metadata asks for, over what may be left of them."""
    return Remedy(
        summary=f"Install {', '.join(requirements)}",
        steps=(install_packages(environment, "--force-reinstall", "--no-deps", *requirements),),
        scope="environment",
        verify=install_proof(diagnosis, environment),
    )


def cuda_for_old_tensorflow(
    environment: EnvironmentFacts, requirement: str, *, cuda: str, cudnn: str, diagnosis: str
) -> Remedy:
    """Give a TensorFlow that has no extra for it the CUDA that it was built for."""
    return Remedy(
        summary=f"Install CUDA {cuda} and cuDNN {cudnn} where the loader finds them",
        steps=(
            Manual(
                f"This release has no wheels for its CUDA libraries: install CUDA {cuda} and "
                f"cuDNN {cudnn} and put their folders on LD_LIBRARY_PATH ({_TENSORFLOW_PAGE})"
            ),
            install_packages(environment, requirement),
        ),
        scope="system",
        verify=install_proof(diagnosis, environment),
        needs_root=True,
    )


def torch_from_its_site(environment: EnvironmentFacts, diagnosis: str) -> Remedy:
    """Let PyTorch's own page choose a build, where the matrix has none for this machine."""
    return Remedy(
        summary="Install a build of torch for this GPU and driver",
        steps=(
            Manual(f"Choose the build with CUDA for this system: {_TORCH_PAGE}"),
            Manual(f"Install it into {environment.python.executable}"),
        ),
        scope="environment",
        verify=install_proof(diagnosis, environment),
    )
