"""All that is known of one machine at one moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gpudoctor.facts.driver import DriverFacts
from gpudoctor.facts.environments import EnvironmentFacts
from gpudoctor.facts.fact import NOT_LOOKED, Fact
from gpudoctor.facts.frameworks import ChildEnd, FrameworkFacts
from gpudoctor.facts.gpus import CudaDevice, LibcudaFacts, NvmlFacts
from gpudoctor.facts.installation import OtherEnvironment
from gpudoctor.facts.memory import SharedMemory
from gpudoctor.facts.platform import PciDevice, PlatformFacts
from gpudoctor.facts.toolkits import BuildFacts


@dataclass(frozen=True, slots=True)
class Symptom:
    """A message that means something, met in what a probe or a text printed."""

    id: str
    text: str
    subject: str | None  # torch, tensorflow; None: the machine
    environment: int | None = None
    line: int | None = None
    names: str | None = None  # what the message names: a library, a version


@dataclass(frozen=True, slots=True)
class NativeProbe:
    """How one native probe (NVML, libcuda) went, for driver-unresponsive."""

    name: str
    end: ChildEnd


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is known of one machine and its Python environments at one moment."""

    platform: PlatformFacts
    pci: Fact[tuple[PciDevice, ...]] = NOT_LOOKED
    driver: DriverFacts = field(default_factory=DriverFacts)
    nvml: NvmlFacts = field(default_factory=NvmlFacts)
    libcuda: LibcudaFacts = field(default_factory=LibcudaFacts)
    native_probes: tuple[NativeProbe, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)  # an allow-list of the environment
    fabric_services: Fact[Mapping[str, str]] = NOT_LOOKED  # unit → state, where systemd shows it
    fabric_hardware: Fact[str] = NOT_LOOKED  # the NVSwitch or NVL evidence on the bus
    shared_memory: Fact[SharedMemory] = NOT_LOOKED  # /dev/shm
    build: BuildFacts = field(default_factory=BuildFacts)
    named_gpus: tuple[CudaDevice, ...] = ()  # that a text names, and no program lists
    environments: tuple[EnvironmentFacts, ...] = ()
    symptoms: tuple[Symptom, ...] = ()
    wanted: tuple[str, ...] = ()  # frameworks that were asked for by name: torch, tensorflow
    other_environments: Fact[tuple[OtherEnvironment, ...]] = NOT_LOOKED  # those with a framework
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    def frameworks(self) -> Iterator[tuple[int, FrameworkFacts]]:
        """Each framework with the index of its environment."""
        for index, environment in enumerate(self.environments):
            for framework in environment.frameworks:
                yield index, framework

    def symptom(self, id_: str, subject: str | None, environment: int | None) -> Symptom | None:
        """The first symptom of that id about that subject."""
        for each in self.symptoms:
            if (each.id, each.subject, each.environment) == (id_, subject, environment):
                return each
        return None
