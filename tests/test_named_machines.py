"""Simulated machines from end to end: each fault is named as the cause, and nothing else is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from examination import apart, cause, examine, told
from gpudoctor.renderers.json import document_of
from gpudoctor.report import Outcome, Status
from schema import assert_valid
from simulation import faults
from simulation.build import NoCompilerError, shared_natives
from simulation.builds import (
    TENSORFLOW,
    TORCH_CPU,
    TORCH_CU118,
    TORCH_CU124,
    TORCH_CU128,
    Behaviour,
    TorchBuild,
)
from simulation.environments import activate, add_environment
from simulation.healthy import (
    A100,
    B200,
    GTX_1080_TI,
    H100,
    K80,
    RTX_4090,
    RTX_5090,
    T4,
    V100,
    healthy_machine,
    jetson_machine,
    spark_machine,
    wsl_machine,
)
from simulation.machine import Machine
from simulation.scenario import gpu
from simulation.tensorflow_install import add_tensorflow
from simulation.torch_install import add_torch

Make = Callable[[Path], Machine]


@pytest.fixture(autouse=True)
def _compiled() -> None:
    try:
        shared_natives()
    except NoCompilerError as error:
        pytest.skip(str(error))


def broken(break_it: Callable[[Machine], object], **machine: object) -> Make:
    """A healthy machine with one thing broken."""

    def make(folder: Path) -> Machine:
        made = healthy_machine(folder, **machine)  # type: ignore[arg-type]
        break_it(made)
        return made

    return make


def with_torch(build: TorchBuild, behaviour: Behaviour | None = None, **machine: object) -> Make:
    """A machine whose torch is this one, behaving so."""

    def make(folder: Path) -> Machine:
        made = healthy_machine(folder, torch=None, **machine)  # type: ignore[arg-type]
        add_torch(made.environment, build, behaviour or Behaviour())
        return made

    return make


def tensorflow_without_wheels(folder: Path) -> Machine:
    made = healthy_machine(folder, torch=None)
    add_tensorflow(made.environment, TENSORFLOW, with_wheels=False)
    return made


def tensorflow_without_avx(folder: Path) -> Machine:
    made = healthy_machine(folder, torch=None)
    made.write("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu sse4_1 sse4_2\n")
    died = Behaviour(importing="illegal-instruction")
    add_tensorflow(made.environment, TENSORFLOW, died)
    return made


def shadowed_wsl(folder: Path) -> Machine:
    made = wsl_machine(folder)
    faults.shadow_windows_driver(made)
    return made


NAMED: dict[str, tuple[Make, str]] = {
    "an H100 with a driver too old": (
        lambda folder: healthy_machine(folder, [H100], "535.183.01"),
        "driver-too-old-for-cuda",
    ),
    "a driver updated without a reboot": (
        broken(lambda m: faults.update_libraries_without_reboot(m, "580.105.08")),
        "driver-library-mismatch",
    ),
    "a driver whose module was not built": (
        broken(lambda m: faults.update_libraries_without_module(m, "580.105.08")),
        "driver-library-mismatch",
    ),
    "an RTX 5090 under a cu124 build": (
        with_torch(TORCH_CU124, gpus=[RTX_5090]),
        "framework-lacks-gpu-arch",
    ),
    "a GTX 1080 Ti under a cu130 build": (
        lambda folder: healthy_machine(folder, [GTX_1080_TI]),
        "framework-lacks-gpu-arch",
    ),
    "a CPU build beside a good driver": (with_torch(TORCH_CPU), "framework-cpu-only"),
    "TensorFlow without its CUDA wheels": (tensorflow_without_wheels, "cuda-library-missing"),
    "cuInit 802 on an SXM board": (
        broken(faults.stop_fabric_manager, gpus=[H100] * 8, nvswitches=4, fabric_manager="running"),
        "fabric-manager-not-running",
    ),
    "a compat libcuda on a GeForce": (
        broken(faults.load_compat_first, gpus=[RTX_4090]),
        "compat-libraries-unsupported",
    ),
    "the toolkit's stub first": (broken(faults.load_stub_first), "stub-libcuda-loaded"),
    "nvidia_uvm not loaded": (broken(faults.unload_uvm), "uvm-not-loaded"),
    "one lost GPU of eight": (
        broken(lambda m: faults.lose_gpu(m, 3), gpus=[A100] * 8),
        "gpu-lost",
    ),
    "the only GPU lost": (broken(lambda m: faults.lose_gpu(m, 0)), "gpu-lost"),
    "a lost GPU under which CUDA fails as a whole": (
        broken(lambda m: faults.lose_gpu(m, 1, cuda_init=999), gpus=[A100] * 2, torch=None),
        "gpu-lost",
    ),
    "no GPU": (broken(faults.remove_gpus), "no-nvidia-gpu"),
    "no driver": (broken(faults.uninstall_driver), "driver-not-installed"),
    "a module not loaded": (broken(faults.unload_module), "driver-not-loaded"),
    "nouveau on the card": (
        broken(lambda m: faults.unload_module(m, "nouveau")),
        "driver-not-loaded",
    ),
    "a module that Secure Boot refused": (
        broken(faults.refuse_signature, secure_boot=True),
        "driver-not-loaded",
    ),
    "no module for the running kernel": (broken(faults.miss_build_for_kernel), "driver-not-loaded"),
    "an RTX 5090 under a driver of before its time": (
        broken(faults.refuse_gpus, gpus=[RTX_5090], driver="550.54.14", flavour="proprietary"),
        "driver-too-old-for-gpu",
    ),
    "a GTX 1080 Ti under a driver that dropped it": (
        broken(faults.refuse_gpus, gpus=[GTX_1080_TI], driver="590.48.01", flavour="open"),
        "gpu-dropped-by-driver",
    ),
    "a GTX 1080 Ti whose dropped driver did not load": (
        broken(faults.unload_module, gpus=[GTX_1080_TI], driver="590.48.01"),
        "gpu-dropped-by-driver",
    ),
    "an RTX 5090 under the proprietary modules": (
        broken(faults.refuse_gpus, gpus=[RTX_5090], flavour="proprietary"),
        "open-kernel-module-required",
    ),
    "two V100 under the open modules": (
        broken(faults.refuse_gpus, gpus=[V100] * 2, flavour="open"),
        "proprietary-kernel-module-required",
    ),
    "an H100 without a memory window": (
        broken(faults.leave_without_memory_window, gpus=[H100]),
        "pci-bar-unassigned",
    ),
    "a T4 whose firmware does not start": (
        broken(
            lambda m: faults.refuse_gpus(
                m,
                "NVRM: GPU0 RmInitAdapter: Cannot initialize GSP firmware RM",
                f"NVRM: GPU {m.gpus[0].pci_address}: RmInitAdapter failed! (0x62:0x40:2168)",
            ),
            gpus=[T4],
        ),
        "gpu-firmware-failed",
    ),
    "a GPU with errors that ECC could not correct": (
        broken(lambda m: m.change_gpu(0, extra={"ecc.uncorrected.volatile": 3})),
        "gpu-memory-errors",
    ),
    "a GPU that is too hot": (
        broken(lambda m: m.change_gpu(0, extra={"throttle": 0x40, "temperature": 94})),
        "gpu-throttled",
    ),
    "a GPU on four of its lanes": (
        broken(lambda m: m.change_gpu(0, extra={"pcie.width": 4})),
        "pcie-link-degraded",
    ),
    "MIG without an instance": (
        broken(
            lambda m: (m.change_gpu(0, mig=(1, 1)), m.scenario(cuda_init=100)),
            torch=None,
        ),
        "mig-misconfigured",
    ),
    "every GPU hidden": (broken(faults.hide_gpus), "gpu-hidden-by-environment"),
    "a GPU that is not there asked for": (
        broken(lambda m: faults.hide_gpus(m, "7")),
        "gpu-hidden-by-environment",
    ),
    "a container without its GPU": (broken(faults.enter_container), "container-without-gpu"),
    "a container without its GPU, on a host with an old card too": (
        broken(faults.enter_container, gpus=[A100, K80]),
        "container-without-gpu",
    ),
    "a build step": (
        broken(faults.enter_build_step),
        "container-without-gpu",
    ),
    "a container whose devices were taken away": (
        broken(faults.revoke_devices),
        "container-lost-gpu",
    ),
    "a container that SELinux confines": (broken(faults.confine), "device-permission-denied"),
    "a Linux driver in WSL": (shadowed_wsl, "wsl-driver-misconfigured"),
    "an ordinary driver in a vGPU guest": (
        broken(lambda m: faults.refuse_virtual_gpu(m, "580.95.05")),
        "vgpu-driver-mismatch",
    ),
    "a job of Slurm without a GPU": (
        broken(faults.be_a_job, gpus=[A100] * 2),
        "gpu-hidden-by-environment",
    ),
    "a torch that lacks cuBLAS": (
        broken(lambda m: m.environment.remove("nvidia/cu13/lib/libcublas.so*")),
        "cuda-library-missing",
    ),
    "a torch that lacks cuDNN": (
        broken(lambda m: m.environment.remove("nvidia/cudnn", "nvidia_cudnn_cu13*")),
        "cudnn-missing",
    ),
    "a torch that crashes": (
        with_torch(TORCH_CU128, Behaviour(importing="segfaults")),
        "framework-broken-install",
    ),
    "a TensorFlow on a processor without AVX": (tensorflow_without_avx, "cpu-instructions-missing"),
    "a torch that exits with 0": (
        with_torch(TORCH_CU128, Behaviour(importing="exits", text="0")),
        "framework-broken-install",
    ),
    "a torch that can't be imported": (
        with_torch(
            TORCH_CU128,
            Behaviour(importing="raises", text="ImportError: cannot import name 'x' from 'torch'"),
        ),
        "framework-broken-install",
    ),
}


@pytest.mark.parametrize(("make", "id_"), NAMED.values(), ids=NAMED)
def test_the_cause_is_named_and_nothing_else_as_cause(tmp_path: Path, make: Make, id_: str) -> None:
    report = examine(make(tmp_path))

    assert cause(report) == id_
    assert apart(report) == []


@pytest.mark.parametrize(
    "name",
    [
        "an H100 with a driver too old",
        "an RTX 5090 under a cu124 build",
        "a CPU build beside a good driver",
        "TensorFlow without its CUDA wheels",
        "a torch that lacks cuDNN",
    ],
)
def test_no_import_is_needed_to_name_it(tmp_path: Path, name: str) -> None:
    make, id_ = NAMED[name]

    report = examine(make(tmp_path), quick=True)

    assert cause(report) == id_
    assert apart(report) == []


HEALTHY: dict[str, Make] = {
    "an A100": healthy_machine,
    "eight H100 on a fabric": lambda f: healthy_machine(
        f, [H100] * 8, nvswitches=4, fabric_manager="running"
    ),
    "a B200 under cu128": lambda f: healthy_machine(f, [B200], torch=TORCH_CU128),
    "an RTX 4090 whose build has no sm_89": lambda f: healthy_machine(f, [RTX_4090]),
    "a V100 under cu128": lambda f: healthy_machine(f, [V100], torch=TORCH_CU128),
    "a GTX 1080 Ti under cu118": lambda f: healthy_machine(f, [GTX_1080_TI], torch=TORCH_CU118),
    "a T4 on driver 535 with cu128": lambda f: healthy_machine(
        f, [T4], "535.183.01", torch=TORCH_CU128
    ),
    "torch and TensorFlow together": lambda f: healthy_machine(f, tensorflow=TENSORFLOW),
    "TensorFlow alone": lambda f: healthy_machine(f, torch=None, tensorflow=TENSORFLOW),
    "no framework at all": lambda f: healthy_machine(f, torch=None),
    "a conda environment": lambda f: healthy_machine(f, python_kind="conda"),
    "a uv environment": lambda f: healthy_machine(f, python_kind="uv"),
    "WSL 2": wsl_machine,
    "a Jetson": jetson_machine,
    "a container with its GPU": broken(lambda m: faults.enter_container(m, with_gpu=True)),
    "one GPU of two chosen": broken(lambda m: faults.hide_gpus(m, "1"), gpus=[A100] * 2),
    "a job of Slurm with one GPU of eight": broken(
        lambda m: faults.be_a_job(m, "3"), gpus=[A100] * 8
    ),
    "a vGPU guest": broken(
        lambda m: m.change_gpu(0, extra={"virtualization": 2}).write(
            "/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor\n"
        )
    ),
    "a compat libcuda that works": broken(
        lambda m: faults.load_compat_first(m, "580.95.05", 13000, code=0),
        gpus=[A100],
        driver="535.183.01",
    ),
    "a GTX 1080 Ti on the last branch for it": lambda f: healthy_machine(
        f, [GTX_1080_TI], "580.95.05", "proprietary", torch=TORCH_CU118
    ),
    "a T4 and a V100 under the proprietary modules": lambda f: healthy_machine(
        f, [T4, V100], "535.183.01", torch=TORCH_CU128
    ),
    "Fedora": lambda f: healthy_machine(f, distribution="fedora-42"),
    "a K80 on its last branch": lambda f: healthy_machine(f, [K80], "470.256.02", torch=None),
    "an A100 on a driver older than the binding": lambda f: healthy_machine(
        f, driver="450.80.02", torch=None
    ),
    "an RTX 5090 under cu128": lambda f: healthy_machine(
        f, [RTX_5090], "570.86.15", torch=TORCH_CU128
    ),
    "an old card beside a new one": lambda f: healthy_machine(
        f, [RTX_4090, GTX_1080_TI], torch=TORCH_CU118
    ),
    "a sandbox without /sys": broken(faults.hide_buses),
    "a container without NVML": broken(faults.enter_container_without_nvml),
    "a DGX Spark": spark_machine,
    "a card that slept": broken(faults.put_to_sleep),
    "Secure Boot with a loaded module": lambda f: healthy_machine(f, secure_boot=True),
    "an idle card at PCIe generation 1": lambda f: healthy_machine(
        f, [gpu(RTX_4090, 0, extra={"pcie.generation": 1})]
    ),
    "an A100 with a MIG instance": lambda f: healthy_machine(
        f,
        [gpu(A100, 0, mig=(1, 1), mig_instances=("MIG-6f1ee1fc-9a2b-5c3d-8e4f-0a1b2c3d4e5f",))],
        torch=None,
    ),
    "Rocky Linux": lambda f: healthy_machine(f, distribution="rocky-9"),
}


@pytest.mark.parametrize("make", HEALTHY.values(), ids=HEALTHY)
def test_a_healthy_machine_raises_no_alarm(tmp_path: Path, make: Make) -> None:
    report = examine(make(tmp_path))

    assert (report.outcome, cause(report), report.summary) == (
        Outcome.HEALTHY,
        None,
        report.summary,
    )
    assert told(report, Status.UNDETERMINED) == []


@pytest.mark.parametrize("make", HEALTHY.values(), ids=HEALTHY)
def test_nor_does_it_without_imports(tmp_path: Path, make: Make) -> None:
    report = examine(make(tmp_path), quick=True)

    assert (report.outcome, cause(report)) == (Outcome.HEALTHY, None)


def test_a_sleeping_gpu_is_not_woken_without_imports(tmp_path: Path) -> None:
    machine = broken(faults.put_to_sleep)(tmp_path)

    report = examine(machine, quick=True)

    assert report.snapshot is not None
    assert report.snapshot.native_probes == ()
    assert not [name for name in report.snapshot.timings_ms if "CUDA" in name]
    assert "sleeps" in str(report.ladder)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour(importing="hangs"), Outcome.UNDETERMINED),
        (Behaviour(importing="stops"), Outcome.UNDETERMINED),
        (Behaviour(importing="is-killed"), Outcome.UNDETERMINED),
        (Behaviour(importing="prints", text='{"stage": "done"}'), Outcome.HEALTHY),
        (Behaviour(importing="floods", text="50000000"), Outcome.HEALTHY),
        (Behaviour(importing="leaves-orphan"), Outcome.HEALTHY),
        (Behaviour(importing="leaves-daemon"), Outcome.HEALTHY),
        (Behaviour(computing="hangs"), Outcome.UNDETERMINED),
        (Behaviour(computing="wrong-matmul"), Outcome.PROBLEM),
    ],
    ids=lambda each: f"{each.importing} {each.computing}" if isinstance(each, Behaviour) else "",
)
def test_a_framework_that_misbehaves_is_told_of_and_survived(
    tmp_path: Path, behaviour: Behaviour, outcome: Outcome
) -> None:
    machine = with_torch(TORCH_CU128, behaviour)(tmp_path)

    report = examine(machine, probe_timeout_s=3.0)

    assert (report.outcome, cause(report)) == (outcome, None)


@pytest.mark.parametrize("which", ["nvml_hang", "cuda_hang"])
def test_one_silent_probe_alone_is_undetermined(tmp_path: Path, which: str) -> None:
    machine = healthy_machine(tmp_path, torch=None)
    machine.scenario(**{which: "nvmlInit" if which == "nvml_hang" else "cuInit"})

    report = examine(machine, probe_timeout_s=1.0)

    assert cause(report) is None
    assert report.outcome in (Outcome.UNDETERMINED, Outcome.HEALTHY)


def test_two_silent_probes_are_a_driver_that_does_not_answer(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path, torch=None)
    machine.scenario(nvml_hang="nvmlInit", cuda_hang="cuInit")

    report = examine(machine, probe_timeout_s=1.0)

    assert cause(report) == "driver-unresponsive"


def test_a_crash_in_nvml_costs_nothing_else(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path)
    machine.scenario(nvml_crash="nvmlInit")

    report = examine(machine)

    assert cause(report) is None
    assert report.outcome is Outcome.HEALTHY


def test_no_kernel_is_launched_on_a_busy_gpu(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path)
    machine.change_gpu(0, processes=((4711, 30 << 30),), memory_used=31 << 30)

    report = examine(machine)

    [rung] = [state for state in report.ladder if state.rung.slug == "computes"]
    assert (report.outcome, rung.status) == (Outcome.HEALTHY, Status.SKIPPED)
    assert "busy" in rung.detail


def test_several_environments_stand_in_one_report(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path)
    other = add_environment(machine, "/srv/other")
    add_torch(other, TORCH_CPU)

    report = examine(
        machine, pythons=("/home/ada/project/.venv/bin/python", "/srv/other/bin/python")
    )

    assert report.root_cause is not None
    assert cause(report) == "framework-cpu-only"
    assert report.root_cause.verdict.subject.environment == 1


def test_the_active_environment_is_examined(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path)
    conda = add_environment(machine, "/opt/conda/envs/ml", "conda")
    activate(machine, conda)

    report = examine(machine)

    assert report.snapshot is not None
    [environment] = report.snapshot.environments
    assert environment.python.executable == "/opt/conda/envs/ml/bin/python"
    assert environment.python.chosen_by == "CONDA_PREFIX"


@pytest.mark.parametrize("name", NAMED)
def test_every_fact_in_evidence_is_found_in_the_snapshot(tmp_path: Path, name: str) -> None:
    document = document_of(examine(NAMED[name][0](tmp_path)))
    assert_valid(document)

    for finding in document["findings"]:
        for evidence in finding["evidence"]:
            pointer = evidence["fact"]
            if pointer.startswith("/"):
                assert _resolves(document["snapshot"], pointer), (finding["id"], pointer)


def _resolves(value: Any, pointer: str) -> bool:
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            # A variable that is not set, or what lies below a fact that is unknown.
            return value is None or pointer.startswith("/variables/")
    return True


def test_the_refusal_of_the_module_is_named_before_nouveau_that_came_for_it(
    tmp_path: Path,
) -> None:
    make, _ = NAMED["a module that Secure Boot refused"]

    report = examine(make(tmp_path))

    assert report.root_cause is not None
    assert "Secure Boot refused it" in str(report.root_cause.verdict)
