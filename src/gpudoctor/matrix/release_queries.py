"""Questions about releases of PyTorch and TensorFlow."""

from collections.abc import Iterator

from gpudoctor.matrix import rows
from gpudoctor.matrix.gpu_queries import GpuQueries
from gpudoctor.matrix.table import Cells, maybe, newest_first, origin_of, public, targets_of
from gpudoctor.versions import ComputeCapability, CudaVersion


class ReleaseQueries(GpuQueries):
    """Releases of PyTorch and TensorFlow."""

    def torch_release(self, version: str) -> rows.TorchRow | None:
        """A PyTorch release; a local label such as ``+cu128`` is left aside."""
        row = self.find("torch", "version", public(version))
        return _torch(row) if row else None

    def torch_build(self, version: str, tag: str) -> rows.TorchBuild | None:
        """One CUDA build of a PyTorch release."""
        release = self.torch_release(version)
        builds = release.builds if release else ()
        return next((build for build in builds if build.tag == tag), None)

    def torch_releases(self) -> Iterator[rows.TorchRow]:
        """Every PyTorch release, newest first."""
        return map(_torch, newest_first(self.rows("torch")))

    def tensorflow_release(self, version: str) -> rows.TensorflowRow | None:
        """A TensorFlow release."""
        row = self.find("tensorflow", "version", public(version))
        return _tensorflow(row) if row else None

    def tensorflow_releases(self) -> Iterator[rows.TensorflowRow]:
        """Every TensorFlow release, newest first."""
        return map(_tensorflow, newest_first(self.rows("tensorflow")))


def _torch(row: Cells) -> rows.TorchRow:
    origin = origin_of(row)
    builds = tuple(
        rows.TorchBuild(
            row["version"],
            each["tag"],
            maybe(each, "targets", targets_of),
            each.get("cudnn"),
            origin,
        )
        for each in row["builds"]
    )
    return rows.TorchRow(
        version=row["version"],
        pythons=tuple(row["python"]),
        default_tag=row["default"],
        builds=builds,
        pythons_aarch64=tuple(row.get("python_aarch64", ())),
        default_aarch64=row.get("default_aarch64"),
        pythons_windows=tuple(row.get("python_windows", ())),
        default_windows=row.get("default_windows"),
        nccl=row.get("nccl"),
        triton=row.get("triton"),
        torchvision=tuple(row.get("torchvision", ())),
        torchaudio=tuple(row.get("torchaudio", ())),
        origin=origin,
    )


def _tensorflow(row: Cells) -> rows.TensorflowRow:
    return rows.TensorflowRow(
        version=row["version"],
        pythons=tuple(row["python"]),
        cuda=CudaVersion.parse(row["cuda"]),
        cudnn=row["cudnn"],
        targets=maybe(row, "targets", targets_of),
        lowest_capability=maybe(row, "lowest_capability", ComputeCapability.parse),
        has_cuda_extra=row["and_cuda"],
        gpu_wheel=row["gpu_wheel"],
        pythons_windows=tuple(row.get("python_windows", ())),
        gpu_on=tuple(row.get("gpu_on", ())),
        numpy=tuple(row.get("numpy", ())),
        pins=dict(row.get("pins", {})),
        origin=origin_of(row),
    )
