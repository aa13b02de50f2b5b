"""Repairs of what the dynamic loader finds first: stray copies of libcuda."""

import shlex

from gpudoctor.facts import Snapshot
from gpudoctor.findings import Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import as_root, is_inside_container, package_family, proof

_VARIABLE = "LD_LIBRARY_PATH"
_LEADING_ASTRAY = ("stubs", "compat")


def leave_out(snapshot: Snapshot, path: str | None, diagnosis: str) -> Remedy:
    """Keep the loader from a copy of libcuda: by the variable, the link, or the loader's folders.

    `path` is where the loader finds it; None where only CUDA's answer tells of it.
    """
    folder = "" if path is None else path.rpartition("/")[0]
    variable = snapshot.variables.get(_VARIABLE, "")
    astray = tuple(each for each in variable.split(":") if _leads_astray(each, folder))
    if astray:
        return _shorten_variable(variable, astray, diagnosis)
    if path is None:
        return Remedy(
            summary="Take the folder with the stub libcuda out of what the loader searches",
            steps=(Shell("ldconfig -p | grep libcuda"), Manual("Remove the copy that is a stub")),
            scope="system",
            verify=proof(diagnosis),
            needs_root=True,
        )
    if folder.rpartition("/")[2] in _LEADING_ASTRAY:
        return _drop_folder(snapshot, folder, diagnosis)
    return _remove_copy(snapshot, path, diagnosis)


def _leads_astray(entry: str, folder: str) -> bool:
    """Whether an entry of the variable is that folder, by its name or through a link."""
    entry, name = entry.rstrip("/"), folder.rpartition("/")[2]
    same_kind = name in ("", *_LEADING_ASTRAY) and entry.rpartition("/")[2] in (
        (name,) if name else _LEADING_ASTRAY
    )
    return bool(entry) and (entry == folder or same_kind)


def _shorten_variable(variable: str, astray: tuple[str, ...], diagnosis: str) -> Remedy:
    kept = [each for each in variable.split(":") if each and each not in astray]
    command = f"export {_VARIABLE}={shlex.quote(':'.join(kept))}" if kept else f"unset {_VARIABLE}"
    return Remedy(
        summary=f"Take {', '.join(astray)} out of {_VARIABLE}",
        steps=(
            Shell(command),
            Manual(
                "Change the line that sets it too: in a shell's start-up file, the job's script "
                "or the image's ENV"
            ),
        ),
        scope="environment",
        verify=proof(diagnosis),
        undo=(Shell(f"export {_VARIABLE}={shlex.quote(variable)}"),),
    )


def _drop_folder(snapshot: Snapshot, folder: str, diagnosis: str) -> Remedy:
    return Remedy(
        summary=f"Take {folder} out of the folders that the loader searches",
        steps=(
            Shell(f"grep -rn {shlex.quote(folder)} /etc/ld.so.conf /etc/ld.so.conf.d"),
            Manual("Remove the line that this shows"),
            as_root(snapshot.platform, "ldconfig"),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )


def _remove_copy(snapshot: Snapshot, path: str, diagnosis: str) -> Remedy:
    steps: tuple[Step, ...] = (
        Manual(f"Find out what put {path} there, and remove it; it is not the driver's own"),
        as_root(snapshot.platform, "ldconfig"),
    )
    if is_inside_container(snapshot):
        why = "the container toolkit mounts the host's own"
        steps = (Manual(f"Build the image without {path}: {why}"),)
    return Remedy(
        summary=f"Remove {path}",
        steps=steps,
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )


def remove_compat_package(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Remove the forward-compatibility package, so that the driver's own libcuda is found."""
    platform = snapshot.platform
    family = package_family(platform)
    steps: tuple[Step, ...]
    if is_inside_container(snapshot):
        steps = (Manual("Build the image without the package cuda-compat, or from another base"),)
    elif family in ("ubuntu", "debian"):
        steps = (as_root(platform, "apt-get", "remove", "^cuda-compat-.*"),)
    elif family in ("fedora", "rhel"):
        steps = (as_root(platform, "dnf", "remove", "cuda-compat-*"),)
    else:
        steps = (Manual("Remove the package cuda-compat"),)
    return Remedy(
        summary="Remove the forward-compatibility package cuda-compat",
        steps=steps,
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )
