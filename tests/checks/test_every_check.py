"""What holds for every check alike."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpudoctor.checks import CHECKS
from gpudoctor.diagnoses import BY_ID
from gpudoctor.facts import (
    Absent,
    Damage,
    DeviceNode,
    EnvironmentFacts,
    JupyterKernel,
    Known,
    OtherEnvironment,
    PlatformFacts,
    PythonFacts,
    Shadow,
    SharedMemory,
    Snapshot,
    Unknown,
    UnmetRequirement,
)
from gpudoctor.findings import Command, Finding, Remedy, Undetermined
from gpudoctor.kernel_log import MESSAGES
from gpudoctor.matrix import Matrix
from gpudoctor.symptoms import SYMPTOMS, read_symptoms
from machines import (
    answer,
    bars,
    compiler,
    cuda_fails,
    cuda_gone,
    environment,
    failed_import,
    gpu,
    lost_gpu,
    machine,
    module_gone,
    nodes,
    nvml_gone,
    pci_device,
    platform,
    tensorflow,
    toolkit,
    toolkits,
    torch,
)

NOTHING_KNOWN = Snapshot(
    platform=PlatformFacts("linux", "x86_64"),
    environments=(EnvironmentFacts(PythonFacts("/usr/bin/python3"), frameworks=(torch(),)),),
)


@pytest.mark.parametrize("id_", CHECKS)
def test_a_machine_that_works_leaves_nothing_open(matrix: Matrix, id_: str) -> None:
    verdicts = list(CHECKS[id_](machine(torch(), tensorflow()), matrix))

    assert verdicts
    assert not [each for each in verdicts if isinstance(each, Finding | Undetermined)]
    assert {each.diagnosis for each in verdicts} == {BY_ID[id_]}


@pytest.mark.parametrize("id_", CHECKS)
def test_knowing_nothing_is_never_a_finding(matrix: Matrix, id_: str) -> None:
    blank = machine(
        torch(
            **dict.fromkeys(
                (
                    "variant",
                    "built_for_cuda",
                    "cudnn",
                    "targets",
                    "requires",
                    "missing_files",
                    "runtime_version",
                    "runtime",
                    "imported",
                ),
                Unknown("not looked at"),
            )
        )
    )
    unknown = machine(
        environments=blank.environments,
        platform=PlatformFacts("linux", "x86_64"),
        **{
            part: getattr(NOTHING_KNOWN, part)
            for part in ("pci", "driver", "nvml", "libcuda", "native_probes", "fabric_hardware")
        },
    )

    assert not [each for each in CHECKS[id_](unknown, matrix) if isinstance(each, Finding)]


@pytest.mark.parametrize("id_", CHECKS)
def test_other_systems_are_looked_at_without_a_finding(matrix: Matrix, id_: str) -> None:
    for name in ("darwin", "windows"):
        snapshot = Snapshot(platform=platform(os=name))

        assert not [each for each in CHECKS[id_](snapshot, matrix) if isinstance(each, Finding)]


HEALTH = (
    "mig_mode",
    "mig_instances",
    "ecc_uncorrected_volatile",
    "remapped_rows",
    "retired_pages_pending",
    "throttle_reasons",
    "pcie_generation",
    "pcie_width",
)
XID = "NVRM: Xid (PCI:0000:65:00): 48, pid=1, Double Bit ECC Error \x1b[31m`x`"
CLOSED = Known((DeviceNode("/dev/nvidiactl", False, "crw-rw----", "root:$(id)"),), "t")
DISORDER: dict[str, Any] = {
    "unmet": Known((UnmetRequirement("torch", "x", ">=1; rm", Absent("t")),), "t"),
    "damage": Known((Damage("torch", "doubled", ("/a", "/b")),), "t"),
    "shadows": Known((Shadow("torch", "/$(id)/torch", "PYTHONPATH", Absent("t")),), "t"),
    "kernels": Known((JupyterKernel("/k/[/b]/kernel.json", "/x", {}),), "t"),
    "conda_packages": Known({"torch": "[/b]"}, "t"),
}

FACTS: dict[str, list[Any]] = {
    "platform__container": [Known("docker", "t"), Unknown("t")],
    "platform__wsl": [Known("2", "t"), Known("1", "t"), Unknown("t")],
    "platform__build_step": [Known("buildkit", "t"), Unknown("t")],
    "platform__virtual_machine": [Known("QEMU", "t"), Unknown("t")],
    "platform__selinux_domain": [Known("container_t", "t"), Unknown("t")],
    "platform__user_namespace": [Known(True, "t"), Unknown("t")],
    "platform__wsl_libraries": [Known((), "t"), Known(("libcuda.so.1",), "t"), Unknown("t")],
    "platform__kernel": [Absent("t"), Unknown("t")],
    "platform__secure_boot": [Known(True, "t")],
    "platform__distribution_ids": [Known(("fedora",), "t"), Known((), "t"), Unknown("t")],
    "pci": [
        Known((), "t"),
        Known((pci_device(device_id="1180"), pci_device(1, bars=bars(1))), "t"),
        Known((pci_device(device_id="2B85", kernel_driver=Absent("t")),), "t"),
        Known((pci_device(device_id="FFF0", bars=bars(0)),), "t"),
        Absent("t"),
        Unknown("t"),
    ],
    "driver__flavour": [Known("proprietary", "t"), Absent("t"), Unknown("t")],
    "driver__firmware": [Absent("t"), Unknown("t")],
    "driver__kernel_log": [
        Known(("NVRM: Xid (PCI:0000:65:00): 78, [/bold] \x1b[31m",), "t"),
        Known(tuple(each.example for each in MESSAGES), "t"),
        Known((XID,), "t"),
        Known(("NVRM: The NVIDIA [/bold] \x1b[31m GPU installed in this system is",), "t"),
        Unknown("t"),
    ],
    "driver__modules_loaded": [Known((), "t"), Known(("nouveau",), "t"), Unknown("t")],
    "driver__kernel_module_version": [Absent("t"), Unknown("t")],
    "driver__modules_on_disk": [Known((), "t"), Unknown("t")],
    "driver__libraries": [Known((), "t"), Absent("t"), Unknown("t")],
    "driver__nodes": [CLOSED, nodes(), nodes("nvidiactl"), Absent("t"), Unknown("t")],
    "nvml__init": [answer(9), answer(15), answer(18), answer(999), Absent("t"), Unknown("t")],
    "nvml__control_node": [Known("EPERM", "t"), Known("EACCES", "t"), Absent("t"), Unknown("t")],
    "nvml__driver_version": [Absent("t"), Unknown("t")],
    "nvml__gpus": [
        Known((), "t"),
        Known((gpu(0), lost_gpu(1)), "t"),
        Known((lost_gpu(0),), "t"),
        Known((gpu(0, mig_mode=Known(True, "t"), mig_instances=Known((), "t")),), "t"),
        Known(
            (
                gpu(0, ecc_uncorrected_volatile=Known(2, "t"), pcie_width=Known(4, "t")),
                gpu(1, throttle_reasons=Known(("hw-slowdown", "hw-power-brake"), "t")),
            ),
            "t",
        ),
        Known((gpu(0, **dict.fromkeys(HEALTH, Unknown("t"))),), "t"),
        Unknown("t"),
    ],
    "libcuda__load": [Known("/x/stubs/libcuda.so", "t"), Absent("t"), Unknown("t")],
    "libcuda__cuda_driver_api": [Absent("t"), Unknown("t")],
    "libcuda__init": [*(answer(c) for c in (34, 100, 214, 802, 803, 804, 999)), Absent("t")],
    "libcuda__devices": [Known((), "t"), Absent("t"), Unknown("t")],
    "libcuda__unmasked_count": [Known(0, "t"), Known(2, "t"), Unknown("t")],
    "variables": [{"SLURM_JOB_ID": "1"}]
    + [{"CUDA_VISIBLE_DEVICES": value} for value in ("", "0", "MIG-1", "GPU-", "9")],
    "wanted": [("torch",), ("tensorflow", "jax")],
    "symptoms": [
        tuple(read_symptoms((row.example for row in SYMPTOMS), name, place))
        for name, place in (("torch", 0), ("tensorflow", None), (None, None), ("jax", 7))
    ],
    "other_environments": [
        Known((OtherEnvironment("/x$(id)", "venv", "/x/bin/python", {"torch": "[/b]"}),), "t"),
        Unknown("t"),
    ],
    "platform__os": ["windows", "darwin"],
    "platform__cpu_flags": [Known(("fpu",), "t"), Absent("t"), Unknown("t")],
    "build__toolkits": [
        toolkits(),
        toolkits(toolkit("11.8", path="/x $(id)"), toolkit("13.1")),
        Absent("t"),
        Unknown("t"),
    ],
    "build__taken": [
        Known("/x $(id)", "CUDA_HOME"),
        Known("/gone", "t"),
        Absent("t"),
        Unknown("t"),
    ],
    "build__host_compilers": [Known((), "t"), Known((compiler(16),), "t"), Unknown("t")],
    "build__libcuda_link": [Absent("t"), Unknown("t")],
    "fabric_hardware": [Known("6 NVSwitch", "t"), Unknown("t")],
    "shared_memory": [Known(SharedMemory(1, 0, is_writable=False), "t"), Absent("t"), Unknown("t")],
    "environments": [
        (),
        (environment(torch(imported=failed_import("ImportError: [/bold] \x1b[31m\n|"))),),
        (environment(torch(runtime=answer(35)), libraries=Unknown("t")),),
        (environment(tensorflow(imported=Unknown("t")), libraries=Known((), "t")),),
        (environment(torch(imported=failed_import("No module named 'x'")), **DISORDER),),
    ],
}


def steps(remedy: Remedy) -> Iterator[Command]:
    yield from (step for step in (*remedy.steps, *remedy.undo) if isinstance(step, Command))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(st.sampled_from(sorted(FACTS)), st.integers(0, 11), max_size=6).map(
        lambda chosen: {key: FACTS[key][n % len(FACTS[key])] for key, n in chosen.items()}
    )
)
def test_whatever_the_facts_each_check_answers_once_a_subject(
    matrix: Matrix, changes: dict[str, object]
) -> None:
    snapshot = machine(**changes)
    for id_, check in CHECKS.items():
        verdicts = list(check(snapshot, matrix))

        subjects = [each.subject for each in verdicts]
        assert len(set(subjects)) == len(subjects), id_
        assert verdicts or (snapshot.environments == () and BY_ID[id_].rung.value > 4), id_
        for each in verdicts:
            if isinstance(each, Finding):
                assert each.evidence, id_
                assert each.remedies, id_
                for remedy in each.remedies:
                    assert remedy.verify[:2] == ("gpudoctor", "check")
                    assert remedy.needs_root or not any(s.argv[0] == "sudo" for s in steps(remedy))


def test_the_named_ways_to_lose_a_gpu_are_told_apart(matrix: Matrix) -> None:
    for changes in (module_gone(), cuda_gone(), nvml_gone(), cuda_fails(100)):
        snapshot = machine(**changes)

        assert all(list(check(snapshot, matrix)) for check in CHECKS.values())
