"""The simulated machines themselves: what a test builds on must answer as the real thing does."""

import ctypes
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulation import (
    A100,
    GTX_1080_TI,
    H100,
    RTX_5090,
    TENSORFLOW,
    TORCH_CPU,
    TORCH_CU118,
    TORCH_CU124,
    Behaviour,
    Machine,
    NoCompilerError,
    add_torch,
    faults,
    gpu,
    healthy_machine,
    jetson_machine,
    shared_natives,
    wsl_machine,
)
from simulation.build import looked_up_nvml_names
from simulation.presets import cuda_api_of

Build = Callable[..., Machine]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """healthy_machine in this test's folder, without frameworks unless asked for."""
    try:
        shared_natives()
    except NoCompilerError as error:
        pytest.skip(str(error))

    number = itertools.count()

    def make(*args: Any, **kwargs: Any) -> Machine:
        return healthy_machine(tmp_path / f"{next(number)}", *args, **{"torch": None, **kwargs})

    return make


def run(
    machine: Machine, code: str, *argv: str, python: Path | None = None, timeout: float = 20
) -> "subprocess.CompletedProcess[str]":
    command = [str(python or sys.executable), "-B", "-c", code, *argv]
    return subprocess.run(
        command,
        env=machine.environ,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        cwd="/",
    )


def answer(machine: Machine, code: str, *argv: str, python: Path | None = None) -> Any:
    """The JSON that the code prints last."""
    done = run(machine, code, *argv, python=python)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


NVML = """
import json, pynvml
def ask(call, *arguments):
    try:
        value = call(*arguments)
    except pynvml.NVMLError as error:
        return {"code": error.value}
    return value.decode() if isinstance(value, bytes) else value
def text(value):
    return value.decode() if isinstance(value, bytes) else value
out = {"init": ask(pynvml.nvmlInit)}
"""
ALL_GPUS = """
found = []
for index in range(pynvml.nvmlDeviceGetCount()):
    handle = ask(pynvml.nvmlDeviceGetHandleByIndex, index)
    found.append(handle if isinstance(handle, dict) else ask(pynvml.nvmlDeviceGetName, handle))
print(json.dumps(found))
"""
FIRST_GPU = "handle = pynvml.nvmlDeviceGetHandleByIndex(0)\n"
SAY = "\nprint(json.dumps(out))"


# ---- NVML, through nvidia-ml-py ----


def test_nvml_tells_versions_and_names(build: Build) -> None:
    machine = build([A100, H100], driver="550.54.14")
    code = NVML + (
        "out['driver'] = ask(pynvml.nvmlSystemGetDriverVersion)\n"
        "out['library'] = ask(pynvml.nvmlSystemGetNVMLVersion)\n"
        "out['cuda'] = ask(pynvml.nvmlSystemGetCudaDriverVersion_v2)\n"
    )
    assert answer(machine, code + SAY) == {
        "init": None,
        "driver": "550.54.14",
        "library": "12.550.54.14",
        "cuda": 12040,
    }
    assert answer(machine, NVML + ALL_GPUS) == [A100, H100]


def test_nvml_describes_a_gpu_in_its_own_structures(build: Build) -> None:
    machine = build([gpu(A100, 0, processes=((4711, 1 << 30), (4712, None)), memory_used=5 << 30)])
    code = (
        NVML
        + FIRST_GPU
        + """
two = pynvml.nvmlDeviceGetMemoryInfo(handle, version=pynvml.nvmlMemory_v2)
pci = pynvml.nvmlDeviceGetPciInfo(handle)
out["memory"] = [two.total, two.used, two.free]
out["plain"] = pynvml.nvmlDeviceGetMemoryInfo(handle).used
found = pynvml.nvmlDeviceGetComputeRunningProcesses(handle)
out["processes"] = [[each.pid, each.usedGpuMemory] for each in found]
out["graphics"] = len(pynvml.nvmlDeviceGetGraphicsRunningProcesses(handle))
out["pci"] = [text(pci.busId), hex(pci.pciDeviceId)]
out["capability"] = pynvml.nvmlDeviceGetCudaComputeCapability(handle)
out["mig"] = pynvml.nvmlDeviceGetMigMode(handle)
out["by_uuid"] = pynvml.nvmlDeviceGetIndex(
    pynvml.nvmlDeviceGetHandleByUUID(pynvml.nvmlDeviceGetUUID(handle).encode()))
"""
    )
    total = 80 << 30
    assert answer(machine, code + SAY) == {
        "init": None,
        "memory": [total, 5 << 30, total - (5 << 30)],
        "plain": 5 << 30,
        "processes": [[4711, 1 << 30], [4712, None]],
        "graphics": 0,
        "pci": ["00000000:07:00.0", "0x20b210de"],
        "capability": [8, 0],
        "mig": [0, 0],
        "by_uuid": 0,
    }


