"""Decide ``stub-libcuda-loaded``."""

from collections.abc import Iterator

from gpudoctor.checks._cuda_answer import Answer, answer_with, cuda_answer
from gpudoctor.checks._libcuda import LoadedLibcuda, copies, loaded_libcuda
from gpudoctor.diagnoses import STUB_LIBCUDA_LOADED as DIAGNOSIS
from gpudoctor.facts import Known, Snapshot, Unknown
from gpudoctor.findings import MACHINE, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.loader import leave_out

_STUB = 34  # CUDA_ERROR_STUB_LIBRARY


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    loaded, answer = loaded_libcuda(snapshot), answer_with(snapshot, _STUB)
    first = cuda_answer(snapshot)
    if answer is not None:
        yield _finding(snapshot, loaded, answer)
    elif isinstance(first, Known) and first.value.result.code == 0:
        yield DIAGNOSIS.cleared(MACHINE, "CUDA initialises", (first.value.evidence,))
    elif loaded is not None and loaded.kind == "stub":
        yield _finding(snapshot, loaded, None)
    elif loaded is not None:
        yield DIAGNOSIS.cleared(MACHINE, f"{loaded.path} is no stub", (loaded.evidence,))
    elif isinstance(snapshot.driver.libraries, Unknown):
        reason = snapshot.driver.libraries.reason
        yield DIAGNOSIS.undetermined(MACHINE, f"which libcuda would be loaded: {reason}")
    else:
        yield DIAGNOSIS.not_applicable(MACHINE, "no libcuda is found")


def _finding(snapshot: Snapshot, loaded: LoadedLibcuda | None, answer: Answer | None) -> Verdict:
    others = [each.path for each in copies(snapshot) if each.kind in ("driver", "wsl", "tegra")]
    own = f" The driver's own is {others[0]}." if others else " No libcuda of a driver is found."
    said = "" if answer is None else f"CUDA answers {answer.result.code} (stub library). "
    where = "A stub libcuda" if loaded is None else f"{loaded.path}"
    return DIAGNOSIS.finding(
        MACHINE,
        f"{said}{where} is loaded: a library that is only there to link against and calls no "
        f"driver.{own}",
        evidence=(
            *((answer.evidence,) if answer else ()),
            *((loaded.evidence,) if loaded else ()),
            *(Evidence("/driver/libraries", path, "the loader's folders") for path in others[:1]),
        ),
        remedies=(leave_out(snapshot, None if loaded is None else loaded.link, DIAGNOSIS.id),),
    )
