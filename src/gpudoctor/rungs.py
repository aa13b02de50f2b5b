"""The ladder's rungs, lowest first: a set-up breaks on one, and those above fail in its name."""

from enum import IntEnum


class Rung(IntEnum):
    """A rung; a smaller number is deeper."""

    DEVICE = 0
    KERNEL_MODULE = 1
    DEVICE_NODES = 2
    NVML = 3
    LIBCUDA = 4
    CUDA_RUNTIME = 5
    CUDNN = 6
    FRAMEWORK_BUILD = 7
    FRAMEWORK_SEES_GPU = 8
    COMPUTES = 9

    @property
    def slug(self) -> str:
        """The rung's name in JSON: ``kernel-module``."""
        return self.name.lower().replace("_", "-")


FRAMEWORK_RUNGS = (
    Rung.FRAMEWORK_BUILD,
    Rung.CUDA_RUNTIME,
    Rung.CUDNN,
    Rung.FRAMEWORK_SEES_GPU,
    Rung.COMPUTES,
)
