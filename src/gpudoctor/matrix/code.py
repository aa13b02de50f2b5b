"""The rules of GPU code: which machine code and which PTX a GPU can run.

CUDA C++ Programming Guide, "Binary Compatibility" and "PTX Compatibility"; family and
architecture-specific targets since CUDA 12.9: https://docs.nvidia.com/cuda/cuda-c-programming-guide/
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from gpudoctor.versions import ComputeCapability, CudaVersion, GpuTarget


class CodeKind(Enum):
    """What of a build a GPU would run."""

    MACHINE_CODE = "machine code"
    PTX = "PTX"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CodeFit:
    """What of a build's targets serves a GPU, and why."""

    kind: CodeKind
    target: GpuTarget | None
    detail: str


def code_fit(
    targets: Iterable[GpuTarget],
    capability: ComputeCapability,
    cuda_driver_api: CudaVersion | None,
    built_for: CudaVersion | None,
    apart: frozenset[ComputeCapability] = frozenset(),
) -> CodeFit:
    """The best of `targets` for a GPU: machine code, else PTX that this driver can compile.

    `apart` are the capabilities that share no machine code with others of their major (Tegra).
    """
    listed = sorted(targets, key=lambda each: each.capability, reverse=True)
    for each in listed:
        if not each.is_ptx and _serves(each, capability, apart):
            return CodeFit(CodeKind.MACHINE_CODE, each, f"{each} runs on {capability}")
    for each in listed:
        if each.is_ptx and _ptx_serves(each, capability):
            if cuda_driver_api and built_for and built_for > cuda_driver_api:
                words = (
                    f"only {each} could serve {capability}, and a driver of CUDA {cuda_driver_api} "
                    f"can't compile the PTX of CUDA {built_for}"
                )
                return CodeFit(CodeKind.NONE, each, words)
            return CodeFit(CodeKind.PTX, each, f"{each} is compiled for {capability} at first use")
    words = " ".join(str(each) for each in listed) or "nothing"
    return CodeFit(CodeKind.NONE, None, f"of {words} nothing runs on {capability}")


def _serves(
    target: GpuTarget, capability: ComputeCapability, apart: frozenset[ComputeCapability]
) -> bool:
    have = target.capability
    if target.suffix == "a" or capability in apart or have in apart:
        return have == capability
    return have.major == capability.major and have.minor <= capability.minor


def _ptx_serves(target: GpuTarget, capability: ComputeCapability) -> bool:
    if target.suffix == "a":
        return target.capability == capability
    if target.suffix == "f":
        have = target.capability
        return have.major == capability.major and have.minor <= capability.minor
    return target.capability <= capability
