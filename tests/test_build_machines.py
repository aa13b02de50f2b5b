"""Simulated machines on which CUDA code is compiled, from end to end, and those where none is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from examination import apart, cause, examine
from gpudoctor.renderers.json import document_of
from gpudoctor.report import Outcome
from schema import assert_valid
from simulation.build import NoCompilerError, shared_natives
from simulation.builds import TENSORFLOW, TORCH_CU128, Behaviour
from simulation.healthy import A100, RTX_5090, healthy_machine
from simulation.machine import Machine
from simulation.torch_install import add_torch

Change = Callable[[Machine], object]


@pytest.fixture(autouse=True)
def _compiled() -> None:
    try:
        shared_natives()
    except NoCompilerError as error:
        pytest.skip(str(error))


def install_toolkit(machine: Machine, version: str, path: str | None = None) -> Machine:
    """A whole toolkit as NVIDIA's packages install it, without the link /usr/local/cuda."""
    home = path or f"/usr/local/cuda-{version}"
    machine.write(f"{home}/version.json", f'{{"cuda": {{"version": "{version}.1"}}}}')
    for name in ("bin/nvcc", "bin/ptxas"):
        machine.write(f"{home}/{name}", "\x7fELF").chmod(0o755)
    machine.write(f"{home}/include/cuda_runtime.h")
    machine.write(f"{home}/nvvm/libdevice/libdevice.10.bc")
    return machine


def install_compiler(machine: Machine, major: int) -> Machine:
    """The system's gcc, of this version."""
    machine.write(f"/usr/bin/gcc-{major}", "\x7fELF").chmod(0o755)
    machine.link("/usr/bin/gcc", f"gcc-{major}")
    return machine


def add_deepspeed(machine: Machine) -> Machine:
    machine.environment.add_distribution("deepspeed", "0.18.2")
    return machine


def bring_ptxas(machine: Machine, release: str) -> None:
    text = f"\0Cuda compilation tools, release {release}, V{release}.99\0"
    machine.environment.write("triton/backends/nvidia/bin/ptxas", text)


def fail_to_link(machine: Machine) -> None:
    machine.remove(f"{machine.distribution.library_folder}/libcuda.so")
    said = Behaviour(importing="prints", text="/usr/bin/ld: cannot find -lcuda: No such file")
    add_torch(machine.environment, TORCH_CU128, said)


BROKEN: dict[str, tuple[Change, str]] = {
    "DeepSpeed without nvcc": (add_deepspeed, "toolkit-missing"),
    "DeepSpeed with a CUDA_HOME that is gone": (
        lambda m: add_deepspeed(install_toolkit(m, "12.8")).export(CUDA_HOME="/opt/gone"),
        "toolkit-missing",
    ),
    "DeepSpeed with nvcc of another major": (
        lambda m: add_deepspeed(install_toolkit(m, "11.8", "/usr/local/cuda")),
        "toolkit-mismatch",
    ),
    "DeepSpeed with a gcc that nvcc refuses": (
        lambda m: add_deepspeed(
            install_compiler(install_toolkit(m, "12.6", "/usr/local/cuda"), 14)
        ),
        "host-compiler-unsupported",
    ),
    "a linker that finds no libcuda": (fail_to_link, "libcuda-not-linkable"),
}


@pytest.mark.parametrize(("change", "id_"), BROKEN.values(), ids=BROKEN)
def test_what_can_not_compile_is_named(tmp_path: Path, change: Change, id_: str) -> None:
    machine = healthy_machine(tmp_path, [A100], torch=None)
    add_torch(machine.environment, TORCH_CU128)
    change(machine)

    report = examine(machine)

    assert cause(report) == id_
    assert apart(report) == []
    assert_valid(document_of(report))


def test_a_triton_that_is_older_than_the_gpu_is_a_warning(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path, [RTX_5090], torch=TORCH_CU128)
    bring_ptxas(machine, "12.4")

    report = examine(machine)

    assert (report.outcome, cause(report)) == (Outcome.WARNING, "jit-compiler-too-old")


def test_a_tensorflow_told_to_use_xla_needs_libdevice(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path, torch=None, tensorflow=TENSORFLOW)
    machine.export(TF_XLA_FLAGS="--tf_xla_auto_jit=2")

    missing = examine(machine)
    here = examine(install_toolkit(machine, "12.5", "/usr/local/cuda"))

    assert (missing.outcome, cause(missing)) == (Outcome.WARNING, "libdevice-missing")
    assert (here.outcome, cause(here)) == (Outcome.HEALTHY, None)


HEALTHY: dict[str, Change] = {
    "a system CUDA 11 beside wheels": lambda m: install_toolkit(m, "11.8", "/usr/local/cuda"),
    "several toolkits": lambda m: install_toolkit(install_toolkit(m, "11.8"), "12.6"),
    "a gcc too new for the toolkit": lambda m: install_compiler(
        install_toolkit(m, "11.8", "/usr/local/cuda"), 15
    ),
    "a CUDA_HOME that is gone": lambda m: m.export(CUDA_HOME="/opt/gone"),
    "an image that only runs": lambda m: m.write("/usr/local/cuda-12.8/version.json", "{}"),
    "a driver without its development link": lambda m: m.remove(
        f"{m.distribution.library_folder}/libcuda.so"
    ),
    "DeepSpeed with nvcc of its minor": lambda m: add_deepspeed(
        install_compiler(install_toolkit(m, "12.6", "/usr/local/cuda"), 13)
    ),
    "a Triton that knows the GPU": lambda m: bring_ptxas(m, "12.4"),
    "an extension begun for another Python": lambda m: m.write(
        "/home/ada/.cache/torch_extensions/py27_cu90/x/build.ninja", "nvcc = /opt/nvcc\n"
    ),
}


@pytest.mark.parametrize("change", HEALTHY.values(), ids=HEALTHY)
def test_what_nobody_compiles_with_raises_no_alarm(tmp_path: Path, change: Change) -> None:
    machine = healthy_machine(tmp_path, [A100], torch=TORCH_CU128)
    change(machine)

    report = examine(machine)

    assert (report.outcome, cause(report)) == (Outcome.HEALTHY, None)
