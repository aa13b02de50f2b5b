"""Which release of TensorFlow would serve this machine's GPUs and driver."""

from gpudoctor.checks._recommended import nearest_choice, openings
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Remedy
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.python_packages import other_tensorflow


def other_release(
    snapshot: Snapshot, matrix: Matrix, index: int, diagnosis: str
) -> tuple[Remedy, ...]:
    """The remedy of the newest release with wheels for all it needs; none where there is none."""
    choice = nearest_choice(snapshot, matrix, index, "tensorflow", None)
    if choice is None:
        return ()
    environment = snapshot.environments[index]
    return (other_tensorflow(environment, choice.version, str(choice.cuda), diagnosis),)


def ways_to_a_release(
    snapshot: Snapshot, matrix: Matrix, index: int, diagnosis: str
) -> tuple[Remedy, ...]:
    """What would open the way where no release runs."""
    return openings(snapshot, matrix, index, "tensorflow", diagnosis)
