"""Installs a simulated PyTorch, shaped as its wheel is."""

import json
from pathlib import Path

from simulation.builds import TORCH_CU130, WORKS, Behaviour, TorchBuild
from simulation.environments import Environment
from simulation.wheels import Wheel, runtime_soname

_TORCH_OWN = ("libc10.so", "libtorch_cpu.so", "libtorch.so", "libtorch_python.so")
_TORCH_CUDA_OWN = ("libc10_cuda.so", "libtorch_cuda.so")


def add_torch(
    environment: Environment,
    build: TorchBuild = TORCH_CU130,
    behaviour: Behaviour = WORKS,
    *,
    with_wheels: bool = True,
) -> None:
    """Install a PyTorch, with the CUDA wheels that it asks for unless told not to."""
    environment.add_fakes()
    own = (*_TORCH_OWN, *(_TORCH_CUDA_OWN if build.cuda else ()))
    files = _torch_sources(environment, build)
    files += _own_libraries(environment, build, own)
    if build.is_bundled:
        files += _bundled_libraries(environment, build)
    elif with_wheels and build.cuda:
        for wheel in build.wheels:
            environment.add_wheel(wheel, build.cuda)
    settings = {
        "behaviour": behaviour.settings(),
        "libraries": [library for wheel in build.wheels for library in _names(wheel, build)],
        "own_libraries": list(own),
        "cudart": _bundled(runtime_soname(build.cuda), build) if build.cuda else None,
        "targets": build.targets,
        "cudnn": _cudnn_number(build.cudnn) if build.cuda else None,
    }
    environment.write("torch/_simulated.json", json.dumps(settings))
    extras: dict[str, list[str]] = {"optree": ["optree>=0.13.0"]}
    version = build.metadata_version or build.version
    requires = _torch_requires(environment, build)
    environment.add_distribution("torch", version, requires, files, extras)
    environment.add_pure_packages("filelock", "typing-extensions", "sympy", "jinja2", "fsspec")


def _own_libraries(
    environment: Environment, build: TorchBuild, names: tuple[str, ...]
) -> list[str]:
    empty = environment.machine.natives.empty
    for name in names:
        path = environment.copy_library(empty, f"torch/lib/{name}")
        if name == "libtorch_python.so":
            _append_targets(path, build.targets)
    return [f"torch/lib/{name}" for name in names]


def _bundled_libraries(environment: Environment, build: TorchBuild) -> list[str]:
    natives, files = environment.machine.natives, []
    for name in (library for wheel in build.wheels for library in _names(wheel, build)):
        is_runtime = name.startswith("libcudart")
        source = natives.cudart(build.cuda) if is_runtime and build.cuda else natives.empty
        environment.copy_library(source, f"torch/lib/{name}")
        files.append(f"torch/lib/{name}")
    return files


def _names(wheel: Wheel, build: TorchBuild) -> tuple[str, ...]:
    return tuple(_bundled(library, build) for library in wheel.libraries)


def _bundled(soname: str, build: TorchBuild) -> str:
    """A wheel that carries the runtime itself gives it a name of its own."""
    if build.is_bundled and soname.startswith("libcudart."):
        return soname.replace("libcudart.", "libcudart-d0da41ae.")
    return soname


def _torch_sources(environment: Environment, build: TorchBuild) -> list[str]:
    sources = {
        "__init__.py": "from _simulated.torch_api import *\n"
        "import torch.cuda, torch.nn, torch.version\n"
        "__version__ = version.__version__\n",
        "version.py": _torch_version(build),
        "cuda/__init__.py": "from _simulated.torch_cuda import *\n"
        "from _simulated.torch_cuda import _lazy_init\n",
        "nn/__init__.py": "from torch.nn import functional\n",
        "nn/functional.py": "from _simulated.torch_api import conv2d\n",
    }
    for name, text in sources.items():
        environment.write(f"torch/{name}", text)
    return [f"torch/{name}" for name in sources]


def _torch_version(build: TorchBuild) -> str:
    return (
        "from typing import Optional\n\n"
        "__all__ = ['__version__', 'debug', 'cuda', 'git_version', 'hip', 'xpu']\n"
        f"__version__ = {build.version!r}\ndebug = False\n"
        f"cuda: Optional[str] = {build.cuda!r}\n"
        "git_version = '0123456789abcdef0123456789abcdef01234567'\n"
        f"hip: Optional[str] = {build.hip!r}\nxpu: Optional[str] = {build.xpu!r}\n"
    )


def _append_targets(library: Path, targets: str) -> None:
    """The string behind torch.cuda.get_arch_list(), after the end of a small real library."""
    with library.open("ab") as file:
        file.write(b"\0_use_cxx11_abi_1\0\0\0" + targets.encode() + b"\0\0\0/torch/csrc/cuda\0")


def _torch_requires(environment: Environment, build: TorchBuild) -> list[str]:
    requires = ["filelock", "typing-extensions>=4.10.0", "sympy>=1.13.3", "jinja2", "fsspec"]
    if build.cuda is None or build.is_bundled:
        return requires
    linux = 'platform_system == "Linux"'
    if build.cuda.startswith("13"):
        return requires + _through_cuda_toolkit(environment, build, linux)
    linux += ' and platform_machine == "x86_64"'
    return requires + [f"{each.name}=={each.version}; {linux}" for each in build.wheels]


def _through_cuda_toolkit(environment: Environment, build: TorchBuild, linux: str) -> list[str]:
    """CUDA 13's wheels are asked for by the extras of a distribution without files."""
    extras = {w.name.removeprefix("nvidia-"): [f"{w.name}=={w.version}.*"] for w in _plain(build)}
    version = f"{build.cuda}.3"
    environment.add_distribution("cuda-toolkit", version, extras=extras)
    rest = [f"{w.name}=={w.version}; {linux}" for w in build.wheels if w not in _plain(build)]
    return [f"cuda-toolkit[{','.join(extras)}]=={version}; {linux}", *rest]


def _plain(build: TorchBuild) -> list[Wheel]:
    return [wheel for wheel in build.wheels if "-cu1" not in wheel.name]


def _cudnn_number(version: str) -> int:
    major, minor, patch = (int(part) for part in version.split(".")[:3])
    return major * (10000 if major >= 9 else 1000) + minor * 100 + patch
