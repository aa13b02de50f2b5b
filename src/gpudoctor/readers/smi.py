"""Read what nvidia-smi prints as a table or as CSV, in its labels of all years."""

import re
from collections.abc import Iterable
from typing import Any

from gpudoctor.readers.lines import Line
from gpudoctor.readers.notes import Kind, Notes, Trust
from gpudoctor.readers.values import note_numbered_gpu, version_in

BY = "nvidia-smi"
_BANNER = re.compile(
    r"NVIDIA-SMI (?P<smi>\d{3}\.[\d.]{2,10})?\s{0,40}(?:Driver|KMD) Version: ?"
    r"(?P<driver>\d{3}\.[\d.]{2,10})"
)
_CUDA = re.compile(r"CUDA (?:UMD )?Version ?: ?(?P<cuda>\d{1,2}\.\d{1,2})")
_ROW = re.compile(
    r"\|\s{0,4}(?P<index>\d{1,3})\s{1,4}(?P<name>[A-Z]\S.{2,44}?)\s{1,30}(?:On|Off|N/A|TCC|WDDM"
    r"|MCDM)\s"
)
_BUS = re.compile(r"(?P<bus>[0-9A-Fa-f]{8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.\d)")
_MEMORY = re.compile(r"\|\s{0,12}(?P<used>\d{1,7})MiB / {1,4}(?P<total>\d{1,7})MiB \|")
_STATE = re.compile(
    r"MiB \|\s{1,12}(?:\d{1,3}%|N/A)\s{1,8}(?P<mode>Default|E\. Process|Prohibited)"
)
_FAILED = re.compile(r"Failed to initialize NVML: (?P<why>[A-Za-z/ ]{4,60}[a-z])")
_NO_DEVICES = re.compile(r"\bNo devices (?:were )?found\b")
_NOT_TALKING = re.compile(
    r"NVIDIA-SMI has failed because (?:it couldn't communicate|you do not have)"
)
_UNREACHABLE = re.compile(
    r"Unable to determine the device handle for (?:GPU|gpu) ?(?P<index>\d{0,3})[^:]{0,4}"
    r"(?P<bus>[0-9A-Fa-f:.]{10,16}): (?P<why>[A-Z][\w ]{3,60})"
)
_CSV_HEAD = re.compile(
    r"(?:index|name|driver_version|memory\.total \[MiB\]|uuid|pci\.bus_id)(?:, |$)"
)
# What nvidia-smi says for NVML's return codes (nvml.h: nvmlReturn_t).
_ERRORS = {
    "driver not loaded": (9, "NVML_ERROR_DRIVER_NOT_LOADED"),
    "driver/library version mismatch": (18, "NVML_ERROR_LIB_RM_VERSION_MISMATCH"),
    "insufficient permissions": (4, "NVML_ERROR_NO_PERMISSION"),
    "gpu access blocked by the operating system": (17, "NVML_ERROR_OPERATING_SYSTEM"),
    "unknown error": (999, "NVML_ERROR_UNKNOWN"),
    "could not load nvml library": (12, "NVML_ERROR_LIBRARY_NOT_FOUND"),
    "library not found": (12, "NVML_ERROR_LIBRARY_NOT_FOUND"),
    "not found": (6, "NVML_ERROR_NOT_FOUND"),
    "gpu is lost": (15, "NVML_ERROR_GPU_IS_LOST"),
    "uninitialized": (1, "NVML_ERROR_UNINITIALIZED"),
    "function not found": (13, "NVML_ERROR_FUNCTION_NOT_FOUND"),
}


def read_smi(lines: Iterable[Line], notes: Notes) -> None:
    """Note driver, CUDA, GPUs and their memory, and how NVML failed."""
    index = -1
    columns: list[str] = []
    for line in lines:
        text = line.text
        if "GPU " in text and note_numbered_gpu(notes, text, line.number):
            continue
        if "|" in text:
            index = _table(text, line.number, index, notes)
        if "NVIDIA-SMI" in text:
            _banner(text, line.number, notes)
        if "NVML" in text or "devices" in text or "device handle" in text:
            _failures(text, line.number, notes)
        if columns and text.count(",") == len(columns) - 1:
            _csv(columns, text, line.number, notes)
        elif "," in text or text == "name":
            columns = [c.strip() for c in text.split(",")] if _CSV_HEAD.match(text) else []


