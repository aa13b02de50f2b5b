"""Look at the machine: `take_snapshot` runs every probe, the slow ones side by side in children."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gpudoctor.facts import (
    ASLEEP,
    NOT_LOOKED,
    Absent,
    EnvironmentFacts,
    FrameworkFacts,
    Known,
    LibcudaFacts,
    NativeProbe,
    NvmlFacts,
    Snapshot,
    Symptom,
    Unknown,
    known,
)
from gpudoctor.host import Children, ChildResult, Host
from gpudoctor.probes import driver, native
from gpudoctor.probes.assemblers import probe_assemblers
from gpudoctor.probes.elsewhere import probe_other_environments
from gpudoctor.probes.environment import probe_environment, silent_environment
from gpudoctor.probes.interpreter import (
    Chosen,
    Interpreter,
    describe_job,
    read_description,
)
from gpudoctor.probes.live import (
    HasMachineCode,
    devices_of,
    grant_turn,
    import_facts,
    import_job,
    runtime_job,
    runtime_library,
    with_runtime,
)
from gpudoctor.probes.loader import could_load
from gpudoctor.probes.loads import probe_loads
from gpudoctor.probes.memory import probe_shared_memory, with_holders
from gpudoctor.probes.other_systems import elsewhere
from gpudoctor.probes.pci import probe_pci
from gpudoctor.probes.platform import probe_platform
from gpudoctor.probes.toolkits import probe_build_tools, with_environment
from gpudoctor.probes.variables import VARIABLES


def _nothing() -> None:
    """Use the wait for nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to look at, and how long at most; times in seconds."""

    interpreters: tuple[Chosen, ...]
    has_machine_code: HasMachineCode
    meanwhile: Callable[[], None] = _nothing  # called once, when the first children work
    import_frameworks: bool = True
    wanted: tuple[str, ...] = ()  # frameworks that the user asks for by name
    timeout_s: float = 300.0
    nvml_timeout_s: float = 30.0
    cuda_timeout_s: float = 60.0
    import_timeout_s: float = 180.0

    def with_probe_timeout(self, seconds: float) -> "Plan":
        """The plan with one limit for every probe."""
        return replace(
            self, nvml_timeout_s=seconds, cuda_timeout_s=seconds, import_timeout_s=seconds
        )


def take_snapshot(host: Host, plan: Plan, on_tick: Callable[[tuple[str, ...]], None]) -> Snapshot:
    """All facts of this machine. What can't be read is unknown; nothing of the machine raises."""
    started = time.monotonic()
    if host.os_name != "linux":
        return elsewhere(host)
    # Before any NVIDIA library is called: those create nodes and load modules as a side effect.
    on_disk = driver.probe_driver(host)
    pci, fabric = probe_pci(host)
    first = Snapshot(
        platform=probe_platform(host),
        pci=pci,
        driver=on_disk,
        variables={name: host.environ[name] for name in VARIABLES if name in host.environ},
        build=probe_build_tools(host),
        fabric_hardware=fabric,
        fabric_services=driver.probe_fabric_services(host) if known(fabric) else NOT_LOOKED,
        shared_memory=probe_shared_memory(host),
        wanted=plan.wanted,
    )
    with Children(started + plan.timeout_s, on_tick) as children:
        look = _Look(host, plan, children, first)
        look.run()
    return look.snapshot


