"""Assembles the report: ranking, ladder, summary, fingerprint and noise of one snapshot."""

import zlib
from dataclasses import dataclass

from gpudoctor import __version__
from gpudoctor.exit_codes import ExitCode
from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import Finding, Undetermined, Verdict
from gpudoctor.ladder import observe
from gpudoctor.matrix import Matrix
from gpudoctor.ranking import Ranking, rank
from gpudoctor.report import Noise, Outcome, Report, RungState, Status
from gpudoctor.rungs import Rung

_CODES = {
    Outcome.HEALTHY: ExitCode.HEALTHY,
    Outcome.WARNING: ExitCode.HEALTHY,
    Outcome.PROBLEM: ExitCode.FAILURE,
    Outcome.UNDETERMINED: ExitCode.UNDETERMINED,
    Outcome.ERROR: ExitCode.BUG,
}


@dataclass(frozen=True, slots=True)
class Policy:
    """What makes the process fail, and what was asked."""

    fail_on: str = "fail"  # fail, warn, never
    exit_zero: bool = False
    no_gpu_is_fine: bool = False
    everything_asked: bool = True
    is_of_text: bool = False  # what was looked at is a text that somebody pasted


def assemble(
    snapshot: Snapshot,
    verdicts: tuple[Verdict, ...],
    policy: Policy,
    *,
    command: str,
    created_at: str,
    matrix: Matrix,
    noise: tuple[Noise, ...] = (),
) -> Report:
    """The report of one snapshot."""
    ranking = rank(
        verdicts,
        observe(snapshot, _products(snapshot, matrix)),
        everything_asked=policy.everything_asked,
        no_gpu_is_fine=policy.no_gpu_is_fine,
        is_of_text=policy.is_of_text,
    )
    return Report(
        tool_version=__version__,
        command=command,
        created_at=created_at,
        outcome=ranking.outcome,
        exit_code=exit_code(ranking.outcome, policy),
        root_cause=ranking.root_cause,
        summary=(_summary_of_text if policy.is_of_text else _summary)(ranking, snapshot),
        fingerprint=_fingerprint(ranking, snapshot),
        ranked=ranking.ranked,
        ladder=_told(ranking) if policy.is_of_text else ranking.ladder,
        noise=noise or _noise(snapshot),
        snapshot=snapshot,
        matrix=matrix.info,
        timings_ms=snapshot.timings_ms,
    )


def _told(ranking: Ranking) -> tuple[RungState, ...]:
    """The rungs of which a text tells something: of the others nobody expects it."""
    return tuple(
        state for state in ranking.ladder if state.status in (Status.PASS, Status.FAIL, Status.WARN)
    )


def _products(snapshot: Snapshot, matrix: Matrix) -> dict[str, str]:
    """The names of the cards on the bus, for machines on which no driver says them."""
    rows = (matrix.gpu_by_pci_id(device.device_id) for device in known(snapshot.pci) or ())
    return {row.device_id: f"NVIDIA {row.name}" for row in rows if row}


def exit_code(outcome: Outcome, policy: Policy) -> int:
    """The process' exit code; `exit_zero` and `never` pardon findings and ignorance, not errors."""
    code = _CODES[outcome]
    if outcome is Outcome.WARNING and policy.fail_on == "warn":
        code = ExitCode.FAILURE
    if code is ExitCode.FAILURE and policy.fail_on == "never":
        code = ExitCode.HEALTHY
    if policy.exit_zero and code in (ExitCode.FAILURE, ExitCode.UNDETERMINED):
        code = ExitCode.HEALTHY
    return int(code)


def _summary(ranking: Ranking, snapshot: Snapshot) -> str:
    """One sentence that a person can act on."""
    root = ranking.root_cause
    if root is not None and isinstance(root.verdict, Finding):
        finding = root.verdict
        first = next(iter(finding.remedies), None)
        return f"{finding.title}. What to do: {first.summary}." if first else f"{finding.title}."
    if ranking.unexplained:
        rung = ranking.unexplained[0]
        return (
            f"{rung.subject.name}: {_rung_words(rung.rung.slug)} failed ({rung.detail}), and "
            "nothing that was found explains it."
        )
    if ranking.outcome is Outcome.UNDETERMINED:
        return _what_is_missing(ranking, snapshot)
    pardoned = next((r.verdict for r in ranking.ranked if isinstance(r.verdict, Finding)), None)
    if pardoned is not None:
        return f"{pardoned.title}, which is fine here (--no-gpu-ok)."
    return _healthy(snapshot)


