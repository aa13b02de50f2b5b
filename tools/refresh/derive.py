"""Which rows and columns metadata decides, and how: one entry a section of the matrix.

To refresh another section or column, add to PROJECTS or to a function that derives cells.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from packaging.requirements import Requirement

from refresh.projects import Cells, Listing, Project, Release, Survey
from refresh.registry import RegistryError

_PARTS = 2
# What a pin is called in a row, and the wheels that it stands for, with CUDA's major or without.
_CUDA_WHEELS = {
    "cudnn": r"nvidia-cudnn-cu\d+",
    "cuda_runtime": r"nvidia-cuda-runtime(-cu\d+)?|cuda-toolkit",
    "nvcc": r"nvidia-cuda-nvcc(-cu\d+)?",
    "nccl": r"nvidia-nccl-cu\d+",
}

_TORCH = Listing("torch", "1.13", 7)
_TORCH_ARM = Listing("torch", "1.13", 7, platform="linux-aarch64", asks_metadata=False)
_TORCH_WINDOWS = Listing("torch", "1.13", 7, platform="windows", asks_metadata=False)
_TORCHVISION = Listing("torchvision", "0.14", 7)
_TORCHAUDIO = Listing("torchaudio", "0.13", 7)
_TENSORFLOW = Listing("tensorflow", "2.14", 9)
_TENSORFLOW_WINDOWS = Listing("tensorflow", "2.14", 9, platform="windows", asks_metadata=False)
_JAX = Listing("jax", "0.6.2", 13, every_python=False)
_JAXLIB = Listing("jaxlib", "0.6.2", 10, asks_metadata=False)
_JAX_PLUGINS = {
    major: Listing(f"jax-cuda{major}-plugin", first, 13, every_python=False)
    for major, first in (("12", "0.6.2"), ("13", "0.7.2"))
}
_CUDNN = {
    major: Listing(
        f"nvidia-cudnn-cu{major}", "8.5.0.96", 13, every_python=False, asks_metadata=False
    )
    for major in ("11", "12", "13")
}


def torch(release: Release, survey: Survey) -> Cells:
    """PyTorch: the build on the registry, what it is pinned to, and what is pinned to it."""
    pins = release.requirements()
    tag = "cu" + _parts(_version(release, pins, _CUDA_WHEELS["cuda_runtime"]), "")
    cells: dict[tuple[str, ...], object] = {
        ("python",): list(release.pythons),
        ("default",): tag,
        ("builds", tag, "cudnn"): _version(release, pins, _CUDA_WHEELS["cudnn"]),
    }
    for column, wheel in (("nccl", _CUDA_WHEELS["nccl"]), ("triton", "(pytorch-)?triton")):
        if (specifier := _specifier(pins, wheel)) is not None:
            cells[column,] = specifier
    for column, listing in (("python_aarch64", _TORCH_ARM), ("python_windows", _TORCH_WINDOWS)):
        if there := survey.release(listing, release.version):
            cells[column,] = list(there.pythons)
    for listing in (_TORCHVISION, _TORCHAUDIO):
        if companions := _pinned_to(release, survey[listing]):
            cells[listing.distribution,] = companions
    return cells


def tensorflow(release: Release, survey: Survey) -> Cells:
    """TensorFlow: Python versions, and what the extra and-cuda brings (from 2.20 on: at least)."""
    pins = release.requirements("and-cuda")
    cells: dict[tuple[str, ...], object] = {
        ("python",): list(release.pythons),
        ("cuda",): _parts(_version(release, pins, _CUDA_WHEELS["cuda_runtime"])),
        ("cudnn",): _parts(_version(release, pins, _CUDA_WHEELS["cudnn"])),
        ("and_cuda",): "and-cuda" in release.metadata.extras,
        ("gpu_wheel",): "tensorflow",
    }
    if there := survey.release(_TENSORFLOW_WINDOWS, release.version):
        cells["python_windows",] = list(there.pythons)
    if numpy := _on_any_machine(release, "numpy"):
        cells["numpy",] = numpy
    cells["pins",] = _cuda_pins(pins)
    return cells


def jax(release: Release, survey: Survey) -> Cells:
    """JAX: the jaxlib that it asks for, the Pythons of that, and what the CUDA plug-ins bring."""
    pins = release.requirements()
    jaxlib = _requirement(release, pins, "jaxlib")
    library = survey.newest(_JAXLIB, jaxlib)
    if library is None:
        raise RegistryError(f"{release.what}: the registry lists no {jaxlib} that it asks for")
    cells: dict[tuple[str, ...], object] = {
        ("python",): list(library.pythons),
        ("jaxlib",): str(jaxlib.specifier),
        ("numpy",): _specifier(pins, "numpy"),
    }
    for major, listing in _JAX_PLUGINS.items():
        wanted = _find(release.requirements(f"cuda{major}"), listing.distribution)
        plugin = survey.newest(listing, wanted) if wanted else None
        if plugin:
            cells[f"cuda{major}",] = _cuda_pins(plugin.requirements("with-cuda"))
    return cells


def cudnn(release: Release, survey: Survey) -> Cells:
    """cuDNN: the CUDA majors that it is published for."""
    listed = (
        major for major, each in _CUDNN.items() if survey.release(each, release.version) is not None
    )
    return {("majors",): [int(major) for major in listed]}


def cupy(release: Release, _: Survey) -> Cells:
    """CuPy's wheels of one CUDA major."""
    return {
        ("python",): list(release.pythons),
        ("cuda",): release.what.partition("cuda")[2].partition("x")[0],
        ("numpy",): _specifier(release.requirements(), "numpy"),
    }


