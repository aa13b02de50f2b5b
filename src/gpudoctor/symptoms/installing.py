"""Messages of pip, uv, poetry and conda that could not install something.

The name of a row is what was asked for, as the installer repeats it; the rest of the line, such as
the versions that it was offered, is read by the checks.
"""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}"
_EXTRAS = r"(?:\[[A-Za-z0-9,._ -]{1,60}\])?"
_VERSIONS = (
    r"(?:\s?\(?[<>=!~^]{1,3}\s?[0-9][\w.*+!-]{0,40}(?:\s?,\s?[<>=!~]{1,3}\s?[\w.*+!-]{1,40})*\)?)?"
)
_ASKED = f"({_NAME}{_EXTRAS}{_VERSIONS})"
_URL = r"(https?://[^\s'\"<>)]{1,200})"

INSTALLING: tuple[SymptomPattern, ...] = (
    # pip found nothing that fits, and lists what it was offered for this Python and platform.
    SymptomPattern(
        "no-matching-distribution",
        re.compile(rf"Could not find a version that satisfies the requirement {_ASKED}"),
        "ERROR: Could not find a version that satisfies the requirement torch==1.4.0 "
        "(from versions: 1.11.0, 1.12.0)",
    ),
    SymptomPattern(
        "no-matching-distribution",
        re.compile(rf"No matching distribution found for {_ASKED}"),
        "ERROR: No matching distribution found for torch==1.7.0+cu110",
    ),
    # The release is there, and none of its wheels is for this Python or platform.
    SymptomPattern(
        "no-wheel-for-python",
        re.compile(
            rf"{_ASKED}(?:, \S+)* ha(?:s|ve) no wheels with a matching "
            r"(?:Python (?:ABI|version|implementation)|platform) tag"
        ),
        "Because torch==2.0.1 has no wheels with a matching Python ABI tag (e.g., `cp313`)",
    ),
    SymptomPattern(
        "no-wheel-for-python",
        re.compile(
            r"(?:`(\S{1,60})` \(v[\w.+!-]{1,40}\) )?(?:only has wheels (?:with|for) the following "
            r"(?:Python|platform)|with the following Python (?:ABI|version|implementation) tags?:)"
        ),
        "hint: You're using CPython 3.8 (`cp38`), but `torch` (v2.5.1) only has wheels with the "
        "following Python implementation tags: `cp39`, `cp310`",
    ),
    SymptomPattern(
        "no-wheel-for-python",
        re.compile(
            r"Distribution `([\w.+=-]{1,100}) @ \S{1,200} can't be installed because it doesn't "
            r"have a source distribution or wheel for the current platform"
        ),
        "error: Distribution `torch==2.5.1 @ registry+https://example.org/simple` can't be "
        "installed because it doesn't have a source distribution or wheel for the current platform",
    ),
    SymptomPattern(
        "no-wheel-for-python",
        re.compile(rf"Unable to find installation candidates for ({_NAME} \([\w.+!-]{{1,40}}\))"),
        "Unable to find installation candidates for torch (2.1.2)",
    ),
    SymptomPattern(
        "no-wheel-for-python",
        re.compile(r"([\w.+-]{1,120}\.whl)['\"]? is not a supported wheel on this platform"),
        "ERROR: torch-1.8.0-cp38-cp38-win_amd64.whl is not a supported wheel on this platform.",
    ),
    SymptomPattern(
        "requires-other-python",
        re.compile(rf"Package '?({_NAME})'? requires a different Python: [\d.]+\S* not in"),
        "ERROR: Package 'tensorflow' requires a different Python: 3.8.10 not in '>=3.9'",
    ),
    SymptomPattern(
        "requires-other-python",
        re.compile(
            r"Python version \([^)]{1,40}\) does not satisfy Python\S{1,40}(?: and (\S{1,60}) "
            r"depends on)?"
        ),
        "Because the current Python version (3.8.20) does not satisfy Python>=3.9 and "
        "tensorflow==2.18.0 depends on Python>=3.9",
    ),
    SymptomPattern(
        "requires-other-python",
        re.compile(
            rf"- ({_NAME}) requires Python [<>=!~]\S{{1,40}}, so it will not be (?:install|satisf)"
        ),
        "  - tensorflow requires Python >=3.9,<3.12, so it will not be installable for Python 3.12",
    ),
    SymptomPattern(
        "requires-other-python",
        re.compile(rf"({_NAME}) requires Python '[^']{{1,40}}' but the running Python is"),
        "tensorflow requires Python '>=3.9' but the running Python is 3.8.10",
    ),
    SymptomPattern(
        "requires-other-python",
        re.compile(rf"- ({_NAME})\S{{0,40}} -> python\[version='"),
        "  - tensorflow==1.15 -> python[version='3.5.*|3.6.*|3.7.*']",
    ),
    # Not a failure by itself: pip says so beside what it then installs.
    SymptomPattern(
        "releases-need-other-python",
        re.compile(r"Ignored the following versions that require a different python version"),
        "ERROR: Ignored the following versions that require a different python version: 1.21.2 "
        "Requires-Python >=3.7,<3.11",
    ),
    # The index does not list the release, for any Python.
    SymptomPattern(
        "release-not-on-index",
        re.compile(rf"there (?:is|are) no versions? of {_ASKED}"),
        "Because there is no version of torch==2.1.0+cu128 and you require torch==2.1.0+cu128",
    ),
    SymptomPattern(
        "release-not-on-index",
        re.compile(rf"({_NAME} \([^)\s]{{1,60}}\)) which doesn't match any versions"),
        "Because app depends on torch (2.1.0+cu128) which doesn't match any versions, version "
        "solving failed.",
    ),
    SymptomPattern(
        "release-not-on-index",
        re.compile(
            rf"({_NAME}) was not found in the (?:package registry|provided package locations)"
        ),
        "Because torchh was not found in the package registry and you require torchh",
    ),
    SymptomPattern(
        "release-not-on-index",
        re.compile(
            r"PackagesNotFoundError: The following packages are (?:not available from current"
            r"|missing from the target)"
        ),
        "PackagesNotFoundError: The following packages are not available from current channels:",
    ),
    SymptomPattern(
        "release-not-on-index",
        re.compile(rf"nothing provides requested ({_NAME} [\w.*=<>|,+-]{{1,40}})"),
        "  - nothing provides requested pytorch-cuda 12.9**",
    ),
    SymptomPattern(
        "index-not-there",
        re.compile(rf"HTTP error 40[34] while getting {_URL}"),
        "ERROR: HTTP error 404 while getting https://download.pytorch.org/whl/cu12/torch/",
    ),
    SymptomPattern(
        "index-not-there",
        re.compile(rf"40[34] Client Error: (?:Not Found|Forbidden) for url: {_URL}"),
        "404 Client Error: Not Found for url: https://download.pytorch.org/whl/cuda12/torch/",
    ),
    SymptomPattern(
        "index-not-there",
        re.compile(rf"HTTP status client error \(40[34] [^)]{{1,20}}\) for url \({_URL}"),
        "HTTP status client error (403 Forbidden) for url (https://download.pytorch.org/whl/x/)",
    ),
    # Which index was asked: no failure by itself.
    SymptomPattern(
        "index-asked",
        re.compile(r"Looking in (?:indexes|links): (\S.{1,300})"),
        "Looking in indexes: https://download.pytorch.org/whl/cu118",
    ),
    SymptomPattern(
        "index-unreachable",
        re.compile(
            r"after connection broken by '"
            r"|Could not fetch URL \S+: (?:There was a problem confirming the ssl|connection error)"
            r"|\b(?:HTTPSConnectionPool|HTTPConnectionPool)\(host="
            r"|Failed to establish a new connection"
            r"|error sending request for url"
            r"|network (?:was|is) disabled",
            re.IGNORECASE,
        ),
        "WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by "
        "'NewConnectionError'",
    ),
    SymptomPattern(
        "python-of-32-bits",
        re.compile(
            r"\[MSC v\.\d+ 32 bit|Python\s?\d\.?\d+-32\b|\b(cp\d+-(?:win32|linux_i686))\b"
            r"|\b32[- ]bit (?:version of )?Python\b"
        ),
        "Python 3.8.5 (tags/v3.8.5:580fbb0) [MSC v.1926 32 bit (Intel)] on win32",
    ),
)
