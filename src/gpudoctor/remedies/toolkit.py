"""Repairs of what compiles CUDA code: another toolkit, or the parts of it that are missing."""

import shlex

from gpudoctor.facts import EnvironmentFacts, Snapshot, Toolkit, known
from gpudoctor.findings import Command, Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import as_root, is_inside_container, package_family, proof
from gpudoctor.remedies.managers import install_packages
from gpudoctor.versions import CudaVersion

_DOWNLOADS = "https://developer.nvidia.com/cuda-downloads"
_ARCHIVE = "https://developer.nvidia.com/cuda-toolkit-archive"


def use_toolkit(
    toolkit: Toolkit, diagnosis: str, environment: EnvironmentFacts | None = None
) -> Remedy:
    """Point builds to a toolkit that is here already."""
    path = shlex.quote(toolkit.path)
    version = known(toolkit.version)
    named = toolkit.path if version is None else f"{toolkit.path} (CUDA {version})"
    return Remedy(
        summary=f"Let builds use the toolkit in {named}",
        steps=(
            Shell(f"export CUDA_HOME={path}"),
            Shell(f'export PATH={shlex.quote(toolkit.path + "/bin")}:"$PATH"'),
            Manual("Start the build again in the same shell"),
        ),
        scope="environment",
        verify=proof(diagnosis, environment),
        undo=(Shell("unset CUDA_HOME"),),
    )


def install_toolkit(
    snapshot: Snapshot,
    cuda: CudaVersion | None,
    diagnosis: str,
    environment: EnvironmentFacts | None = None,
) -> Remedy:
    """Install the toolkit of a CUDA beside whatever is here; None: its version is not known."""
    named = "the CUDA toolkit" if cuda is None else f"the toolkit of CUDA {cuda}"
    verify = proof(diagnosis, environment)
    if environment is not None and known(environment.python.kind) == "conda":
        step = conda_install(environment, _conda_toolkit(cuda), *_channel(cuda))
        return Remedy(f"Install {named} into this environment", (step,), "environment", verify)
    if snapshot.platform.os == "windows":
        page = Manual(f"Install {named} from {_ARCHIVE} and open a new terminal")
        return Remedy(f"Install {named}", (page,), "system", verify, needs_root=True)
    if is_inside_container(snapshot):
        image = "nvidia/cuda:…-devel" if cuda is None else f"nvidia/cuda:{cuda}.…-devel"
        steps: tuple[Step, ...] = (
            Manual(f"Build the image from {image}: images of the kinds base and runtime lack nvcc"),
        )
        return Remedy(f"Use an image that has {named}", steps, "host", verify)
    home = "/usr/local/cuda" if cuda is None else f"/usr/local/cuda-{cuda}"
    steps = _system_toolkit(snapshot, cuda)
    if package_family(snapshot.platform) == "arch":
        home = "/opt/cuda"
    return Remedy(
        f"Install {named}",
        (*steps, Shell(f"export CUDA_HOME={home}")),
        "system",
        verify,
        needs_root=True,
    )


def conda_install(environment: EnvironmentFacts, package: str, *channel: str) -> Command:
    """Install a conda package into the environment that was examined."""
    prefix = known(environment.python.prefix)
    where = () if prefix is None else ("--prefix", prefix)
    return Command(("conda", "install", *where, *channel, package))


def _conda_toolkit(cuda: CudaVersion | None) -> str:
    return "cuda-toolkit" if cuda is None else f"cuda-toolkit={cuda}"


def _channel(cuda: CudaVersion | None) -> tuple[str, ...]:
    """NVIDIA's channel; it keeps each release of before CUDA 12 under a label of its own."""
    if cuda is not None and cuda < CudaVersion(12, 0):
        return ("-c", f"nvidia/label/cuda-{cuda}.0")
    return ("-c", "nvidia")


def _system_toolkit(snapshot: Snapshot, cuda: CudaVersion | None) -> tuple[Step, ...]:
    platform = snapshot.platform
    package = "cuda-toolkit" if cuda is None else f"cuda-toolkit-{cuda.major}-{cuda.minor}"
    wsl = known(platform.wsl) is not None
    kind = "WSL-Ubuntu" if wsl else "this distribution"
    repository = Manual(f"Add NVIDIA's repository for {kind}, where it is not there: {_DOWNLOADS}")
    family = package_family(platform)
    if family in ("ubuntu", "debian"):
        return (
            repository,
            as_root(platform, "apt-get", "update"),
            as_root(platform, "apt-get", "install", package),
        )
    if family in ("fedora", "rhel"):
        return (repository, as_root(platform, "dnf", "install", package))
    if family == "suse":
        return (repository, as_root(platform, "zypper", "install", package))
    if family == "arch":
        newest = Manual("Arch packages the newest CUDA alone; older ones are in the AUR")
        return (newest, as_root(platform, "pacman", "-S", "cuda"))
    return (Manual(f"Install {package} with NVIDIA's installer, without its driver: {_ARCHIVE}"),)


def install_nvcc_parts(
    snapshot: Snapshot,
    cuda: CudaVersion | None,
    diagnosis: str,
    environment: EnvironmentFacts | None,
    *,
    what: str,
) -> Remedy:
    """Install ptxas, NVVM and libdevice of a CUDA into the environment, from wheels or conda."""
    if environment is None:
        return install_toolkit(snapshot, cuda, diagnosis)
    verify = proof(diagnosis, environment)
    if known(environment.python.kind) == "conda":
        package = "cuda-nvcc" if cuda is None else f"cuda-nvcc={cuda}"
        step: Step = conda_install(environment, package, *_channel(cuda))
        return Remedy(f"Install {what} into this environment", (step,), "environment", verify)
    if cuda is None:
        step = Manual(
            f"Install the wheel of {environment.python.executable or 'this Python'}'s CUDA: "
            "nvidia-cuda-nvcc-cu12 for CUDA 12, nvidia-cuda-nvcc for CUDA 13"
        )
        return Remedy(f"Install {what}", (step,), "environment", verify)
    return Remedy(
        f"Install {what} of CUDA {cuda}",
        (install_packages(environment, *_nvcc_wheels(cuda)),),
        "environment",
        verify,
    )


def _nvcc_wheels(cuda: CudaVersion) -> tuple[str, ...]:
    release = f"=={cuda}.*"
    if cuda.major >= 13:  # from here on the wheels bear no suffix, and NVVM has one of its own
        return (f"nvidia-cuda-nvcc{release}", f"nvidia-nvvm{release}")
    return (f"nvidia-cuda-nvcc-cu{cuda.major}{release}",)


def build_for_this_gpu(architectures: str, diagnosis: str) -> Remedy:
    """Leave out the architectures that this nvcc does not compile for."""
    return Remedy(
        f"Build for the architectures {architectures} alone",
        (Shell(f"export TORCH_CUDA_ARCH_LIST={shlex.quote(architectures)}"),),
        "environment",
        proof(diagnosis),
        undo=(Shell("unset TORCH_CUDA_ARCH_LIST"),),
    )
