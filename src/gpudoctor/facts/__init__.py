"""What is known of one machine: facts with their source, gathered into a Snapshot.

A fact is `Known`, `Absent` or `Unknown`; nothing here judges. Sizes are bytes, times seconds.
"""

from gpudoctor.facts.driver import (
    DeviceHolder,
    DeviceNode,
    DkmsBuild,
    DriverFacts,
    DriverLibrary,
    ModuleOnDisk,
    NodeSetting,
)
from gpudoctor.facts.environments import THE_TEXT, EnvironmentFacts, PythonFacts
from gpudoctor.facts.fact import ASLEEP, NOT_LOOKED, Absent, Fact, Known, Unknown, known
from gpudoctor.facts.frameworks import ChildEnd, FrameworkFacts, ImportFacts, RequiredPackage
from gpudoctor.facts.gpus import (
    CallResult,
    CudaDevice,
    GpuProcess,
    LibcudaFacts,
    MigInstance,
    NvmlFacts,
    NvmlGpu,
    RemappedRows,
)
from gpudoctor.facts.installation import (
    Damage,
    JupyterKernel,
    OtherEnvironment,
    Shadow,
    UnmetRequirement,
)
from gpudoctor.facts.libraries import LibraryLoad, SharedLibrary, SymbolNeed, WheelPin
from gpudoctor.facts.memory import MemoryMessage, OtherProcess, SharedMemory
from gpudoctor.facts.platform import PciBar, PciDevice, PlatformFacts
from gpudoctor.facts.snapshot import NativeProbe, Snapshot, Symptom
from gpudoctor.facts.toolkits import BuildFacts, BundledAssembler, HostCompiler, Toolkit

__all__ = (
    "ASLEEP",
    "NOT_LOOKED",
    "THE_TEXT",
    "Absent",
    "BuildFacts",
    "BundledAssembler",
    "CallResult",
    "ChildEnd",
    "CudaDevice",
    "Damage",
    "DeviceHolder",
    "DeviceNode",
    "DkmsBuild",
    "DriverFacts",
    "DriverLibrary",
    "EnvironmentFacts",
    "Fact",
    "FrameworkFacts",
    "GpuProcess",
    "HostCompiler",
    "ImportFacts",
    "JupyterKernel",
    "Known",
    "LibcudaFacts",
    "LibraryLoad",
    "MemoryMessage",
    "MigInstance",
    "ModuleOnDisk",
    "NativeProbe",
    "NodeSetting",
    "NvmlFacts",
    "NvmlGpu",
    "OtherEnvironment",
    "OtherProcess",
    "PciBar",
    "PciDevice",
    "PlatformFacts",
    "PythonFacts",
    "RemappedRows",
    "RequiredPackage",
    "Shadow",
    "SharedLibrary",
    "SharedMemory",
    "Snapshot",
    "SymbolNeed",
    "Symptom",
    "Toolkit",
    "Unknown",
    "UnmetRequirement",
    "WheelPin",
    "known",
)
