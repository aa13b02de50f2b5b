"""Read lspci, lsmod, ls -l /dev, dkms, environment variables, and the signs of a container."""

import re
from collections.abc import Iterable

from gpudoctor.readers.lines import Line
from gpudoctor.readers.notes import Kind, Notes, Trust

_LSPCI = re.compile(
    r"\s{0,8}(?P<address>(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) "
    r"(?:VGA compatible controller|3D controller"
    r"|Display controller)[^:]{0,12}: NVIDIA Corporation(?P<rest>.{0,200})",
    re.IGNORECASE,
)
_IDS = re.compile(r"\[10de:(?P<id>[0-9a-f]{4})\]|Device (?P<bare>[0-9a-f]{4})\b", re.IGNORECASE)
_PRODUCT = re.compile(
    r"\[(?P<name>(?:GeForce|Tesla|Quadro|RTX|GTX|NVIDIA|A\d|H\d|L\d|T\d)[^\]]{1,60})\]"
)
_IN_USE = re.compile(r"\s{1,12}Kernel driver in use: (?P<driver>[\w-]{2,40})")
_AVAILABLE = re.compile(r"\s{1,12}Kernel modules: (?P<names>[\w, -]{2,200})")
_FUNCTION = re.compile(r"\s{0,8}(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] \S", re.IGNORECASE)
_LSMOD = re.compile(
    r"\s{0,4}(?P<module>nvidia(?:_\w{2,12})?|nouveau|nova_core)\s{1,40}\d{4,12}\s{1,12}-?\d"
)
_NODE = re.compile(
    r"\s{0,4}(?P<mode>c[rwx-]{9})[.+@]? {1,4}\d{1,3} (?P<owner>[\w.-]{1,40}) {1,20}"
    r"(?P<group>[\w.-]{1,40}) .{3,60}?"
    r"(?P<path>/dev/nvidia[\w/-]{0,30}|nvidia[\w-]{0,30})$"
)
_VARIABLES = (
    "CUDA_VISIBLE_DEVICES|NVIDIA_VISIBLE_DEVICES|NVIDIA_DRIVER_CAPABILITIES|LD_LIBRARY_PATH|CUDA_HOME"
    "|CUDA_PATH|CUDA_DEVICE_ORDER|PYTORCH_CUDA_ALLOC_CONF|TF_FORCE_GPU_ALLOW_GROWTH|XLA_FLAGS"
    "|XLA_PYTHON_CLIENT_PREALLOCATE|XLA_PYTHON_CLIENT_MEM_FRACTION|NCCL_P2P_DISABLE|PYTHONPATH"
    "|CONDA_DEFAULT_ENV|CONDA_PREFIX|VIRTUAL_ENV"
)
_SET = re.compile(
    rf"(?:^|[\s`$;(]|export |environ\[['\"])(?P<name>{_VARIABLES})(?:['\"]\])? ?[=:] ?"
    r"(?P<value>\"[^\"]{0,400}\"|'[^']{0,400}'|[^\s`;]{0,400})"
)
_ECHO = re.compile(
    rf"\s{{0,8}}(?:\S{{0,60}}[$#] )?echo \"?\$\{{?(?P<name>{_VARIABLES})\}}?\"?\s{{0,4}}$"
)
_KERNEL_LINE = re.compile(
    r"NVRM[: ]|\bXid \(PCI|\bkernel:.{0,40}(?:nvidia|nouveau|Lockdown|Loading of)"
    r"|\[ {0,6}\d{1,9}\.\d{6}\].{0,40}(?:nvidia|nouveau|Lockdown|Loading of|module verification)"
)
_CONTAINERS = (
    (
        "docker",
        re.compile(
            r"\b(?:sudo )?docker (?:run|exec|compose up|start)\b|docker: Error response"
            r"|nvidia-docker run"
        ),
    ),
    ("podman", re.compile(r"\bpodman run\b")),
    ("docker", re.compile(r"^\s{0,4}(?:\(.{1,30}\) ?)?\w{1,30}@[0-9a-f]{12}:")),
    ("docker", re.compile(r"^== CUDA ==$|WARNING: The NVIDIA Driver was not detected")),
    (
        "kubernetes",
        re.compile(
            r"\bkubectl (?:logs|exec|describe)\b|nvidia-device-plugin"
            r"|failed to create containerd task"
        ),
    ),
    ("apptainer", re.compile(r"\b(?:singularity|apptainer) (?:run|exec|shell)\b")),
)