def test_nvml_refuses_a_structure_of_another_version(build: Build) -> None:
    code = NVML + FIRST_GPU + "out['v2'] = ask(pynvml.nvmlDeviceGetMemoryInfo, handle, 0x01000028)"
    assert answer(build(), code + SAY)["v2"] == {"code": 25}


def test_nvml_tells_the_state_of_a_fabric(build: Build) -> None:
    machine = build([H100], nvswitches=4, fabric_manager="running")
    code = (
        NVML
        + FIRST_GPU
        + """
from ctypes import byref
one, two = pynvml.c_nvmlGpuFabricInfo_t(), pynvml.c_nvmlGpuFabricInfo_v2_t()
pynvml.nvmlDeviceGetGpuFabricInfo(handle, byref(one))
pynvml.nvmlDeviceGetGpuFabricInfoV(handle, byref(two))
out = [one.state, one.status, two.state, two.status]
"""
    )
    assert answer(machine, code + SAY) == [3, 0, 3, 0]
    faults.stop_fabric_manager(machine)
    assert answer(machine, code + SAY) == [2, 0, 2, 0]


def test_every_function_that_nvidia_ml_py_knows_answers(build: Build) -> None:
    names = looked_up_nvml_names()
    assert len(names) > 200
    library = ctypes.CDLL(str(shared_natives().nvml()))
    assert [name for name in names if not hasattr(library, name)] == []
    code = NVML + FIRST_GPU + "out['serial'] = ask(pynvml.nvmlDeviceGetBoardPartNumber, handle)"
    assert answer(build(), code + SAY)["serial"] == {"code": 3}


@pytest.mark.parametrize("code", [9, 12, 18, 999])
def test_nvml_init_fails_as_told(build: Build, code: int) -> None:
    machine = build().scenario(nvml_init=code)
    told = answer(machine, NVML + "out['count'] = ask(pynvml.nvmlDeviceGetCount)" + SAY)
    assert told == {"init": {"code": code}, "count": {"code": 1}}


def test_one_lost_gpu_of_eight_leaves_seven(build: Build) -> None:
    machine = build([A100] * 8)
    faults.lose_gpu(machine, 3)
    names = answer(machine, NVML + ALL_GPUS)
    assert names[3] == {"code": 15}
    assert names[:3] + names[4:] == [A100] * 7
    assert answer(machine, LIBCUDA)["count"] == 7


def test_a_single_call_fails_on_one_gpu_or_on_all(build: Build) -> None:
    machine = build([A100, A100]).scenario(nvml_fail={"nvmlDeviceGetMemoryInfo": 999})
    machine.change_gpu(1, fail={"nvmlDeviceGetName": 15})
    code = NVML + FIRST_GPU + "out['memory'] = ask(pynvml.nvmlDeviceGetMemoryInfo, handle)"
    assert answer(machine, code + SAY)["memory"] == {"code": 999}
    assert answer(machine, NVML + ALL_GPUS) == [A100, {"code": 15}]


def test_an_old_nvml_has_no_newer_functions(build: Build) -> None:
    machine = build(driver="470.57.02")
    code = (
        NVML
        + FIRST_GPU
        + """
out["newer"] = ask(pynvml.nvmlDeviceGetComputeRunningProcesses_v3, handle)
out["older"] = ask(pynvml.nvmlDeviceGetComputeRunningProcesses_v2, handle)
"""
    )
    assert answer(machine, code + SAY) == {"init": None, "newer": {"code": 13}, "older": []}


def test_a_hostile_name_arrives_as_it_was_given(build: Build) -> None:
    name = "[red]GPU\x1b[2J\n| a\\n"
    machine = build().change_gpu(0, name=name)
    assert answer(machine, NVML + ALL_GPUS) == [name]


