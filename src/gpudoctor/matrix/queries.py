"""Typed questions to the matrix. A missing row is None, never its neighbour."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gpudoctor.matrix.driver_queries import (
    Compatibility,
    DriverFit,
    DriverQueries,
    DriverRequirement,
)
from gpudoctor.matrix.release_queries import ReleaseQueries
from gpudoctor.matrix.rows import ProductRow
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion

if TYPE_CHECKING:
    from gpudoctor.matrix.companion_queries import CompanionRow, JaxRow
    from gpudoctor.matrix.forward import ForwardFit
    from gpudoctor.matrix.library_queries import CudnnFit, CudnnRow, HostCompilerRow
    from gpudoctor.matrix.platform_queries import CpuInstructionsRow, WheelPlatformRow

__all__ = [
    "Compatibility",
    "DriverFit",
    "DriverRequirement",
    "Matrix",
]


class Matrix(DriverQueries, ReleaseQueries):
    """One compatibility matrix; its rows become records when they are asked for.

    What few runs ask for is imported by the question: each record type costs half a millisecond.
    """

    def forward_fit(
        self,
        *,
        cuda: CudaVersion,
        driver: DriverVersion,
        os: str,
        product: ProductRow | None,
    ) -> "ForwardFit | None":
        """Whether the package of a CUDA brings it to an older kernel driver; None without one.

        For data-centre GPUs; of workstation cards a few, which nobody listed; Jetsons have packages
        of their own (NVIDIA, "Forward Compatibility").
        """
        from gpudoctor.matrix.forward import forward_fit  # noqa: PLC0415

        return forward_fit(self, cuda=cuda, driver=driver, os=os, product=product)

    def host_compiler(self, cuda: CudaVersion) -> "HostCompilerRow | None":
        """The host compilers that a CUDA's nvcc takes."""
        from gpudoctor.matrix.library_queries import host_compiler  # noqa: PLC0415

        return host_compiler(self, cuda)

    def cudnn(self, version: str) -> "CudnnRow | None":
        """A cuDNN release by its whole version, or by the three parts that its headers know."""
        from gpudoctor.matrix.library_queries import cudnn  # noqa: PLC0415

        return cudnn(self, version)

    def cudnn_fit(
        self,
        version: str,
        *,
        cuda: CudaVersion,
        capability: ComputeCapability | None,
        driver: DriverVersion | None,
        os: str,
    ) -> "CudnnFit | None":
        """Whether a cuDNN serves a CUDA, a GPU and a driver; None without a row."""
        from gpudoctor.matrix.library_queries import cudnn_fit  # noqa: PLC0415

        return cudnn_fit(self, version, cuda=cuda, capability=capability, driver=driver, os=os)

    def jax_release(self, version: str) -> "JaxRow | None":
        """A JAX release."""
        from gpudoctor.matrix.companion_queries import jax_release  # noqa: PLC0415

        return jax_release(self, version)

    def jax_releases(self) -> "Iterator[JaxRow]":
        """Every JAX release, newest first."""
        from gpudoctor.matrix.companion_queries import jax_releases  # noqa: PLC0415

        return jax_releases(self)

    def companion(self, package: str, version: str) -> "CompanionRow | None":
        """A release of a package such as xformers or cupy-cuda12x."""
        from gpudoctor.matrix.companion_queries import companion  # noqa: PLC0415

        return companion(self, package, version)

    def companions(self, package: str) -> "Iterator[CompanionRow]":
        """Every release of a package that stands on a framework or on CUDA, newest first."""
        from gpudoctor.matrix.companion_queries import companions  # noqa: PLC0415

        return companions(self, package)

    def wheel_platform(
        self, package: str, version: str, *, os: str, cpu: str
    ) -> "WheelPlatformRow | None":
        """What is known of a release's wheels for a system and processor."""
        from gpudoctor.matrix.platform_queries import wheel_platform  # noqa: PLC0415

        return wheel_platform(self, package, version, os=os, cpu=cpu)

    def cpu_instructions(self, package: str, version: str, cpu: str) -> "CpuInstructionsRow | None":
        """What a release's wheels ask of a processor."""
        from gpudoctor.matrix.platform_queries import cpu_instructions  # noqa: PLC0415

        return cpu_instructions(self, package, version, cpu)

    def newest_glibc(self, package: str, cpu: str) -> tuple[int, ...]:
        """The newest glibc that any of a package's wheels asks for."""
        from gpudoctor.matrix.platform_queries import newest_glibc  # noqa: PLC0415

        return newest_glibc(self, package, cpu)
