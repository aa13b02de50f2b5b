"""Repairs of the way from WSL to the driver of Windows."""

import shlex

from gpudoctor.facts import DriverLibrary, Snapshot
from gpudoctor.findings import Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import DRIVER_PAGE, as_root, package_family, proof

_STOPS = ("everything that runs in WSL",)
# The display driver's packages of Ubuntu, Debian and NVIDIA. A pattern such as libnvidia-* would
# also take the container toolkit, and apt gives up where a pattern matches nothing.
_DRIVER_PACKAGES = (
    "nvidia-(driver|open|utils|compute-utils|kernel|dkms|firmware|alternative)|"
    "libnvidia-(compute|cfg|common|decode|encode|extra|fbc|gl|egl|ml1|ptxjit|nvvm|allocator|rtcore)"
    "|libcuda1|libnvcuvid1|xserver-xorg-video-nvidia|cuda-drivers"
)
_INSTALLED_PARTS = (
    "dpkg-query -W -f='${db:Status-Abbrev} ${Package}\\n' | "
    f"awk '$1 == \"ii\" && $2 ~ /^({_DRIVER_PACKAGES})/ {{print $2}}'"
)
_SHUT_DOWN = Manual("In PowerShell, run: wsl --shutdown, then start WSL again")


def use_wsl_2(diagnosis: str) -> Remedy:
    """Convert this distribution to WSL 2, the only one with a GPU."""
    return Remedy(
        summary="Convert this distribution to WSL 2",
        steps=(
            Manual("In PowerShell, run: wsl --list --verbose"),
            Manual("In PowerShell, run: wsl --set-version NAME 2, with this distribution's name"),
        ),
        scope="host",
        verify=proof(diagnosis),
        stops=_STOPS,
    )


def renew_windows_side(diagnosis: str) -> Remedy:
    """Install NVIDIA's driver in Windows and renew WSL's own kernel."""
    return Remedy(
        summary="Install NVIDIA's current driver in Windows and update WSL; nothing inside WSL",
        steps=(
            Manual("On Windows, see whether nvidia-smi lists the GPU"),
            Manual(f"On Windows, install NVIDIA's current driver from {DRIVER_PAGE}"),
            Manual("In PowerShell, run: wsl --update"),
            _SHUT_DOWN,
        ),
        scope="host",
        verify=proof(diagnosis),
        stops=_STOPS,
    )


def turn_gpu_on(diagnosis: str) -> Remedy:
    """Give WSL its GPU device: by its settings and its own kernel."""
    return Remedy(
        summary="Let WSL have the GPU: its settings and its kernel decide",
        steps=(
            Manual("In %UserProfile%\\.wslconfig, remove gpuSupport=false and any kernel= line"),
            Manual("In PowerShell, run: wsl --update"),
            _SHUT_DOWN,
        ),
        scope="host",
        verify=proof(diagnosis),
        stops=_STOPS,
    )


def remove_linux_driver(snapshot: Snapshot, library: DriverLibrary, diagnosis: str) -> Remedy:
    """Take the Linux display driver out of WSL; CUDA's toolkit may stay."""
    platform = snapshot.platform
    steps: tuple[Step, ...]
    if package_family(platform) in ("ubuntu", "debian"):
        sudo = "" if platform.is_root else "sudo "
        steps = (
            Shell(f"dpkg -S {shlex.quote(library.path)}"),
            Shell(f"{sudo}apt-get remove --purge $({_INSTALLED_PARTS})"),
            Manual(
                "If dpkg names no package for it, NVIDIA's installer put it there: "
                "sudo nvidia-uninstall"
            ),
        )
    else:
        steps = (Manual(f"Remove the package or the installer's driver that owns {library.path}"),)
    return Remedy(
        summary="Remove the Linux display driver from WSL",
        steps=(
            *steps,
            as_root(platform, "ldconfig"),
            Manual("Install only CUDA's toolkit here (cuda-toolkit), never cuda or cuda-drivers"),
            _SHUT_DOWN,
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_STOPS,
    )


def let_loader_find_it(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Put Windows' libraries back onto the loader's path."""
    return Remedy(
        summary="Have the loader search /usr/lib/wsl/lib",
        steps=(
            Manual("In /etc/wsl.conf, remove ldconfig=false below [automount], if it is there"),
            Shell(
                "echo /usr/lib/wsl/lib | "
                f"{'' if snapshot.platform.is_root else 'sudo '}tee /etc/ld.so.conf.d/ld.wsl.conf"
            ),
            as_root(snapshot.platform, "ldconfig"),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )


def leave_tcc(diagnosis: str) -> Remedy:
    """Switch the card to the display driver model that WSL needs."""
    return Remedy(
        summary="On Windows, switch the GPU from TCC to WDDM",
        steps=(
            Manual(
                "On Windows as administrator: nvidia-smi --query-gpu=name,driver_model.current "
                "--format=csv"
            ),
            Manual("If that says TCC: nvidia-smi -i NUMBER -dm 0, then restart Windows"),
        ),
        scope="host",
        verify=proof(diagnosis),
        needs_root=True,
        stops=("everything that runs on Windows, for the restart",),
    )
