"""A fact: known with its source, absent where it would show, or unknown for a reason."""

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """A value, and where it was read."""

    value: T_co
    source: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Looked for in a place that would show it, and not there."""

    source: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Could not be looked for, or the look-up failed."""

    reason: str


Fact: TypeAlias = Known[T_co] | Absent | Unknown

NOT_LOOKED = Unknown("not looked at")
ASLEEP = Unknown("the GPU sleeps, and --quick does not wake it")


def known(fact: "Fact[T_co]") -> T_co | None:
    """The value of a known fact, else None; for places where absent and unknown are alike."""
    return fact.value if isinstance(fact, Known) else None
