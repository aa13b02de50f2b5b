"""Finds products by their names as NVML, a PCI list, a shop or a person writes them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_FORM = re.compile(r"\b(\d+ ?gb?|hbm\d?e?|sxm\d?|pcie)\b")  # of a product, not of its chip
_BRANDS = frozenset(("geforce", "tesla", "quadro", "rtx", "gtx", "gt"))
_WORD = re.compile(r"[a-z]+|\d+")
_LONGEST = 100
_SPACES = str.maketrans(dict.fromkeys("-_/()[]", " "))
_SPELLINGS = (
    ("max q", re.compile(r" with max q design$"), " max q"),
    ("laptop", re.compile(r"\blaptop( gpu)?\b"), "mobile"),
    ("notebook", re.compile(r"\bnotebook( gpu)?\b"), "mobile"),
    ("mobile", re.compile(r"\bmobile gpu\b"), "mobile"),
    ("embedded", re.compile(r"\bembedded gpu$"), "embedded"),
    ("ti", re.compile(r"(?<=\d)ti\b"), " ti"),
    ("super", re.compile(r"(?<=\d)super\b"), " super"),
    ("gb", re.compile(r"(\d+) gb\b"), r"\1gb"),
)

Cells = Mapping[str, Any]
Words = tuple[str, ...]


class ProductNames:
    """An index of products by name, by family, and by what is left without the brand."""

    def __init__(self, products: Iterable[Cells]) -> None:
        self._whole: dict[str, list[Cells]] = {}
        self._families: dict[Words, list[Cells]] = {}
        self._models: list[tuple[frozenset[str], Words, Cells]] = []
        for row in products:
            plain = plain_name(row["name"])
            words = _family(plain)
            self._whole.setdefault(plain, []).append(row)
            self._families.setdefault(words, []).append(row)
            brands, model = _model(words)
            self._models.append((brands, model, row))

    def find(self, name: str) -> tuple[list[Cells], bool]:
        """The products that a name means, and whether they have the size and form that it says.

        The product called so; else those of the family called so; else, for a name without its
        brand, those whose model is or begins so. None where they are of several capabilities.
        """
        plain = plain_name(name)
        words = _family(plain)
        found = self._whole.get(plain) or self._families.get(words) or self._by_model(words)
        if len({row["capability"] for row in found}) != 1:
            return [], False
        said = _form(plain)
        such = [row for row in found if said <= _form(plain_name(row["name"]))]
        return such or found, bool(such)

    def _by_model(self, words: Words) -> list[Cells]:
        brands, model = _model(words)
        if not any(word.isdigit() for word in model):
            return []
        begin = [
            (theirs, have, row)
            for theirs, have, row in self._models
            if _may_be(brands, theirs) and have[: len(model)] == model
        ]
        # GTX 960 is the GeForce of that name, not its M; RTX 4000 can be a Quadro or an Ada card.
        whole = [e for e in begin if e[1] == model and e[0] - brands <= {"geforce", "tesla"}]
        found = whole or begin
        if len({row["capability"] for _, _, row in found}) != 1:
            return []
        exact = [row for _, have, row in found if have == model]
        return exact or [row for _, _, row in found]


def _may_be(brands: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether a name with these brands may leave out the rest of a product's.

    A Quadro is no Quadro RTX: the Quadro 6000 is eight years older.
    """
    return brands <= theirs and not ("quadro" in brands and "rtx" in theirs - brands)


def plain_name(name: str) -> str:
    """A name without what is written now so, now so: maker, case, hyphens, ``Laptop GPU``."""
    text = " ".join(name[:_LONGEST].lower().translate(_SPACES).split())
    while text.startswith("nvidia "):
        text = text.removeprefix("nvidia ").removeprefix("corporation ")
    text = text.partition(" mig ")[0]
    for hint, pattern, plain in _SPELLINGS:
        if hint in text:  # a search costs ten times as much
            text = pattern.sub(plain, text)
    return text


def _family(plain: str) -> Words:
    return tuple(_WORD.findall(_FORM.sub(" ", plain)))


def _form(plain: str) -> frozenset[str]:
    return frozenset(re.sub(r"gb?$", "gb", found) for found in _FORM.findall(plain))


def _model(words: Words) -> tuple[frozenset[str], Words]:
    brands = frozenset(words) & _BRANDS
    return brands, tuple(word for word in words if word not in brands)