@dataclass(slots=True)
class _Look:
    """One look at the machine: children report here, and the snapshot grows."""

    host: Host
    plan: Plan
    children: Children
    snapshot: Snapshot
    native_pending: int = 0
    environments: dict[int, EnvironmentFacts] = field(default_factory=dict)

    def run(self) -> None:
        self._ask_native()
        for index, chosen in enumerate(self.plan.interpreters):
            self._ask_interpreter(index, chosen)
        if self._has_nvidia_traces():
            self._change(
                driver=replace(self.snapshot.driver, kernel_log=driver.probe_kernel_log(self.host))
            )
        self.plan.meanwhile()
        self.children.wait()
        self._ask_unmasked()
        environments = tuple(each for _, each in sorted(self.environments.items()))
        self._change(environments=environments)

    def _change(self, **changes: Any) -> None:
        self.snapshot = replace(self.snapshot, **changes)

    def _time(self, name: str, result: ChildResult) -> None:
        timings = {**self.snapshot.timings_ms, name: round(result.end.seconds * 1000, 1)}
        self._change(timings_ms=timings)

    def _has_nvidia_traces(self) -> bool:
        facts = self.snapshot.driver
        return any(known(each) for each in (self.snapshot.pci, facts.modules_loaded, facts.nodes))

    def _leaves_asleep(self) -> bool:
        """Whether all GPUs sleep and nothing that was asked for needs them awake."""
        devices = known(self.snapshot.pci) or ()
        asleep = bool(devices) and all(each.is_asleep for each in devices)
        return asleep and not self.plan.import_frameworks

    def _ask_native(self) -> None:
        if self._leaves_asleep():
            self._change(
                nvml=NvmlFacts(ASLEEP, ASLEEP, ASLEEP, ASLEEP, ASLEEP, ASLEEP),
                libcuda=LibcudaFacts(ASLEEP, ASLEEP, ASLEEP, ASLEEP),
            )
            return
        if could_load(self.host, "libnvidia-ml.so.1"):
            self.native_pending += 1
            self.children.start(
                native.nvml_job(self.host, self.plan.nvml_timeout_s), self._nvml_ended
            )
        else:
            gone = Absent("the loader finds no libnvidia-ml.so.1")
            self._change(nvml=NvmlFacts(*[gone] * 7))
        if could_load(self.host, "libcuda.so.1"):
            self.native_pending += 1
            self.children.start(
                native.libcuda_job(self.host, self.plan.cuda_timeout_s), self._libcuda_ended
            )
        else:
            gone = Absent("the loader finds no libcuda.so.1")
            self._change(libcuda=LibcudaFacts(gone, gone, gone, gone))

    def _native_ended(self, name: str, result: ChildResult) -> None:
        self.native_pending -= 1
        self._time(name.lower(), result)
        probes = (*self.snapshot.native_probes, NativeProbe(name, result.end))
        self._change(native_probes=probes)

    def _nvml_ended(self, result: ChildResult) -> None:
        self._native_ended("NVML", result)
        nvml = native.nvml_facts(self.host, result)
        self._change(nvml=with_holders(self.host, nvml, self.snapshot.platform))

    def _libcuda_ended(self, result: ChildResult) -> None:
        self._native_ended("libcuda", result)
        self._change(libcuda=native.libcuda_facts(self.host, result))

    def _ask_unmasked(self) -> None:
        """Count the devices behind CUDA_VISIBLE_DEVICES where it may hide them all."""
        init = known(self.snapshot.libcuda.init)
        if init and init.code == 100 and "CUDA_VISIBLE_DEVICES" in self.snapshot.variables:
            job = native.libcuda_job(self.host, self.plan.cuda_timeout_s, unmasked=True)
            self.children.start(job, self._unmasked_ended)
            self.children.wait()

    def _unmasked_ended(self, result: ChildResult) -> None:
        count = native.unmasked_count(result)
        self._change(libcuda=replace(self.snapshot.libcuda, unmasked_count=count))

    def _ask_interpreter(self, index: int, chosen: Chosen) -> None:
        job = describe_job(self.host, chosen, self.plan.cuda_timeout_s)
        self.children.start(job, lambda result: self._described(index, chosen, result))

    def _described(self, index: int, chosen: Chosen, result: ChildResult) -> None:
        interpreter = read_description(self.host, chosen, result)
        if isinstance(interpreter, str):
            self.environments[index] = silent_environment(chosen, interpreter)
            return
        if isinstance(self.snapshot.platform.libc, Unknown):
            self._change(platform=replace(self.snapshot.platform, libc=interpreter.libc))
        self._time(f"python {index}", result)
        environment = probe_environment(self.host, interpreter)
        self.environments[index] = environment
        self._look_elsewhere(environment)
        for framework in environment.frameworks:
            self._ask_framework(index, interpreter, framework)
        if self.plan.import_frameworks:  # the imports take seconds, the headers 0.1 s
            for framework in environment.frameworks:
                changes = probe_loads(
                    self.host,
                    framework,
                    interpreter.command,
                    environment.libraries,
                    known(interpreter.libc),
                )
                self._set(index, framework.name, **changes)
        path, prefix = interpreter.module_path, known(interpreter.facts.prefix)
        build = with_environment(
            self.host, self.snapshot.build, index, path, prefix, known(environment.packages) or {}
        )
        if self.plan.import_frameworks:  # 60 MB to read, while the imports take their time
            ours = probe_assemblers(self.host, index, path)
            build = replace(build, assemblers=(*build.assemblers, *ours))
        self._change(build=build)

    def _look_elsewhere(self, environment: EnvironmentFacts) -> None:
        """Search other environments where this one has nothing or lacks what was asked for."""
        there = {each.name for each in environment.frameworks}
        if not there or not there.issuperset(self.plan.wanted):
            self._change(other_environments=probe_other_environments(self.host))

    def _ask_framework(
        self, index: int, interpreter: Interpreter, framework: FrameworkFacts
    ) -> None:
        name = framework.name
        if self.plan.import_frameworks:
            job = import_job(
                self.host,
                interpreter,
                name,
                self.plan.import_timeout_s,
                lambda stages: self._grant(index, name, stages),
            )
            self.children.start(job, lambda result: self._imported(index, name, result))
        else:
            self._set(index, name, imported=Unknown("not imported (--quick)"))
        if self._leaves_asleep():
            self._set(index, name, runtime_version=ASLEEP, runtime=ASLEEP)
            return
        libraries = known(self.environments[index].libraries) or ()
        library = runtime_library(self.host, framework, libraries)
        if library:
            self.children.start(
                runtime_job(self.host, interpreter, library, self.plan.cuda_timeout_s),
                lambda result: self._runtime_ended(index, name, library, result),
            )

    def _set(self, index: int, name: str, **changes: Any) -> None:
        environment = self.environments[index]
        frameworks = tuple(
            replace(each, **changes) if each.name == name else each
            for each in environment.frameworks
        )
        self.environments[index] = replace(environment, frameworks=frameworks)

    def _framework(self, index: int, name: str) -> FrameworkFacts:
        return next(each for each in self.environments[index].frameworks if each.name == name)

    def _runtime_ended(self, index: int, name: str, library: str, result: ChildResult) -> None:
        self._time(f"CUDA runtime of {name} {index}", result)
        framework = with_runtime(self._framework(index, name), library, result)
        self._set(index, name, runtime_version=framework.runtime_version, runtime=framework.runtime)

    def _grant(self, index: int, name: str, stages: dict[str, Any]) -> dict[str, Any] | None:
        if self.native_pending:
            return None  # memory, its holders and what each device is are known before any work
        count = devices_of(stages)
        framework = self._framework(index, name)
        return grant_turn(self.snapshot, framework, count, self.plan.has_machine_code)

    def _imported(self, index: int, name: str, result: ChildResult) -> None:
        from gpudoctor.symptoms import read_symptoms  # noqa: PLC0415 - its patterns cost start-up

        self._time(f"import {name} {index}", result)
        facts = import_facts(result)
        self._set(index, name, imported=Known(facts, "import in a child"))

        answers = (facts.error, facts.device_error, facts.compute_detail)
        said = [text for text in map(known, answers) if text]
        symptoms: tuple[Symptom, ...] = tuple(read_symptoms((*said, *facts.printed), name, index))
        self._change(symptoms=(*self.snapshot.symptoms, *symptoms))