def test_mig_instances_have_handles_and_one_reaches_cuda(build: Build) -> None:
    instances = (
        "MIG-1f2e3d4c-0000-0000-0000-000000000001",
        "MIG-1f2e3d4c-0000-0000-0000-000000000002",
    )
    machine = build([gpu(A100, 0, mig=(1, 1), mig_instances=instances)])
    code = (
        NVML
        + FIRST_GPU
        + """
out["all"] = []
for number in range(pynvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
    each = ask(pynvml.nvmlDeviceGetMigDeviceHandleByIndex, handle, number)
    out["all"].append(6 if isinstance(each, dict) else ask(pynvml.nvmlDeviceGetUUID, each))
"""
    )
    assert answer(machine, code + SAY)["all"] == [*instances, 6, 6, 6, 6, 6]
    assert answer(machine, LIBCUDA)["count"] == 1
    machine.change_gpu(0, mig_instances=())
    assert answer(machine, LIBCUDA)["init"] == 100


# ---- hangs and crashes ----


@pytest.mark.parametrize("library", ["nvml", "cuda"])
def test_a_hanging_library_hangs_until_killed(build: Build, library: str) -> None:
    machine = build().scenario(**{f"{library}_hang": "nvmlInit,cuInit"})
    code = NVML if library == "nvml" else LIBCUDA
    with pytest.raises(subprocess.TimeoutExpired):
        run(machine, code, timeout=0.15)


@pytest.mark.parametrize("library", ["nvml", "cuda"])
def test_a_crashing_library_takes_its_process_along(build: Build, library: str) -> None:
    machine = build().scenario(**{f"{library}_crash": "nvmlInit,cuInit"})
    code = NVML if library == "nvml" else LIBCUDA
    assert run(machine, code).returncode == -signal.SIGSEGV


def test_a_slow_call_takes_its_time(build: Build) -> None:
    machine = build().scenario(nvml_delay_ms={"nvmlInit": 150})
    started = time.monotonic()
    assert run(machine, NVML).returncode == 0
    assert time.monotonic() - started > 0.15


# ---- libcuda, through ctypes ----

LIBCUDA = """
import ctypes, json
cuda, number, out = ctypes.CDLL("libcuda.so.1"), ctypes.c_int(), {}
out["version_code"] = cuda.cuDriverGetVersion(ctypes.byref(number))
out["version"], out["init"] = number.value, cuda.cuInit(0)
name = ctypes.c_char_p()
cuda.cuGetErrorName(out["init"], ctypes.byref(name))
out["error"] = name.value.decode()
if not out["init"]:
    cuda.cuDeviceGetCount(ctypes.byref(number))
    out["count"], out["gpus"] = number.value, []
    for ordinal in range(number.value):
        address = ctypes.create_string_buffer(64)
        cuda.cuDeviceGetPCIBusId(address, 64, ordinal)
        uuid = (ctypes.c_ubyte * 16)()
        cuda.cuDeviceGetUuid_v2(uuid, ordinal)
        out["gpus"].append([int(address.value.decode()[5:7], 16) // 8, bytes(uuid).hex()])
print(json.dumps(out))
"""


def seen(machine: Machine) -> list[int]:
    """The numbers of the GPUs that CUDA shows, in its order; none where cuInit finds none."""
    told = answer(machine, LIBCUDA)
    assert told["init"] in (0, 100)
    return [number for number, _ in told.get("gpus", [])]


def test_libcuda_shows_the_gpus_that_nvml_shows(build: Build) -> None:
    machine = build([A100, H100])
    told = answer(machine, LIBCUDA)
    assert (told["version"], told["init"], told["error"]) == (13000, 0, "CUDA_SUCCESS")
    uuids = [each.uuid.removeprefix("GPU-").replace("-", "") for each in machine.gpus]
    assert [uuid for _, uuid in told["gpus"]] == uuids


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (34, "CUDA_ERROR_STUB_LIBRARY"),
        (100, "CUDA_ERROR_NO_DEVICE"),
        (802, "CUDA_ERROR_SYSTEM_NOT_READY"),
        (803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"),
        (804, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE"),
        (999, "CUDA_ERROR_UNKNOWN"),
    ],
)
def test_cuinit_fails_as_told(build: Build, code: int, name: str) -> None:
    told = answer(build().scenario(cuda_init=code), LIBCUDA)
    assert (told["init"], told["error"]) == (code, name)


