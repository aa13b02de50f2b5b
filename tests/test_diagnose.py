"""Texts of our own, from end to end: the root cause, its line, the exit code, and no harm done."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schema import assert_valid
from transcripts import COLLECT_ENV, OLD_SMI, SMI

TEXTS: dict[str, tuple[str, str | None]] = {
    "a build that is newer than the driver": (
        f"{OLD_SMI}\nPyTorch version: 2.2.0+cu121\nCUDA used to build PyTorch: 12.1\n"
        "Is CUDA available: False\n",
        "driver-too-old-for-cuda",
    ),
    "a card that is newer than the build": (
        "torch==2.4.1+cu121\nNVIDIA GeForce RTX 5070 Ti with CUDA capability sm_120 is not "
        "compatible with the current PyTorch installation.\n"
        "RuntimeError: CUDA error: no kernel image is available for execution on the device\n",
        "framework-lacks-gpu-arch",
    ),
    "a card that is newer than the driver, by arithmetic": (
        "Ubuntu 24.04, driver 550.54.14, the card is an RTX 5090.\nNo devices were found\n",
        "driver-too-old-for-gpu",
    ),
    "half an update": (
        "$ nvidia-smi\nFailed to initialize NVML: Driver/library version mismatch\n"
        "NVML library version: 550.120\n",
        "driver-library-mismatch",
    ),
    "a container without its GPU": (
        'docker: Error response from daemon: could not select device driver "" with capabilities: '
        "[[gpu]].\n",
        "container-without-gpu",
    ),
    "a GPU that fell off": (
        "[81231.117] NVRM: Xid (PCI:0000:af:00): 79, pid='<unknown>', name=<unknown>, GPU has "
        "fallen off the bus.\n",
        "gpu-lost",
    ),
    "the CPU build": (
        ">>> torch.__version__\n'2.5.1+cpu'\n>>> torch.cuda.is_available()\nFalse\n" + SMI,
        "framework-cpu-only",
    ),
    "two releases of one family": (
        "torch 2.6.0+cu124\ntorchvision 0.20.1+cu124\n"
        "RuntimeError: operator torchvision::nms does not exist\n",
        "companion-mismatch",
    ),
    "a cuDNN of long ago": (
        "Loaded runtime CuDNN library: 8.0.5 but source was compiled with: 8.6.0.\n",
        "cudnn-version-mismatch",
    ),
    "the old numpy in the new": (
        "A module that was compiled using NumPy 1.x cannot be run in\nNumPy 2.2.1 as it may "
        "crash.\n",
        "numpy-abi-mismatch",
    ),
    "a key that nobody enrolled": (
        "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service\n",
        "driver-not-loaded",
    ),
    "nvcc of another CUDA": (
        "The detected CUDA version (13.0) mismatches the version that was used to compile\n"
        "PyTorch (12.6). Please make sure to use the same CUDA versions.\n",
        "toolkit-mismatch",
    ),
    "a healthy table": (SMI, None),
    "a healthy collect_env": (COLLECT_ENV, None),
    "noise of TensorFlow": (
        "successful NUMA node read from SysFS had negative value (-1), but there must be at least\n"
        "TF-TRT Warning: Could not find TensorRT\n"
        "Unable to register cuDNN factory: Attempting to register factory for plugin cuDNN when "
        "one has already been registered\n[PhysicalDevice(name='/physical_device:GPU:0')]\n",
        None,
    ),
    "a bug in somebody's code": (
        "ClassNLLCriterion.cu:108: Assertion `t >= 0 && t < n_classes` failed.\n"
        "RuntimeError: CUDA error: device-side assert triggered\n",
        None,
    ),
    "words of no meaning": ("It does not work, please help!\n", None),
    "nothing": ("", None),
}


def run(*arguments: str, text: str | bytes = "") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "gpudoctor", "diagnose", *arguments],
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        check=False,
        timeout=120,
    )


def report(text: str | bytes) -> dict[str, Any]:
    done = run("--json", "-", text=text)
    found: dict[str, Any] = json.loads(done.stdout)
    assert_valid(found)
    assert found["exit_code"] == done.returncode
    return found


@pytest.mark.parametrize("name", TEXTS)
def test_the_root_cause_of_a_text_is_named(name: str) -> None:
    text, cause = TEXTS[name]

    found = report(text)

    assert found["root_cause"] == cause, found["summary"]
    assert found["command"] == "diagnose"


def test_the_line_that_says_it_is_the_evidence() -> None:
    found = report("one line\nanother\nGPU is lost.  Reboot the system to recover this GPU\n")

    [cause] = [each for each in found["findings"] if each["role"] == "root-cause"]
    assert "line 3" in cause["evidence"][0]["source"]


@pytest.mark.parametrize("name", [name for name, (_, cause) in TEXTS.items() if cause])
def test_every_cause_is_shown_by_a_line_of_the_text(name: str) -> None:
    found = report(TEXTS[name][0])

    [cause] = [each for each in found["findings"] if each["role"] == "root-cause"]
    assert any("line " in each["source"] for each in cause["evidence"]), cause["evidence"]


def test_noise_is_listed_with_its_line_and_its_reason() -> None:
    found = report(TEXTS["noise of TensorFlow"][0])

    assert [each["line"] for each in found["noise"]] == [1, 2, 3]
    assert all(each["why_harmless"] for each in found["noise"])


def test_a_failure_without_a_cause_is_undetermined_and_says_what_would_tell() -> None:
    found = report("PyTorch version: 2.7.0+cu126\nIs CUDA available: False\n")

    assert (found["verdict"], found["exit_code"]) == ("undetermined", 3)
    assert "What would tell" in found["summary"]


def test_several_files_and_folders_are_texts_about_one_machine(tmp_path: Path) -> None:
    (tmp_path / "smi.txt").write_text(OLD_SMI)
    (tmp_path / "pip.txt").write_text("torch==2.2.0+cu121\n")

    for names in ((str(tmp_path),), (str(tmp_path / "smi.txt"), str(tmp_path / "pip.txt"))):
        found = json.loads(run("--json", *names).stdout)
        assert found["root_cause"] == "driver-too-old-for-cuda"


@pytest.mark.parametrize("content", [b"\x7fELF" + bytes(range(256)) * 64, b"\0" * 4096])
def test_what_is_no_text_is_wrong_use(content: bytes) -> None:
    done = run("--json", "-", text=content)

    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["kind"] == "usage"


def test_nothing_in_a_text_is_interpreted() -> None:
    hostile = (
        "\x1b]0;owned\x07\x1b[2J[/bold] ::error::x <script>alert(1)</script> $(touch /tmp/x)\n"
        "ImportError: lib$(id).so.1: cannot open shared object file: No such file or directory\n"
        "torch==1.0;rm -rf /\n[bold red]NVRM: Xid (PCI:0000:01:00): 79, [/bold red]\n"
    )

    for format_ in ("text", "markdown", "json"):
        shown = run("--format", format_, "-", text=hostile).stdout
        assert b"\x1b]" not in shown
        assert b"\x07" not in shown
        assert not any(line.startswith(b"::") for line in shown.splitlines())


def test_names_are_taken_out_of_markdown_unless_told_otherwise() -> None:
    text = "OSError: /home/ada/venv/lib/python3.12/site-packages/torch/lib/../../nvidia\n" + SMI

    assert b"/home/ada" not in run("--format", "markdown", "-", text=text).stdout


def test_one_line_repeated_over_megabytes_is_answered() -> None:
    line = "NVRM: Xid (PCI:0000:01:00): 31, pid=1, name=x libcud torch " + "a/b.c-d " * 40 + "\n"
    found = report(line * 20_000)

    assert found["root_cause"] is None


def test_gpudoctors_own_report_is_a_text_too() -> None:
    first = run("--json", "-", text=TEXTS["a build that is newer than the driver"][0]).stdout

    assert report(first)["root_cause"] == "driver-too-old-for-cuda"


def test_two_machines_in_one_text_are_told_apart() -> None:
    other = COLLECT_ENV.replace("535.183.01", "440.33.01").replace("RTX A4000", "RTX A5000")
    other = other.replace("Is CUDA available: True", "Is CUDA available: False")

    found = json.loads(run("--json", "-", text=COLLECT_ENV + "\n" + other).stdout)

    assert_valid(found)
    assert [each["root_cause"] for each in found["reports"]] == [None, "driver-too-old-for-cuda"]


def test_two_runs_on_one_machine_are_one_report() -> None:
    assert "reports" not in json.loads(run("--json", "-", text=COLLECT_ENV * 2).stdout)


@pytest.mark.parametrize(
    ("name", "word"),
    [("a key that nobody enrolled", "mokutil"), ("the old numpy in the new", "numpy<2")],
)
def test_the_repair_is_that_of_the_message(name: str, word: str) -> None:
    found = report(TEXTS[name][0])

    [cause] = [each for each in found["findings"] if each["role"] == "root-cause"]
    assert word in json.dumps(cause["remedies"])
