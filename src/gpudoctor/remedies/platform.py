"""The repairs where a framework has no GPU support on a system: another way to the same GPU."""

from gpudoctor.findings import Command, Manual, Remedy
from gpudoctor.remedies.commands import proof

_IN_WSL = {"tensorflow": "tensorflow[and-cuda]", "jax": "jax[cuda12]"}
_WSL_PAGE = "https://docs.nvidia.com/cuda/wsl-user-guide/"
_JETSON_PAGE = "https://docs.nvidia.com/deeplearning/frameworks/install-tf-jetson-platform/"
_NGC = "https://catalog.ngc.nvidia.com/orgs/nvidia/containers/"
_WINDOWS_PAGE = "https://www.tensorflow.org/install/source_windows#gpu"


def through_wsl(name: str, diagnosis: str) -> Remedy:
    """Run the Linux wheels in WSL 2, on the driver that Windows has."""
    requirement = _IN_WSL.get(name, name)
    return Remedy(
        summary=f"Use {name} in WSL 2, where the GPU works with the driver of Windows",
        steps=(
            Command(("wsl", "--install")),
            Manual(
                "In the Linux of WSL, create an environment and install "
                f"'{requirement}' there; install no NVIDIA driver in it ({_WSL_PAGE})"
            ),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )


def last_on_windows(
    version: str, pythons: tuple[str, str], *, cuda: str, cudnn: str, diagnosis: str
) -> Remedy:
    """The last release that used GPUs on native Windows, with what it needs."""
    first, last = pythons
    return Remedy(
        summary=f"Stay on native Windows with TensorFlow {version}",
        steps=(
            Command(("py", f"-{last}", "-m", "venv", ".venv")),
            Command(
                (
                    ".venv\\Scripts\\python.exe",
                    "-m",
                    "pip",
                    "install",
                    f"tensorflow=={version}",
                    "numpy<2",
                )
            ),
            Manual(
                f"It takes Python {first} to {last}, and CUDA {cuda} with cuDNN {cudnn} on PATH "
                f"({_WINDOWS_PAGE})"
            ),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )


def on_a_mac(name: str, diagnosis: str) -> Remedy:
    """There is no CUDA on macOS."""
    return Remedy(
        summary=f"Use {name} with an NVIDIA GPU on Linux or in WSL 2",
        steps=(
            Manual(
                "NVIDIA makes no CUDA for macOS any more: run it on a machine with Linux, or ask "
                f"{name} for Apple's GPU instead of 'cuda'"
            ),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )


def nvidias_own(name: str, diagnosis: str, *, is_jetson: bool) -> Remedy:
    """NVIDIA builds what the framework's publishers don't."""
    where = _JETSON_PAGE if is_jetson else f"{_NGC}{name}"
    what = "wheel for JetPack" if is_jetson else "container"
    return Remedy(
        summary=f"Use NVIDIA's own {what} of {name}, which is built for this processor",
        steps=(Manual(f"Take the one for the driver here: {where}"),),
        scope="environment",
        verify=proof(diagnosis),
    )