@pytest.mark.parametrize(
    ("variable", "shown"),
    [
        ("1,0", [1, 0]),
        ("2", [2]),
        ("0,2,-1,1", [0, 2]),  # the first that is not valid ends the list
        ("0,9,1", [0]),
        ("-1", []),
        ("", []),
        ("NoDevFiles", []),
        ("9", []),
        ("1,1", []),  # named twice: none at all
        ("GPU-{1}", [1]),
        ("GPU-{1:.6},GPU-{0}", [1, 0]),  # a beginning that is unambiguous will do
        ("GPU-", []),  # and this one fits them all
        ("GPU-{2},GPU-00000000", [2]),
        ("GPU-{2},GPU-{2}", []),
        ("0,GPU-{1}", [0]),
    ],
)
def test_cuda_visible_devices_follows_nvidias_rules(
    build: Build, variable: str, shown: list[int]
) -> None:
    machine = build([A100] * 3)
    uuids = [each.uuid.removeprefix("GPU-") for each in machine.gpus]
    faults.hide_gpus(machine, variable.format(*uuids))
    assert seen(machine) == shown


def test_cuda_numbers_gpus_by_speed_unless_told_not_to(build: Build) -> None:
    machine = build([GTX_1080_TI, A100]).scenario(cuda_order="1,0")
    assert seen(machine) == [1, 0]
    assert seen(machine.export(CUDA_DEVICE_ORDER="PCI_BUS_ID")) == [0, 1]


def test_the_stub_libcuda_answers_34_to_everything(build: Build) -> None:
    machine = build()
    faults.load_stub_first(machine)
    told = answer(machine, LIBCUDA)
    assert (told["version_code"], told["init"]) == (34, 34)


def test_a_compat_libcuda_answers_for_itself(build: Build) -> None:
    machine = build(driver="535.104.05")
    faults.load_compat_first(machine, "550.54.14")
    told = answer(machine, LIBCUDA)
    assert (told["version"], told["init"]) == (12040, 804)
    machine.export(LD_LIBRARY_PATH=machine.outside(machine.distribution.library_folder))
    told = answer(machine, LIBCUDA)
    assert (told["version"], told["init"]) == (12020, 0)


def test_without_libraries_the_loader_says_so(build: Build) -> None:
    machine = build()
    faults.remove_libraries(machine)
    for code in (
        LIBCUDA,
        NVML.replace("import json, pynvml", "import ctypes; ctypes.CDLL('libnvidia-ml.so.1')"),
    ):
        assert (
            "cannot open shared object file: No such file or directory" in run(machine, code).stderr
        )


def test_a_driver_outside_the_root_stays_hidden(build: Build, tmp_path: Path) -> None:
    machine = build()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "libcuda.so.1").write_bytes(shared_natives().libcuda.read_bytes())
    faults.remove_libraries(machine)
    machine.export(LD_LIBRARY_PATH=f"{machine.environ['LD_LIBRARY_PATH']}:{elsewhere}")
    assert "libcuda.so.1: cannot open shared object file" in run(machine, LIBCUDA).stderr
    assert run(machine.export(LD_AUDIT=None), LIBCUDA).returncode == 0


# ---- the CUDA runtime ----

CUDART = """
import ctypes, json, sys
runtime, number = ctypes.CDLL(sys.argv[1]), ctypes.c_int()
runtime.cudaGetErrorName.restype = ctypes.c_char_p
runtime.cudaRuntimeGetVersion(ctypes.byref(number))
out = [number.value]
runtime.cudaDriverGetVersion(ctypes.byref(number))
out.append(number.value)
code = runtime.cudaGetDeviceCount(ctypes.byref(number))
print(json.dumps([*out, code, runtime.cudaGetErrorName(code).decode()]))
"""


@pytest.mark.parametrize(
    ("cuda", "driver", "code"),
    [
        ("12.8", "525.60.13", 0),  # same major: minor-version compatibility
        ("11.8", "580.95.05", 0),
        ("12.0", "470.57.02", 35),
        ("13.0", "570.86.15", 35),
        ("10.2", "580.95.05", 0),
    ],
)
def test_the_runtime_wants_a_driver_of_its_major(
    build: Build, cuda: str, driver: str, code: int
) -> None:
    told = answer(build(driver=driver), CUDART, str(shared_natives().cudart(cuda)))
    assert told[1:3] == [cuda_api_of(driver), code]


