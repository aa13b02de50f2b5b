"""What a message states, and the facts under which it does."""

from collections.abc import Callable
from dataclasses import dataclass

from gpudoctor.facts import Known, Snapshot, known

When = Callable[[Snapshot], bool]


@dataclass(frozen=True, slots=True)
class Statement:
    """A symptom, the diagnosis that it states, and the facts under which it does."""

    symptom: str
    diagnosis: str
    when: When
    because: str  # what the message means, in words
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
