"""An environment for timing whole processes against simulated GPUs."""

import os
from pathlib import Path

from simulation.healthy import A100, healthy_machine


def simulated_environ(folder: Path, gpus: int) -> dict[str, str]:
    """The variables with which any process of this machine meets a driver with so many GPUs."""
    machine = healthy_machine(folder, [A100] * gpus)
    keys = ("LD_LIBRARY_PATH", "SIM_SCENARIO", "SIM_ROOT", "LD_AUDIT", "VIRTUAL_ENV")
    taken = {key: machine.environ[key] for key in keys if key in machine.environ}
    return {**os.environ, **taken}
