"""Which release of TensorFlow would serve this machine's GPUs and driver."""

from gpudoctor.checks._driver_for_cuda import is_run_by_driver
from gpudoctor.checks._visible_gpus import cuda_driver_api, visible_gpus
from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import Remedy
from gpudoctor.matrix import CodeKind, Matrix, code_fit
from gpudoctor.matrix.rows import TensorflowRow
from gpudoctor.remedies.python_packages import other_tensorflow


def other_release(
    snapshot: Snapshot, matrix: Matrix, index: int, diagnosis: str
) -> tuple[Remedy, ...]:
    """The remedy of the newest release with wheels for all it needs; none where there is none."""
    environment = snapshot.environments[index]
    python = known(environment.python.version)
    minor = None if python is None else ".".join(python.split(".")[:2])
    for row in matrix.tensorflow_releases():
        has_wheel = row.has_cuda_extra and (minor is None or minor in row.pythons)
        if has_wheel and _serves(snapshot, matrix, row):
            return (other_tensorflow(environment, row.version, str(row.cuda), diagnosis),)
    return ()


def _serves(snapshot: Snapshot, matrix: Matrix, row: TensorflowRow) -> bool:
    if row.targets is None or not is_run_by_driver(snapshot, matrix, row.cuda):
        return False
    api, apart = cuda_driver_api(snapshot), matrix.capabilities_apart()
    fits = (
        code_fit(row.targets, each.capability, api, row.cuda, apart)
        for each in visible_gpus(snapshot, matrix)
    )
    return all(fit.kind is not CodeKind.NONE for fit in fits)
