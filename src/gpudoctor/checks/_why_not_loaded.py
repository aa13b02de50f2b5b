"""Why an installed kernel module is not loaded: the first broken link of the chain."""

import re
from dataclasses import dataclass, replace

from gpudoctor.checks._evidence import seen
from gpudoctor.checks._secure_boot import Refusal, find_refusal
from gpudoctor.facts import Absent, Known, PciDevice, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Remedy
from gpudoctor.remedies.driver import install_driver
from gpudoctor.remedies.kernel_module import (
    boot_kernel,
    build_module,
    load_module,
    reboot,
    release_from_nouveau,
    release_from_passthrough,
)
from gpudoctor.remedies.module_signing import enrol_key, trust_module

_KERNELS_OWN = ("nouveau", "nova_core", "nova", "NovaCore")
_PASSTHROUGH = ("vfio-pci", "pci-stub", "pciback", "xen-pciback")


@dataclass(frozen=True, slots=True)
class Why:
    """The reason in a few words and in a sentence, with its evidence and repairs."""

    title: str
    detail: str
    evidence: tuple[Evidence, ...]
    remedies: tuple[Remedy, ...]
    confidence: Confidence = Confidence.CERTAIN
    is_stopgap: bool = False  # a holder that may merely have taken what nvidia could not


def why_not_loaded(snapshot: Snapshot, diagnosis: str) -> Why:
    """The reason that the facts show, or that loading failed for one that they don't."""
    held, unbuilt = _held_by_another(snapshot, diagnosis), _not_built(snapshot, diagnosis)
    if held is not None and unbuilt is not None:
        # Whoever takes the GPU away from its holder still has no module for it.
        return _both(held, unbuilt)
    if unbuilt is not None:
        return unbuilt
    refusal = find_refusal(snapshot)
    if refusal is None:
        return held or _failed(snapshot, diagnosis)
    refused = _refused(snapshot, refusal, diagnosis)
    return refused if held is None else _held_and_refused(held, refusal, refused)


def _held_and_refused(held: Why, refusal: Refusal, refused: Why) -> Why:
    if refusal.is_guess:
        return held
    if held.is_stopgap and refusal.is_logged:
        # The kernel's own driver takes what nvidia could not.
        [release] = held.remedies
        again = replace(release, summary=f"If that is not enough: {_lowered(release.summary)}")
        return _both(refused, replace(held, remedies=(again,)))
    return _both(held, refused)


def _both(first: Why, second: Why) -> Why:
    return replace(
        first,
        detail=f"{first.detail} {second.detail}",
        evidence=first.evidence + second.evidence,
        remedies=first.remedies + second.remedies,
    )


def _lowered(sentence: str) -> str:
    return f"{sentence[0].lower()}{sentence[1:]}"


def _held_by_another(snapshot: Snapshot, diagnosis: str) -> Why | None:
    """Who holds the GPUs, where they are all held: the holder of one explains no other."""
    devices = known(snapshot.pci) or ()
    if any(isinstance(each.kernel_driver, Absent) for each in devices):
        return None
    for place, device in enumerate(devices):
        driver = known(device.kernel_driver)
        if driver in _KERNELS_OWN:
            module = "nouveau" if driver == "nouveau" else "nova_core"
            return Why(
                f"{driver} holds the GPU",
                f"The kernel's own driver {driver} has the GPU at {device.address}, and "
                "nvidia can't drive it at the same time.",
                (Evidence.of(f"/pci/{place}/kernel_driver", device.kernel_driver),),
                (release_from_nouveau(snapshot, module, diagnosis),),
                is_stopgap=True,
            )
    return _set_aside(snapshot, devices, diagnosis)


def _set_aside(snapshot: Snapshot, devices: tuple[PciDevice, ...], diagnosis: str) -> Why | None:
    for place, device in enumerate(devices):
        driver = known(device.kernel_driver)
        if driver in _PASSTHROUGH:
            return Why(
                f"{driver} holds the GPU",
                f"The GPU at {device.address} is bound to {driver}, which sets it aside for a "
                "virtual machine.",
                (Evidence.of(f"/pci/{place}/kernel_driver", device.kernel_driver),),
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


def _refused(snapshot: Snapshot, refused: Refusal, diagnosis: str) -> Why:
    trust = enrol_key if refused.by_secure_boot else trust_module
    remedies: tuple[Remedy, ...] = (trust(snapshot, diagnosis),)
    if not refused.is_logged:
        remedies += (load_module(snapshot, diagnosis),)
    return Why(refused.title, refused.said, refused.evidence, remedies, refused.confidence)


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
