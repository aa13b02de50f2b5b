"""The compatibility matrix: what NVIDIA and the frameworks publish, looked up by typed queries."""

from gpudoctor.matrix.code import CodeFit, CodeKind, code_fit
from gpudoctor.matrix.load import load_matrix
from gpudoctor.matrix.queries import Compatibility, DriverFit, DriverRequirement, Matrix
from gpudoctor.matrix.rows import MatrixInfo, TorchBuild

__all__ = [
    "CodeFit",
    "CodeKind",
    "Compatibility",
    "DriverFit",
    "DriverRequirement",
    "Matrix",
    "MatrixInfo",
    "TorchBuild",
    "code_fit",
    "load_matrix",
]
