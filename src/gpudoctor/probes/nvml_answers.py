"""NVML's answers, as the child said them, into facts."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from gpudoctor.facts import Absent, Fact, Known, Unknown

_NOT_SUPPORTED = 3  # NVML_ERROR_NOT_SUPPORTED: the GPU lacks it, which is absence, not ignorance
_SYMBOL_NOT_FOUND = 13  # NVML_ERROR_FUNCTION_NOT_FOUND: the driver is older than the call

T = TypeVar("T")


def fact_of(
    answers: Mapping[str, Any], key: str, convert: Callable[[Any], T], gap: Unknown
) -> Fact[T]:
    """One answer as a fact: what is not supported is absent, what failed is unknown."""
    answer = answers.get(key)
    if answer is None:
        return gap
    if answer.get("value") is not None:
        try:
            return Known(convert(answer["value"]), "NVML")
        except (ValueError, TypeError, KeyError) as error:
            return Unknown(f"NVML's {key} is in a form not known: {error}")
    code = answer.get("code")
    if code == _NOT_SUPPORTED:
        return Absent("NVML: not supported")
    if code == _SYMBOL_NOT_FOUND:
        return Absent("NVML: this driver has no such call")
    return Unknown(f"NVML {key}: {answer.get('text', 'no value')} (code {code})")
