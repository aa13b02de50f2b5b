"""Loads the matrix: ours in the packed form that starts fastest, or a file that was asked for."""

import json
import os
from typing import Any

from gpudoctor.errors import MatrixError
from gpudoctor.matrix.queries import Matrix
from gpudoctor.matrix.rows import MatrixInfo

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKED = os.path.join(_PACKAGE, "data", "compat_matrix.json")
IN_CHECKOUT = os.path.join(os.path.dirname(os.path.dirname(_PACKAGE)), "compat_matrix.yaml")


def load_matrix(path: str | None = None) -> Matrix:
    """Our matrix, or the YAML file at `path` instead; raise MatrixError if it can't be used."""
    if path is not None:
        return _from_yaml(path)
    if _is_stale():
        return _from_yaml(IN_CHECKOUT)
    try:
        with open(PACKED, encoding="utf-8") as file:
            content = json.load(file)
    except (OSError, ValueError) as error:
        words = "gpudoctor's own matrix can't be read: install gpudoctor again"
        raise MatrixError(f"{words} ({error})", file=PACKED) from error
    return _matrix(content, content["sha256"])


def _is_stale() -> bool:
    """Whether a checkout's YAML is there and newer than what was packed from it."""
    try:
        edited = os.stat(IN_CHECKOUT).st_mtime_ns
    except OSError:
        return False
    try:
        return edited > os.stat(PACKED).st_mtime_ns
    except OSError:
        return True


def _from_yaml(path: str) -> Matrix:
    # YAML and hashing are for files that were asked for; our own comes packed.
    import hashlib  # noqa: PLC0415

    from gpudoctor.matrix.source import read_matrix_file  # noqa: PLC0415

    content, text = read_matrix_file(path)
    return _matrix(content, hashlib.sha256(text.encode()).hexdigest())


def _matrix(content: Any, sha256: str) -> Matrix:
    return Matrix(MatrixInfo(content["version"], content["date"], sha256), content)


def pack(path: str, target: str) -> None:
    """Write the packed form of a YAML matrix; raise MatrixError if it can't be used."""
    import hashlib  # noqa: PLC0415

    from gpudoctor.matrix.source import read_matrix_file  # noqa: PLC0415

    content, text = read_matrix_file(path)
    packed = {"sha256": hashlib.sha256(text.encode()).hexdigest(), **content}
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="utf-8") as file:
        json.dump(packed, file, separators=(",", ":"))
