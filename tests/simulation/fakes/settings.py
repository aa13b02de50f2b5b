"""What the test that laid the package out decided about it: ``_simulated.json`` beside it."""

import json
import os
from typing import Any


def load(package_file: str) -> "dict[str, Any]":
    """The settings of the package whose ``__init__.py`` this is."""
    path = os.path.join(os.path.dirname(package_file), "_simulated.json")
    with open(path, encoding="utf-8") as file:
        settings: dict[str, Any] = json.load(file)
    return settings
