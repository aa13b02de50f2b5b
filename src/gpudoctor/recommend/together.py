"""Whether two builds, or a build and what is to be kept, can live in one environment."""

from collections.abc import Iterable

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from gpudoctor.matrix.queries import Matrix
from gpudoctor.recommend.wanted import Choice


def conflict(matrix: Matrix, torch: Choice, tensorflow: Choice) -> str | None:
    """Why a torch and a TensorFlow can't share an environment; None where nothing is known against.

    Both get CUDA as wheels, which unpack into the folders of their names: cuDNN's and NCCL's are
    the same for every CUDA major, so that two majors overwrite each other's files.
    """
    if torch.cuda.major != tensorflow.cuda.major:
        return (
            f"torch brings cuDNN for CUDA {torch.cuda.major} and TensorFlow for CUDA "
            f"{tensorflow.cuda.major}, into the same folder"
        )
    release = matrix.tensorflow_release(tensorflow.version)
    pins = release.pins if release else {}
    if not pins:
        return "the matrix does not know which CUDA libraries this TensorFlow brings"
    wanted = pins.get("cudnn")
    if wanted and torch.cudnn and not SpecifierSet(wanted).contains(torch.cudnn):
        return f"torch is pinned to cuDNN {torch.cudnn}, and TensorFlow asks for {wanted}"
    if torch.cudnn is None:
        return "the matrix does not know which cuDNN this torch is pinned to"
    common = sorted(set(torch.pythons) & set(tensorflow.pythons))
    return None if common else "there is no Python that both have wheels for"


def keeps(matrix: Matrix, choice: Choice, kept: Iterable[str]) -> bool:
    """Whether a build bears requirements that are to hold: on itself, or on numpy."""
    return all(_bears(matrix, choice, Requirement(text)) for text in kept)


def _bears(matrix: Matrix, choice: Choice, kept: Requirement) -> bool:
    name = kept.name.lower().replace("_", "-")
    if name == choice.framework:
        return kept.specifier.contains(choice.version)
    if name != "numpy" or choice.framework != "tensorflow":
        return True
    release = matrix.tensorflow_release(choice.version)
    asked = [SpecifierSet(each.partition(";")[0]) for each in release.numpy] if release else []
    return not asked or any(_overlap(each, kept.specifier) for each in asked)


# NumPy's minor releases; two requirements that share none of them exclude each other.
_NUMPY = tuple(f"1.{minor}.99" for minor in range(13, 27)) + tuple(
    f"2.{minor}.99" for minor in range(10)
)


def _overlap(first: SpecifierSet, second: SpecifierSet) -> bool:
    return any(first.contains(each) and second.contains(each) for each in _NUMPY)
