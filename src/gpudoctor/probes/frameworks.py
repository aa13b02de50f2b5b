"""Probe PyTorch and TensorFlow as they lie on disk: what they were built for, without an import."""

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

from gpudoctor.errors import MissingError, ProbeError
from gpudoctor.facts import Absent, Fact, FrameworkFacts, Known, Unknown
from gpudoctor.host import Host
from gpudoctor.probes.packages import Installed, required_cuda_wheels
from gpudoctor.versions import CudaVersion, GpuTarget

_RECORD_LIMIT = 16 << 20
_TORCH_FIELD = re.compile(
    r"^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:'([^'\n]*)'|\"([^\"\n]*)\"|None)\s*$", re.MULTILINE
)
_TARGETS = re.compile(rb"\0sm_\d{2,3}[af]?(?:[ ;](?:sm|compute)_\d{2,3}[af]?)*\0")
# Literal beginnings keep the search of a RECORD of megabytes within a few milliseconds.
_NEEDED_TO_IMPORT = {
    "torch": (re.compile(rb"\ntorch/lib/[^,/\n]+\.so[^,/\n]*,"),),
    "tensorflow": (
        re.compile(rb"\ntensorflow/libtensorflow[^,/\n]*,"),
        re.compile(rb"\ntensorflow/python/_pywrap[^,/\n]*\.so,"),
    ),
}
# Every name under which the same package is, or was, distributed.
DISTRIBUTIONS = {
    "torch": ("torch",),
    "tensorflow": (
        "tensorflow",
        "tensorflow-gpu",
        "tensorflow-cpu",
        "tf-nightly",
        "intel-tensorflow",
    ),
}


def probe_frameworks(
    host: Host, module_path: tuple[str, ...], installed: Installed
) -> tuple[FrameworkFacts, ...]:
    """Read every framework that the environment has, or has the metadata of."""
    readers: Mapping[str, Callable[..., FrameworkFacts]] = {
        "torch": _torch,
        "tensorflow": _tensorflow,
    }
    found = []
    for name, read in readers.items():
        location = next((top for top in module_path if host.is_directory(f"{top}/{name}")), None)
        distribution = next(
            (each for each in DISTRIBUTIONS[name] if each in installed.versions), None
        )
        if distribution or (location and host.exists(f"{location}/{name}/__init__.py")):
            found.append(read(host, installed, location, distribution))
    return tuple(found)


def _metadata_version(installed: Installed, distribution: str | None) -> Fact[str]:
    if distribution is None:
        return Absent("metadata folders")
    return Known(installed.versions[distribution], f"metadata of {distribution}")


def _location(location: str | None, name: str) -> Fact[str]:
    return Known(f"{location}/{name}", "module path") if location else Absent("module path")


def _missing_files(
    host: Host, installed: Installed, name: str, distribution: str | None
) -> Fact[tuple[str, ...]]:
    """What RECORD lists, an import needs, and is gone."""
    if distribution is None:
        return Absent("no metadata")
    folder = installed.metadata[distribution]
    try:
        record = b"\n" + host.read_bytes(f"{folder}/RECORD", _RECORD_LIMIT)
    except ProbeError as error:
        return Unknown(str(error))
    top = folder.rpartition("/")[0]
    lines = [line for each in _NEEDED_TO_IMPORT[name] for line in each.findall(record)]
    listed = [f"{name}/__init__.py", *(line[1:-1].decode("utf-8", "replace") for line in lines)]
    gone = tuple(path for path in listed if not host.exists(f"{top}/{path}"))
    return Known(gone, f"{folder}/RECORD")


def _torch(
    host: Host, installed: Installed, location: str | None, distribution: str | None
) -> FrameworkFacts:
    missing = _missing_files(host, installed, "torch", distribution)
    requires = (
        required_cuda_wheels(host, installed, distribution)
        if distribution
        else Absent("no metadata")
    )
    path = f"{location}/torch/version.py"
    try:
        fields = {m[0]: m[1] or m[2] for m in _TORCH_FIELD.findall(host.read_text(path, 1 << 16))}
    except ProbeError as error:
        gap = Unknown(str(error))
        version = _metadata_version(installed, distribution)
        where = _location(location, "torch")
        return FrameworkFacts(
            "torch", version, where, gap, gap, gap, gap, requires, missing, gap, gap
        )
    stated = fields.get("__version__")
    variant = _torch_variant(fields)
    return FrameworkFacts(
        name="torch",
        version=Known(stated, path) if stated else _metadata_version(installed, distribution),
        location=_location(location, "torch"),
        variant=Known(variant, path),
        built_for_cuda=_cuda(fields.get("cuda"), path),
        cudnn=_torch_cudnn(requires),
        targets=_torch_targets(host, f"{location}/torch") if variant == "cuda" else Absent(path),
        requires=requires,
        missing_files=missing,
    )


