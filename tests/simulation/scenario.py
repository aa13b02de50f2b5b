"""What the simulated NVML and libcuda answer, and the file that tells them.

The file holds ``key=value`` lines; ``native/*.c`` read it when SIM_SCENARIO names it.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from simulation.presets import GPU_MODELS

Value = str | int


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU; `None` means that NVML does not support the question."""

    name: str
    uuid: str
    pci_address: str  # 0000:65:00.0
    pci_device_id: str
    capability: tuple[int, int]
    memory_total: int
    memory_used: int = 400 << 20
    processes: tuple[tuple[int, int | None], ...] = ()  # pid, bytes
    compute_mode: int | None = 0  # 0 default, 2 prohibited, 3 exclusive-process
    mig: tuple[int, int] | None = None  # current and pending mode
    mig_instances: tuple[str, ...] = ()  # their UUIDs
    ecc: tuple[int, int] | None = None
    fabric_state: int | None = None  # 0 not supported, 1 not started, 2 in progress, 3 completed
    fabric_status: int = 0
    handle: int = 0  # what nvmlDeviceGetHandleByIndex returns; CUDA misses this GPU too unless 0
    fail: int | Mapping[str, int] = 0  # all its NVML calls, or some by name
    extra: Mapping[str, Value] = field(default_factory=dict)  # any key of native/, after gpu.N.

    def lines(self, number: int) -> dict[str, Value]:
        """This GPU's keys and values."""
        keys: dict[str, Value | None] = {
            "name": self.name,
            "uuid": self.uuid,
            "pci": self.pci_address,
            "pci.device": f"0x{self.pci_device_id}",
            "minor": number,
            "capability.major": self.capability[0],
            "capability.minor": self.capability[1],
            "memory.total": self.memory_total,
            "memory.used": self.memory_used,
            "processes": ",".join(f"{p}:{'-' if b is None else b}" for p, b in self.processes),
            "compute_mode": self.compute_mode,
            "mig.current": self.mig and self.mig[0],
            "mig.pending": self.mig and self.mig[1],
            "ecc": self.ecc and "{},{}".format(*self.ecc),
            "fabric.state": self.fabric_state,
            "fabric.status": self.fabric_status,
            "handle": self.handle,
            **{f"mig.{i}.uuid": text for i, text in enumerate(self.mig_instances)},
            **_failures("fail", self.fail),
            **_HEALTHY_READINGS,
            **(_MEMORY_REPAIRS[self.capability >= (8, 0)] if self.ecc else {}),
            **self.extra,
        }
        return {f"gpu.{number}.{key}": v for key, v in keys.items() if v is not None}


_HEALTHY_READINGS: dict[str, Value] = {
    "utilization": "0,0",
    "temperature": 41,
    "persistence": 0,
    "throttle": 1,  # idle
    "power.usage": 61000,
    "power.limit": 400000,
    "performance_state": 8,
    "pcie.generation": 4,
    "pcie.max_generation": 4,
    "pcie.width": 16,
    "pcie.max_width": 16,
    "virtualization": 0,
}


# Memory with errors is replaced by rows from Ampere on, by pages before; none of it was.
_MEMORY_REPAIRS: dict[bool, dict[str, Value]] = {
    True: {"remapped_rows": "0,0,0,0"},
    False: {"retired_pages": "0,0", "retired_pages_pending": 0},
}


def gpu(model: str, number: int, **changes: Any) -> Gpu:
    """A working GPU of a model of presets.py, the `number`-th of its machine."""
    known = GPU_MODELS[model]
    made = Gpu(
        name=known.name,
        uuid=f"GPU-{uuid.uuid5(uuid.NAMESPACE_OID, f'{model} {number}')}",
        pci_address=f"0000:{0x07 + 0x08 * number:02x}:00.0",
        pci_device_id=known.pci_device_id,
        capability=known.capability,
        memory_total=known.memory,
        mig=(0, 0) if known.has_mig else None,
        ecc=(1, 1) if known.is_data_centre else None,
        fabric_state=3 if known.on_fabric else None,
    )
    return replace(made, **changes)


@dataclass(frozen=True, slots=True)
class Scenario:
    """All answers. Codes are NVML's and CUDA's own; 0 is success.

    Calls are named as in C, with or without their ``_v2``: ``nvml_hang="nvmlInit"``,
    ``nvml_fail={"nvmlDeviceGetMemoryInfo": 999}``, ``cuda_crash="cuInit"``.
    """

    driver_version: str
    nvml_version: str
    cuda_driver_api: int  # 12040
    gpus: tuple[Gpu, ...] = ()
    nvml_init: int = 0
    nvml_hang: str = ""  # names, joined by commas
    nvml_crash: str = ""
    nvml_fail: Mapping[str, int] = field(default_factory=dict)
    nvml_delay_ms: Mapping[str, int] = field(default_factory=dict)
    cuda_init: int = 0
    cuda_hang: str = ""
    cuda_crash: str = ""
    cuda_fail: Mapping[str, int] = field(default_factory=dict)
    cuda_delay_ms: Mapping[str, int] = field(default_factory=dict)
    cuda_order: str = ""  # GPUs as CUDA numbers them, "1,0"; CUDA_DEVICE_ORDER=PCI_BUS_ID undoes it
    compat_api: int | None = None  # what a copy of libcuda in a folder "compat…" answers instead
    compat_init: int | None = None
    process_names: Mapping[int, str] = field(default_factory=dict)
    extra: Mapping[str, Value] = field(default_factory=dict)

    def text(self) -> str:
        """The file's content."""
        keys: dict[str, Value | None] = {
            "driver_version": self.driver_version,
            "nvml_version": self.nvml_version,
            "nvml.init": self.nvml_init,
            "nvml.hang": self.nvml_hang,
            "nvml.crash": self.nvml_crash,
            **_failures("nvml.fail", self.nvml_fail),
            **_failures("nvml.delay_ms", self.nvml_delay_ms),
            "cuda.api": self.cuda_driver_api,
            "cuda.init": self.cuda_init,
            "cuda.hang": self.cuda_hang,
            "cuda.crash": self.cuda_crash,
            **_failures("cuda.fail", self.cuda_fail),
            **_failures("cuda.delay_ms", self.cuda_delay_ms),
            "cuda.order": self.cuda_order or None,
            "compat.api": self.compat_api,
            "compat.init": self.compat_init,
            **{f"process.{pid}.name": name for pid, name in self.process_names.items()},
            "gpus": len(self.gpus),
        }
        for number, each in enumerate(self.gpus):
            keys |= each.lines(number)
        keys |= self.extra
        return "".join(f"{key}={_escape(v)}\n" for key, v in keys.items() if v is not None)


def _failures(prefix: str, codes: int | Mapping[str, int]) -> dict[str, Value]:
    if isinstance(codes, int):
        return {prefix: codes}
    return {f"{prefix}.{name}": code for name, code in codes.items()}


def _escape(value: Value) -> str:
    text = str(value).replace("\\", "\\\\")
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
