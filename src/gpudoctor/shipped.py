"""Finds the files that ship with gpudoctor: in the package, or in the checkout it runs from."""

import os

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_CHECKOUT = os.path.dirname(os.path.dirname(_PACKAGE))


def shipped_text(packed: str, in_checkout: str) -> str:
    """A shipped file's text; `packed` is below the package, `in_checkout` below its checkout."""
    path = os.path.join(_PACKAGE, packed)
    if not os.path.exists(path):
        path = os.path.join(_CHECKOUT, in_checkout)
    with open(path, encoding="utf-8") as file:
        return file.read()
