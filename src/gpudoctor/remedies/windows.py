"""The repairs of what Windows itself should bring."""

from gpudoctor.findings import Command, Manual, Remedy
from gpudoctor.remedies.commands import proof

_REDISTRIBUTABLE = "https://aka.ms/vs/17/release/vc_redist.x64.exe"


def with_visual_c(diagnosis: str) -> Remedy:
    """Install the newest runtime, which serves programs of every Visual Studio since 2015."""
    return Remedy(
        summary="Install the newest Visual C++ runtime, x64",
        steps=(
            Command(("winget", "install", "--exact", "--id", "Microsoft.VCRedist.2015+.x64")),
            Manual(f"Without winget: {_REDISTRIBUTABLE}"),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )


def with_build_tools(diagnosis: str) -> Remedy:
    """The OpenMP of LLVM is no part of the runtime: it comes with the compilers."""
    return Remedy(
        summary="If that is not enough, bring libomp140.x86_64.dll",
        steps=(
            Manual(
                "Install the C++ build tools of Visual Studio, which bring libomp140.x86_64.dll, "
                "or a later patch release of torch"
            ),
        ),
        scope="system",
        verify=proof(diagnosis),
        needs_root=True,
    )
