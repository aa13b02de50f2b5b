"""What a framework's build was compiled for: read from its files, else from the matrix."""

from dataclasses import dataclass

from gpudoctor.checks._evidence import framework_pointer, seen
from gpudoctor.facts import FrameworkFacts, Known, known
from gpudoctor.findings import Confidence, Evidence, Subject
from gpudoctor.matrix import Matrix
from gpudoctor.versions import GpuTarget


@dataclass(frozen=True, slots=True)
class BuildTargets:
    """The targets, and how surely they are this build's."""

    targets: tuple[GpuTarget, ...]
    evidence: Evidence
    confidence: Confidence

    @property
    def words(self) -> str:
        """The targets as the framework itself prints them."""
        return " ".join(str(each) for each in self.targets)


def build_targets(
    matrix: Matrix, subject: Subject, framework: FrameworkFacts
) -> BuildTargets | None:
    """The build's targets; None where neither its files nor the matrix tell them."""
    pointer = framework_pointer(subject.environment or 0, subject.name, "arch_list")
    fact = framework.targets
    if isinstance(fact, Known) and fact.value:
        words = " ".join(str(each) for each in fact.value)
        return BuildTargets(fact.value, seen(pointer, fact, words), Confidence.CERTAIN)
    published = _published(matrix, framework)
    if not published:
        return None
    words = " ".join(str(each) for each in published)
    source = f"matrix:{framework.name}/{known(framework.version)}"
    return BuildTargets(published, Evidence(source, words, "the matrix"), Confidence.LIKELY)


def _published(matrix: Matrix, framework: FrameworkFacts) -> tuple[GpuTarget, ...] | None:
    version, cuda = known(framework.version), known(framework.built_for_cuda)
    if version is None:
        return None
    if framework.name == "tensorflow":
        row = matrix.tensorflow_release(version)
        return None if row is None else row.targets
    label = version.partition("+")[2]
    tag = label or (None if cuda is None else f"cu{cuda.major}{cuda.minor}")
    build = None if tag is None else matrix.torch_build(version, tag)
    return None if build is None else build.targets
