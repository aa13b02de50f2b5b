"""Simulated machines: see healthy.py for machines that work and faults.py for what can break."""

from simulation.build import NoCompilerError, shared_natives
from simulation.builds import (
    TENSORFLOW,
    TENSORFLOW_CPU,
    TORCH_CPU,
    TORCH_CU118,
    TORCH_CU124,
    TORCH_CU128,
    TORCH_CU130,
    TORCH_ROCM,
    Behaviour,
    TensorFlowBuild,
    TorchBuild,
)
from simulation.environments import Environment, activate, add_environment
from simulation.healthy import (
    A100,
    B200,
    GTX_1080_TI,
    H100,
    RTX_4090,
    RTX_5090,
    T4,
    V100,
    healthy_machine,
    jetson_machine,
    wsl_machine,
)
from simulation.machine import Machine
from simulation.scenario import Gpu, Scenario, gpu
from simulation.tensorflow_install import add_tensorflow
from simulation.torch_install import add_torch

__all__ = [
    "A100",
    "B200",
    "GTX_1080_TI",
    "H100",
    "RTX_4090",
    "RTX_5090",
    "T4",
    "TENSORFLOW",
    "TENSORFLOW_CPU",
    "TORCH_CPU",
    "TORCH_CU118",
    "TORCH_CU124",
    "TORCH_CU128",
    "TORCH_CU130",
    "TORCH_ROCM",
    "V100",
    "Behaviour",
    "Environment",
    "Gpu",
    "Machine",
    "NoCompilerError",
    "Scenario",
    "TensorFlowBuild",
    "TorchBuild",
    "activate",
    "add_environment",
    "add_tensorflow",
    "add_torch",
    "gpu",
    "healthy_machine",
    "jetson_machine",
    "shared_natives",
    "wsl_machine",
]