@pytest.mark.parametrize(
    ("code", "name"), [(100, "cudaErrorNoDevice"), (802, "cudaErrorSystemNotReady")]
)
def test_the_runtime_passes_cuinits_code_on(build: Build, code: int, name: str) -> None:
    machine = build().scenario(cuda_init=code)
    told = answer(machine, CUDART, str(shared_natives().cudart("12.4")))
    assert told == [12040, 13000, code, name]


def test_the_runtime_takes_a_missing_driver_for_one_too_old(build: Build) -> None:
    machine = build()
    faults.remove_libraries(machine)
    told = answer(machine, CUDART, str(shared_natives().cudart("12.4")))
    assert told == [12040, 0, 35, "cudaErrorInsufficientDriver"]


# ---- frameworks ----

TORCH = """
import json, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import torch
    out = {"sees": torch.cuda.is_available(), "count": torch.cuda.device_count()}
    try:
        one, two = torch.rand(32, 32), torch.rand(32, 32)
        product = torch.matmul(one.to("cuda"), two.to("cuda")).cpu()
        out["right"] = torch.allclose(product, torch.matmul(one, two))
        picture, kernel = torch.rand(1, 3, 9, 9), torch.rand(2, 3, 3, 3)
        conv = torch.nn.functional.conv2d
        made = conv(picture.cuda(), kernel.cuda()).cpu()
        out["conv"] = torch.allclose(made, conv(picture, kernel))
    except (AssertionError, RuntimeError) as error:
        out["error"] = str(error)
out["warned"] = " ".join(str(each.message) for each in caught)
print(json.dumps(out))
"""


def torch_says(machine: Machine) -> dict[str, Any]:
    told: dict[str, Any] = answer(machine, TORCH, python=machine.python)
    return told


def test_torch_computes_on_a_healthy_machine(build: Build) -> None:
    told = torch_says(build([A100, A100], torch=TORCH_CU124))
    assert told == {"sees": True, "count": 2, "right": True, "conv": True, "warned": ""}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cuda_driver_api": 11040}, "too old (found version 11040)"),
        ({"cuda_init": 802}, "Error 802: system not yet initialized"),
        ({"cuda_init": 999}, "CUDA unknown error"),
        ({"cuda_init": 3}, "CUDA driver initialization failed"),
    ],
)
def test_torch_says_what_the_real_one_says(
    build: Build, changes: dict[str, int], words: str
) -> None:
    told = torch_says(build(torch=TORCH_CU124).scenario(**changes))
    assert not told["sees"]
    assert words in told["warned"]
    assert words in told["error"]


def test_an_old_wheel_carries_cudas_libraries_itself(build: Build) -> None:
    machine = build([GTX_1080_TI], torch=TORCH_CU118)
    assert not (machine.environment.site / "nvidia").exists()
    assert list(machine.environment.site.glob("torch/lib/libcudart-*.so.11.0"))
    told = torch_says(machine)
    assert (told["sees"], told["right"], told["warned"]) == (True, True, "")


def test_torch_is_silent_where_there_is_no_driver(build: Build) -> None:
    machine = build(torch=TORCH_CU124)
    faults.uninstall_driver(machine)
    told = torch_says(machine)
    assert told["warned"] == ""
    assert told["error"].startswith("Found no NVIDIA driver")


def test_torch_has_no_code_for_a_newer_gpu(build: Build) -> None:
    told = torch_says(build([RTX_5090], torch=TORCH_CU124))
    assert told["sees"]
    assert "sm_120 is not compatible" in told["warned"]
    assert "no kernel image is available" in told["error"]


def test_torch_built_for_the_cpu_says_so(build: Build) -> None:
    assert torch_says(build(torch=TORCH_CPU))["error"] == "Torch not compiled with CUDA enabled"


def test_torch_misses_a_library_that_was_removed(build: Build) -> None:
    machine = build(torch=TORCH_CU124)
    machine.environment.remove("nvidia/cublas/lib/libcublas.so.12")
    words = "OSError: libcublas.so.12: cannot open shared object file: No such file or directory"
    assert words in run(machine, "import torch", python=machine.python).stderr


