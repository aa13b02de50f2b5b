"""Why an installed kernel module is not loaded: the first broken link of the chain."""

import re
from dataclasses import dataclass, replace

from gpudoctor.checks._driver_versions import next_module
from gpudoctor.checks._evidence import seen
from gpudoctor.facts import Absent, Known, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Remedy
from gpudoctor.remedies.driver import install_driver
from gpudoctor.remedies.kernel_module import (
    boot_kernel,
    build_module,
    enrol_key,
    load_module,
    reboot,
    release_from_nouveau,
    release_from_passthrough,
)

_KERNELS_OWN = ("nouveau", "nova_core", "nova", "NovaCore")
_PASSTHROUGH = ("vfio-pci", "pci-stub", "pciback", "xen-pciback")
_REFUSED = ("key was rejected", "unavailable key", "required key not available")


@dataclass(frozen=True, slots=True)
class Why:
    """The reason in a few words and in a sentence, with its evidence and repairs."""

    title: str
    detail: str
    evidence: tuple[Evidence, ...]
    remedies: tuple[Remedy, ...]
    confidence: Confidence = Confidence.CERTAIN


def why_not_loaded(snapshot: Snapshot, diagnosis: str) -> Why:
    """The reason that the facts show, or that loading failed for one that they don't."""
    held, unbuilt = _held_by_another(snapshot, diagnosis), _not_built(snapshot, diagnosis)
    if held is not None and unbuilt is not None:
        # Whoever takes the GPU away from its holder still has no module for it.
        return replace(
            held,
            detail=f"{held.detail} {unbuilt.detail}",
            evidence=held.evidence + unbuilt.evidence,
            remedies=held.remedies + unbuilt.remedies,
        )
    return (
        held
        or unbuilt
        or _refused_by_secure_boot(snapshot, diagnosis)
        or _failed(snapshot, diagnosis)
    )


def _held_by_another(snapshot: Snapshot, diagnosis: str) -> Why | None:
    for place, device in enumerate(known(snapshot.pci) or ()):
        driver = known(device.kernel_driver)
        evidence = (Evidence.of(f"/pci/{place}/kernel_driver", device.kernel_driver),)
        if driver in _KERNELS_OWN:
            module = "nouveau" if driver == "nouveau" else "nova_core"
            return Why(
                f"{driver} holds the GPU",
                f"The kernel's own driver {driver} took the GPU at {device.address} first, and "
                "nvidia can't drive it at the same time.",
                evidence,
                (release_from_nouveau(snapshot, module, diagnosis),),
            )
        if driver in _PASSTHROUGH:
            return Why(
                f"{driver} holds the GPU",
                f"The GPU at {device.address} is bound to {driver}, which sets it aside for a "
                "virtual machine.",
                evidence,
                (release_from_passthrough(snapshot, device.address, driver, diagnosis),),
            )
    return None


def _not_built(snapshot: Snapshot, diagnosis: str) -> Why | None:
    running, modules = known(snapshot.platform.kernel), snapshot.driver.modules_on_disk
    if running is None or not isinstance(modules, Known):
        return None
    kernels = tuple(sorted({each.kernel for each in modules.value}))
    if running in kernels:
        return None
    versions = ", ".join(each.version for each in known(snapshot.driver.dkms) or ())
    kept = (
        f" DKMS keeps version {versions} and has not built it for this kernel." if versions else ""
    )
    where = f"only for {', '.join(kernels)}" if kernels else "for no kernel"
    repair = (
        build_module(snapshot, running, diagnosis)
        if kernels or versions
        else install_driver(snapshot, diagnosis)
    )
    return Why(
        "no module for the running kernel",
        f"The running kernel is {running}; the nvidia module is there {where}.{kept}",
        (
            Evidence.of("/platform/kernel", snapshot.platform.kernel),
            seen("/driver/modules_on_disk", modules, ", ".join(kernels) or "none"),
        ),
        (repair, *((boot_kernel(snapshot, kernels, diagnosis),) if kernels else ())),
    )


def _refused_by_secure_boot(snapshot: Snapshot, diagnosis: str) -> Why | None:
    log = snapshot.driver.kernel_log
    line = next((each for each in known(log) or () if _says_refused(each)), None)
    if line is not None:
        return Why(
            "Secure Boot refused it",
            f"The kernel refused the module's signature: {line.strip()}",
            (seen("/driver/kernel_log", log, line.strip()),),
            (enrol_key(snapshot, diagnosis),),
        )
    secure_boot = snapshot.platform.secure_boot
    tried = any("NVRM" in each for each in known(log) or ())
    doubt = _doubt_of_the_key(snapshot)
    if isinstance(secure_boot, Known) and secure_boot.value and not tried and doubt:
        module = next_module(snapshot)
        signer = () if module is None else (seen("/driver/modules_on_disk", module.signer),)
        return Why(
            "Secure Boot probably refused it",
            f"Secure Boot is on, and the module is built for the running kernel; {doubt}, which is "
            "an inference: the kernel log shows no refusal.",
            (Evidence.of("/platform/secure_boot", secure_boot), *signer),
            (enrol_key(snapshot, diagnosis), load_module(snapshot, diagnosis)),
            Confidence.LIKELY,
        )
    return None


def _doubt_of_the_key(snapshot: Snapshot) -> str | None:
    """Why the kernel may not trust the module's key; None where its key is enrolled."""
    module, keys = next_module(snapshot), known(snapshot.platform.enrolled_keys)
    if module is not None and isinstance(module.signer, Absent):
        return "most likely it was refused because it carries no signature"
    signer = None if module is None else known(module.signer)
    if signer is None or keys is None:
        return "most likely its signing key is not enrolled"
    if signer in keys:
        return None
    return f"most likely it was refused because its key, {signer}, is not among the enrolled ones"


def _says_refused(line: str) -> bool:
    return any(words in line.lower() for words in _REFUSED)


def _failed(snapshot: Snapshot, diagnosis: str) -> Why:
    log = snapshot.driver.kernel_log
    lines = [each.strip() for each in known(log) or () if re.search(r"NVRM|nvidia", each)]
    if isinstance(log, Known) and not lines:
        return Why(
            "it was not loaded since the machine started",
            "The kernel log holds no word of it, so nobody tried: most likely it was installed "
            "after the last boot, which is an inference.",
            (seen("/driver/kernel_log", log, "no line of nvidia"),),
            (
                load_module(snapshot, diagnosis),
                reboot(snapshot, "Or reboot, which loads it too", diagnosis),
            ),
            Confidence.LIKELY,
        )
    said = f" The kernel's last word on it: {lines[-1]}" if lines else ""
    return Why(
        "loading it failed, or nobody tried",
        f"Nothing on disk explains it.{said}",
        (seen("/driver/kernel_log", log, lines[-1] if lines else "no line of nvidia"),),
        (load_module(snapshot, diagnosis),),
        Confidence.LIKELY,
    )
