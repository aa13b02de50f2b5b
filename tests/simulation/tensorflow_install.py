"""Installs a simulated TensorFlow, shaped as its wheel is."""

import json
from typing import Any

from simulation.builds import TENSORFLOW, WORKS, Behaviour, TensorFlowBuild
from simulation.environments import Environment

_TENSORFLOW_OWN = (
    "libtensorflow_cc.so.2",
    "libtensorflow_framework.so.2",
    "python/_pywrap_tensorflow_internal.so",
)
_TENSORFLOW_LOADS = ("cublas", "cublasLt", "cufft", "cusolver", "cusparse", "cudnn")


def add_tensorflow(
    environment: Environment,
    build: TensorFlowBuild = TENSORFLOW,
    behaviour: Behaviour = WORKS,
    *,
    with_wheels: bool = True,
) -> None:
    """Install a TensorFlow; without its wheels it is the plain one that finds no libraries."""
    environment.add_fakes()
    if with_wheels and build.cuda:
        for wheel in build.wheels:
            environment.add_wheel(wheel, build.cuda)
    info = _build_info(build)
    sources = {
        "__init__.py": "from _simulated.tensorflow_api import *\n"
        "from _simulated.tensorflow_api import __version__\n",
        "python/__init__.py": "",
        "python/platform/__init__.py": "",
        "python/platform/build_info.py": '"""Auto-generated module."""\nimport collections\n\n'
        f"build_info = collections.OrderedDict({list(info.items())!r})\n",
    }
    for name, text in sources.items():
        environment.write(f"tensorflow/{name}", text)
    for name in _TENSORFLOW_OWN:
        environment.copy_library(environment.machine.natives.empty, f"tensorflow/{name}")
    settings = {
        "behaviour": behaviour.settings(),
        "own_libraries": list(_TENSORFLOW_OWN),
        "libraries": _tensorflow_loads(build),
        "is_cuda_build": build.cuda is not None,
        "targets": list(build.targets),
        "build_info": info,
        "version": build.version,
    }
    environment.write("tensorflow/_simulated.json", json.dumps(settings))
    files = [f"tensorflow/{name}" for name in (*sources, *_TENSORFLOW_OWN)]
    requires = ["numpy>=1.26.0", "keras>=3.12.0", "protobuf<8.0.0,>=6.31.1"]
    extras = {"and-cuda": [f"{each.name}>={each.version}" for each in build.wheels]}
    environment.add_distribution(build.name, build.version, requires, files, extras)
    environment.add_pure_packages("numpy", "keras", "protobuf", version="7.0.0")


def _build_info(build: TensorFlowBuild) -> dict[str, Any]:
    info: dict[str, Any] = {"cpu_compiler": "clang"}
    if build.cuda:
        info["cuda_compute_capabilities"] = list(build.targets)
        info["cuda_version"] = build.cuda
        info["cudnn_version"] = build.cudnn_major
    info["is_cuda_build"] = build.cuda is not None
    info["is_rocm_build"] = False
    info["is_tensorrt_build"] = False
    return {**info, **build.extra_build_info}


def _tensorflow_loads(build: TensorFlowBuild) -> list[str]:
    """What it opens when it looks for GPUs, by the names of its own wheels."""
    known = [library for wheel in build.wheels for library in wheel.libraries]
    return [each for each in known if each.partition(".so")[0][3:] in _TENSORFLOW_LOADS]
