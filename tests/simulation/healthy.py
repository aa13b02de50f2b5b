"""Machines on which everything works: a test makes one and then breaks one thing (faults.py)."""

from collections.abc import Sequence
from pathlib import Path

from simulation import layout
from simulation.build import Natives, install_library, shared_natives
from simulation.builds import TORCH_CU130, TensorFlowBuild, TorchBuild
from simulation.environments import activate, add_environment
from simulation.machine import Machine
from simulation.presets import DISTRIBUTIONS, branch_of, cuda_api_of
from simulation.scenario import Gpu, Scenario, gpu
from simulation.tensorflow_install import add_tensorflow
from simulation.torch_install import add_torch

A100 = "NVIDIA A100-SXM4-80GB"
H100 = "NVIDIA H100 80GB HBM3"
B200 = "NVIDIA B200"
RTX_4090 = "NVIDIA GeForce RTX 4090"
RTX_5090 = "NVIDIA GeForce RTX 5090"
GTX_1080_TI = "NVIDIA GeForce GTX 1080 Ti"
T4 = "Tesla T4"
V100 = "Tesla V100-SXM2-16GB"
K80 = "Tesla K80"


def healthy_machine(  # noqa: PLR0913 - a test names the one that it changes
    folder: Path,
    gpus: Sequence[str | Gpu] = (A100,),
    driver: str = "580.95.05",
    flavour: str | None = None,
    *,
    distribution: str = "ubuntu-24.04",
    torch: TorchBuild | None = TORCH_CU130,
    tensorflow: TensorFlowBuild | None = None,
    python_kind: str = "venv",
    secure_boot: bool = False,
    nvswitches: int = 0,
    fabric_manager: str = "not installed",
    natives: Natives | None = None,
) -> Machine:
    """Write a machine below `folder`/root.

    `flavour` of the kernel module is open or proprietary; None takes open where it can run.
    Without GPUs the driver is installed and its module is not loaded. Raises
    simulation.build.NoCompilerError where the drivers can't be compiled.
    """
    machine = _start(folder, gpus, driver, distribution, natives)
    layout.write_pci(machine)
    layout.write_nvswitches(machine, nvswitches)
    layout.write_modules_on_disk(machine, driver, (machine.kernel,))
    if machine.gpus:
        layout.write_kernel_module(machine, driver, flavour or _flavour(machine, driver))
        layout.write_nodes(machine)
    layout.write_libraries(machine, driver)
    if branch_of(driver) >= 515:
        layout.write_firmware(machine, driver)
    layout.write_secure_boot(machine, on=secure_boot)
    layout.write_fabric_manager(machine, fabric_manager)
    _add_python(machine, python_kind, torch, tensorflow)
    return machine


def wsl_machine(
    folder: Path,
    gpus: Sequence[str | Gpu] = (RTX_4090,),
    driver: str = "580.88",
    *,
    torch: TorchBuild | None = TORCH_CU130,
    tensorflow: TensorFlowBuild | None = None,
    natives: Natives | None = None,
) -> Machine:
    """A WSL 2 guest: Windows' driver through /dev/dxg, its libraries in /usr/lib/wsl/lib."""
    machine = _start(folder, gpus, driver, "ubuntu-24.04", natives)
    layout.write_kernel(machine, "6.6.87.2-microsoft-standard-WSL2")
    machine.write("/dev/dxg")
    machine.make_folder("/sys/bus/pci/devices")
    top = "/usr/lib/wsl/lib"
    for name, source in (
        ("libcuda.so.1", machine.natives.libcuda),
        ("libnvidia-ml.so.1", machine.natives.nvml()),
    ):
        machine.write(f"{top}/{name}", source.read_bytes())
    machine.write(f"{top}/nvidia-smi").chmod(0o755)
    machine.write("/etc/ld.so.conf.d/ld.wsl.conf", f"{top}\n")
    machine.export(LD_LIBRARY_PATH=machine.outside(top), WSL_DISTRO_NAME="Ubuntu")
    _add_python(machine, "venv", torch, tensorflow)
    return machine


