"""Read gpudoctor's own JSON: what a report's snapshot knows, said again in lines that are read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gpudoctor.readers.lines import Line

_LONGEST = 8 << 20
_MOST = 2000  # entries of a list or a mapping


def own_report(lines: Sequence[Line]) -> list[Line] | None:
    """The lines that a report comes to, with the number of its first; None where it is none."""
    first = next((line for line in lines if line.text.strip()), None)
    if first is None or not first.text.lstrip().startswith("{"):
        return None
    text = "\n".join(line.text for line in lines)
    if '"schema_version"' not in text or len(text) > _LONGEST:
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    reports = _mapping(document).get("reports")
    report = _mapping(reports[0]) if isinstance(reports, list) and reports else _mapping(document)
    snapshot = _mapping(report.get("snapshot"))
    return [Line(first.number, each) for each in _told(snapshot)]


def _told(snapshot: Mapping[str, Any]) -> Iterator[str]:
    driver, platform = _mapping(snapshot.get("driver")), _mapping(snapshot.get("platform"))
    yield from _keyed("Nvidia driver version", driver.get("version"))
    yield from _keyed("CUDA UMD Version", driver.get("cuda_driver_api"))
    yield from _keyed("OS", platform.get("distribution") or platform.get("os"))
    for place, gpu in enumerate(_list(snapshot.get("gpus"))):
        name = _mapping(gpu).get("name")
        if isinstance(name, str):
            yield f"GPU {place}: {name}"
    for environment in _list(snapshot.get("environments")):
        yield from _of_environment(_mapping(environment))
    for symptom in _list(snapshot.get("symptoms")):
        words = _mapping(symptom).get("text")
        if isinstance(words, str):
            yield words[:4000]


def _of_environment(environment: Mapping[str, Any]) -> Iterator[str]:
    yield from _keyed("Python version", _mapping(environment.get("python")).get("version"))
    for name, version in list(_mapping(environment.get("packages")).items())[:_MOST]:
        yield f"{name}=={version}"
    for name, found in _mapping(environment.get("frameworks")).items():
        framework = _mapping(found)
        if isinstance(framework.get("version"), str):
            yield f"{name}=={framework['version']}"
        if name == "torch":
            yield from _keyed("CUDA used to build PyTorch", framework.get("built_for_cuda"))
            if isinstance(framework.get("sees_gpu"), bool):
                yield f"Is CUDA available: {framework['sees_gpu']}"
        if isinstance(framework.get("error"), str):
            yield framework["error"][:4000]


def _keyed(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield f"{key}: {value[:400]}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value[:_MOST] if isinstance(value, list) else []
