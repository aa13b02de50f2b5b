"""Why an installer found nothing: the Python, the index, or neither can be told.

pip says the same for both. The matrix decides where the Python is known, or where the list of what
was offered shows which Python it was made for.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from gpudoctor.checks._published import (
    Published,
    matching,
    only_sources,
    published,
    pythons_served,
)
from gpudoctor.checks._requests import Request, python_of, said_elsewhere
from gpudoctor.facts import Snapshot
from gpudoctor.findings import Confidence, Evidence
from gpudoctor.matrix import Matrix
from gpudoctor.matrix.platform_queries import number_of

_CUDA_TAG = re.compile(r"cu\d{2,4}\Z")
_TORCH_INDEX = re.compile(r"download\.pytorch\.org/whl/(?:nightly/|test/)?(cu\w{1,12})\b")
_SERVED_BY_TORCH = ("torch", "torchvision", "torchaudio")


@dataclass(frozen=True, slots=True)
class Answer:
    """What kept a package from being installed."""

    cause: Literal["python", "index", "network", "unknown"]
    words: str
    confidence: Confidence = Confidence.STATED
    evidence: tuple[Evidence, ...] = ()
    releases: tuple[Published, ...] = ()  # that were asked for, and exist


def answer(snapshot: Snapshot, matrix: Matrix, request: Request) -> Answer:
    """Why a package was not installed."""
    found = tuple(published(matrix, request.name, snapshot.platform))
    asked = matching(found, request.versions)
    python, pointer = python_of(snapshot, request)
    rows = tuple(Evidence(each.row, _pythons(each), each.origin.checked) for each in asked[:1])
    told = _told(snapshot, request, python, pointer, asked, rows)
    if told is not None:
        return told
    if unreachable := said_elsewhere(snapshot, "index-unreachable"):
        place, symptom = unreachable
        line = Evidence(f"/symptoms/{place}", symptom.text, "an installer")
        return Answer("network", "the index could not be reached", evidence=(line,))
    wrong = _wrong_index(snapshot, matrix, request, asked, rows)
    if wrong is not None:
        return wrong
    if python is not None and asked:
        return _by_python(request, python, pointer, found, asked, rows)
    return _by_what_was_served(request, found, asked, rows)


def _told(
    snapshot: Snapshot,
    request: Request,
    python: str | None,
    pointer: str,
    asked: tuple[Published, ...],
    rows: tuple[Evidence, ...],
) -> Answer | None:
    """What the installer's own words decide."""
    if request.said in ("no-wheel", "other-python"):
        agrees = python is not None and bool(asked) and not _serves(asked, python)
        confidence = Confidence.LIKELY if agrees else Confidence.STATED
        facts = (*rows, Evidence(pointer, str(python), "the interpreter")) if agrees else ()
        words = f"the installer says that {request.text} has no wheel for this Python or platform"
        return Answer("python", words, confidence, facts, asked)
    if request.said == "no-index":
        return Answer("index", "the index that was asked does not exist", releases=asked)
    if request.said == "not-listed":
        words = f"the index that was asked does not list {request.text} at all"
        return Answer("index", words, releases=asked)
    narrow = said_elsewhere(snapshot, "python-of-32-bits")
    if narrow is not None and asked:
        line = Evidence(f"/symptoms/{narrow[0]}", narrow[1].text, "a message")
        words = f"this Python has 32 bits, and {request.name} has wheels for 64 bits alone"
        return Answer("python", words, Confidence.LIKELY, (line,), asked)
    return None


def _wrong_index(
    snapshot: Snapshot,
    matrix: Matrix,
    request: Request,
    asked: tuple[Published, ...],
    rows: tuple[Evidence, ...],
) -> Answer | None:
    """A CUDA that the release was never built for, an index without it, or another's index."""
    tag = request.tag
    served = {each.partition("+")[0] for each in request.served or ()}
    if request.version in served:
        words = (
            f"the index offers {request.name} {request.version} for this Python, but not the build "
            f"+{tag}"
        )
        return Answer("index", words, Confidence.LIKELY, rows, asked)
    if request.name not in _SERVED_BY_TORCH:
        return None
    looked = said_elsewhere(snapshot, "index-asked")
    urls = looked[1].text if looked else ""
    of_index = _TORCH_INDEX.findall(urls)
    alone = len(of_index) == 1 and "," not in urls and "http" in urls
    wanted = tag if tag and _CUDA_TAG.match(tag) else of_index[0] if alone else None
    if wanted is None:
        return None
    every = {each.tag for release in matrix.torch_releases() for each in release.builds}
    if wanted not in every and not _is_older(wanted, every):
        words = f"PyTorch has no index and no build {wanted}"
        return Answer("index", words, Confidence.LIKELY, rows, asked)
    if asked and request.version and wanted in every and wanted not in asked[0].tags:
        words = (
            f"the matrix lists torch {asked[0].row.rpartition('/')[2]} for "
            f"{', '.join(asked[0].tags)}, and not for {wanted}"
        )
        return Answer("index", words, Confidence.LIKELY, rows, asked)
    return None


