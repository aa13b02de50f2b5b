"""Repairs of what compiles at run time: ptxas, libdevice, and the link to libcuda."""

import shlex

from gpudoctor.facts import EnvironmentFacts, Snapshot, Toolkit, known
from gpudoctor.findings import Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import as_root, proof


def link_libcuda(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Make the development link beside the driver's libcuda, or let the linker find a stub."""
    winner = snapshot.driver.winner("libcuda.so.1")
    steps: tuple[Step, ...]
    if winner is None:
        steps = (as_root(snapshot.platform, "ldconfig"), Shell("ldconfig -p | grep libcuda"))
        return Remedy(
            "Let the loader's cache find the driver's libcuda",
            (*steps, Manual("Where it lists libcuda.so.1 alone, make libcuda.so a link to it")),
            "system",
            proof(diagnosis),
            needs_root=True,
        )
    folder = winner.path.rpartition("/")[0]
    steps = (
        as_root(snapshot.platform, "ln", "-s", "libcuda.so.1", f"{folder}/libcuda.so"),
        as_root(snapshot.platform, "ldconfig"),
    )
    return Remedy(
        f"Make {folder}/libcuda.so a link to libcuda.so.1",
        steps,
        "system",
        proof(diagnosis),
        needs_root=True,
        undo=(as_root(snapshot.platform, "rm", f"{folder}/libcuda.so"),),
    )


def search_for_libcuda(folder: str, diagnosis: str) -> Remedy:
    """Name a folder with libcuda.so to the linker, for one build and without root."""
    path = shlex.quote(folder)
    return Remedy(
        f"Let the linker look into {folder}",
        (
            Shell(f'export LIBRARY_PATH={path}"${{LIBRARY_PATH:+:$LIBRARY_PATH}}"'),
            Manual("Never put a folder named stubs on LD_LIBRARY_PATH: programs would load it"),
        ),
        "environment",
        proof(diagnosis),
        undo=(Shell("unset LIBRARY_PATH"),),
    )


def name_cuda_folder(folder: str, diagnosis: str, environment: EnvironmentFacts | None) -> Remedy:
    """Tell XLA where the CUDA data folder is."""
    return Remedy(
        f"Tell XLA that libdevice is below {folder}",
        (Shell(f"export XLA_FLAGS={shlex.quote('--xla_gpu_cuda_data_dir=' + folder)}"),),
        "environment",
        proof(diagnosis, environment),
        undo=(Shell("unset XLA_FLAGS"),),
    )


def gather_libdevice(file: str, diagnosis: str, environment: EnvironmentFacts | None) -> Remedy:
    """Lay a libdevice that lies alone, as old conda packages have it, where XLA looks."""
    folder = file.rpartition("/")[0]
    place = shlex.quote(f"{folder}/nvvm/libdevice")
    return Remedy(
        f"Put {file} where XLA looks for it",
        (
            Shell(f"mkdir -p {place} && cp {shlex.quote(file)} {place}/"),
            Shell(f"export XLA_FLAGS={shlex.quote('--xla_gpu_cuda_data_dir=' + folder)}"),
        ),
        "environment",
        proof(diagnosis, environment),
        undo=(Shell("unset XLA_FLAGS"),),
    )


def use_assembler(toolkit: Toolkit, variable: str, diagnosis: str) -> Remedy:
    """Let Triton use the ptxas of a toolkit that is here already."""
    path = known(toolkit.ptxas) or f"{toolkit.path}/bin/ptxas"
    return Remedy(
        f"Let Triton use the ptxas of CUDA {known(toolkit.version)} in {toolkit.path}",
        (Shell(f"export {variable}={shlex.quote(path)}"),),
        "environment",
        proof(diagnosis),
        undo=(Shell(f"unset {variable}"),),
    )


def newer_release(name: str, diagnosis: str, environment: EnvironmentFacts | None) -> Remedy:
    """A release whose own compiler knows this GPU, where the matrix names none."""
    return Remedy(
        f"Install a release of {name} whose compiler knows this GPU",
        (Manual(f"Look for this GPU's architecture in the release notes of {name}"),),
        "environment",
        proof(diagnosis, environment),
    )
