"""Read texts that people paste: each reader turns lines into notes, and these become a Snapshot."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gpudoctor.facts import Snapshot, Symptom
from gpudoctor.kernel_log import read_kernel_log
from gpudoctor.readers.devices import read_devices
from gpudoctor.readers.forms import read_forms
from gpudoctor.readers.lines import Line, clean_lines
from gpudoctor.readers.machine import build_snapshot
from gpudoctor.readers.machines import machines_apart
from gpudoctor.readers.notes import Kind, Notes, Trust
from gpudoctor.readers.own_report import own_report
from gpudoctor.readers.packages import read_packages
from gpudoctor.readers.printed import read_printed
from gpudoctor.readers.prose import read_prose
from gpudoctor.readers.sessions import read_sessions
from gpudoctor.readers.smi import read_smi
from gpudoctor.readers.source import PastedText
from gpudoctor.report import Noise
from gpudoctor.symptoms import read_noise, read_symptoms

_READERS = (
    read_smi,
    read_printed,
    read_sessions,
    read_forms,
    read_packages,
    read_devices,
    read_prose,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What texts tell: the facts, and the lines that frighten for nothing."""

    snapshot: Snapshot
    noise: tuple[Noise, ...]


def read_texts(texts: Iterable[PastedText]) -> tuple[Reading, ...]:
    """The facts of each machine that the texts tell of: one, where nothing tells them apart."""
    lines: list[Line] = []
    for text in texts:
        cleaned = list(clean_lines(text.lines))
        lines += own_report(cleaned) or cleaned
    return tuple(read_lines(part) for part in machines_apart(lines))


def read_lines(lines: Sequence[Line]) -> Reading:
    """The facts of one machine out of the lines of a text."""
    notes = Notes()
    for read in _READERS:
        read(lines, notes)
    symptoms = (*_symptoms(lines), *_kernel_symptoms(notes))
    snapshot = build_snapshot(notes, symptoms)
    return Reading(snapshot, tuple(_noise(lines, snapshot)))


def _symptoms(lines: Sequence[Line]) -> Iterator[Symptom]:
    for symptom in read_symptoms((line.text for line in lines), None, 0, first_line=0):
        place = symptom.line or 0
        subject = symptom.subject
        if subject is None and symptom.id in _OF_A_PACKAGE:
            subject = _package_before(lines, place)
        yield replace(symptom, subject=subject, line=lines[place].number)


# Messages of the loader and of CUDA, which do not say which package they come from.
_OF_A_PACKAGE = frozenset(
    (
        "companion-of-another-build",
        "shared-library-missing",
        "gpu-libraries-not-loaded",
        "cuda-symbol-undefined",
        "cudnn-symbol-undefined",
        "system-library-version",
        "no-kernel-image",
    )
)
_LOOKED_BACK = 12  # lines: a traceback's last frames
_PACKAGE = re.compile(
    r"(?:site|dist)-packages[/\\](?:[\w.-]{3,80}\.egg[/\\])?(\w{2,40}?)(?:[/\\]|\.py|\.cp|\.so)"
)
_OWN_LOG = re.compile(r"\b(tensorflow)/(?:stream_executor|compiler|core|python|tsl)/")
_ORG_TENSORFLOW = "external/org_tensorflow"  # XLA, as jaxlib has it


def _package_before(lines: Sequence[Line], place: int) -> str | None:
    """The package whose file a message's own line, or the nearest frame before it, names."""
    text = lines[place].text[:2000]
    own = _OWN_LOG.search(text)
    if own is not None:
        return "jax" if _ORG_TENSORFLOW in text else own.group(1)
    for line in reversed(lines[max(0, place - _LOOKED_BACK) : place + 1]):
        frame = _PACKAGE.search(line.text[:2000])
        if frame is not None:
            return frame.group(1).replace("_", "-")
        if line.text.startswith("Traceback "):
            return None
    return None


def _kernel_symptoms(notes: Notes) -> Iterator[Symptom]:
    """What the kernel log's own table finds: its messages stand on several lines."""
    lines = list(notes.of(Kind.KERNEL_LINE))
    for message in read_kernel_log(note.value for note in lines):
        place = lines[message.line].line
        if message.device_id and message.address:
            device = {"address": message.address, "id": message.device_id}
            notes.add(
                Kind.PCI,
                {**device, "name": None, "driver": None},
                place,
                Trust.PRINTED,
                about=message.address,
            )
        if message.version and message.id != "module-loading":
            notes.add(Kind.DRIVER, message.version, place, Trust.PRINTED, by="NVRM")
        yield Symptom(message.id, message.text, None, 0, place)


def _noise(lines: Sequence[Line], snapshot: Snapshot) -> Iterator[Noise]:
    """The harmless lines, with the numbers of those that stand whole in the text."""
    found = list(read_noise((line.text for line in lines), snapshot))
    numbers = {line.text.strip(): line.number for line in reversed(lines)} if found else {}
    for text, why in found:
        yield Noise(text, why, numbers.get(text))
