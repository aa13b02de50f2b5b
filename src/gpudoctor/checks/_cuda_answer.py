"""What CUDA answers when it is initialised, and who asked."""

from collections.abc import Iterator
from dataclasses import dataclass

from gpudoctor.facts import Absent, CallResult, Fact, Known, Snapshot, Unknown
from gpudoctor.findings import Evidence


@dataclass(frozen=True, slots=True)
class Answer:
    """What CUDA answered to being initialised, and who asked."""

    result: CallResult
    pointer: str
    source: str

    @property
    def evidence(self) -> Evidence:
        """The code and its name."""
        words = f"{self.result.code} ({self.result.name})"
        return Evidence(self.pointer, words, self.source)


def cuda_answer(snapshot: Snapshot) -> Fact[Answer]:
    """What cuInit answered; where libcuda was not asked, what a framework's CUDA runtime did."""
    first = next(_answers(snapshot), None)
    if first is not None:
        return Known(first, first.source)
    init = snapshot.libcuda.init
    return init if isinstance(init, Absent | Unknown) else Unknown("CUDA was not asked")


def answer_with(snapshot: Snapshot, *codes: int) -> Answer | None:
    """The first answer that is one of `codes`."""
    return next((each for each in _answers(snapshot) if each.result.code in codes), None)


def _answers(snapshot: Snapshot) -> Iterator[Answer]:
    init = snapshot.libcuda.init
    if isinstance(init, Known):
        yield Answer(init.value, "/libcuda/init", init.source)
    for index, framework in snapshot.frameworks():
        runtime = framework.runtime
        if isinstance(runtime, Known):
            pointer = f"/environments/{index}/frameworks/{framework.name}/runtime"
            yield Answer(runtime.value, pointer, runtime.source)
