"""Memory from end to end on simulated machines: who holds it, and what was printed of it."""

import os
from pathlib import Path

import pytest

from examination import cause, examine, told
from gpudoctor.facts import known
from gpudoctor.renderers.json import document_of
from gpudoctor.report import Outcome, Status
from schema import assert_valid
from simulation import faults
from simulation.build import NoCompilerError, shared_natives
from simulation.builds import TORCH_CU128, Behaviour
from simulation.healthy import A100, healthy_machine
from simulation.torch_install import add_torch

OUT_OF_MEMORY = (
    "RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of "
    "39.39 GiB of which 12.06 MiB is free. Including non-PyTorch memory, this process has 2.00 GiB "
    "memory in use. Of the allocated memory 1.50 GiB is allocated by PyTorch, and 10.00 MiB is "
    "reserved by PyTorch but unallocated."
)
NOISE = (
    "E0000 cuda_dnn.cc:8310] Unable to register cuDNN factory: Attempting to register factory\n"
    "TF-TRT Warning: Could not find TensorRT\n"
    "Couldn't invoke ptxas --version\n"
    "Ignore above cudart dlerror if you do not have a GPU set up on your machine."
)


@pytest.fixture(autouse=True)
def _compiled() -> None:
    try:
        shared_natives()
    except NoCompilerError as error:
        pytest.skip(str(error))


def test_a_full_card_is_a_warning_that_names_the_holder(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path)
    total = machine.gpus[0].memory_total
    machine.change_gpu(0, processes=((4711, total - (1 << 20)),), memory_used=total - (1 << 20))
    machine.write("/proc/4711/comm", "train.py\n")

    report = examine(machine)

    assert (report.outcome, cause(report)) == (Outcome.WARNING, "gpu-memory-held-by-others")
    assert "train.py (pid 4711" in str(report.root_cause)
    document = document_of(report)
    assert_valid(document)
    [process] = document["snapshot"]["gpus"][0]["processes"]
    assert (process["pid"], process["name"]) == (4711, "train.py")


def test_a_framework_that_runs_out_of_memory_when_it_computes(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path, torch=None)
    add_torch(machine.environment, TORCH_CU128, Behaviour(computing="raises", text=OUT_OF_MEMORY))

    report = examine(machine)

    assert (report.outcome, cause(report)) == (Outcome.PROBLEM, "gpu-memory-held-by-others")
    assert report.snapshot is not None
    assert [each.id for each in report.snapshot.symptoms] == ["gpu-out-of-memory"]


def test_noise_is_told_apart_by_its_conditions(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path, torch=None)
    add_torch(machine.environment, TORCH_CU128, Behaviour(importing="prints", text=NOISE))

    report = examine(machine)

    assert report.outcome is Outcome.HEALTHY
    texts = " ".join(each.text for each in report.noise)
    assert all(word in texts for word in ("cuDNN factory", "TensorRT", "ptxas"))
    assert "cudart dlerror" not in texts


def test_trouble_among_noise_is_found(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path, torch=None)
    text = f"{NOISE}\nNCCL WARN Call to posix_fallocate failed : No space left on device"
    add_torch(machine.environment, TORCH_CU128, Behaviour(importing="prints", text=text))

    report = examine(machine)

    assert cause(report) == "host-shared-memory-too-small"
    assert not any("posix_fallocate" in each.text for each in report.noise)


def test_a_containers_64_mib_are_no_fault(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path)
    faults.enter_container(machine, with_gpu=True)
    machine.make_folder("/dev/shm")
    mounts = machine.path("/proc/self/mountinfo")
    line = "60 50 0:61 / /dev/shm rw - tmpfs shm rw,size=65536k\n"
    text = mounts.read_text() if mounts.exists() else ""
    machine.write("/proc/self/mountinfo", text + line)

    report = examine(machine)

    assert report.outcome is Outcome.HEALTHY
    assert report.snapshot is not None
    state = known(report.snapshot.shared_memory)
    assert state is not None
    assert state.size_bytes == 64 << 20
    assert "host-shared-memory-too-small" in told(report, Status.PASS)


def test_a_folder_that_is_closed_is_a_warning(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path)
    folder = machine.make_folder("/dev/shm")
    folder.chmod(0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("root may write everywhere")

    report = examine(machine, quick=True)

    assert (report.outcome, cause(report)) == (Outcome.WARNING, "host-shared-memory-too-small")


def test_settings_of_memory_and_nccl_are_shown(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path, [A100])
    machine.export(PYTORCH_CUDA_ALLOC_CONF="expandable_segments:True", NCCL_P2P_DISABLE="1")

    report = examine(machine, quick=True)

    assert report.snapshot is not None
    assert report.snapshot.variables["PYTORCH_CUDA_ALLOC_CONF"] == "expandable_segments:True"
    assert report.snapshot.variables["NCCL_P2P_DISABLE"] == "1"
