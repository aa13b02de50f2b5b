"""Reads what a person names: a requirement such as ``torch==2.7.1+cu128``, and a GPU."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gpudoctor.errors import UsageError
from gpudoctor.hints import did_you_mean
from gpudoctor.matrix.queries import Matrix
from gpudoctor.matrix.rows import ProductRow
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion, GpuTarget

_PROJECTS = {
    "torch": "torch",
    "pytorch": "torch",
    "tensorflow": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "tf": "tensorflow",
    "cuda": "cuda",
    "cuda-toolkit": "cuda",
}
_REQUIREMENT = re.compile(
    r"([a-z][a-z-]{0,30})(?:\[[a-z,_ -]{0,60}\])?\s*(?:===?|\s)\s*v?"
    r"(\d[0-9a-z.]{0,30})(?:(?:\+|\s+)([a-z0-9.]{1,30}))?\Z"
)
_PCI_ID = re.compile(r"(?:10de:)?([0-9a-f]{4})\Z")
_PYTHON = re.compile(r"(\d\.\d{1,2})(?:\.\d{1,3})?(t?)\Z")
_WORD = re.compile(r"[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One release of a project; `tag` is the CUDA build asked for, as in ``+cu128``."""

    project: str  # torch, tensorflow, cuda
    version: str
    tag: str | None

    def __str__(self) -> str:
        return f"{self.project} {self.version}{f'+{self.tag}' if self.tag else ''}"


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU that was named: by its product, or by its compute capability alone."""

    name: str
    capability: ComputeCapability
    product: ProductRow | None


def parse_requirement(text: str) -> Requirement:
    """Read ``torch==2.7.1+cu128``, ``tensorflow 2.21.0`` or ``cuda 12.8``; raise UsageError."""
    match = _REQUIREMENT.match(text.strip().lower())
    if match is None:
        raise UsageError(
            f"{text[:80]!r} does not name one release",
            "as in torch==2.7.1+cu128, tensorflow==2.21.0 or 'cuda 12.8'",
        )
    name, version, tag = match.groups()
    if name not in _PROJECTS:
        raise UsageError(
            f"the matrix answers no such question about {name!r}", did_you_mean(name, _PROJECTS)
        )
    project = _PROJECTS[name]
    if project == "cuda":
        try:
            CudaVersion.parse(version)
        except ValueError as error:
            raise UsageError(f"{version!r} is no CUDA version", "as in cuda 12.8") from error
    return Requirement(project, version, tag)


def find_gpu(matrix: Matrix, content: Mapping[str, Any], text: str) -> Gpu:
    """The GPU of a product's name, a compute capability or a PCI id; raise UsageError for none."""
    capability = _capability(text)
    if capability:
        return Gpu(f"a GPU of compute capability {capability}", capability, None)
    pci_id = _PCI_ID.match(text.strip().lower())
    product = matrix.product_of_pci_id(pci_id[1]) if pci_id else None
    product = product or matrix.product(text.strip())
    if product is None:
        rows = _by_name(content, text)
        _refuse_none_and_many(content, text, rows)
        product = matrix.product(rows[0]["name"])
        if product is None:  # its name stands for others too
            raise UsageError(f"{text[:60]!r} can be several GPUs", "give a capability such as 8.6")
    name = product.name if pci_id else text.strip()
    return Gpu(name, product.capability, product)


def _refuse_none_and_many(
    content: Mapping[str, Any], text: str, rows: list[Mapping[str, Any]]
) -> None:
    """Raise UsageError where a name fits no product, or products of different capabilities."""
    if not rows:
        raise UsageError(
            f"the matrix knows no GPU {text[:60]!r}",
            f"{near_products(content, text)}; a capability such as 8.6 does too",
        )
    kinds = {row["capability"]: row["name"] for row in rows}
    if len(kinds) > 1:
        meant = ", ".join(f"{name} ({capability})" for capability, name in sorted(kinds.items()))
        raise UsageError(
            f"{text[:60]!r} can be GPUs of different capabilities", f"name one: {meant}"
        )


def named_products(content: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The products of a name: those called so, else whose name ends so, else that contain it."""
    wanted = _words(name)
    rows: list[Mapping[str, Any]] = content["gpu_products"]
    for fits in (_is_whole, _is_tail, _is_part):
        if found := [row for row in rows if wanted and fits(wanted, _words(row["name"]))]:
            return found
    return []


def near_products(content: Mapping[str, Any], name: str) -> str:
    """A hint that names the products whose names, with their family or without, are near."""
    names = [row["name"] for row in content["gpu_products"]]
    tails = [each.partition(" ")[2] for each in names]
    hint = did_you_mean(name[:60], dict.fromkeys([*names, *filter(None, tails)]))
    return hint if hint.startswith("did") else "gpudoctor matrix show gpu lists them"


def _capability(text: str) -> ComputeCapability | None:
    word = text.strip().lower()
    try:
        return ComputeCapability.parse(word)
    except ValueError:
        pass
    try:
        return GpuTarget.parse(word).capability
    except ValueError:
        return None


def _by_name(content: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """All that a name can mean: the product called so, else every one that contains it."""
    wanted = _words(name)
    rows: list[Mapping[str, Any]] = content["gpu_products"]
    whole = [row for row in rows if _words(row["name"]) == wanted]
    return whole or [row for row in rows if wanted and _is_part(wanted, _words(row["name"]))]


def _words(name: str) -> tuple[str, ...]:
    """A name's words and numbers: ``NVIDIA GeForce RTX4090`` ends as ``RTX 4090``."""
    return tuple(each for each in _WORD.findall(name[:100].lower()) if each != "nvidia")


def _is_whole(wanted: tuple[str, ...], have: tuple[str, ...]) -> bool:
    return wanted == have


def _is_tail(wanted: tuple[str, ...], have: tuple[str, ...]) -> bool:
    return have[-len(wanted) :] == wanted


def _is_part(wanted: tuple[str, ...], have: tuple[str, ...]) -> bool:
    starts = range(len(have) - len(wanted) + 1)
    return any(have[start : start + len(wanted)] == wanted for start in starts)


def parse_driver(text: str) -> DriverVersion:
    """Read a driver version; raise UsageError on anything else."""
    try:
        return DriverVersion.parse(text)
    except ValueError as error:
        raise UsageError(f"{text[:60]!r} is no driver version", "as in 535.183.01") from error


def parse_python(text: str) -> str:
    """The minor version of a Python: ``3.12`` of ``3.12.4``; raise UsageError on anything else."""
    match = _PYTHON.match(text.strip())
    if match is None:
        raise UsageError(f"{text[:60]!r} is no Python version", "as in 3.12, or 3.13t")
    return f"{match[1]}{match[2]}"