def _torch_variant(fields: Mapping[str, str]) -> str:
    for variant, field in (("cuda", "cuda"), ("rocm", "hip"), ("rocm", "rocm"), ("xpu", "xpu")):
        if fields.get(field):
            return variant
    return "xpu" if "+xpu" in fields.get("__version__", "") else "cpu"


def _cuda(text: str | None, source: str) -> Fact[CudaVersion]:
    if not text:
        return Absent(source)
    try:
        return Known(CudaVersion.parse(text), source)
    except ValueError as error:
        return Unknown(f"{source}: {error}")


def _torch_cudnn(requires: Fact[Any]) -> Fact[str]:
    if isinstance(requires, Known):
        for each in requires.value:
            if each.name.startswith("nvidia-cudnn-"):
                return Known(each.specifier.lstrip("=~> "), requires.source)
    return Unknown("torch's metadata names no cuDNN wheel")


def _torch_targets(host: Host, folder: str) -> Fact[tuple[GpuTarget, ...]]:
    """The list behind torch.cuda.get_arch_list(), a string in libtorch_python.so."""
    path = f"{folder}/lib/libtorch_python.so"
    try:
        found = list(host.find_all(path, b"\0sm_", _TARGETS))
    except ProbeError as error:
        return Unknown(str(error))
    if not found:
        return Unknown(f"{path} holds no architecture list")
    # Other strings of the library look like a list of one target; the longest is the list.
    words = max(found, key=len).decode("ascii").strip("\0").replace(";", " ").split()
    return Known(tuple(GpuTarget.parse(word) for word in words), path)


def _tensorflow(
    host: Host, installed: Installed, location: str | None, distribution: str | None
) -> FrameworkFacts:
    version = _metadata_version(installed, distribution)
    missing = _missing_files(host, installed, "tensorflow", distribution)
    where = _location(location, "tensorflow")
    path = f"{location}/tensorflow/python/platform/build_info.py"
    try:
        build = _build_info(host.read_text(path, 1 << 16))
    except MissingError:
        # TensorFlow 1.x and 2.0 have no such file.
        gap: Unknown = Unknown(f"{path} does not exist")
        return FrameworkFacts(
            "tensorflow", version, where, gap, gap, gap, gap, gap, missing, gap, gap
        )
    except (ProbeError, ValueError, SyntaxError) as error:
        gap = Unknown(f"{path}: {error}")
        return FrameworkFacts(
            "tensorflow", version, where, gap, gap, gap, gap, gap, missing, gap, gap
        )
    is_cuda, is_rocm = bool(build.get("is_cuda_build")), bool(build.get("is_rocm_build"))
    cudnn = build.get("cudnn_version")
    return FrameworkFacts(
        name="tensorflow",
        version=version,
        location=where,
        variant=Known("cuda" if is_cuda else "rocm" if is_rocm else "cpu", path),
        built_for_cuda=_cuda(str(build.get("cuda_version") or "") if is_cuda else None, path),
        cudnn=Known(str(cudnn), path) if cudnn and is_cuda else Absent(path),
        targets=_tensorflow_targets(build.get("cuda_compute_capabilities"), path),
        requires=Absent("TensorFlow's CUDA wheels are an extra"),
        missing_files=missing,
        runtime_version=Absent("linked into TensorFlow"),
        runtime=Absent("linked into TensorFlow"),
    )


def _build_info(text: str) -> Mapping[str, Any]:
    """The literal pairs that `build_info` is made of; nothing of the file is run."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args:
            pairs = ast.literal_eval(node.value.args[0])
            return dict(pairs)
    raise ValueError("no build_info in it")


def _tensorflow_targets(listed: Any, path: str) -> Fact[tuple[GpuTarget, ...]]:
    if not listed:
        return Absent(path)
    # compute_90 is left as it is: what nvcc compiles has machine code of it too, and most kernels,
    # which MLIR generates, have its PTX alone.
    words = [str(each) for each in listed]
    if all("_" not in word for word in words):  # 2.3 and 2.4 wrote "3.5": code and PTX of it
        words = [f"{kind}_{w.replace('.', '')}" for w in words for kind in ("sm", "compute")]
    try:
        return Known(tuple(GpuTarget.parse(word) for word in words), path)
    except ValueError as error:
        return Unknown(f"{path}: {error}")
