"""Probe /dev/shm, and who the processes are that hold a GPU's memory."""

import re
from dataclasses import replace

from gpudoctor.errors import MissingError, ProbeError
from gpudoctor.facts import (
    Absent,
    Fact,
    GpuProcess,
    Known,
    NvmlFacts,
    PlatformFacts,
    SharedMemory,
    Unknown,
    known,
)
from gpudoctor.host import Host

_SHM = "/dev/shm"
_MOST_PROCESSES = 64  # of a GPU; more are counted and not named
_SIZE_OPTION = re.compile(r"(?:^|,)size=(\d{1,15})(k?)(?:,|$)")
_CONTAINER = re.compile(
    r"(docker|libpod|crio|cri-containerd|containerd|lxc)[-./:\w]{0,40}?[-/:]([0-9a-f]{12})[0-9a-f]{0,52}"
)


def probe_shared_memory(host: Host) -> Fact[SharedMemory]:
    """Size, room and rights of /dev/shm."""
    try:
        node = host.node(_SHM)
        size, free = host.capacity(_SHM)
    except MissingError:
        return Absent(_SHM)
    except ProbeError as error:
        return Unknown(str(error))
    limit = _mounted_size(host)
    size = size if limit is None else limit
    return Known(SharedMemory(size, min(free, size), node.accessible), _SHM)


def _mounted_size(host: Host) -> int | None:
    """The size that /dev/shm was mounted with, where it was given one."""
    try:
        text = host.read_text("/proc/self/mountinfo", 1 << 18)
    except ProbeError:
        return None
    for line in text.splitlines():
        fields = line.split()
        if len(fields) > 4 and fields[4] == _SHM and (match := _SIZE_OPTION.search(fields[-1])):
            return int(match[1]) * (1024 if match[2] else 1)
    return None


def with_holders(host: Host, nvml: NvmlFacts, platform: PlatformFacts) -> NvmlFacts:
    """NVML's answers, with the names of the processes that it lists."""
    if not isinstance(nvml.gpus, Known) or not any(known(gpu.processes) for gpu in nvml.gpus.value):
        return nvml
    inside = known(platform.container) is not None
    gpus = tuple(
        replace(
            gpu,
            processes=Known(
                tuple(
                    _identified(host, each, inside=inside) if number < _MOST_PROCESSES else each
                    for number, each in enumerate(gpu.processes.value)
                ),
                gpu.processes.source,
            ),
        )
        if isinstance(gpu.processes, Known)
        else gpu
        for gpu in nvml.gpus.value
    )
    return replace(nvml, gpus=Known(gpus, nvml.gpus.source))


def _identified(host: Host, process: GpuProcess, *, inside: bool) -> GpuProcess:
    folder = f"/proc/{process.pid}"
    if inside:
        # Some drivers count as the host does, and the same number here is another process.
        gap = Unknown("in a container NVML's number may be the host's")
        return replace(process, name=gap, uid=gap, container=gap)
    return replace(
        process,
        name=_name(host, folder),
        uid=_uid(host, folder),
        container=_container(host, folder),
    )


def _name(host: Host, folder: str) -> Fact[str]:
    try:
        text = host.read_text(f"{folder}/comm", 64).strip()
    except ProbeError as error:
        return Unknown(str(error))
    name = "".join(each if each.isprintable() else "?" for each in text)
    return Known(name, f"{folder}/comm") if name else Unknown(f"{folder}/comm is empty")


def _uid(host: Host, folder: str) -> Fact[int]:
    try:
        text = host.read_text(f"{folder}/status", 4096)
    except ProbeError as error:
        return Unknown(str(error))
    match = re.search(r"^Uid:\s{1,8}(\d{1,10})", text, re.MULTILINE)
    return Known(int(match[1]), f"{folder}/status") if match else Unknown("status has no Uid")


def _container(host: Host, folder: str) -> Fact[str]:
    try:
        text = host.read_text(f"{folder}/cgroup", 8192)
    except ProbeError as error:
        return Unknown(str(error))
    match = _CONTAINER.search(text)
    source = f"{folder}/cgroup"
    return Known(f"{match[1]} {match[2]}", source) if match else Absent(source)
