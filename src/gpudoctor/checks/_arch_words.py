"""What a build's targets mean for the GPUs here, in words."""

from gpudoctor.checks._build_targets import BuildTargets
from gpudoctor.checks._visible_gpus import VisibleGpu
from gpudoctor.facts import FrameworkFacts, known
from gpudoctor.findings import Confidence
from gpudoctor.matrix import CodeFit, CodeKind

Fits = tuple[tuple[VisibleGpu, CodeFit], ...]


def names_of(pairs: Fits) -> str:
    """The names of GPUs, each once."""
    return " and ".join(dict.fromkeys(gpu.name for gpu, _ in pairs))


def how_it_runs(fits: Fits) -> str:
    """By which code each GPU is served."""
    jit = [fit.detail for _, fit in fits if fit.kind is CodeKind.PTX]
    if jit:
        return f"{jit[0]}: JIT-compiled from PTX, so the first start is slow"
    return "; ".join(dict.fromkeys(fit.detail for _, fit in fits))


def why_it_lacks(
    framework: FrameworkFacts, targets: BuildTargets, fits: Fits, lacking: Fits
) -> str:
    """Which targets there are, and why none of them runs on the first GPU that lacks code."""
    gpu, fit = lacking[0]
    newest = max(each.capability for each in targets.targets)
    if fit.target is not None:
        why = fit.detail
    elif gpu.capability > newest:
        why = "the GPU is newer than the build"
    else:
        why = "the build leaves this GPU out"
    version = known(framework.version) or ""
    rest = ""
    if len(lacking) < len(fits):
        others = names_of(tuple(pair for pair in fits if pair not in lacking))
        rest = f" It has code for {others}, which works."
    inferred = ""
    if targets.confidence is Confidence.LIKELY:
        inferred = " The targets are those published for this release: an inference."
    elif gpu.confidence is Confidence.LIKELY:
        inferred = " The compute capability follows from the PCI id: an inference."
    return (
        f"{framework.name} {version} is built for {targets.words}; {gpu.name} has compute "
        f"capability {gpu.capability}, and none of these runs on it: {why}.{rest}{inferred}"
    )
