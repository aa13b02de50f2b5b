"""Take out of a report what names a person, a machine or a card, so that it can be shared.

One thing gets one placeholder throughout the report, so that a reader can still follow it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

from gpudoctor.facts import DeviceNode, Known, Snapshot, known
from gpudoctor.findings import Command, Diagnosis, Evidence, Remedy, Subject
from gpudoctor.redaction_names import (
    HOST_AFTER,
    HOST_BEFORE,
    SHORTEST,
    USER_BEFORE,
    home_pattern,
    is_common,
    is_name,
    label_of,
    names_pattern,
)
from gpudoctor.report import Report
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion, GpuTarget


@dataclass(frozen=True, slots=True)
class Secrets:
    """What to hide by name; the caller reads it from the machine, nothing here does."""

    users: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    home: str | None = None


def redact(report: Report, secrets: Secrets) -> Report:
    """Return the report with placeholders for names, home folders, uuids, serials and addresses."""
    redactor = _Redactor(secrets, report.snapshot)
    redactor.walk(report)
    redactor.has_looked = True
    redacted: Report = redactor.walk(report)
    return redacted


_ATOMS = (Diagnosis, Enum, DriverVersion, CudaVersion, ComputeCapability, GpuTarget)
# Words of our own, which must not change for a user who is called so.
_OURS: Mapping[type, frozenset[str]] = {
    Report: frozenset(("tool_version", "command", "created_at", "fingerprint")),
    Subject: frozenset(("kind",)),
    Remedy: frozenset(("scope",)),
}
# Values that may be a name and nothing else.
_WORDS: Mapping[type, frozenset[str]] = {
    Command: frozenset(("argv",)),
    Remedy: frozenset(("verify",)),
    Evidence: frozenset(("value",)),
    Snapshot: frozenset(("variables",)),
}

_END = r"[^/\\\s:;,'\"`<>|()]"
_POSIX_HOME = re.compile(rf"(/home/|/Users/)(?![$<*{{~])({_END}*[^/\\\s:;,'\"`<>|().!?])")
_WINDOWS_HOME = re.compile(
    r"([A-Za-z]:[\\/]+Users[\\/]+|/mnt/[a-z]/Users/)(?![<%])"
    rf"({_END}+(?: {_END}+){{0,3}}(?=[\\/])|{_END}+)"
)
_ROOT_HOME = re.compile(r"(?<![\w.~/-])/root(?![\w-]|\.\w)")
_CARD = re.compile(r"(?<![\w-])(GPU|MIG)-(?:GPU-)?([0-9A-Fa-f]{8}[0-9A-Fa-f-]*)(?!\w)")
_UUID = re.compile(r"(?<![\w-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![\w-])")
_SERIAL = re.compile(
    r"(?i)\bserial(?:[ _-]?(?:number|no\.?))?[\"']?\s*[:=#]?\s*[\"']?(?=[a-z-]*\d)([\w-]{6,})"
)
_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5,19}(?![\w:-])")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = re.compile(rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?!\.?\w)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")
_NO_ADDRESS = re.compile(r"127\.|0\.0\.0\.0|255\.|::1?\Z")
# What stands before four numbers that are a release of cuDNN and not an address.
_RELEASE_BEFORE = re.compile(
    r"(?i)(?:[=<>~!]=\s*|\bversions?[ :=]*|\b(?:nvidia|cu|libcu|libnv|nccl|nvrtc)[\w.-]*[ :=(-]*)\Z"
)


class _Redactor:
    """The placeholders given so far, and the walk that puts them in."""

    def __init__(self, secrets: Secrets, snapshot: Snapshot | None) -> None:
        self._given: dict[tuple[str, str], str] = {}
        self._count: dict[str, int] = {}
        self._serials: set[str] = set()
        # A first walk finds the serials and whole uuids that other places mention in passing.
        self.has_looked = False
        self._releases = set() if snapshot is None else _releases(snapshot)
        home = (secrets.home or "").rstrip("/\\")
        parts = re.split(r"[/\\]+", home)
        self._home = home_pattern(parts) if len(parts) > 2 or home == "/root" else None
        owner = (parts[-1],) if self._home else ()
        self._users = tuple(name for name in (*secrets.users, *owner) if name)
        self._hosts = tuple(host for host in secrets.hosts if host)
        for name in self._users:
            self._placeholder("user", name)
        for host in self._hosts:
            self._placeholder("host", label_of(host))
        self._user_names = names_pattern(self._users)
        self._host_names = names_pattern((*self._hosts, *map(label_of, self._hosts)))

    def walk(self, value: Any) -> Any:
        """Return the same records with every string redacted."""
        if isinstance(value, str):
            return self._text(value)
        if value is None or isinstance(value, (int, float, *_ATOMS)):
            return value
        if isinstance(value, Mapping):
            return {self._text(str(key)): self.walk(item) for key, item in value.items()}
        if isinstance(value, (tuple, list)):
            return tuple(self.walk(item) for item in value)
        if not is_dataclass(value) or isinstance(value, type):
            return value
        return type(value)(**{each.name: self._field(value, each.name) for each in fields(value)})

    def _field(self, record: Any, name: str) -> Any:
        value = getattr(record, name)
        if name in _OURS.get(type(record), ()):
            return value
        if name in _WORDS.get(type(record), ()):
            return self._words(value)
        if isinstance(record, DeviceNode) and name == "owner" and value.count(":") == 1:
            return ":".join(self._word(part) for part in value.split(":"))  # "root:video"
        if "serial" in name and isinstance(value, Known):
            self._note_serial(str(value.value))
        return self.walk(value)

    def _words(self, value: Any) -> Any:
        """Redact values in which a name may stand alone."""
        if isinstance(value, Mapping):
            return {self._text(key): self._word(item) for key, item in value.items()}
        if isinstance(value, tuple):
            return tuple(self._word(item) for item in value)
        return self._word(value)

    def _word(self, text: str) -> str:
        if text in self._users and not is_common(text):
            return self._placeholder("user", text)
        if text in self._hosts or text in map(label_of, self._hosts):
            return text if is_common(text) else self._placeholder("host", label_of(text))
        return self._text(text)

    def _text(self, text: str) -> str:
        """Redact one string: home folders first, they hold the names."""
        if self._home is not None:
            text = self._home.sub("~", text)
        text = _ROOT_HOME.sub("~root", text)
        text = _WINDOWS_HOME.sub(self._home_of, text)
        text = _POSIX_HOME.sub(self._home_of, text)
        text = self._named("user", self._user_names, USER_BEFORE, None, text)
        text = self._named("host", self._host_names, HOST_BEFORE, HOST_AFTER, text)
        text = _CARD.sub(self._card, text)
        text = _UUID.sub(lambda each: self._placeholder("uuid", each[0].lower()), text)
        text = self._without_serials(text)
        text = _MAC.sub(lambda each: self._placeholder("mac", each[0].lower()), text)
        text = _IPV4.sub(self._address, text)
        return _IPV6.sub(self._address, text)

    def _placeholder(self, kind: str, key: str) -> str:
        given = self._given.get((kind, key))
        if given is None:
            self._count[kind] = self._count.get(kind, 0) + 1
            given = self._given[kind, key] = f"<{kind}-{self._count[kind]}>"
        return given

    def _home_of(self, match: "re.Match[str]") -> str:
        top, name = match.groups()
        if name.lower() in ("public", "shared", "default"):
            return match[0]
        return top + self._placeholder("user", name)

    def _named(
        self,
        kind: str,
        names: "re.Pattern[str] | None",
        before: "re.Pattern[str]",
        after: "re.Pattern[str] | None",
        text: str,
    ) -> str:
        """Replace a name where it is one, and leave the same letters in a sentence alone."""

        def replaced(match: "re.Match[str]") -> str:
            left, right = (
                text[max(0, match.start() - 120) : match.start()],
                text[match.end() :][:120],
            )
            is_naming = before.search(left) or (after is not None and after.match(right))
            if is_name(match[0], left, right, is_naming=bool(is_naming)):
                return self._placeholder(kind, match[0] if kind == "user" else label_of(match[0]))
            return match[0]

        return text if names is None else names.sub(replaced, text)

    def _card(self, match: "re.Match[str]") -> str:
        kind, digits = f"{match[1].lower()}-uuid", match[2].lower()
        for (known_kind, key), given in self._given.items():
            if known_kind == kind and key.startswith(digits):  # CUDA takes a beginning of a uuid
                return given
        is_whole = len(digits) == 36
        return self._placeholder(kind, digits) if is_whole or self.has_looked else match[0]

    def _note_serial(self, serial: str) -> None:
        if len(serial) > SHORTEST:  # boards without one say "0"
            self._serials.add(serial)

    def _without_serials(self, text: str) -> str:
        for match in _SERIAL.finditer(text):
            self._note_serial(match[1])
        for serial in self._serials:
            if serial in text:
                text = text.replace(serial, self._placeholder("serial", serial))
        return text

    def _address(self, match: "re.Match[str]") -> str:
        text = match[0]
        left = match.string[max(0, match.start() - 60) : match.start()]
        if _NO_ADDRESS.match(text) or text in self._releases or _RELEASE_BEFORE.search(left):
            return text
        if ":" in text and not _is_ipv6(text):
            return text
        return self._placeholder("ip", text.lower())


def _is_ipv6(text: str) -> bool:
    from ipaddress import IPv6Address  # noqa: PLC0415 - only for what looks like one

    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _releases(snapshot: Snapshot) -> set[str]:
    """Collect the four-part versions (cuDNN's, WSL's kernel): they are no addresses."""
    platform = snapshot.platform
    texts = [known(platform.kernel), known(platform.distribution), known(platform.libc)]
    for environment in snapshot.environments:
        texts += (known(environment.packages) or {}).values()
        for framework in environment.frameworks:
            texts += known(framework.version), known(framework.cudnn)
            for each in known(framework.requires) or ():
                texts += each.specifier, known(each.installed)
    matches = [_IPV4.match(text.lstrip("=<>~! ")) for text in texts if text]
    return {match[0] for match in matches if match}
