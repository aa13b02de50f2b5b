"""What an installer was asked for and could not install, as its messages tell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gpudoctor.facts import Snapshot, Symptom, known
from gpudoctor.findings import Evidence, Subject

Said = Literal["nothing-fits", "no-wheel", "other-python", "not-listed", "no-index"]

# The surer message about a package stands for the others.
_SAID: dict[str, Said] = {
    "requires-other-python": "other-python",
    "no-wheel-for-python": "no-wheel",
    "release-not-on-index": "not-listed",
    "no-matching-distribution": "nothing-fits",
    "index-not-there": "no-index",
}
_ASKED = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*\(?\s*((?:[<>=!~]{1,3}\s*)?[0-9][^)]*)?\)?\Z"
)
_EXACT = re.compile(r"(?:={2,3}\s*)?(\d[\w.!]*)(?:\+([\w.]+))?\Z")
_WHEEL = re.compile(r"([A-Za-z0-9_.]+)-(\d[\w.!]*)(?:\+([\w.]+))?-.*\.whl\Z")
_PROJECT_OF_URL = re.compile(r"/([A-Za-z0-9._-]+)/?\Z")
_SERVED = re.compile(r"\(from versions: ([^)]*)\)?")
_ELSEWHERE = "an installer"


@dataclass(frozen=True, slots=True)
class Request:
    """One package that was not installed, and what the installer says of it."""

    name: str
    versions: str  # the requirement's versions as they stand: ==2.1.0+cu118, <2.11, or nothing
    version: str | None  # where one release was asked for
    tag: str | None  # of a local label: cu118
    said: Said
    served: tuple[str, ...] | None  # what pip was offered; None: the line does not say
    symptom: Symptom
    place: int

    @property
    def text(self) -> str:
        """The request in the words of a requirement."""
        return f"{self.name}{self.versions}"

    @property
    def subject(self) -> Subject:
        """The package that was asked for."""
        return Subject("package", self.name, environment=self.symptom.environment)

    @property
    def evidence(self) -> Evidence:
        """The message itself."""
        return Evidence(f"/symptoms/{self.place}", self.symptom.text, _ELSEWHERE)


def requests(snapshot: Snapshot) -> Iterator[Request]:
    """Every package that an installer failed on, once for each environment."""
    found: dict[tuple[str, int | None], Request] = {}
    order = list(_SAID)
    for place, symptom in enumerate(snapshot.symptoms):
        request = _request(symptom, place) if symptom.id in _SAID else None
        if request is None:
            continue
        key = (request.name, symptom.environment)
        former = found.get(key)
        if former is None or order.index(symptom.id) < order.index(former.symptom.id):
            found[key] = request
    yield from found.values()


def _request(symptom: Symptom, place: int) -> Request | None:
    said, named = _SAID[symptom.id], (symptom.names or symptom.subject or "")[:160]
    if said == "no-index":
        project = _PROJECT_OF_URL.search(named)
        named = project.group(1) if project else ""
    wheel = _WHEEL.match(named)
    asked = None if wheel else _ASKED.match(named)
    if wheel:
        name, version, tag = wheel.groups()
        versions = f"=={version}" + (f"+{tag}" if tag else "")
    elif asked:
        name, versions = asked.group(1), (asked.group(2) or "").strip()
        exact = _EXACT.match(versions)
        version, tag = exact.groups() if exact else (None, None)
        versions = f"=={versions}" if exact and versions[:1].isdigit() else versions
    else:
        name, versions, version, tag = "a package", "", None, None
    served = _served(symptom.text) if said == "nothing-fits" else None
    normal = re.sub(r"[-_.]+", "-", name).lower()
    return Request(normal, versions, version, tag, said, served, symptom, place)


def _served(text: str) -> tuple[str, ...] | None:
    found = _SERVED.search(text)
    if found is None:
        return None
    words = (word.strip() for word in found.group(1).split(","))
    return tuple(word for word in words if word[:1].isdigit())


def python_of(snapshot: Snapshot, request: Request) -> tuple[str | None, str]:
    """The minor version of the Python that installs, and the fact that tells it."""
    index = request.symptom.environment or 0
    if index >= len(snapshot.environments):
        return None, ""
    version = known(snapshot.environments[index].python.version)
    if version is None:
        return None, ""
    return ".".join(version.split(".")[:2]), f"/environments/{index}/python/version"


def said_elsewhere(snapshot: Snapshot, id_: str) -> tuple[int, Symptom] | None:
    """The first message of another kind, about the same installation."""
    for place, symptom in enumerate(snapshot.symptoms):
        if symptom.id == id_:
            return place, symptom
    return None