@pytest.mark.parametrize("how", ["wrong-matmul", "wrong-convolution", "nan"])
def test_torch_gives_a_wrong_answer_when_told_to(build: Build, how: str) -> None:
    machine = build()
    add_torch(machine.environment, TORCH_CU124, Behaviour(computing=how))
    told = torch_says(machine)
    assert [told["right"], told["conv"]] == [how == "wrong-convolution", how == "wrong-matmul"]


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        (Behaviour("raises", text="ImportError: undefined symbol: x"), 1),
        (Behaviour("segfaults"), -signal.SIGSEGV),
        (Behaviour("aborts", text="free(): invalid pointer"), -signal.SIGABRT),
        (Behaviour("exits-at-once"), 0),
        (Behaviour("exits"), 3),
        (Behaviour("is-killed"), -signal.SIGKILL),
    ],
)
def test_an_import_ends_its_process_as_told(
    build: Build, behaviour: Behaviour, status: int
) -> None:
    machine = build()
    add_torch(machine.environment, TORCH_CU124, behaviour, with_wheels=False)
    done = run(machine, "import torch; print('went on')", python=machine.python)
    assert done.returncode == status
    assert "went on" not in done.stdout
    if ": " in behaviour.text:
        assert behaviour.text in done.stderr


@pytest.mark.parametrize("how", ["hangs", "hangs-deaf", "stops"])
def test_an_import_keeps_its_process_as_told(build: Build, how: str) -> None:
    machine = build()
    add_torch(machine.environment, TORCH_CU124, Behaviour(how), with_wheels=False)
    with pytest.raises(subprocess.TimeoutExpired):
        run(machine, "import torch", python=machine.python, timeout=0.15)


def test_an_import_floods_and_goes_on(build: Build) -> None:
    machine = build()
    add_torch(machine.environment, TORCH_CPU, Behaviour("floods", text="300000"))
    done = run(machine, "import torch; print('went on')", python=machine.python)
    assert len(done.stdout) == 300000 + len("went on\n")


@pytest.mark.parametrize("how", ["leaves-orphan", "leaves-daemon"])
def test_an_import_leaves_a_process_that_holds_the_pipes(build: Build, how: str) -> None:
    machine = build()
    add_torch(machine.environment, TORCH_CPU, Behaviour(how))
    read, write = os.pipe()
    process = subprocess.Popen(
        [machine.python, "-c", "import torch"], env=machine.environ, stdout=write, cwd="/"
    )
    os.close(write)
    assert process.wait(timeout=20) == 0
    os.set_blocking(read, False)
    with pytest.raises(BlockingIOError):  # empty and still open: someone holds the other end
        os.read(read, 1)
    for pid in holders_of(os.fstat(read).st_ino):
        os.kill(pid, signal.SIGKILL)
    os.close(read)


def holders_of(pipe: int) -> list[int]:
    """The other processes that have a pipe open."""
    fds = Path("/proc").glob("[0-9]*/fd/*")
    holders = {int(fd.parts[2]) for fd in fds if link_of(fd) == f"pipe:[{pipe}]"}
    return sorted(holders - {os.getpid()})


def link_of(path: Path) -> str:
    try:
        return os.readlink(path)
    except OSError:  # the process or the descriptor is gone meanwhile
        return ""


TENSORFLOW_CODE = """
import json
import tensorflow as tf
from tensorflow.python.platform import build_info
out = {"gpus": len(tf.config.list_physical_devices("GPU")), "built": tf.test.is_built_with_cuda()}
out["cuda"] = build_info.build_info["cuda_version"]
image, kernel = tf.random.uniform((1, 8, 8, 3)), tf.random.uniform((3, 3, 3, 4))
one, two = tf.random.uniform((16, 16)), tf.random.uniform((16, 16))
with tf.device("/CPU:0"):
    wanted = tf.matmul(one, two), tf.nn.conv2d(image, kernel, 1, "VALID")
if out["gpus"]:
    with tf.device("/GPU:0"):
        got = tf.matmul(one, two), tf.nn.conv2d(image, kernel, 1, "VALID")
    out["off"] = [float(tf.reduce_max(tf.abs(a - b))) for a, b in zip(wanted, got)]
    out["shape"] = got[1].shape
print(json.dumps(out))
"""


