"""Where CUDA itself said that it met a memory error which ECC could not correct."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gpudoctor.checks._cuda_answer import answer_with
from gpudoctor.checks._evidence import framework_pointer
from gpudoctor.facts import ImportFacts, Known, Snapshot, known
from gpudoctor.findings import Evidence

_UNCORRECTABLE = 214  # CUDA_ERROR_ECC_UNCORRECTABLE
_SAID = re.compile(r"uncorrectable ECC error|ECC_UNCORRECTABLE")
_MOST = 160  # characters of a message that anyone could have written


@dataclass(frozen=True, slots=True)
class EccRefusal:
    """What CUDA said, by a code or only in the words of a framework."""

    words: str
    evidence: Evidence
    is_code: bool


def ecc_refusal(snapshot: Snapshot) -> EccRefusal | None:
    """The first such answer of libcuda, of a CUDA runtime, or of a framework at work."""
    answer = answer_with(snapshot, _UNCORRECTABLE)
    if answer is not None:
        return EccRefusal(
            "CUDA answers 214 (uncorrectable ECC error)", answer.evidence, is_code=True
        )
    for index, framework in snapshot.frameworks():
        imported = known(framework.imported)
        if imported is None or known(imported.computes):
            continue  # not asked, or it works
        for field, text in _texts(imported):
            if _SAID.search(text):
                pointer = framework_pointer(index, framework.name, f"imported/{field}")
                evidence = Evidence(pointer, text[:_MOST], "import in a child")
                words = f"{framework.name} was told of an uncorrectable ECC error"
                return EccRefusal(words, evidence, is_code=False)
    return None


def _texts(imported: ImportFacts) -> Iterator[tuple[str, str]]:
    for field in ("error", "device_error", "compute_detail"):
        fact = getattr(imported, field)
        if isinstance(fact, Known):
            yield field, fact.value
    for place, line in enumerate(imported.printed):
        yield f"printed/{place}", line