# What to run for the rung that a text shows failing, where the text does not say why.
_TELLING = {
    Rung.DEVICE: "lspci -nnk -d 10de:",
    Rung.KERNEL_MODULE: "sudo dmesg | grep -iE 'nvrm|nvidia|nouveau'",
    Rung.DEVICE_NODES: "ls -l /dev/nvidia*",
    Rung.NVML: "sudo dmesg | grep -iE 'nvrm|nvidia|nouveau'",
    Rung.LIBCUDA: "nvidia-smi",
}
_ON_THE_MACHINE = "gpudoctor check"


def _summary_of_text(ranking: Ranking, snapshot: Snapshot) -> str:
    if ranking.root_cause is not None:
        return _summary(ranking, snapshot)
    if ranking.unexplained:
        rung = ranking.unexplained[0]
        telling = _TELLING.get(rung.rung, _ON_THE_MACHINE)
        return (
            f"The text shows that {_rung_words(rung.rung.slug)} failed ({rung.detail}) and not "
            f"why. What would tell: the output of `{telling}` on that machine."
        )
    if ranking.outcome is Outcome.UNDETERMINED:
        return _what_is_missing(ranking, snapshot)
    return "Nothing in this text points to a fault of the set-up."


def _rung_words(slug: str) -> str:
    return slug.replace("-", " ")


def _what_is_missing(ranking: Ranking, snapshot: Snapshot) -> str:
    unseen = next((s for s in ranking.ladder if s.status is Status.UNDETERMINED), None)
    verdict = next((r.verdict for r in ranking.ranked if r.status is Status.UNDETERMINED), None)
    if unseen is not None and snapshot.platform.os != "linux":
        return f"{unseen.detail}."
    if unseen is not None:
        return f"{unseen.subject.name}: {_rung_words(unseen.rung.slug)} is unknown: {unseen.detail}"
    if isinstance(verdict, Undetermined):
        return f"{verdict.diagnosis.id} can't be decided: {verdict.missing}"
    return "Something that was asked for could not be looked at."


def _healthy(snapshot: Snapshot) -> str:
    names = [framework.name for _, framework in snapshot.frameworks()]
    if not names and not snapshot.environments:
        return "The driver answers. No Python was found, so no framework was looked for."
    if not names:
        return (
            "The driver answers. Neither PyTorch nor TensorFlow is installed in this environment."
        )
    imported = all(known(framework.imported) for _, framework in snapshot.frameworks())
    listed = " and ".join(dict.fromkeys(names))
    if imported:
        return f"{listed} can use the GPU here."
    return f"Nothing that was looked at keeps {listed} from the GPU; no framework was imported."


def _fingerprint(ranking: Ranking, snapshot: Snapshot) -> str:
    """A short code of the combination: equal where cause, versions and GPUs are."""
    causes = [ranked.verdict.diagnosis.id for ranked in ranking.ranked if ranked.role is not None]
    driver = known(snapshot.nvml.driver_version) or known(snapshot.driver.kernel_module_version)
    gpus = sorted(str(known(gpu.name)) for gpu in known(snapshot.nvml.gpus) or ())
    gpus += sorted(device.device_id for device in known(snapshot.pci) or ())
    frameworks = sorted(
        f"{f.name} {known(f.version)} {known(f.built_for_cuda)}" for _, f in snapshot.frameworks()
    )
    container = "container" if known(snapshot.platform.container) else "bare"
    parts = [snapshot.platform.os, container, str(driver), *causes, *gpus, *frameworks]
    return f"{zlib.crc32(chr(10).join(parts).encode('utf-8', 'replace')):08x}"


def _noise(snapshot: Snapshot) -> tuple[Noise, ...]:
    found: dict[str, Noise] = {}
    for _, framework in snapshot.frameworks():
        imported = known(framework.imported)
        if imported is not None and imported.printed:
            from gpudoctor.symptoms import read_noise  # noqa: PLC0415 - many patterns to compile

            for text, why in read_noise(imported.printed, snapshot, framework):
                found.setdefault(why, Noise(text, why))
    return tuple(found.values())