def test_tensorflow_computes_on_a_healthy_machine(build: Build) -> None:
    machine = build([A100], tensorflow=TENSORFLOW)
    told = answer(machine, TENSORFLOW_CODE, python=machine.python)
    assert told == {
        "gpus": 1,
        "built": True,
        "cuda": "12.5.1",
        "off": [0.0, 0.0],
        "shape": [1, 6, 6, 4],
    }


def test_tensorflow_without_its_wheels_skips_the_gpus(build: Build) -> None:
    machine = build(tensorflow=replace(TENSORFLOW, version="2.20.0"))
    machine.environment.remove("nvidia")
    done = run(machine, TENSORFLOW_CODE, python=machine.python)
    assert json.loads(done.stdout.splitlines()[-1])["gpus"] == 0
    assert "Cannot dlopen some GPU libraries" in done.stderr


def test_tensorflow_logs_what_cuinit_returned(build: Build) -> None:
    machine = build(tensorflow=TENSORFLOW).scenario(cuda_init=802)
    done = run(machine, TENSORFLOW_CODE, python=machine.python)
    assert "CUDA_ERROR_SYSTEM_NOT_READY: system not yet initialized" in done.stderr


# ---- folders ----


def test_a_healthy_folder_has_one_driver_version_everywhere(build: Build) -> None:
    machine = build([A100], driver="570.86.15", distribution="rocky-9")
    folder = machine.distribution.library_folder
    assert os.readlink(machine.path(f"{folder}/libcuda.so.1")) == "libcuda.so.570.86.15"
    assert "570.86.15" in machine.path("/proc/driver/nvidia/version").read_text()
    assert machine.path("/sys/module/nvidia/version").read_text() == "570.86.15\n"
    driver = machine.path("/sys/bus/pci/devices/0000:07:00.0/driver")
    assert driver.resolve() == machine.path("/sys/bus/pci/drivers/nvidia")


def test_the_kernel_module_names_its_flavour(build: Build) -> None:
    text = build(driver="470.57.02").path("/proc/driver/nvidia/version").read_text()
    assert "Kernel Module  470.57.02  " in text
    text = build(driver="580.95.05").path("/proc/driver/nvidia/version").read_text()
    assert "Open Kernel Module for x86_64  580.95.05  " in text


def test_an_update_without_reboot_leaves_two_versions(build: Build) -> None:
    machine = build(driver="570.86.15")
    faults.update_libraries_without_reboot(machine, "580.95.05")
    assert "570.86.15" in machine.path("/proc/driver/nvidia/version").read_text()
    assert answer(machine, NVML + SAY) == {"init": {"code": 18}}


def test_a_container_without_gpu_keeps_the_hosts_kernel_and_nothing_else(build: Build) -> None:
    machine = build()
    faults.enter_container(machine)
    assert machine.path("/proc/driver/nvidia/version").exists()
    assert not list(machine.path("/dev").glob("nvidia*"))
    assert run(machine, LIBCUDA).returncode == 1


def test_wsl_has_its_libraries_and_no_nodes(build: Build, tmp_path: Path) -> None:
    del build  # for its skip
    machine = wsl_machine(tmp_path / "wsl", torch=None)
    assert not machine.path("/dev/nvidia0").exists()
    assert answer(machine, LIBCUDA)["count"] == 1


def test_a_jetson_has_a_gpu_and_no_pci_bus(build: Build, tmp_path: Path) -> None:
    del build
    machine = jetson_machine(tmp_path / "jetson")
    assert not machine.path("/sys/bus/pci/devices").exists()
    assert answer(machine, LIBCUDA)["count"] == 1


@pytest.mark.parametrize("kind", ["venv", "uv", "conda"])
def test_an_environment_is_a_real_interpreter_below_the_root(build: Build, kind: str) -> None:
    machine = build(python_kind=kind, torch=TORCH_CPU)
    code = (
        "import json, sys, torch; print(json.dumps([sys.prefix, sys.executable, torch.__file__]))"
    )
    told = answer(machine, code, python=machine.python)
    assert all(each.startswith(f"{machine.root}/home/ada/") for each in told)
