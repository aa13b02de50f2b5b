"""Repairs of who may open the device nodes: groups, the module's own setting, SELinux, cgroups."""

import shlex

from gpudoctor.facts import DeviceNode, Snapshot, known
from gpudoctor.findings import Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import as_root, is_inside_container, proof, reboot_now, sudo_tee
from gpudoctor.remedies.kernel_module import new_initramfs

_SETTING = "/etc/modprobe.d/nvidia-device-files.conf"
_STOPS_BOOT = ("everything that runs on this machine, for the reboot",)
_THIS_CONTAINER = ("this container",)


def let_group_in(snapshot: Snapshot, group: str, diagnosis: str) -> Remedy:
    """Become a member of the group that owns the nodes; inside a container, by its options."""
    if is_inside_container(snapshot):
        return Remedy(
            summary=f"Start the container again as a member of the group {group}",
            steps=(
                Manual(
                    "On the host, find the group's number (stat -c %g /dev/nvidiactl), then: "
                    "docker run --group-add NUMBER --gpus all …"
                ),
                Manual("In Kubernetes: set securityContext.supplementalGroups to that number"),
            ),
            scope="host",
            verify=proof(diagnosis),
            stops=_THIS_CONTAINER,
        )
    sudo = "" if snapshot.platform.is_root else "sudo "
    return Remedy(
        summary=f"Add this user to the group {group}, then log in again",
        steps=(
            Shell(f'{sudo}usermod -aG {shlex.quote(group)} "$USER"'),
            Manual("Log out and in again: running sessions keep their old groups"),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
        undo=(Shell(f'{sudo}gpasswd -d "$USER" {shlex.quote(group)}'),),
    )


def open_to_all(snapshot: Snapshot, nodes: tuple[DeviceNode, ...], diagnosis: str) -> Remedy:
    """Give the nodes NVIDIA's own mode, now and at the next boot."""
    platform = snapshot.platform
    if is_inside_container(snapshot):
        return Remedy(
            summary="Or let everyone open the nodes on the host, as NVIDIA's driver does by itself",
            steps=(
                Manual(f"On the host: sudo chmod a+rw {' '.join(each.path for each in nodes)}"),
                Manual("On the host, look for what closes them: grep -r NVreg_ /etc/modprobe.d"),
            ),
            scope="host",
            verify=proof(diagnosis),
            needs_root=True,
        )
    options = "options nvidia NVreg_DeviceFileUID=0 NVreg_DeviceFileGID=0 NVreg_DeviceFileMode=0666"
    return Remedy(
        summary="Let everyone open the nodes, as NVIDIA's driver does by itself, then reboot",
        steps=(
            Shell("grep -rs NVreg_DeviceFile /etc/modprobe.d /usr/lib/modprobe.d"),
            Shell("grep -rs nvidia /etc/udev/rules.d /usr/lib/udev/rules.d"),
            Manual("Take out the lines that these show where they close the nodes, or else:"),
            sudo_tee(platform, f"echo {shlex.quote(options)}", _SETTING),
            *new_initramfs(platform),
            as_root(platform, "chmod", "a+rw", *(each.path for each in nodes)),
            reboot_now(platform),
        ),
        scope="reboot",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_STOPS_BOOT,
        undo=(as_root(platform, "rm", _SETTING), *new_initramfs(platform)),
    )


def keep_groups(diagnosis: str) -> Remedy:
    """Carry the user's groups into a rootless container's user namespace."""
    return Remedy(
        summary="Start the container again with the groups of the user who starts it",
        steps=(
            Manual(
                "On the host: podman run --group-add keep-groups --device nvidia.com/gpu=all … "
                "(it needs crun, and that user must be in the group that owns the nodes)"
            ),
            Manual(
                "If the nodes are to be open to all, set NVreg_DeviceFileMode=0666 for the module "
                "nvidia on the host"
            ),
        ),
        scope="host",
        verify=proof(diagnosis),
        stops=_THIS_CONTAINER,
    )


def let_selinux(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Have SELinux let containers, or this domain, use the nodes."""
    if is_inside_container(snapshot):
        steps: tuple[Step, ...] = (
            Manual("On the host, for all containers: sudo setsebool -P container_use_devices=true"),
            Manual("Or for this one: podman run --security-opt label=disable … (docker too)"),
        )
        scope = "host"
    else:
        platform = snapshot.platform
        steps = (
            as_root(platform, "ausearch", "-m", "avc", "-ts", "recent"),
            Shell(f"{'' if platform.is_root else 'sudo '}restorecon -v /dev/nvidia*"),
            Manual("If that shows a denial that stays, allow it with audit2allow(1)"),
        )
        scope = "system"
    return Remedy(
        summary="Have SELinux allow the use of the GPU's device nodes",
        steps=steps,
        scope="host" if scope == "host" else "system",
        verify=proof(diagnosis),
        needs_root=True,
        stops=_THIS_CONTAINER if scope == "host" else (),
    )


def look_for_policy(diagnosis: str) -> Remedy:
    """Find what refuses the nodes where neither mode bits nor SELinux explain it."""
    return Remedy(
        summary="Find what refuses the nodes: a mount with nodev, or a security module",
        steps=(
            Shell("findmnt -n -o TARGET,OPTIONS --target /dev/nvidiactl"),
            Manual("If it says nodev: pass the nodes as devices (--device), not as a volume"),
            Manual("Else look for a denial in the kernel log (AppArmor, SELinux)"),
        ),
        scope="system",
        verify=proof(diagnosis),
    )


_LASTING = {
    "docker": (
        'add "exec-opts": ["native.cgroupdriver=cgroupfs"] to /etc/docker/daemon.json',
        "restart its daemon: sudo systemctl restart docker",
        "or name each node: docker run --gpus all --device /dev/nvidia0 --device /dev/nvidiactl …",
    ),
    "podman": ("pass the GPU by CDI: podman run --device nvidia.com/gpu=all …",),
    "kubernetes": (
        "let the device plugin pass the devices: PASS_DEVICE_SPECS=true, or CDI in the operator",
    ),
}


def restart_container(snapshot: Snapshot, diagnosis: str) -> tuple[Remedy, ...]:
    """Start the container again; then keep systemd from taking the GPU away once more."""
    kind = known(snapshot.platform.container) or ""
    restart = {
        "kubernetes": "kubectl delete pod POD (its controller starts it again)",
        "podman": "podman restart CONTAINER",
    }.get(kind, "docker restart CONTAINER")
    return (
        Remedy(
            summary="Start the container again: it then gets its devices back",
            steps=(Manual(f"On the host: {restart}"),),
            scope="host",
            verify=proof(diagnosis),
            stops=_THIS_CONTAINER,
        ),
        Remedy(
            summary="So that it does not come back with the host's next systemctl daemon-reload",
            steps=(
                Manual(
                    "On the host: sudo nvidia-ctk system create-dev-char-symlinks "
                    "--create-all (at every boot, by a udev rule or a unit)"
                ),
                *(Manual(f"On the host: {each}") for each in _LASTING.get(kind, ())),
                Manual("A newer NVIDIA Container Toolkit passes the GPU by CDI, which lasts"),
            ),
            scope="host",
            verify=proof(diagnosis),
            needs_root=True,
            stops=("the host's containers, while their daemon restarts",),
        ),
    )
