"""Decide ``container-without-gpu``."""

from collections.abc import Iterator

from gpudoctor.checks._container import hosts_gpu, mounted_library
from gpudoctor.checks._evidence import libraries_evidence, modules_evidence, pci_evidence, seen
from gpudoctor.checks._presence import gpu_nodes
from gpudoctor.diagnoses import CONTAINER_WITHOUT_GPU as DIAGNOSIS
from gpudoctor.facts import Absent, Known, Snapshot, Unknown, known
from gpudoctor.findings import MACHINE, Evidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.container import (
    ask_for_compute,
    build_without_gpu,
    set_up_runtime,
    start_with_gpu,
)


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    container = snapshot.platform.container
    if isinstance(container, Absent):
        yield DIAGNOSIS.not_applicable(MACHINE, "this is not a container")
        return
    if devices := known(snapshot.libcuda.devices):
        detail = f"CUDA reaches {len(devices)} of the host's GPUs"
        yield DIAGNOSIS.cleared(MACHINE, detail)
        return
    if isinstance(container, Unknown):
        yield DIAGNOSIS.undetermined(MACHINE, f"whether this is a container: {container.reason}")
        return
    nodes, libcuda = gpu_nodes(snapshot), mounted_library(snapshot, "libcuda.so.1")
    match nodes, libcuda:
        case (Known(paths), _) if not paths:
            yield _without_devices(snapshot)
        case (Absent(), _):
            yield _without_devices(snapshot)
        case (_, Absent()):
            yield _without_libraries(snapshot)
        case (Unknown(reason), _) | (_, Unknown(reason)):
            yield DIAGNOSIS.undetermined(MACHINE, f"what the container was given: {reason}")
        case _:
            detail = f"the container has {', '.join(known(nodes) or ())} and the driver's libcuda"
            yield DIAGNOSIS.cleared(
                MACHINE, detail, (_nodes_evidence(snapshot), libraries_evidence(snapshot))
            )


def _without_devices(snapshot: Snapshot) -> Verdict:
    hosts = hosts_gpu(snapshot)
    if isinstance(hosts, Absent):
        return DIAGNOSIS.not_applicable(MACHINE, f"the host shows no NVIDIA GPU ({hosts.source})")
    if isinstance(hosts, Unknown):
        return DIAGNOSIS.undetermined(MACHINE, f"whether the host has a GPU: {hosts.reason}")
    modules = known(snapshot.driver.modules_loaded)
    asleep = modules is not None and "nvidia" not in modules
    driver = (
        " The host's kernel has no nvidia module loaded: its driver must run first."
        if asleep
        else ""
    )
    if builder := known(snapshot.platform.build_step):
        return _in_a_build(snapshot, builder, f"The host has an NVIDIA GPU ({hosts.value})")
    return DIAGNOSIS.finding(
        MACHINE,
        f"The host has an NVIDIA GPU ({hosts.value}), and this {_kind(snapshot)} container has no "
        f"device node for one: the devices were not passed in.{driver}{_asked(snapshot)}",
        title="No GPU was passed into this container",
        evidence=_evidence(snapshot),
        remedies=_starting_over(snapshot),
    )


def _in_a_build(snapshot: Snapshot, builder: str, host: str) -> Verdict:
    return DIAGNOSIS.finding(
        MACHINE,
        f"{host}, and this is a build step ({builder}): builders pass no GPU to their steps.",
        title="A build step gets no GPU",
        evidence=(
            Evidence.of("/platform/build_step", snapshot.platform.build_step),
            *_evidence(snapshot),
        ),
        remedies=(build_without_gpu(DIAGNOSIS.id), start_with_gpu(snapshot, DIAGNOSIS.id)),
    )


def _asked(snapshot: Snapshot) -> str:
    """What the image or the start asked the runtime for, and so which step failed."""
    wanted = snapshot.variables.get("NVIDIA_VISIBLE_DEVICES")
    if wanted is None:
        return ""
    said = f" NVIDIA_VISIBLE_DEVICES is {wanted!r} here"
    if wanted.strip() in ("", "void", "none"):
        return f"{said}, which asks the runtime for no GPU."
    return f"{said}: a GPU was asked for, and no NVIDIA runtime acted on it."


def _without_libraries(snapshot: Snapshot) -> Verdict:
    if isinstance(mounted_library(snapshot, "libnvidia-ml.so.1"), Known):
        asked = snapshot.variables.get("NVIDIA_DRIVER_CAPABILITIES")
        given = "" if asked is None else f" (NVIDIA_DRIVER_CAPABILITIES is {asked!r})"
        return DIAGNOSIS.finding(
            MACHINE,
            "The GPU's device nodes and libnvidia-ml.so.1 are here and the driver's libcuda.so.1 "
            f"is not: the container was created without the driver capability compute{given}.",
            title="The container was given the GPU without the driver's compute libraries",
            evidence=_evidence(snapshot),
            remedies=(ask_for_compute(DIAGNOSIS.id), *_starting_over(snapshot)),
        )
    return DIAGNOSIS.finding(
        MACHINE,
        f"This {_kind(snapshot)} container has the GPU's device nodes and none of the driver's "
        "libraries: the devices were passed by hand, without the container toolkit that mounts "
        "libcuda.so.1 of the host's driver.",
        title="The GPU was passed into this container without the driver's libraries",
        evidence=_evidence(snapshot),
        remedies=_starting_over(snapshot),
    )


def _kind(snapshot: Snapshot) -> str:
    return known(snapshot.platform.container) or "unnamed"


def _nodes_evidence(snapshot: Snapshot) -> Evidence:
    nodes = gpu_nodes(snapshot)
    return seen("/driver/nodes", nodes, ", ".join(known(nodes) or ()) or "no node of a GPU")


def _evidence(snapshot: Snapshot) -> tuple[Evidence, ...]:
    return (
        Evidence.of("/platform/container", snapshot.platform.container),
        _nodes_evidence(snapshot),
        libraries_evidence(snapshot),
        pci_evidence(snapshot),
        modules_evidence(snapshot),
    )


def _starting_over(snapshot: Snapshot) -> tuple[Remedy, ...]:
    start = start_with_gpu(snapshot, DIAGNOSIS.id)
    if known(snapshot.platform.container) == "apptainer":
        return (start,)  # --nv takes the host's own libraries, without NVIDIA's toolkit
    return start, set_up_runtime(snapshot, DIAGNOSIS.id)