def onnxruntime(release: Release, _: Survey) -> Cells:
    """ONNX Runtime: its CUDA and cuDNN where its extras name them."""
    cells: dict[tuple[str, ...], object] = {("python",): list(release.pythons)}
    for column in ("cuda", "cudnn"):
        pins = release.requirements(column)
        wheel = _CUDA_WHEELS["cuda_runtime" if column == "cuda" else column]
        if column in release.metadata.extras:
            cells[column,] = _version(release, pins, wheel).partition(".")[0]
    return cells


def on_torch(release: Release, _: Survey) -> Cells:
    """A package on top of PyTorch: the Pythons and the torch that it asks for."""
    return {
        ("requires_python",): release.metadata.requires_python,
        ("torch",): str(_requirement(release, release.requirements(), "torch").specifier),
    }


def _pinned_to(torch_release: Release, others: Iterable[Release]) -> list[str]:
    return [
        each.version
        for each in others
        if (pin := _find(each.requirements(), "torch"))
        and str(pin.specifier) == f"=={torch_release.version}"
    ]


def _on_any_machine(release: Release, name: str) -> list[str]:
    """What a release asks for of one package, by markers: one text a requirement, no extras."""
    found = []
    for each in release.all():
        if each.name.lower() == name and "extra" not in str(each.marker):
            marker = f"; {each.marker}".replace('"', "'") if each.marker else ""
            found.append(f"{each.specifier}{marker}")
    return found


def _cuda_pins(pins: Iterable[Requirement]) -> Mapping[str, str]:
    found = {name: _specifier(pins, wheel) for name, wheel in _CUDA_WHEELS.items()}
    return {name: text for name, text in found.items() if text is not None}


def _find(pins: Iterable[Requirement], name: str) -> Requirement | None:
    return next((each for each in pins if re.fullmatch(name, each.name.lower())), None)


def _requirement(release: Release, pins: Iterable[Requirement], name: str) -> Requirement:
    found = _find(pins, name)
    if found is None:
        raise RegistryError(f"{release.what}: the metadata names no {name.partition('(')[0]}")
    return found


def _specifier(pins: Iterable[Requirement], name: str) -> str | None:
    found = _find(pins, name)
    return str(found.specifier) if found else None


def _version(release: Release, pins: Iterable[Requirement], name: str) -> str:
    """The version that a requirement asks for, or the lowest that it allows."""
    for each in _requirement(release, pins, name).specifier:
        if each.operator in ("==", ">=", "~="):
            return each.version
    raise RegistryError(f"{release.what}: the metadata names no {name.partition('(')[0]}")


def _parts(version: str, joint: str = ".") -> str:
    return joint.join(version.split(".")[:_PARTS])


def _companion(
    listing: Listing, derive: Callable[[Release, Survey], Cells], *shared: str
) -> Project:
    return Project(
        "companions",
        (listing,),
        derive,
        where={"package": listing.distribution},
        shared=frozenset(shared),
    )


PROJECTS = (
    Project(
        "torch",
        (_TORCH,),
        torch,
        beside=(_TORCH_ARM, _TORCH_WINDOWS, _TORCHVISION, _TORCHAUDIO),
    ),
    Project(
        "tensorflow",
        (_TENSORFLOW,),
        tensorflow,
        beside=(_TENSORFLOW_WINDOWS,),
        shared=frozenset({"cuda", "cudnn"}),
    ),
    Project("jax", (_JAX,), jax, beside=(_JAXLIB, *_JAX_PLUGINS.values())),
    Project("cudnn", tuple(_CUDNN.values()), cudnn),
    _companion(Listing("cupy-cuda12x", "13.6", 9), cupy),
    _companion(Listing("cupy-cuda13x", "13.6", 9), cupy),
    _companion(Listing("onnxruntime-gpu", "1.19.2", 8), onnxruntime, "cuda", "cudnn"),
    _companion(Listing("bitsandbytes", "0.49", 13, every_python=False), on_torch),
    _companion(Listing("vllm", "0.28", 13, every_python=False), on_torch),
    _companion(Listing("xformers", "0.0.32.post2", 13, every_python=False), on_torch),
)
