"""Pack compat_matrix.yaml into the form that loads fastest; a build hook, and a command."""

import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # as a command there is no build to hook into
    BuildHookInterface = object

PROJECT = Path(__file__).resolve().parent.parent


class PackMatrixHook(BuildHookInterface):  # type: ignore[misc, valid-type]
    """Packs the matrix before the wheel is put together, the editable one too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        pack_matrix()


def pack_matrix() -> None:
    """Validate the YAML and write ``src/gpudoctor/data/compat_matrix.json``."""
    sys.path.insert(0, str(PROJECT / "src"))
    from gpudoctor.matrix.load import IN_CHECKOUT, PACKED, pack  # noqa: PLC0415

    pack(IN_CHECKOUT, PACKED)


if __name__ == "__main__":
    pack_matrix()
