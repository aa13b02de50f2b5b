"""Repairs of libraries that are there in the wrong version, or found before the right ones."""

import shlex

from gpudoctor.facts import EnvironmentFacts, Snapshot, known
from gpudoctor.findings import Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import as_root, is_inside_container, package_family, proof
from gpudoctor.remedies.managers import install_packages, uninstall_packages

_VARIABLE = "LD_LIBRARY_PATH"


def leave_folders_out(
    snapshot: Snapshot, folders: tuple[str, ...], diagnosis: str, library: str = "the libraries"
) -> Remedy:
    """Take folders out of LD_LIBRARY_PATH; without any, the whole variable for one attempt."""
    variable = snapshot.variables.get(_VARIABLE, "")
    entries = [each for each in variable.split(":") if each]
    kept = [each for each in entries if each.rstrip("/") not in folders]
    command = f"export {_VARIABLE}={shlex.quote(':'.join(kept))}"
    if not folders or not kept:
        command = f"unset {_VARIABLE}"
    what = ", ".join(folders) if folders else "the folders of other copies"
    undo = (Shell(f"export {_VARIABLE}={shlex.quote(variable)}"),) if variable else ()
    return Remedy(
        summary=f"Take {what} out of {_VARIABLE}",
        steps=(
            Shell(command),
            Manual(
                f"Where {library} then loads, change the line that sets {_VARIABLE} too: in a "
                "shell's start-up file, the job's script, a module file or the image's ENV"
            ),
        ),
        scope="environment",
        verify=proof(diagnosis),
        undo=undo,
    )


def install_wheels(
    environment: EnvironmentFacts,
    requirements: tuple[str, ...],
    diagnosis: str,
    *,
    replaces: tuple[str, ...] = (),
) -> Remedy:
    """Install NVIDIA's wheels over what lies in their folder; rivals of it are removed first."""
    force = "--reinstall" if known(environment.python.manager) == "uv" else "--force-reinstall"
    removal = (uninstall_packages(environment, *replaces),) if replaces else ()
    return Remedy(
        summary=f"Install {', '.join(requirements)}",
        steps=(*removal, install_packages(environment, force, "--no-deps", *requirements)),
        scope="environment",
        verify=proof(diagnosis, environment),
    )


def one_release_of_cuda(name: str, wanted: str, diagnosis: str) -> Remedy:
    """Give a package the CUDA that it was built for, or take its build for the one that is here."""
    return Remedy(
        summary=f"Give {name} the {wanted} that it was built for",
        steps=(
            Manual(f"Install the build of {name} that its own page offers for the CUDA at hand"),
            Manual(f"Or install {wanted} beside the other and put its lib folder on {_VARIABLE}"),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )


def matching_cudnn(name: str, wanted: str, diagnosis: str) -> Remedy:
    """Bring the cuDNN that a program was built for, where nobody knows the program's own pins."""
    return Remedy(
        summary=f"Give {name} {wanted}",
        steps=(
            Manual(
                f"Install {wanted}, in its build for the CUDA that {name} uses: the wheel "
                "nvidia-cudnn-cu11, nvidia-cudnn-cu12 or nvidia-cudnn-cu13, or NVIDIA's package"
            ),
            Manual(f"See to it that no other cuDNN is found first: {_VARIABLE}, conda, /usr/lib"),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )


def newer_c_library(snapshot: Snapshot, name: str, wanted: str, diagnosis: str) -> Remedy:
    """A system's own glibc can't be replaced: another image or release, or an older wheel."""
    where: Step = Manual(
        f"Run {name} on a distribution whose C library has {wanted} (ldd --version shows it), "
        "for example in a container"
    )
    if is_inside_container(snapshot):
        where = Manual(f"Build the image from a newer base, whose C library has {wanted}")
    return Remedy(
        summary=f"Use a system whose C library has {wanted}, or an older release of {name}",
        steps=(where, Manual(f"Or install a release of {name} that was built for this system")),
        scope="system",
        verify=proof(diagnosis),
    )


def newer_cxx_library(
    snapshot: Snapshot, environment: EnvironmentFacts | None, wanted: str, diagnosis: str
) -> Remedy:
    """A newer libstdc++: conda's own in a conda environment, else the system's."""
    platform = snapshot.platform
    if environment is not None and known(environment.python.kind) == "conda":
        prefix = known(environment.python.prefix) or "the environment"
        channel = "conda-forge"
        return Remedy(
            summary="Install a newer libstdc++ into the conda environment",
            steps=(Shell(f"conda install -p {shlex.quote(prefix)} -c {channel} libstdcxx-ng"),),
            scope="environment",
            verify=proof(diagnosis, environment),
        )
    steps: tuple[Step, ...] = (
        Manual(f"Install a libstdc++ that has {wanted}: it comes with a newer GCC or distribution"),
    )
    if package_family(platform) in ("ubuntu", "debian"):
        steps = (
            as_root(platform, "apt-get", "install", "--only-upgrade", "libstdc++6"),
            Manual(
                f"Where that brings no {wanted}, use a newer distribution or a conda environment"
            ),
        )
    return Remedy(
        summary=f"Install a libstdc++ that has {wanted}",
        steps=steps,
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )
