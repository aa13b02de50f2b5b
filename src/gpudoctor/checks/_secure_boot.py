"""Whether the kernel refused the signature of NVIDIA's module, and how sure that is."""

import re
from dataclasses import dataclass

from gpudoctor.checks._driver_versions import next_module
from gpudoctor.checks._evidence import seen
from gpudoctor.facts import Absent, Known, Snapshot, known
from gpudoctor.findings import Confidence, Evidence

# The kernel's own lines name the process that loads and never the module; modprobe's do.
_REFUSED = re.compile(
    r"key was rejected|required key not available|"
    r"module with (?:unavailable key|unsupported crypto) is rejected|"
    r"unsigned module (?:is rejected|loading is restricted|is restricted)",
    re.IGNORECASE,
)
_MOST = 160  # characters of a line that anyone could have written
_NAMES_IT = re.compile(r"\bnvidia")
# Words of a module that passed: its own, or the kernel's remark that it taints.
_LET_IN = re.compile(r"NVRM|\bnvidia: (?:loading out-of-tree|module )")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What shows that the module was refused, or would be."""

    title: str
    said: str
    evidence: tuple[Evidence, ...]
    confidence: Confidence
    is_logged: bool = True
    is_guess: bool = False  # nothing speaks for it but that Secure Boot is on
    by_secure_boot: bool = True  # False: Secure Boot is off, and the kernel is strict by itself


def find_refusal(snapshot: Snapshot) -> Refusal | None:
    """The kernel's own line, else what the module's key makes likely."""
    return _logged(snapshot) or _expected(snapshot)


def _logged(snapshot: Snapshot) -> Refusal | None:
    log = snapshot.driver.kernel_log
    refused, was_let_in = None, False
    for line in known(log) or ():
        if _REFUSED.search(line):
            refused = line.strip()[:_MOST]
        elif _LET_IN.search(line):
            refused, was_let_in = None, True
    key = _distrusted(snapshot)
    if refused is None or (was_let_in and key is None):
        return None  # what was refused was another module
    said = f"The kernel refused a module's signature: {refused}."
    confidence = Confidence.CERTAIN
    if key is not None:
        said += f" {key[0].upper()}{key[1:]}."
    elif not _names_it(refused):
        confidence = Confidence.LIKELY
        said += (
            " It names no module; that it was nvidia's, which is built for the running kernel and "
            f"of which the kernel says nothing else, is an inference.{_namesake(snapshot)}"
        )
    secure_boot = snapshot.platform.secure_boot
    is_off = isinstance(secure_boot, Known) and not secure_boot.value
    evidence = (
        seen("/driver/kernel_log", log, refused),
        Evidence.of("/platform/secure_boot", secure_boot),
        *_signer(snapshot),
    )
    if is_off:
        said += " Secure Boot is off: the kernel is set to be strict by itself."
        return Refusal("the kernel refused it", said, evidence, confidence, by_secure_boot=False)
    return Refusal("Secure Boot refused it", said, evidence, confidence)


def _names_it(line: str) -> bool:
    return _NAMES_IT.search(line) is not None


def _namesake(snapshot: Snapshot) -> str:
    """A key is known by its owner's name, and a key that was made anew bears the same one."""
    module, keys = next_module(snapshot), known(snapshot.platform.enrolled_keys) or ()
    signer = None if module is None else known(module.signer)
    if signer is None or signer not in keys:
        return ""
    return (
        f" A key named {signer} is enrolled: it may be another one of that name, or one that this "
        "kernel does not trust for modules."
    )


def _expected(snapshot: Snapshot) -> Refusal | None:
    secure_boot = snapshot.platform.secure_boot
    tried = any("NVRM" in each for each in known(snapshot.driver.kernel_log) or ())
    if not known(secure_boot) or tried or _is_enrolled(snapshot):
        return None
    key = _distrusted(snapshot)
    doubt = (
        "most likely its signing key is not enrolled"
        if key is None
        else f"most likely it was refused, since {key}"
    )
    return Refusal(
        "Secure Boot probably refused it",
        f"Secure Boot is on, and the module is built for the running kernel; {doubt}, which is an "
        "inference: the kernel log shows no refusal.",
        (Evidence.of("/platform/secure_boot", secure_boot), *_signer(snapshot)),
        Confidence.LIKELY,
        is_logged=False,
        is_guess=key is None,
    )


def _is_enrolled(snapshot: Snapshot) -> bool:
    module, keys = next_module(snapshot), known(snapshot.platform.enrolled_keys)
    signer = None if module is None else known(module.signer)
    return signer is not None and keys is not None and signer in keys


def _distrusted(snapshot: Snapshot) -> str | None:
    """What of the module's signature the kernel can't trust; None where nothing is known of it."""
    module, keys = next_module(snapshot), known(snapshot.platform.enrolled_keys)
    if module is None:
        return None
    if isinstance(module.signer, Absent):
        return "nvidia's module carries no signature"
    signer = known(module.signer)
    if signer is None or keys is None or signer in keys:
        return None
    return f"the key of nvidia's module, {signer}, is not among the enrolled ones"


def _signer(snapshot: Snapshot) -> tuple[Evidence, ...]:
    module = next_module(snapshot)
    return () if module is None else (seen("/driver/modules_on_disk", module.signer),)
