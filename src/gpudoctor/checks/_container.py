"""What a container was given of its host's GPU, and what it sees of the host."""

from gpudoctor.facts import Absent, Fact, Known, Snapshot, Unknown

_DRIVERS_OWN = ("driver", "wsl", "tegra")


def mounted_library(snapshot: Snapshot, soname: str) -> Fact[str]:
    """The driver's own copy of a library; a stub's or an image's compat copy is none."""
    libraries = snapshot.driver.libraries
    if not isinstance(libraries, Known):
        return libraries
    for each in libraries.value:
        if each.soname == soname and each.kind in _DRIVERS_OWN:
            return Known(each.path, libraries.source)
    return Absent(libraries.source)


def hosts_gpu(snapshot: Snapshot) -> Fact[str]:
    """What shows the host's GPU through the kernel that the container shares."""
    pci, modules = snapshot.pci, snapshot.driver.modules_loaded
    if isinstance(pci, Known) and pci.value:
        return Known(f"10de:{pci.value[0].device_id} at {pci.value[0].address}", pci.source)
    if isinstance(modules, Known) and "nvidia" in modules.value:
        return Known("the module nvidia is loaded", modules.source)
    if isinstance(snapshot.platform.wsl, Known):
        return Unknown("this container runs in WSL, and Windows was not asked")
    if isinstance(pci, Known):
        return Absent(pci.source)
    return Unknown(pci.reason if isinstance(pci, Unknown) else f"no PCI bus in {pci.source}")