def _is_older(tag: str, every: Collection[str]) -> bool:
    """Whether a tag is from before the matrix begins, where it knows nothing."""
    digits = tag.removeprefix("cu")
    if not digits.isdigit() or len(digits) < 3:
        return digits.isdigit() and int(digits[0]) > 1
    return int(digits) < min(int(each.removeprefix("cu")) for each in every)


def _by_python(
    request: Request,
    python: str,
    pointer: str,
    found: tuple[Published, ...],
    asked: tuple[Published, ...],
    rows: tuple[Evidence, ...],
) -> Answer:
    facts = (*rows, Evidence(pointer, python, "the interpreter"))
    if not _serves(asked, python):
        words = f"{request.text} has wheels for Python {_span(asked)}, and this is {python}"
        return Answer("python", words, Confidence.LIKELY, facts, asked)
    newest = max((_order(each) for each in _plain(asked)), default=())
    if request.served == () and not request.versions and _order(python) == newest:
        words = (
            f"pip was offered no release of {request.name} for Python {python}; that the index "
            "knew no wheel for so new a Python is an inference"
        )
        return Answer("python", words, Confidence.LIKELY, facts, asked)
    if request.tag is not None:
        words = f"{request.text} has a wheel for Python {python}, and the index asked has not"
        return Answer("index", words, Confidence.STATED, facts, asked)
    by_list = _by_what_was_served(request, found, asked, rows)
    if by_list.cause == "python":
        return by_list
    return Answer(
        "unknown",
        f"why pip finds no wheel of {request.text} for Python {python}: there is one, so that the "
        "platform, the index or the network may be the reason",
        evidence=facts,
    )


def _by_what_was_served(
    request: Request,
    found: tuple[Published, ...],
    asked: tuple[Published, ...],
    rows: tuple[Evidence, ...],
) -> Answer:
    served = request.served or ()
    if only_sources(request.name, served):
        words = (
            "pip was offered nothing but sources of 2017, which fit any Python: no wheel of torch "
            "is for this Python or platform"
        )
        return Answer("python", words, Confidence.LIKELY, rows, asked)
    pythons = pythons_served(found, served, request.version) if served else frozenset()
    shown = " or ".join(sorted(pythons, key=_order))
    if pythons and asked and not any(_serves(asked, each) for each in pythons):
        words = (
            f"{request.text} has wheels for Python {_span(asked)}; what pip was offered instead is "
            f"what there is for Python {shown}, which is an inference"
        )
        return Answer("python", words, Confidence.LIKELY, rows, asked)
    if pythons and not asked and request.version and _is_before(request.version, served):
        words = (
            f"pip was offered newer releases than {request.version} alone, which is what there is "
            f"for Python {shown}: that {request.version} has no wheel for it is an inference"
        )
        return Answer("python", words, Confidence.LIKELY)
    return Answer("unknown", "which Python installs, and which index was asked", evidence=rows)


def newest_python(releases: tuple[Published, ...]) -> str | None:
    """The newest Python with a wheel of the newest of these releases."""
    return max(_plain(releases[:1]), key=_order, default=None)


def _is_before(version: str, served: tuple[str, ...]) -> bool:
    return number_of(version) < min(number_of(each) for each in served)


def _serves(releases: tuple[Published, ...], python: str) -> bool:
    return any(python in each.pythons for each in releases)


def _plain(releases: tuple[Published, ...]) -> set[str]:
    return {python for each in releases for python in each.pythons if not python.endswith("t")}


def _order(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", python))


def _span(releases: tuple[Published, ...]) -> str:
    plain = sorted(_plain(releases), key=_order)
    return plain[0] if len(plain) == 1 else f"{plain[0]} to {plain[-1]}"


def _pythons(release: Published) -> str:
    return f"wheels for Python {', '.join(release.pythons)}"
