"""What a message states, and the facts under which it does."""

from collections.abc import Callable
from dataclasses import dataclass

from gpudoctor.checks._mask import hides_all, is_ordinal
from gpudoctor.facts import Known, Snapshot, known

When = Callable[[Snapshot], bool]


@dataclass(frozen=True, slots=True)
class Statement:
    """A symptom, the diagnosis that it states, and the facts under which it does."""

    symptom: str
    diagnosis: str
    when: When
    because: str  # what the message means, in words
    after_cleared: str | None = None  # a diagnosis that the facts must have cleared first
    outweighs_facts: bool = False  # a program says it of itself, having tried


def always(_: Snapshot) -> bool:
    """Wherever the message stands."""
    return True


def in_wsl(snapshot: Snapshot) -> bool:
    """The text is of WSL."""
    return isinstance(snapshot.platform.wsl, Known)


def in_container(snapshot: Snapshot) -> bool:
    """The text shows a container."""
    return isinstance(snapshot.platform.container, Known)


def on_bare_linux(snapshot: Snapshot) -> bool:
    """Neither WSL nor a container is shown."""
    return not in_wsl(snapshot) and not in_container(snapshot)


def not_in_wsl(snapshot: Snapshot) -> bool:
    """The text is not of WSL."""
    return not in_wsl(snapshot)


def not_in_container(snapshot: Snapshot) -> bool:
    """No container is shown."""
    return not in_container(snapshot)


def driver_untold(snapshot: Snapshot) -> bool:
    """No driver is named anywhere in the text."""
    return on_bare_linux(snapshot) and not any(
        isinstance(fact, Known)
        for fact in (
            snapshot.nvml.driver_version,
            snapshot.driver.kernel_module_version,
            snapshot.driver.libraries,
            snapshot.nvml.init,
        )
    )


def torch_has_cuda(snapshot: Snapshot) -> bool:
    """No torch in the text is known to be a build without CUDA."""
    return all(
        known(framework.variant) in (None, "cuda")
        for _, framework in snapshot.frameworks()
        if framework.name == "torch"
    )


def no_library_named(snapshot: Snapshot) -> bool:
    """No message names the library that is missing."""
    return all(each.id != "shared-library-missing" for each in snapshot.symptoms)


def nvml_works(snapshot: Snapshot) -> bool:
    """Nothing in the text says that the driver fails."""
    init = known(snapshot.nvml.init)
    return init is None or init.code == 0


def _has(snapshot: Snapshot, symptom: str) -> bool:
    return any(each.id == symptom for each in snapshot.symptoms)


def mask_hides_all(snapshot: Snapshot) -> bool:
    """CUDA_VISIBLE_DEVICES hides every GPU: by its form, or by a number beyond those there are."""
    value = snapshot.variables.get("CUDA_VISIBLE_DEVICES")
    if value is None:
        return False
    first = value.split(",", maxsplit=1)[0].strip()
    count = len(known(snapshot.nvml.gpus) or snapshot.named_gpus)
    return hides_all(value) or (is_ordinal(first) and 0 < count <= int(first[:4]))


def driver_told(snapshot: Snapshot) -> bool:
    """The text shows that a driver works on the host."""
    init = known(snapshot.nvml.init)
    return init is not None and init.code == 0


def driver_untold_on_linux(snapshot: Snapshot) -> bool:
    """The text is not of WSL, and shows no driver at work."""
    return not in_wsl(snapshot) and not driver_told(snapshot)


def no_module_on_disk(snapshot: Snapshot) -> bool:
    """The modules that could drive the GPU are listed, and NVIDIA's is none of them."""
    return known(snapshot.driver.modules_on_disk) == ()


def module_on_disk_or_unknown(snapshot: Snapshot) -> bool:
    """NVIDIA's module is installed, or nobody says."""
    return not in_wsl(snapshot) and not no_module_on_disk(snapshot)


def not_half_updated(snapshot: Snapshot) -> bool:
    """Outside containers a half-updated driver answers like a compat library."""
    return in_container(snapshot) or not _has(snapshot, "driver-versions-differ")


def stubs_on_the_path(snapshot: Snapshot) -> bool:
    """A folder of stubs is named among those that are searched."""
    return _has(snapshot, "stubs-on-the-path")


def compiled_from_ptx(snapshot: Snapshot) -> bool:
    """The framework says that it has no machine code for this GPU."""
    return _has(snapshot, "kernels-compiled-from-ptx")


def toolkit_newer_than_driver(snapshot: Snapshot) -> bool:
    """nvcc is of a newer CUDA than the driver's, and no framework's own list of code is known."""
    api = known(snapshot.nvml.cuda_driver_api)
    toolkits = known(snapshot.build.toolkits) or ()
    versions = [version for each in toolkits if (version := known(each.version)) is not None]
    has_list = any(known(framework.targets) for _, framework in snapshot.frameworks())
    return api is not None and not has_list and any(version > api for version in versions)


def driver_not_to_blame(snapshot: Snapshot) -> bool:
    """The driver works, and is not older than what compiles here."""
    return nvml_works(snapshot) and not toolkit_newer_than_driver(snapshot)