def _banner(text: str, line: int, notes: Notes) -> None:
    if match := _BANNER.search(text):
        notes.add(Kind.DRIVER, match.group("driver"), line, Trust.PRINTED, by=BY)
        notes.add(Kind.NVML, (0, "NVML_SUCCESS"), line, Trust.PRINTED, by=BY)
        if match.group("smi"):
            notes.add(Kind.USER_DRIVER, match.group("smi"), line, Trust.PRINTED, by=BY)
        if cuda := _CUDA.search(text):
            notes.add(Kind.DRIVER_CUDA, cuda.group("cuda"), line, Trust.PRINTED, by=BY)
    elif _NOT_TALKING.search(text):
        notes.add(Kind.NVML, (9, "NVML_ERROR_DRIVER_NOT_LOADED"), line, Trust.PRINTED, by=BY)


def _table(text: str, line: int, index: int, notes: Notes) -> int:
    """Note a row of the table; the number of the GPU whose rows follow."""
    row = _ROW.match(text.strip())
    if row is not None:
        bus = _BUS.search(text)
        gpu = {"name": row.group("name").strip(), "bus": bus.group("bus") if bus else None}
        index = int(row.group("index"))
        notes.add(Kind.GPU, gpu, line, Trust.PRINTED, about=str(index), by=BY)
        return index
    memory = _MEMORY.search(text)
    if memory is not None and index >= 0:
        state = _STATE.search(text)
        gpu = {
            "used": int(memory.group("used")) << 20,
            "total": int(memory.group("total")) << 20,
            "mode": state.group("mode") if state else None,
        }
        notes.add(Kind.GPU, gpu, line, Trust.PRINTED, about=str(index), by=BY)
    return index


def _failures(text: str, line: int, notes: Notes) -> None:
    if match := _FAILED.search(text):
        why = match.group("why").lower().rstrip(". ")
        code = next((code for words, code in _ERRORS.items() if why.startswith(words)), None)
        if code is not None:
            notes.add(Kind.NVML, code, line, Trust.PRINTED, by=BY)
    elif _NO_DEVICES.search(text):
        notes.add(Kind.NVML, (0, "NVML_SUCCESS"), line, Trust.PRINTED, by=BY)
        notes.add(Kind.GPU, {"none": True}, line, Trust.PRINTED, about="none", by=BY)
    elif match := _UNREACHABLE.search(text):
        why = match.group("why").lower()
        code = next((code for words, code in _ERRORS.items() if words in why), (999, why))
        gpu = {"code": code, "bus": match.group("bus")}
        notes.add(
            Kind.GPU, gpu, line, Trust.PRINTED, about=match.group("index") or "0", by=f"{BY}: lost"
        )


def _csv(columns: list[str], text: str, line: int, notes: Notes) -> None:
    """A row of ``nvidia-smi --query-gpu=… --format=csv``."""
    values: dict[str, str] = dict(
        zip(columns, (cell.strip() for cell in text.split(",")), strict=False)
    )
    if name := values.get("name"):
        number = values.get("index") or str(
            sum(1 for n in notes.of(Kind.GPU) if n.by == f"{BY} CSV")
        )
        gpu: dict[str, Any] = {
            "name": name,
            "uuid": values.get("uuid"),
            "bus": values.get("pci.bus_id"),
        }
        if (
            total := version_in(values.get("memory.total [MiB]", "").partition(" ")[0])
        ) is not None:
            gpu["total"] = int(total.partition(".")[0]) << 20
        notes.add(Kind.GPU, gpu, line, Trust.PRINTED, about=number, by=f"{BY} CSV")
    if driver := version_in(values.get("driver_version", "")):
        notes.add(Kind.DRIVER, driver, line, Trust.PRINTED, by=BY)
