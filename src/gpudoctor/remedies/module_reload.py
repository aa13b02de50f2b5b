"""Swap the loaded kernel modules for those on disk without a reboot."""

from gpudoctor.facts import Known, Snapshot, known
from gpudoctor.findings import Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import as_root, proof

# Each needs those after it, so they are unloaded in this order and loaded in the reverse.
_UNLOAD_ORDER = ("nvidia_drm", "nvidia_modeset", "nvidia_uvm", "nvidia_peermem", "nvidia")
# As /proc/PID/comm has them, cut to 15 characters.
_PERSISTENCED = frozenset({"nvidia-persiste"})
_DESKTOP = frozenset(
    {"Xorg", "Xwayland", "gnome-shell", "kwin_wayland", "kwin_x11", "gdm-x-session", "sddm", "sway"}
)
_MOST_NAMED = 8
_GPU_USERS = ("every process that uses a GPU, the graphical session included",)


def reload_modules(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Stop who uses the modules, unload them, load the same ones anew, and start what was stopped.

    Whoever sits at the desktop loses the terminal halfway.
    """
    loaded = known(snapshot.driver.modules_loaded) or ("nvidia",)
    unload = tuple(name for name in _UNLOAD_ORDER if name in loaded)
    platform = snapshot.platform
    return Remedy(
        summary="Without a reboot: stop all that uses the GPU, unload the modules, load them anew",
        steps=(
            *_stopping(snapshot),
            as_root(platform, "modprobe", "-r", *unload),
            as_root(platform, "modprobe", "-a", *reversed(unload)),
            *_starting(snapshot),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_GPU_USERS,
    )


def _holders(snapshot: Snapshot) -> frozenset[str] | None:
    """The names of who has the GPU's nodes open; None where they are not known."""
    holders = snapshot.driver.holders
    return frozenset(e.name for e in holders.value) if isinstance(holders, Known) else None


def _stopping(snapshot: Snapshot) -> tuple[Step, ...]:
    """Stop who has the GPU's nodes open: by name where that is known."""
    platform, names = snapshot.platform, _holders(snapshot)
    elsewhere = Manual(
        "Work over SSH or on a text console (Ctrl+Alt+F3): the graphical session ends"
    )
    if names is None:
        sudo = "" if platform.is_root else "sudo "
        return (
            elsewhere,
            Shell(f"{sudo}fuser -v /dev/nvidia*"),
            Manual("Stop every process that this lists, nvidia-persistenced and the desktop too"),
        )
    steps: list[Step] = [elsewhere] if _DESKTOP & names else []
    if _PERSISTENCED & names:
        steps.append(as_root(platform, "systemctl", "stop", "nvidia-persistenced"))
    if _DESKTOP & names:
        steps.append(as_root(platform, "systemctl", "isolate", "multi-user.target"))
    rest = [
        each
        for each in known(snapshot.driver.holders) or ()
        if each.name not in _PERSISTENCED | _DESKTOP
    ]
    if rest:
        listed = ", ".join(f"{each.name} (process {each.pid})" for each in rest[:_MOST_NAMED])
        more = f" and {len(rest) - _MOST_NAMED} more" if len(rest) > _MOST_NAMED else ""
        steps.append(Manual(f"Stop what has the GPU open: {listed}{more}"))
    return tuple(steps)


def _starting(snapshot: Snapshot) -> tuple[Step, ...]:
    """Start again what had to stop."""
    platform, names = snapshot.platform, _holders(snapshot)
    if names is None:
        text = "Start again what you stopped: nvidia-persistenced, and the desktop with it"
        return (Manual(f"{text} (systemctl isolate graphical.target)"),)
    steps: list[Step] = []
    if _PERSISTENCED & names:
        steps.append(as_root(platform, "systemctl", "start", "nvidia-persistenced"))
    if _DESKTOP & names:
        steps.append(as_root(platform, "systemctl", "isolate", "graphical.target"))
    return tuple(steps)
