"""Where in a text a user's or a host's name is one, and where the same letters are a word."""

import re

# Accounts and hosts that images ship with, and words that paths and sentences are made of: they
# tell of nobody, and taking them out of "/usr/lib/python3" would leave nothing to read.
_COMMON_WORDS = """
    admin administrator app appuser bin centos conda container cuda data debian default
    deploy dev docker ec2-user etc fedora gpu guest home host jenkins jetson jovyan jupyter
    kernel lib linux local localhost machine mambauser nobody nvidia opt public python
    python3 root runner server share shared src system tensorflow test tmp torch ubuntu user
    users usr vagrant var venv vscode work workspace
"""
_COMMON = frozenset(_COMMON_WORDS.split())
SHORTEST = 3  # a shorter name is part of too much
_BETWEEN_TOKENS = re.compile(r"[\s'\"`,;|()<>]")
_PUBLIC = re.compile(r"https?://(?:[\w-]+\.)*(?:nvidia\.com|pytorch\.org|tensorflow\.org)/")
USER_BEFORE = re.compile(
    r"(?i)(?:\b(?:users?|usernames?|accounts?|owner|logname|login)[ =:'\"(]+|\buid=\d+\()\Z"
)
HOST_BEFORE = re.compile(r"(?i)\b(?:hosts?|hostname|host name|nodes?|nodename|server)[ =:'\"]+\Z")
HOST_AFTER = re.compile(r":\d|\s+(?:kernel|systemd)\b")


def is_name(name: str, left: str, right: str, *, is_naming: bool) -> bool:
    """Tell whether a name found in a text stands for its bearer, by what stands around it."""
    if left.endswith("@") or right.startswith("@"):
        return True
    if is_common(name):
        return False
    token = _BETWEEN_TOKENS.split(left)[-1] + name + _BETWEEN_TOKENS.split(right, maxsplit=1)[0]
    if _PUBLIC.match(token):
        return False
    is_distinctive = any(not each.isalpha() for each in name)
    return is_naming or is_distinctive or "/" in token or "\\" in token


def is_common(name: str) -> bool:
    """Tell whether a name is too short or too usual to be hidden wherever it stands."""
    return len(name) < SHORTEST or name.lower() in _COMMON


def label_of(host: str) -> str:
    """Return a host's name without its domain: both are one machine."""
    return host.partition(".")[0]


def names_pattern(names: tuple[str, ...]) -> "re.Pattern[str] | None":
    """Match any of the names as a whole word, the longest first."""
    if not names:
        return None
    choices = "|".join(re.escape(name) for name in sorted(set(names), key=len, reverse=True))
    return re.compile(rf"(?<![A-Za-z0-9<])(?:{choices})(?![A-Za-z0-9])")


def home_pattern(parts: list[str]) -> "re.Pattern[str]":
    """Match the home folder with its parts divided as any system, or a quoted string, would."""
    first, *others = map(re.escape, parts)
    divider = r"[/\\]+" if first else "/"  # after a drive, a quoted string doubles its dividers
    path = first + "".join(divider + part for part in others)
    return re.compile(rf"(?<![\w.~/\\-]){path}(?![\w-]|\.\w)")