def jetson_machine(
    folder: Path,
    driver: str = "540.4.0",
    *,
    torch: TorchBuild | None = None,
    natives: Natives | None = None,
) -> Machine:
    """An Orin board: its GPU hangs on no PCI bus, its driver comes with the board's system."""
    orin = gpu(A100, 0, name="Orin", capability=(8, 7), memory_total=30 << 30, ecc=None, mig=None)
    machine = _start(folder, [orin], driver, "ubuntu-24.04", natives)
    layout.write_kernel(machine, "5.15.148-tegra")
    machine.write("/proc/device-tree/model", "NVIDIA Jetson AGX Orin Developer Kit\0")
    machine.write(
        "/etc/nv_tegra_release", "# R36 (release), REVISION: 4.3, GCID: 1, BOARD: generic\n"
    )
    top = f"{machine.distribution.library_folder}/nvidia"
    install_library(machine.natives.libcuda, machine.path(top), "libcuda.so.1", "1.1")
    install_library(machine.natives.nvml(), machine.path(top), "libnvidia-ml.so.1", "1.1")
    machine.write("/etc/ld.so.conf.d/nvidia-tegra.conf", f"{top}\n")
    for node in ("nvhost-gpu", "nvmap", "nvgpu"):
        machine.write(f"/dev/{node}")
    machine.export(LD_LIBRARY_PATH=machine.outside(top))
    _add_python(machine, "venv", torch, None)
    return machine


def spark_machine(
    folder: Path, driver: str = "580.95.05", *, natives: Natives | None = None
) -> Machine:
    """A DGX Spark: no PCI device, and memory shared with the processor, of which NVML is mute."""
    blackwell = gpu(
        B200,
        0,
        name="NVIDIA GB10",
        capability=(12, 1),
        ecc=None,
        mig=None,
        fail={"nvmlDeviceGetMemoryInfo": 3},
    )
    machine = _start(folder, [blackwell], driver, "ubuntu-24.04", natives)
    machine.write("/sys/class/dmi/id/product_name", "NVIDIA_DGX_Spark\n")
    machine.make_folder("/sys/bus/pci/devices")
    layout.write_modules_on_disk(machine, driver, (machine.kernel,))
    layout.write_kernel_module(machine, driver, "open")
    layout.write_nodes(machine)
    layout.write_libraries(machine, driver)
    _add_python(machine, "venv", None, None)
    return machine


def _start(
    folder: Path,
    gpus: Sequence[str | Gpu],
    driver: str,
    distribution: str,
    natives: Natives | None,
) -> Machine:
    boards = tuple(gpu(each, n) if isinstance(each, str) else each for n, each in enumerate(gpus))
    api = cuda_api_of(driver)
    answers = Scenario(driver, f"{api // 1000}.{driver}", api, boards)
    if not boards:
        answers = Scenario(driver, f"{api // 1000}.{driver}", api, cuda_init=100, nvml_init=9)
    folder.mkdir(parents=True, exist_ok=True)
    machine = Machine(folder, natives or shared_natives(), DISTRIBUTIONS[distribution], answers)
    layout.write_system(machine)
    return machine


def _flavour(machine: Machine, driver: str) -> str:
    """The open modules run from branch 515 and from Turing (7.5) on."""
    is_open = branch_of(driver) >= 515 and all(g.capability >= (7, 5) for g in machine.gpus)
    return "open" if is_open else "proprietary"


def _add_python(
    machine: Machine, kind: str, torch: TorchBuild | None, tensorflow: TensorFlowBuild | None
) -> None:
    folder = "/home/ada/miniforge3/envs/ml" if kind == "conda" else "/home/ada/project/.venv"
    environment = add_environment(machine, folder, kind)
    if torch:
        add_torch(environment, torch)
    if tensorflow:
        add_tensorflow(environment, tensorflow)
    activate(machine, environment)
