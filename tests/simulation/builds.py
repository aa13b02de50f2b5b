"""Builds of PyTorch and TensorFlow to install, and how they can behave."""

from dataclasses import dataclass, field
from typing import Any

from simulation.wheels import Wheel, cuda_wheels, cudnn, nccl


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a framework does at each stage; the kinds are those of fakes/misbehaviour.py.

    works, raises, segfaults, illegal-instruction, aborts, hangs, hangs-deaf, exits-at-once, exits,
    prints, floods,
    leaves-orphan, leaves-daemon, stops, is-killed; when computing also wrong-matmul,
    wrong-convolution and nan. `text` is the exception (``OSError: words``), the exit code, the
    bytes of a flood, or what is printed.
    """

    importing: str = "works"
    devices: str = "works"
    computing: str = "works"
    text: str = ""

    def settings(self) -> dict[str, str]:
        """As the fakes read it."""
        return {
            "importing": self.importing,
            "devices": self.devices,
            "computing": self.computing,
            "text": self.text,
        }


WORKS = Behaviour()


@dataclass(frozen=True, slots=True)
class TorchBuild:
    """A PyTorch wheel."""

    version: str  # as torch/version.py has it
    cuda: str | None
    targets: str = ""  # what torch.cuda.get_arch_list() would give, with spaces
    cudnn: str = ""
    nccl: str = ""
    hip: str | None = None
    xpu: str | None = None
    metadata_version: str = ""  # where the wheel's own name leaves the local part out
    is_bundled: bool = False  # carries CUDA's libraries itself, as wheels before 2.1 or so

    @property
    def wheels(self) -> tuple[Wheel, ...]:
        """The CUDA wheels that it asks for, or would ask for if it did not carry them."""
        if self.cuda is None:
            return ()
        suffix = f"cu{self.cuda.partition('.')[0]}"
        return (*cuda_wheels(self.cuda), cudnn(self.cudnn, suffix), nccl(self.nccl, suffix))


TORCH_CU118 = TorchBuild(
    "2.1.2+cu118",
    "11.8",
    "sm_50 sm_60 sm_70 sm_75 sm_80 sm_86 sm_37 sm_90",
    cudnn="8.7.0.84",
    nccl="2.18.1",
    is_bundled=True,
)
TORCH_CU124 = TorchBuild(
    "2.5.1+cu124",
    "12.4",
    "sm_50 sm_60 sm_70 sm_75 sm_80 sm_86 sm_90",
    cudnn="9.1.0.70",
    nccl="2.21.5",
    metadata_version="2.5.1",
)
TORCH_CU128 = TorchBuild(
    "2.8.0+cu128",
    "12.8",
    "sm_70 sm_75 sm_80 sm_86 sm_90 sm_100 sm_120",
    cudnn="9.10.2.21",
    nccl="2.27.3",
    metadata_version="2.8.0",
)
TORCH_CU130 = TorchBuild(
    "2.14.1+cu130",
    "13.0",
    "sm_75 sm_80 sm_86 sm_90 sm_100 sm_120",
    cudnn="9.24.0.43",
    nccl="2.30.7",
    metadata_version="2.14.1",
)
TORCH_CPU = TorchBuild("2.13.0+cpu", None)
TORCH_ROCM = TorchBuild("2.9.1+rocm6.4", None, hip="6.4.43482-0f2d60242")


@dataclass(frozen=True, slots=True)
class TensorFlowBuild:
    """A TensorFlow wheel."""

    version: str
    cuda: str | None = "12.5.1"
    cudnn_major: str = "9"
    cudnn: str = "9.3.0.75"
    targets: tuple[str, ...] = ("sm_60", "sm_70", "sm_80", "sm_89", "compute_90")
    name: str = "tensorflow"
    extra_build_info: dict[str, Any] = field(default_factory=dict)

    @property
    def wheels(self) -> tuple[Wheel, ...]:
        """The wheels of its extra ``and-cuda``."""
        if self.cuda is None:
            return ()
        return (*cuda_wheels(self.cuda), cudnn(self.cudnn, "cu12"), nccl("2.27.7", "cu12"))


TENSORFLOW = TensorFlowBuild("2.21.0")
TENSORFLOW_CPU = TensorFlowBuild("2.21.0", cuda=None, targets=(), name="tensorflow-cpu")
