"""The driver's own compiler refused PTX that is newer than it: kernels that were made at work."""

from gpudoctor.checks._driver_for_cuda import driver_upgrade
from gpudoctor.checks._visible_gpus import cuda_driver_api
from gpudoctor.diagnoses import DRIVER_TOO_OLD_FOR_CUDA as DIAGNOSIS
from gpudoctor.facts import Snapshot
from gpudoctor.findings import MACHINE, Confidence, Evidence, Finding, Remedy
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.toolkit import install_nvcc_parts
from gpudoctor.versions import CudaVersion

_REFUSED = "driver-refuses-ptx"


def refused_ptx(snapshot: Snapshot, matrix: Matrix) -> Finding | None:
    """The finding where a message tells of it; versions can't show it, since the PTX is gone."""
    said = [(n, each) for n, each in enumerate(snapshot.symptoms) if each.id == _REFUSED]
    if not said:
        return None
    [(number, symptom), *_] = said
    spoken = cuda_driver_api(snapshot)
    speaks = "" if spoken is None else f" The driver speaks CUDA {spoken}."
    return DIAGNOSIS.finding(
        MACHINE,
        "The driver compiles PTX for the GPU itself, and refuses PTX of a newer CUDA: "
        f"{symptom.text[:160]}.{speaks} Kernels that were compiled beforehand may run.",
        evidence=(Evidence(f"/symptoms/{number}", symptom.text, "what was printed"),),
        remedies=(
            *driver_upgrade(snapshot, matrix, None, DIAGNOSIS.id),
            *_older_compiler(snapshot, spoken),
        ),
        confidence=Confidence.STATED,
        title="The driver is too old for the PTX that it is handed",
    )


def _older_compiler(snapshot: Snapshot, spoken: CudaVersion | None) -> tuple[Remedy, ...]:
    """NVVM and ptxas of the driver's own CUDA, whose PTX it reads."""
    if spoken is None or len(snapshot.environments) != 1:
        return ()
    what = "a compiler whose PTX this driver reads"
    environment = snapshot.environments[0]
    return (install_nvcc_parts(snapshot, spoken, DIAGNOSIS.id, environment, what=what),)
