"""Render a report as one JSON document; within a schema version only additions."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from gpudoctor.escaping import without_surrogates
from gpudoctor.findings import (
    Command,
    Edit,
    Evidence,
    Finding,
    Manual,
    Remedy,
    Shell,
    Step,
    Subject,
)
from gpudoctor.renderers.wording import detail_of, evidence_of, remedies_of, title_of
from gpudoctor.report import SCHEMA_VERSION, Ranked, Report, RungState
from gpudoctor.snapshot_json import encode_snapshot


def render(report: Report) -> str:
    document = json.dumps(document_of(report), indent=2, allow_nan=False)
    return document.replace("##", r"#\u0023") + "\n"  # "##[…]" would be an order to a CI system


def render_several(reports: Sequence[Report]) -> str:
    """Several machines' reports as one document."""
    several = {
        "schema_version": SCHEMA_VERSION,
        "reports": [document_of(each) for each in reports],
    }
    document = json.dumps(several, indent=2, allow_nan=False)
    return document.replace("##", r"#\u0023") + "\n"


def document_of(report: Report) -> dict[str, Any]:
    """Return the report as plain values, for several in one document too."""
    cause = report.root_cause
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "gpudoctor", "version": report.tool_version},
        "command": report.command,
        "created_at": report.created_at,
        "verdict": report.outcome.value,
        "exit_code": report.exit_code,
        "root_cause": None if cause is None else cause.verdict.diagnosis.id,
        "summary": report.summary,
        "fingerprint": report.fingerprint,
        "error": None if report.error is None else asdict(report.error),
        "findings": [_finding(each) for each in report.ranked],
        "ladder": [_rung(each) for each in report.ladder],
        "noise": [asdict(each) for each in report.noise],
        "snapshot": None if report.snapshot is None else encode_snapshot(report.snapshot),
        "matrix": None if report.matrix is None else asdict(report.matrix),
        "timings_ms": dict(report.timings_ms),
    }
    if report.command == "diagnose" and report.error is None:
        # Programs that send texts through by the hundred ask for the key alone, not for its value.
        del document["error"]
    cleaned: dict[str, Any] = _cleaned(document)
    return cleaned


def _finding(ranked: Ranked) -> dict[str, Any]:
    verdict = ranked.verdict
    finding = verdict if isinstance(verdict, Finding) else None
    return {
        "id": verdict.diagnosis.id,
        "status": ranked.status.value,
        "role": None if ranked.role is None else ranked.role.value,
        "explained_by": ranked.explained_by,
        "blocks": False if finding is None else finding.blocks,
        "confidence": None if finding is None else finding.confidence.value,
        "subject": _subject(verdict.subject),
        "title": title_of(verdict),
        "detail": detail_of(verdict),
        "evidence": [_evidence(each) for each in evidence_of(verdict)],
        "remedies": [_remedy(each) for each in remedies_of(verdict)],
    }


def _subject(subject: Subject) -> dict[str, Any]:
    return {
        "kind": subject.kind,
        "name": subject.name,
        "environment": subject.environment,
        "gpu": subject.gpu,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {"fact": evidence.fact, "value": evidence.value, "source": evidence.source}


def _remedy(remedy: Remedy) -> dict[str, Any]:
    return {
        "summary": remedy.summary,
        "steps": [_step(each) for each in remedy.steps],
        "scope": remedy.scope,
        "needs_root": remedy.needs_root,
        "download_bytes": remedy.download_bytes,
        "stops": list(remedy.stops),
        "verify": list(remedy.verify),
        "undo": [_step(each) for each in remedy.undo],
    }


def _step(step: Step) -> dict[str, Any]:
    match step:
        case Command():
            return {"kind": "command", "argv": list(step.argv)}
        case Shell():
            return {"kind": "shell", "text": step.text}
        case Edit():
            return {"kind": "edit", "file": step.file, "line": step.line, "text": step.text}
        case Manual():
            return {"kind": "manual", "text": step.text}


def _rung(state: RungState) -> dict[str, Any]:
    return {
        "rung": state.rung.slug,
        "subject": _subject(state.subject),
        "status": state.status.value,
        "detail": state.detail,
    }


def _cleaned(value: Any) -> Any:
    """Replace what JSON has no form for: lone surrogates, infinities, NaN."""
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {without_surrogates(str(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(item) for item in value]
    return value
