"""Repairs of the host compiler that nvcc hands the ordinary C++ code to."""

import shlex

from gpudoctor.facts import EnvironmentFacts, HostCompiler, Snapshot, known
from gpudoctor.findings import Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import as_root, package_family, proof
from gpudoctor.remedies.toolkit import conda_install

_BUILD_TOOLS = "https://visualstudio.microsoft.com/visual-cpp-build-tools/"


def use_host_compiler(
    compiler: HostCompiler, diagnosis: str, environment: EnvironmentFacts | None
) -> Remedy:
    """Give builds a compiler that is here already and that nvcc takes."""
    folder, _, name = compiler.path.rpartition("/")
    partner = name.replace("gcc", "g++") if compiler.name == "gcc" else f"{name}++"
    if compiler.name == "clang" and "-" in name:
        partner = name.replace("clang", "clang++", 1)
    cxx = f"{folder}/{partner}"
    return _with_compiler(f"Compile with {name}", (), compiler.path, cxx, diagnosis, environment)


def _with_compiler(
    summary: str,
    before: tuple[Step, ...],
    c: str,
    cxx: str,
    diagnosis: str,
    environment: EnvironmentFacts | None,
    *,
    needs_root: bool = False,
) -> Remedy:
    quoted = shlex.quote(cxx)
    return Remedy(
        summary=summary,
        steps=(
            *before,
            Shell(f"export CC={shlex.quote(c)} CXX={quoted} CUDAHOSTCXX={quoted}"),
            Shell(f"export NVCC_PREPEND_FLAGS={shlex.quote(f'-ccbin {cxx}')}"),
            Manual("Start the build again in the same shell, without what it left half done"),
        ),
        scope="system" if needs_root else "environment",
        verify=proof(diagnosis, environment),
        needs_root=needs_root,
        undo=(Shell("unset CC CXX CUDAHOSTCXX NVCC_PREPEND_FLAGS"),),
    )


def install_host_compiler(
    snapshot: Snapshot, major: int | None, diagnosis: str, environment: EnvironmentFacts | None
) -> Remedy:
    """Install a gcc that nvcc takes, beside the one that is here."""
    gcc = "gcc" if major is None else f"gcc-{major}"
    if environment is not None and known(environment.python.kind) == "conda":
        package = "gxx" if major is None else f"gxx={major}"
        step = conda_install(environment, package, "-c", "conda-forge")
        again = Manual("Activate the environment again: that sets CC and CXX")
        what = f"Install {gcc} into this environment"
        return Remedy(what, (step, again), "environment", proof(diagnosis, environment))
    return _from_packages(snapshot, major, diagnosis, environment)


def _from_packages(
    snapshot: Snapshot, major: int | None, diagnosis: str, environment: EnvironmentFacts | None
) -> Remedy:
    platform, family = snapshot.platform, package_family(snapshot.platform)
    number = "" if major is None else str(major)
    dashed = f"-{major}" if number else ""
    label = f"gcc {major}" if number else "gcc"
    c, cxx = f"gcc{dashed}", f"g++{dashed}"
    steps: tuple[Step, ...]
    if family in ("ubuntu", "debian"):
        steps = (as_root(platform, "apt-get", "install", c, cxx),)
    elif family == "rhel" and number:
        steps = (as_root(platform, "dnf", "install", f"gcc-toolset-{major}"),)
        top = f"/opt/rh/gcc-toolset-{major}/root/usr/bin"
        c, cxx = f"{top}/gcc", f"{top}/g++"
    elif family in ("fedora", "rhel"):
        steps = (as_root(platform, "dnf", "install", f"gcc{number}", f"gcc{number}-c++"),)
    elif family == "arch":
        steps = (as_root(platform, "pacman", "-S", f"gcc{number}"),)
    elif family == "suse":
        steps = (as_root(platform, "zypper", "install", f"gcc{number}-c++"),)
    else:
        steps = (Manual(f"Install {c} and {cxx} with this system's package manager"),)
    return _with_compiler(
        f"Install {label}", steps, c, cxx, diagnosis, environment, needs_root=True
    )


def other_visual_studio(diagnosis: str, environment: EnvironmentFacts | None) -> Remedy:
    """Install the Visual C++ that nvcc takes; its releases stand in each CUDA's guide alone."""
    return Remedy(
        "Install a Visual Studio that nvcc takes",
        (
            Manual(
                "Install the C++ build tools of a Visual Studio that this CUDA release names in "
                f"its installation guide for Windows: {_BUILD_TOOLS}"
            ),
            Manual("Build from its x64 Native Tools prompt"),
        ),
        "system",
        proof(diagnosis, environment),
        needs_root=True,
    )


def older_glibc(diagnosis: str, environment: EnvironmentFacts | None) -> Remedy:
    """Keep headers apart that declare the same functions in two ways; no compiler is at fault."""
    return Remedy(
        "Build with a CUDA toolkit whose headers agree with this system's C library",
        (
            Manual(
                "Install a newer CUDA toolkit than this C library, where the framework has a build "
                "of that CUDA"
            ),
            Manual(
                "Or build in a container of an older distribution, or with conda-forge's compilers "
                "(conda install -c conda-forge gxx), which bring C headers of their own"
            ),
        ),
        "environment",
        proof(diagnosis, environment),
    )
