"""The repairs where a processor lacks instructions that a wheel uses."""

from gpudoctor.facts import PlatformFacts, known
from gpudoctor.findings import Command, Manual, Remedy, Shell, Step
from gpudoctor.remedies.commands import proof


def same_series(version: str, diagnosis: str) -> Remedy:
    """A release of the same series whose wheels ask for less."""
    return Remedy(
        summary=f"Install TensorFlow {version}, whose wheels run on this processor",
        steps=(Command(("python", "-m", "pip", "install", f"tensorflow=={version}")),),
        scope="environment",
        verify=proof(diagnosis),
    )


def show_the_processor(platform: PlatformFacts, diagnosis: str) -> Remedy:
    """Look which of the usual instructions the processor has."""
    step: Step = Shell("grep -o -w -E 'avx|avx2|avx512f' /proc/cpuinfo | sort | uniq -c")
    if platform.os == "darwin":
        step = Shell("sysctl -a | grep machdep.cpu | grep -i avx")
    elif platform.os == "windows":
        step = Manual("Look the processor up by its name: Task Manager, Performance, CPU")
    return Remedy(
        summary="See whether the processor has AVX",
        steps=(step,),
        scope="environment",
        verify=proof(diagnosis),
    )


def other_build_for_cpu(
    platform: PlatformFacts, name: str, lacking: tuple[str, ...], diagnosis: str
) -> Remedy:
    """Show the guest the host's processor, or use a build or a machine that fits."""
    guest = known(platform.virtual_machine)
    words = " and ".join(each.upper() for each in lacking) or "the instructions"
    if guest is not None:
        return Remedy(
            summary="Give the virtual machine the host's own processor",
            steps=(
                Manual(
                    "Set the machine's CPU type to 'host' (QEMU: -cpu host; libvirt: "
                    "host-passthrough; Proxmox: host) and start it anew"
                ),
                Manual(f"If the host has no {words} either, {name} needs another host"),
            ),
            scope="host",
            verify=proof(diagnosis),
            needs_root=True,
            stops=("the virtual machine",),
        )
    if platform.os == "darwin":
        return Remedy(
            summary="Use a Python built for Apple's own processors",
            steps=(
                Manual(
                    "An x86_64 Python runs under Rosetta, which hides AVX: install an arm64 one"
                ),
            ),
            scope="environment",
            verify=proof(diagnosis),
        )
    return Remedy(
        summary=f"Run {name} on a processor with {words}, or a build without",
        steps=(
            Manual(f"Build {name} from source for this processor, or take a build that says so"),
            Manual(f"Else use a machine whose processor has {words}"),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )
