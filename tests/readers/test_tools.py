"""What tools print is read into facts, whatever stands around it."""

import pytest

from gpudoctor.facts import Absent, FrameworkFacts, Known, known
from gpudoctor.matrix import Matrix
from gpudoctor.readers.complete import complete
from transcripts import COLLECT_ENV, NEW_SMI, OLD_SMI, SMI, VLLM_ENV, snapshot


def framework(text: str, name: str = "torch") -> FrameworkFacts:
    return next(each for _, each in snapshot(text).frameworks() if each.name == name)


def test_the_table_of_nvidia_smi_gives_driver_cuda_and_gpus() -> None:
    nvml = snapshot(SMI).nvml
    gpus = known(nvml.gpus) or ()

    assert str(known(nvml.driver_version)) == "570.86.15"
    assert str(known(nvml.cuda_driver_api)) == "12.8"
    assert [known(gpu.name) for gpu in gpus] == ["NVIDIA GeForce RTX 4070 Ti", "NVIDIA L4"]
    assert known(gpus[0].memory_total_bytes) == 12282 << 20
    assert known(gpus[1].memory_used_bytes) == 4 << 20
    assert known(gpus[1].compute_mode) == "exclusive-process"
    assert known(gpus[1].pci_address) == "0000:41:00.0"


def test_old_and_new_labels_of_nvidia_smi_are_one() -> None:
    old, new = snapshot(OLD_SMI).nvml, snapshot(NEW_SMI).nvml

    assert (str(known(old.driver_version)), str(known(old.cuda_driver_api))) == (
        "418.226.00",
        "10.1",
    )
    assert (str(known(new.driver_version)), str(known(new.cuda_driver_api))) == (
        "610.12.01",
        "13.4",
    )


def test_each_fact_names_its_line() -> None:
    version = snapshot(SMI).nvml.driver_version

    assert isinstance(version, Known)
    assert version.source.startswith("line 3")


def test_collect_env_gives_the_build_the_machine_and_the_packages() -> None:
    found, torch = snapshot(COLLECT_ENV), framework(COLLECT_ENV)

    assert known(torch.version) == "2.4.1+cu118"
    assert str(known(torch.built_for_cuda)) == "11.8"
    assert known(torch.variant) == "cuda"
    assert known(found.platform.kernel) == "6.1.0-25-amd64"
    assert known(found.platform.libc) == "glibc 2.36"
    assert known(found.environments[0].python.version) == "3.11.2"
    assert str(known(found.nvml.driver_version)) == "535.183.01"
    assert [known(gpu.name) for gpu in known(found.nvml.gpus) or ()] == ["NVIDIA RTX A4000"] * 2
    assert (known(found.environments[0].packages) or {})["numpy"] == "1.26.4"


def test_vllms_collect_env_with_its_padded_keys_is_the_same_form() -> None:
    torch = framework(VLLM_ENV)
    imported = known(torch.imported)

    assert known(torch.version) == "2.6.0+cu124"
    assert imported is not None
    assert known(imported.sees_gpu) is False


@pytest.mark.parametrize(
    ("line", "variant"),
    [
        ("CUDA used to build PyTorch: None", "cpu"),
        ("CUDA used to build PyTorch: Could not collect", "cpu"),
        ("CUDA used to build PyTorch: 12.6", "cuda"),
    ],
)
def test_a_build_without_cuda_is_told_by_collect_env(line: str, variant: str) -> None:
    torch = framework(f"PyTorch version: 2.7.0\n{line}\n")

    assert isinstance(torch.built_for_cuda, Absent) is (variant == "cpu")
    assert known(torch.variant) == variant


@pytest.mark.parametrize(
    ("label", "cuda", "variant"),
    [
        ("+cu92", "9.2", "cuda"),
        ("+cu121", "12.1", "cuda"),
        ("+cu130", "13.0", "cuda"),
        ("+cpu", None, "cpu"),
        ("+rocm6.2", None, "rocm"),
    ],
)
def test_a_wheels_label_tells_what_it_was_built_for(
    label: str, cuda: str | None, variant: str
) -> None:
    torch = framework(f"torch=={'2.5.0'}{label}\n")

    assert str(known(torch.built_for_cuda)) == str(cuda)
    assert known(torch.variant) == variant


@pytest.mark.parametrize(
    "text",
    [
        "torch                     2.3.0",
        "torch==2.3.0",
        "[pip3] torch==2.3.0",
        " + torch==2.3.0",
        "Successfully installed numpy-1.26.4 torch-2.3.0 typing_extensions-4.9.0",
        "Name: torch\nVersion: 2.3.0\nSummary: Tensors and Dynamic neural networks",
        "pytorch                   2.3.0           py3.11_cuda12.1_cudnn8.9.2_0    pytorch",
        ">>> torch.__version__\n'2.3.0'",
        "In [2]: torch.__version__\nOut[2]: '2.3.0'",
        '$ python -c "import torch; print(torch.__version__)"\n2.3.0',
        "- PyTorch version: 2.3.0",
        "**PyTorch version**: `2.3.0`",
        "### PyTorch version\n\n2.3.0",
        "I am on torch 2.3.0 and it worked before",
    ],
)
def test_a_packages_version_is_read_in_every_form(text: str) -> None:
    assert known(framework(text).version) == "2.3.0"


@pytest.mark.parametrize(
    "text",
    [
        "pip install torch==2.3.0\nERROR: No matching distribution found for torch==2.3.0",
        "ERROR: Could not find a version that satisfies the requirement torch==2.3.0",
        "xformers 0.0.26 requires torch==2.3.0, but you have something else",
        "Collecting torch==2.3.0",
    ],
)
def test_what_is_only_asked_for_is_not_installed(text: str) -> None:
    assert all(known(each.version) != "2.3.0" for _, each in snapshot(text).frameworks())


def test_condas_build_string_tells_the_cuda_of_torch() -> None:
    line = "pytorch                   2.1.0           py3.10_cuda11.8_cudnn8.7.0_0    pytorch"

    assert str(known(framework(line).built_for_cuda)) == "11.8"


def test_lspci_gives_devices_and_who_drives_them() -> None:
    found = snapshot(
        "00:02.0 VGA compatible controller [0300]: Intel Corporation UHD [8086:9bc4]\n"
        "01:00.0 3D controller [0302]: NVIDIA Corporation TU117M [10de:1f99] (rev a1)\n"
        "\tKernel driver in use: nouveau\n"
        "02:00.0 Network controller [0280]: Intel Corporation Wi-Fi [8086:2723]\n"
        "\tKernel driver in use: iwlwifi\n"
    )
    (device,) = known(found.pci) or ()

    assert (device.address, device.device_id) == ("0000:01:00.0", "1F99")
    assert known(device.kernel_driver) == "nouveau"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Failed to initialize NVML: Driver/library version mismatch", 18),
        ("Failed to initialize NVML: Insufficient Permissions", 4),
        ("Failed to initialize NVML: Unknown Error", 999),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", 9),
    ],
)
def test_how_nvml_failed_is_its_return_code(words: str, code: int) -> None:
    init = known(snapshot(words).nvml.init)

    assert init is not None
    assert init.code == code


def test_a_text_that_shows_nvml_work_and_then_fail_is_about_the_failure() -> None:
    init = known(snapshot(f"{SMI}\nFailed to initialize NVML: Unknown Error\n").nvml.init)

    assert init is not None
    assert init.code == 999


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("GPU: RTX4090", "RTX 4090"),
        ("- GPU model and memory: RTX 3060, 12GB", "RTX 3060"),
        ("I have a 4080 RTX here", "RTX 4080"),
        ("StreamExecutor device (0): NVIDIA A10, Compute Capability 8.6", "NVIDIA A10"),
        ("Found GPU0 Tesla K40c which is of cuda capability 3.5.", "Tesla K40c"),
        ("GPU 0: NVIDIA H200 (UUID: GPU-00000000-1111-2222-3333-444444444444)", "NVIDIA H200"),
    ],
)
def test_a_gpus_name_is_read_as_programs_and_people_write_it(text: str, name: str) -> None:
    found = snapshot(text)
    named = [known(gpu.name) for gpu in known(found.nvml.gpus) or ()]
    named += [known(device.name) for device in known(found.libcuda.devices) or ()]
    named += [known(device.name) for device in found.named_gpus]

    assert name in named


@pytest.mark.parametrize(
    ("text", "system"),
    [
        (r"C:\Users\ann\venv\Lib\site-packages\torch\__init__.py", "windows"),
        ("OSError: [WinError 126] The specified module could not be found", "windows"),
        ("- OS Platform and Distribution: Windows 11", "windows"),
        ("OS: macOS 14.4 (arm64)", "darwin"),
        ("Python platform: Linux-5.15.0-91-generic-x86_64-with-glibc2.35", "linux"),
    ],
)
def test_the_system_is_told_by_paths_and_names(text: str, system: str) -> None:
    assert snapshot(text).platform.os == system


def test_wsl_is_linux_whatever_else_the_text_says_of_windows() -> None:
    platform = snapshot("Linux box 5.15.167.4-microsoft-standard-WSL2\nOS: Windows 11\n").platform

    assert platform.os == "linux"
    assert known(platform.wsl) == "2"


def test_the_matrix_adds_compute_capabilities(matrix: Matrix) -> None:
    found = complete(snapshot(SMI), matrix)

    assert [str(known(gpu.compute_capability)) for gpu in known(found.nvml.gpus) or ()] == [
        "8.9",
        "8.9",
    ]


def test_the_matrix_adds_what_a_release_of_tensorflow_was_built_for(matrix: Matrix) -> None:
    found = complete(snapshot("tensorflow==2.15.0"), matrix)
    (_, tensorflow) = next(iter(found.frameworks()))

    assert str(known(tensorflow.built_for_cuda)) == "12.2"


def test_variables_are_read_from_exports_prefixes_and_echoes() -> None:
    found = snapshot(
        "export CUDA_HOME=/usr/local/cuda-12.1\n"
        "$ CUDA_VISIBLE_DEVICES=1,2 python train.py\n"
        "$ echo $LD_LIBRARY_PATH\n"
        "/opt/cudnn/lib64\n"
    )

    assert found.variables == {
        "CUDA_HOME": "/usr/local/cuda-12.1",
        "CUDA_VISIBLE_DEVICES": "1,2",
        "LD_LIBRARY_PATH": "/opt/cudnn/lib64",
    }


def test_what_an_installer_was_asked_for_is_there_where_nothing_failed() -> None:
    assert known(framework("$ pip install torch==2.3.0 torchvision").version) == "2.3.0"


@pytest.mark.parametrize(
    ("text", "cuda"),
    [
        ("docker run --gpus all pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime nvidia-smi", "12.1"),
        ("FROM pytorch/pytorch:1.13.1-cuda11.6-cudnn8-devel", "11.6"),
    ],
)
def test_an_images_tag_tells_its_torch(text: str, cuda: str) -> None:
    assert str(known(framework(text).built_for_cuda)) == cuda


def test_the_xml_of_nvidia_smi_is_the_same_form() -> None:
    found = snapshot(
        "<nvidia_smi_log>\n\t<driver_version>545.23.08</driver_version>\n"
        "\t<cuda_version>12.3</cuda_version>\n\t<gpu>\n"
        "\t\t<product_name>NVIDIA L40S</product_name>\n\t</gpu>\n</nvidia_smi_log>\n"
    )

    assert str(known(found.nvml.driver_version)) == "545.23.08"
    assert str(known(found.nvml.cuda_driver_api)) == "12.3"
    assert [known(gpu.name) for gpu in known(found.nvml.gpus) or ()] == ["NVIDIA L40S"]