Device = dict[str, str | None]


def read_devices(lines: Iterable[Line], notes: Notes) -> None:
    """Note the devices, modules, nodes, variables and containers that a text shows."""
    device: Device | None = None
    echoed: str | None = None
    for line in lines:
        text = line.text
        if echoed is not None and text.strip():
            notes.add(Kind.VARIABLE, text.strip()[:400], line.number, Trust.PRINTED, about=echoed)
            echoed = None
            continue
        device = _bus(line, device, notes)
        if "nvidia" in text or "nouveau" in text or "nova_core" in text:
            _module_or_node(line, notes)
        if ("_" in text and "=" in text) or "VISIBLE_DEVICES" in text:
            _variables(line, notes)
        if "echo" in text and (match := _ECHO.match(text)):
            echoed = match.group("name")
        _kernel_line(line, notes)
        _container(line, notes)


def _bus(line: Line, device: Device | None, notes: Notes) -> Device | None:
    """Note a line of lspci; the device that the lines after it are about."""
    text = line.text
    if "Corporation" in text and (match := _LSPCI.match(text)):
        device = _device(match)
        notes.add(Kind.PCI, device, line.number, Trust.PRINTED, about=str(device["address"]))
        if device["name"]:
            notes.add(Kind.GPU, {"name": device["name"]}, line.number, Trust.FORM, by="lspci")
    elif device is None:
        return None
    elif match := _IN_USE.match(text):
        device["driver"] = match.group("driver")
    elif match := _AVAILABLE.match(text):
        names = match.group("names").replace(",", " ").split()
        notes.add(Kind.MODULES_ON_DISK, tuple(names), line.number, Trust.PRINTED)
    elif _FUNCTION.match(text):
        return None
    return device


def _kernel_line(line: Line, notes: Notes) -> None:
    text = line.text[:400]
    marked = "NVRM" in text or "Xid" in text or "[" in text or "kernel" in text
    if marked and _KERNEL_LINE.search(text):
        notes.add(Kind.KERNEL_LINE, text, line.number, Trust.PRINTED)


def _device(match: "re.Match[str]") -> Device:
    rest = match.group("rest")
    ids, product = _IDS.search(rest), _PRODUCT.search(rest)
    address = match.group("address").lower()
    return {
        "address": address if address.count(":") > 1 else f"0000:{address}",
        "id": (ids.group("id") or ids.group("bare")).upper() if ids else None,
        "name": product.group("name") if product else None,
        "driver": None,
    }


def _module_or_node(line: Line, notes: Notes) -> None:
    if match := _LSMOD.match(line.text):
        notes.add(Kind.MODULE, match.group("module"), line.number, Trust.PRINTED)
    elif match := _NODE.match(line.text):
        path = match.group("path")
        node = {
            "path": path if path.startswith("/") else f"/dev/{path}",
            "mode": match.group("mode"),
            "owner": f"{match.group('owner')}:{match.group('group')}",
        }
        notes.add(Kind.NODE, node, line.number, Trust.PRINTED)


def _variables(line: Line, notes: Notes) -> None:
    for match in _SET.finditer(line.text[:2000]):
        value = match.group("value").strip("\"'")
        notes.add(Kind.VARIABLE, value, line.number, Trust.PRINTED, about=match.group("name"))


def _container(line: Line, notes: Notes) -> None:
    text = line.text
    if not (
        "docker" in text
        or "podman" in text
        or "@" in text
        or "NVIDIA" in text
        or "CUDA" in text
        or "kube" in text
        or "nvidia" in text
        or "singul" in text
        or "appt" in text
        or "containerd" in text
    ):
        return
    for runtime, pattern in _CONTAINERS:
        if pattern.search(text[:400]):
            notes.add(Kind.CONTAINER, runtime, line.number, Trust.PRINTED)
            return
