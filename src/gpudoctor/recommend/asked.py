"""Turns what a person typed, and what a machine shows, into what is wanted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from gpudoctor.errors import UsageError
from gpudoctor.facts import CudaDevice, NvmlGpu, Snapshot, known
from gpudoctor.hints import did_you_mean
from gpudoctor.matrix.answers import Setting
from gpudoctor.matrix.queries import Matrix
from gpudoctor.matrix.targets import Gpu, find_gpu, parse_driver, parse_python
from gpudoctor.recommend.wanted import FRAMEWORKS, Wanted
from gpudoctor.versions import DriverVersion

_NAMES = {
    "torch": "torch",
    "pytorch": "torch",
    "tensorflow": "tensorflow",
    "tf": "tensorflow",
    "jax": "jax",
}
_GLIBC = re.compile(r"(?:glibc[ -]?)?(\d+)\.(\d+)(?:\.\d+)?\Z")
_AS_IN = "as in --keep 'numpy<2'"
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed; None and empty where nothing was."""

    frameworks: tuple[str, ...] = ()
    gpus: tuple[str, ...] = ()
    driver: str | None = None
    python: str | None = None
    os: str | None = None  # linux, windows, wsl
    cpu: str | None = None
    keep: tuple[str, ...] = ()
    glibc: str | None = None


def wanted_elsewhere(matrix: Matrix, content: Mapping[str, Any], asked: Asked) -> Wanted:
    """A machine that is not here, as it was described; raise UsageError."""
    frameworks, companions = _names(matrix, asked)
    return Wanted(
        frameworks=frameworks,
        companions=companions,
        gpus=tuple(find_gpu(matrix, content, each) for each in asked.gpus),
        setting=_setting(asked, None, None, asked.os or "linux"),
        cpu_arch=_cpu(asked.cpu or "x86_64"),
        keep=_kept(asked),
        glibc=_glibc(asked.glibc),
    )


def wanted_here(matrix: Matrix, snapshot: Snapshot, asked: Asked) -> Wanted:
    """The machine of a snapshot, changed by what was typed; raise UsageError without a GPU."""
    gpus = _gpus(matrix, snapshot)
    if not gpus:
        raise UsageError(
            "this machine shows no NVIDIA GPU whose compute capability is known",
            'name one with --gpu "RTX 4090" or --compute-capability 8.9',
        )
    driver = known(snapshot.nvml.driver_version) or known(snapshot.driver.kernel_module_version)
    version = known(snapshot.environments[0].python.version) if snapshot.environments else None
    system = "wsl" if known(snapshot.platform.wsl) else snapshot.platform.os
    frameworks, companions = _names(matrix, asked)
    return Wanted(
        frameworks=frameworks,
        companions=companions,
        gpus=gpus,
        setting=_setting(asked, driver, version, asked.os or system),
        cpu_arch=_cpu(asked.cpu or snapshot.platform.cpu_arch),
        keep=_kept(asked),
        glibc=_glibc(asked.glibc or glibc_of(snapshot, asked.os or system)),
        may_leave_out=True,
    )


def glibc_of(snapshot: Snapshot, system: str) -> str | None:
    """The glibc of a Linux; None for another system or another C library."""
    libc = known(snapshot.platform.libc) if system in ("linux", "wsl") else None
    return libc if libc and _GLIBC.match(libc) else None


def _names(matrix: Matrix, asked: Asked) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The frameworks that were asked for, and what is to go with torch."""
    from gpudoctor.recommend.companions import ALIASES  # noqa: PLC0415 - few ask for them

    beside = {*ALIASES, *(row["package"] for row in matrix.rows("companions"))}
    frameworks, companions = [], []
    for each in asked.frameworks or FRAMEWORKS[:1]:
        name = each.lower().replace("_", "-")
        if name in beside:
            companions.append(name)
        elif name in _NAMES:
            frameworks.append(_NAMES[name])
        else:
            raise UsageError(
                f"nothing is known to recommend of {each[:60]!r}",
                did_you_mean(name, dict.fromkeys([*_NAMES, *beside])),
            )
    if companions and "torch" not in frameworks:
        frameworks.insert(0, "torch")
    return tuple(dict.fromkeys(frameworks)), tuple(dict.fromkeys(companions))


def _setting(asked: Asked, driver: DriverVersion | None, python: str | None, os: str) -> Setting:
    version = asked.python if asked.python is not None else python
    return Setting(
        driver=parse_driver(asked.driver) if asked.driver is not None else driver,
        os="linux" if os == "wsl" else os,
        python=parse_python(version) if version is not None else None,
        is_wsl=os == "wsl",
    )


def _cpu(name: str) -> str:
    if name.lower() not in _ARCHITECTURES:
        raise UsageError(f"{name[:60]!r} is no known processor", "x86_64 or aarch64")
    return _ARCHITECTURES[name.lower()]


def _glibc(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    match = _GLIBC.match(text.strip())
    if match is None:
        raise UsageError(f"{text[:60]!r} is no version of glibc", "as in 2.28")
    return int(match[1]), int(match[2])


def _kept(asked: Asked) -> tuple[str, ...]:
    """What is to be kept, each as a name with versions and nothing more."""
    try:
        kept = [Requirement(each) for each in asked.keep]
    except InvalidRequirement as error:
        raise UsageError(f"--keep: {str(error)[:80]}", _AS_IN) from error
    for each in kept:
        if each.url or each.marker:
            raise UsageError(f"--keep {each.name!r} is more than a name with versions", _AS_IN)
    return tuple(map(str, kept))


def _gpus(matrix: Matrix, snapshot: Snapshot) -> tuple[Gpu, ...]:
    """The kinds of GPUs here: by NVML, else by libcuda, else by their PCI ids."""
    found: dict[str, Gpu] = {}
    listed: tuple[NvmlGpu | CudaDevice, ...] = known(snapshot.nvml.gpus) or ()
    for each in listed or known(snapshot.libcuda.devices) or ():
        capability = known(each.compute_capability)
        if capability is not None:
            name = known(each.name) or f"a GPU of compute capability {capability}"
            found.setdefault(name, Gpu(name, capability, matrix.product(name)))
    if not found:
        for device in known(snapshot.pci) or ():
            capability = matrix.capability_of_pci_id(device.device_id)
            product = matrix.product_of_pci_id(device.device_id)
            if capability is not None:
                name = product.name if product else f"the GPU 10de:{device.device_id}"
                found.setdefault(name, Gpu(name, capability, product))
    return tuple(found.values())
