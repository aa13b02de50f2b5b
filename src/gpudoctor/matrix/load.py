"""Loads the matrix: ours in the packed form that starts fastest, or a file that was asked for."""

import json
import os
from collections.abc import Mapping
from typing import Any

from gpudoctor.errors import MatrixError
from gpudoctor.matrix.queries import Matrix
from gpudoctor.matrix.rows import MatrixInfo

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKED = os.path.join(_PACKAGE, "data", "compat_matrix.json")
IN_CHECKOUT = os.path.join(os.path.dirname(os.path.dirname(_PACKAGE)), "compat_matrix.yaml")

Content = Mapping[str, Any]


def load_matrix(path: str | None = None) -> Matrix:
    """Our matrix, or the YAML file at `path`, a whole one or an overlay on ours.

    Raises MatrixError if it can't be used.
    """
    return Matrix(*load_content(path))


def load_content(path: str | None = None) -> tuple[MatrixInfo, Content]:
    """What `load_matrix` loads, as plain data and what to call it; raise MatrixError likewise."""
    info, content, errors = examine(path)
    if errors:
        raise errors[0]
    return info, content


def examine(path: str | None) -> tuple[MatrixInfo, Content, tuple[MatrixError, ...]]:
    """What `load_content` loads, with all that is wrong with its rows.

    Raises MatrixError for a file that can't be read or is no YAML. Where there are errors, the
    content is not to be used.
    """
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
    return _info(content, content["sha256"]), content, ()


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


def _from_yaml(path: str) -> tuple[MatrixInfo, Content, tuple[MatrixError, ...]]:
    # YAML is for files that were asked for; our own comes packed.
    from gpudoctor.matrix.overlay import overlaid  # noqa: PLC0415
    from gpudoctor.matrix.source import read_document  # noqa: PLC0415

    document = read_document(path, lambda: load_content()[1]["sources"])
    sha256 = _sha256(document.text)
    if document.errors:
        return MatrixInfo("", "", sha256), {}, document.errors
    if not document.is_overlay:
        return _info(document.content, sha256), document.content, ()
    base, ours = load_content()
    content = overlaid(ours, document.content)
    return _info(content, f"{base.sha256}+{sha256}"), content, ()


def _sha256(text: str) -> str:
    import hashlib  # noqa: PLC0415 - our own matrix comes with its sum

    return hashlib.sha256(text.encode()).hexdigest()


def _info(content: Content, sha256: str) -> MatrixInfo:
    return MatrixInfo(content["version"], content["date"], sha256)


def pack(path: str, target: str) -> None:
    """Write the packed form of a YAML matrix; raise MatrixError if it can't be used."""
    from gpudoctor.matrix.source import read_matrix_file  # noqa: PLC0415

    content, text = read_matrix_file(path)
    packed = {"sha256": _sha256(text), **content}
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="utf-8") as file:
        json.dump(packed, file, separators=(",", ":"))
