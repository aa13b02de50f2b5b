"""Recommendations for a spread of machines, each checked by hand against the matrix' sources."""

import pytest

from gpudoctor.errors import UsageError
from gpudoctor.facts import Absent, Known
from gpudoctor.matrix import Matrix
from gpudoctor.matrix.load import load_content
from gpudoctor.recommend import Recommendation, recommend
from gpudoctor.recommend.asked import Asked, wanted_elsewhere, wanted_here
from gpudoctor.recommend.commands import commands
from machines import cuda_gone, driver, gpu, machine, nvml_gone, platform

CONTENT = load_content()[1]


def ask(
    matrix: Matrix, frameworks: str, gpus: str, driver_: str = "", python: str = "", **more: object
) -> Recommendation:
    asked = Asked(
        tuple(frameworks.split()),
        tuple(gpus.split(" + ")),
        driver_ or None,
        python or None,
        **more,  # type: ignore[arg-type]
    )
    return recommend(matrix, wanted_elsewhere(matrix, CONTENT, asked))


def chosen(found: Recommendation) -> list[str]:
    """What goes into each environment."""
    return [" ".join(c.requirement for c in group.choices) for group in found.groups]


LINUX = [
    # Kepler: CUDA 11.8 is the last, and cuDNN 9 has dropped it.
    ("torch", "K80", "470.256.02", "3.8", "torch==2.3.1+cu118"),
    ("torch", "K80", "470.256.02", "3.12", "torch==2.3.1+cu118"),
    # 470 and 450 run CUDA 11 by minor-version compatibility and nothing of 12.
    ("torch", "GTX 980", "470.256.02", "3.9", "torch==2.7.1+cu118"),
    ("torch", "V100", "450.248.02", "3.10", "torch==2.7.1+cu118"),
    ("torch", "T4", "470.256.02", "3.10", "torch==2.7.1+cu118"),
    # Pascal and Volta: not in the builds for CUDA 13, still in those for 12.6.
    ("torch", "P100", "535.183.01", "3.11", "torch==2.14.1+cu126"),
    ("torch", "GTX 1080 Ti", "580.95.05", "3.12", "torch==2.14.1+cu126"),
    ("torch", "V100", "580.95.05", "3.13", "torch==2.14.1+cu126"),
    ("torch", "T4", "550.54.14", "3.12", "torch==2.14.1+cu126"),
    ("torch", "RTX 3090", "525.60.13", "3.11", "torch==2.14.1+cu126"),
    ("torch", "A100 80g", "570.86.15", "3.9", "torch==2.8.0"),
    ("torch", "A100", "615.71.09", "3.15", "torch==2.15.0"),
    ("torch", "RTX 4090", "560.35.03", "3.12", "torch==2.14.1+cu126"),
    ("torch", "4090 laptop", "550.54.14", "3.12", "torch==2.14.1+cu126"),
    ("torch", "L40S", "535.183.01", "3.14", "torch==2.14.1+cu126"),
    ("torch", "H100", "525.60.13", "3.12", "torch==2.14.1+cu126"),
    ("torch", "H200 NVL", "580.95.05", "3.12", "torch==2.15.0"),
    # Blackwell: from CUDA 12.8 on.
    ("torch", "B200", "570.86.15", "3.12", "torch==2.11.0+cu128"),
    ("torch", "RTX 5090", "570.86.15", "3.12", "torch==2.11.0+cu128"),
    ("torch", "RTX 5090", "580.95.05", "3.9", "torch==2.8.0+cu129"),
    ("torch", "RTX 4090", "", "", "torch==2.15.0"),
    ("tensorflow", "RTX 5090", "580.95.05", "3.12", "tensorflow[and-cuda]==2.21.0"),
    ("tensorflow", "GTX 1080 Ti", "535.183.01", "3.11", "tensorflow[and-cuda]==2.21.0"),
    ("tensorflow", "H100", "555.42.02", "3.13", "tensorflow[and-cuda]==2.21.0"),
    ("tensorflow", "K80", "470.256.02", "3.9", "tensorflow==2.10.1"),
    # A mixed machine: what serves both.
    ("torch", "RTX 4090 + GTX 1080 Ti", "580.95.05", "3.12", "torch==2.14.1+cu126"),
]


@pytest.mark.parametrize(("frameworks", "gpus", "driver_", "python", "requirement"), LINUX)
def test_the_newest_build_that_runs_on_linux(
    matrix: Matrix, frameworks: str, gpus: str, driver_: str, python: str, requirement: str
) -> None:
    assert chosen(ask(matrix, frameworks, gpus, driver_, python)) == [requirement]


@pytest.mark.parametrize(
    ("driver_", "python", "pair"),
    [
        ("525.60.13", "3.12", "torch==2.14.1+cu126 tensorflow[and-cuda]==2.21.0"),
        ("580.95.05", "3.12", "torch==2.14.1+cu126 tensorflow[and-cuda]==2.21.0"),
        ("580.95.05", "3.9", "torch==2.8.0+cu129 tensorflow[and-cuda]==2.20.0"),
    ],
)
def test_both_live_in_one_environment_with_one_cuda_major(
    matrix: Matrix, driver_: str, python: str, pair: str
) -> None:
    assert chosen(ask(matrix, "torch tensorflow", "A100", driver_, python)) == [pair]


def test_what_a_pair_costs_is_said(matrix: Matrix) -> None:
    [remark] = ask(matrix, "torch tensorflow", "H100", "580.95.05", "3.12").remarks

    assert "torch==2.15.0" in remark
    assert "same folder" in remark


@pytest.mark.parametrize(
    ("frameworks", "gpus", "driver_", "python", "openings"),
    [
        (
            "torch",
            "RTX 5090",
            "550.54.14",
            "3.12",
            {
                "driver 580.65.06 or newer in place of 550.54.14": "torch 2.15.0+cu132",
                "a driver of branch 570 or newer in place of 550.54.14": "torch 2.11.0+cu129",
            },
        ),
        (
            "torch",
            "GTX 1080 Ti",
            "390.157",
            "3.8",
            {
                "driver 450.80.02 or newer in place of 390.157": "torch 2.4.1+cu118",
                "driver 440.33 or newer in place of 390.157": "torch 1.12.1+cu102",
            },
        ),
        (
            "tensorflow",
            "RTX 4090",
            "580.95.05",
            "3.14",
            {"Python 3.10 to 3.13 in place of 3.14": "tensorflow 2.21.0"},
        ),
        (  # most of its kernels for 9.0 are PTX, which the driver must compile
            "tensorflow",
            "H100",
            "525.60.13",
            "3.13",
            {
                "driver 555.42.02 or newer in place of 525.60.13": "tensorflow 2.21.0",
                "Python 3.7 to 3.10 in place of 3.13": "tensorflow 2.10.1",
            },
        ),
        ("torch", "GTX 680", "470.256.02", "3.8", {}),  # no listed build has code for 3.0
        ("torch", "Jetson Orin Nano", "540.4.0", "3.10", {}),  # Tegra runs no desktop code
    ],
)
def test_where_nothing_runs_the_single_change_that_opens_the_way_is_named(
    matrix: Matrix,
    frameworks: str,
    gpus: str,
    driver_: str,
    python: str,
    openings: dict[str, str],
) -> None:
    found = ask(matrix, frameworks, gpus, driver_, python)

    assert found.missing == (frameworks,)
    assert {each.change: each.gives for each in found.openings} == openings


def test_what_ruled_out_newer_releases_is_told_once_for_neighbours(matrix: Matrix) -> None:
    newer, older = ask(matrix, "torch", "K80", "470.256.02", "3.8").ruled_out

    assert (newer.newest, newer.oldest, newer.why) == ("2.15.0", "2.5.0", "no wheel for Python 3.8")
    assert "cuDNN" in older.why


def test_in_wsl_the_driver_is_windows_and_the_wheels_are_linux(matrix: Matrix) -> None:
    found = ask(matrix, "torch", "RTX 4090", "528.49", "3.12", os="wsl")

    assert chosen(found) == ["torch==2.14.1+cu126"]


def test_on_windows_tensorflow_ends_with_its_last_that_used_gpus_there(matrix: Matrix) -> None:
    found = ask(matrix, "tensorflow", "RTX 4090", "560.94", "3.10", os="windows")

    assert chosen(found) == ["tensorflow==2.10.1"]
    assert "cuDNN" in (found.groups[0].choices[0].needs or "")


@pytest.mark.parametrize("more", [{"os": "windows"}, {"cpu": "aarch64"}])
def test_builds_that_nobody_listed_are_never_recommended(
    matrix: Matrix, more: dict[str, object]
) -> None:
    found = ask(matrix, "torch", "RTX 4090", "560.94", "3.12", **more)

    assert chosen(found) == []
    assert "pytorch.org" in found.remarks[0]


def test_what_is_to_be_kept_is_kept(matrix: Matrix) -> None:
    old = ask(matrix, "tensorflow", "T4", "580.95.05", "3.11", keep=("tensorflow<2.20",))
    numpy = ask(matrix, "tensorflow", "T4", "580.95.05", "3.11", keep=("numpy<1.26",))

    assert chosen(old) == ["tensorflow[and-cuda]==2.19.1"]
    assert chosen(numpy) == ["tensorflow[and-cuda]==2.17.1"]


@pytest.mark.parametrize(
    "asked",
    [
        Asked(("caffe",), ("A100",)),
        Asked(("torch",), ("RTX 99999",)),
        Asked(("torch",), ("A100",), driver=""),
        Asked(("torch",), ("A100",), python="four"),
        Asked(("torch",), ("A100",), cpu="sparc"),
        Asked(("torch",), ("A100",), keep=("numpy <",)),
        Asked(("torch",), ("A100",), keep=("evil @ https://example.org/x.whl",)),
    ],
)
def test_what_can_not_be_understood_is_a_usage_error(matrix: Matrix, asked: Asked) -> None:
    with pytest.raises(UsageError):
        wanted_elsewhere(matrix, CONTENT, asked)


def test_this_machine_is_taken_as_it_is(matrix: Matrix) -> None:
    here = machine(
        nvml__gpus=Known((gpu(0), gpu(1)), "NVML"),
        nvml__driver_version=Known(driver("535.183.01"), "NVML"),
    )

    wanted = wanted_here(matrix, here, Asked())

    assert [str(each.capability) for each in wanted.gpus] == ["8.0"]
    assert str(wanted.setting.driver) == "535.183.01"


def test_a_card_without_a_driver_is_known_by_its_pci_id(matrix: Matrix) -> None:
    bare = machine(
        **nvml_gone(),
        **cuda_gone(),
        driver__kernel_module_version=Absent("/proc/driver/nvidia/version"),
    )

    wanted = wanted_here(matrix, bare, Asked())

    assert [each.name for each in wanted.gpus] == ["A100 PCIe 40 GB"]
    assert wanted.setting.driver is None


def test_a_machine_without_a_gpu_asks_for_one(matrix: Matrix) -> None:
    with pytest.raises(UsageError, match="no NVIDIA GPU"):
        wanted_here(matrix, machine(pci=Known((), "sysfs"), **nvml_gone(), **cuda_gone()), Asked())


def test_wsl_is_recognised(matrix: Matrix) -> None:
    inside = machine(platform=platform(wsl=Known("2", "kernel release")))

    assert wanted_here(matrix, inside, Asked()).setting.is_wsl


@pytest.mark.parametrize(
    ("gpus", "driver_", "python", "requirement"),
    [
        ("RTX 5090", "580.95.05", "3.12", "jax[cuda13]==0.12.0.1"),
        ("A100", "535.183.01", "3.12", "jax[cuda12]==0.12.0.1"),
        ("V100", "580.95.05", "3.12", "jax[cuda12]==0.12.0.1"),  # CUDA 13 has dropped it
        ("GTX 1080 Ti", "535.183.01", "3.10", "jax[cuda12]==0.6.2"),
    ],
)
def test_jax_comes_with_the_plugin_that_the_gpu_and_the_driver_take(
    matrix: Matrix, gpus: str, driver_: str, python: str, requirement: str
) -> None:
    assert chosen(ask(matrix, "jax", gpus, driver_, python)) == [requirement]


@pytest.mark.parametrize(
    ("gpus", "driver_", "more"),
    [
        ("K80", "470.256.02", {}),  # older than JAX's lowest
        ("A100", "470.256.02", {}),  # no plugin for CUDA 11
        ("RTX 4090", "560.94", {"os": "windows"}),
    ],
)
def test_jax_is_not_recommended_where_it_does_not_run(
    matrix: Matrix, gpus: str, driver_: str, more: dict[str, object]
) -> None:
    assert chosen(ask(matrix, "jax", gpus, driver_, "3.12", **more)) == []


def test_jax_serves_arm_too(matrix: Matrix) -> None:
    assert chosen(ask(matrix, "jax", "H100", "580.95.05", "3.12", cpu="aarch64"))


def test_jax_gets_an_environment_of_its_own(matrix: Matrix) -> None:
    pair, jax = chosen(ask(matrix, "torch tensorflow jax", "A100", "580.95.05", "3.12"))

    assert "tensorflow" in pair
    assert jax.startswith("jax[cuda13]")


@pytest.mark.parametrize(
    ("framework", "glibc", "requirement"),
    [
        ("torch", "2.17", "torch==2.5.1"),
        ("torch", "2.27", "torch==2.5.1"),
        ("torch", "2.28", "torch==2.15.0"),
        ("tensorflow", "2.17", "tensorflow[and-cuda]==2.20.0"),
        ("tensorflow", "2.27", "tensorflow[and-cuda]==2.21.0"),
        ("jax", "2.17", "jax[cuda12]==0.7.0"),
    ],
)
def test_an_old_glibc_keeps_newer_wheels_out(
    matrix: Matrix, framework: str, glibc: str, requirement: str
) -> None:
    found = ask(matrix, framework, "A100", "580.95.05", "3.12", glibc=glibc)

    assert chosen(found) == [requirement]


def test_a_newer_system_opens_the_way_where_only_glibc_stands_in_it(matrix: Matrix) -> None:
    found = ask(matrix, "torch", "RTX 5090", "580.95.05", "3.12", glibc="2.17")

    assert found.missing == ("torch",)
    assert "glibc" in found.openings[-1].change


def test_a_machines_own_glibc_counts(matrix: Matrix) -> None:
    here = machine(platform=platform(libc=Known("glibc 2.17", "confstr")))

    assert wanted_here(matrix, here, Asked()).glibc == (2, 17)
    assert wanted_here(matrix, here, Asked(os="windows")).glibc is None


def test_a_glibc_that_makes_no_sense_is_a_usage_error(matrix: Matrix) -> None:
    with pytest.raises(UsageError):
        wanted_elsewhere(matrix, CONTENT, Asked(gpus=("A100",), glibc="musl"))


def test_tensorflow_is_told_to_have_no_gpu_on_arm(matrix: Matrix) -> None:
    found = ask(matrix, "tensorflow", "H100", cpu="aarch64")

    assert chosen(found) == []
    assert "without GPU support" in found.ruled_out[0].why


@pytest.mark.parametrize(
    ("asked", "gpus", "driver_", "torch", "then"),
    [
        # vLLM is pinned to one torch, in its default build.
        ("torch vllm", "H100", "580.95.05", "torch==2.14.0", ["vllm==0.33.0"]),
        ("xformers", "A100", "580.95.05", "torch==2.15.0", ["xformers==0.0.35"]),
        (
            "torch cupy bitsandbytes",
            "A100",
            "535.183.01",
            "torch==2.14.1+cu126",
            ["cupy-cuda12x==14.2.0", "bitsandbytes==0.50.2"],
        ),
        (
            "torch onnxruntime-gpu",
            "A100",
            "580.95.05",
            "torch==2.15.0",
            ["onnxruntime-gpu==1.31.1"],
        ),
    ],
)
def test_companions_go_with_the_torch_that_is_chosen(
    matrix: Matrix, asked: str, gpus: str, driver_: str, torch: str, then: list[str]
) -> None:
    [group] = ask(matrix, asked, gpus, driver_, "3.12").groups

    assert group.choices[0].requirement == torch
    assert list(group.choices[0].then) == then


def test_a_companion_that_does_not_serve_the_gpu_leaves_no_answer(matrix: Matrix) -> None:
    found = ask(matrix, "torch flash-attn", "T4", "580.95.05", "3.12")

    assert found.missing == ("torch",)
    assert found.openings == ()
    assert "flash-attn" in found.ruled_out[0].why


def test_what_is_compiled_on_installation_says_so(matrix: Matrix) -> None:
    found = ask(matrix, "torch flash-attn", "A100", "580.95.05", "3.12")

    assert "nvcc" in found.remarks[0]
    assert any("--no-build-isolation" in line for line in lines(found))


def test_a_companions_command_holds_torch_fast(matrix: Matrix) -> None:
    install, beside = lines(ask(matrix, "torch bitsandbytes", "V100", "580.95.05", "3.12"))[1:]

    assert "torch==2.14.1+cu126" in install
    assert beside.endswith("bitsandbytes==0.50.2 torch==2.14.1+cu126")


def lines(found: Recommendation) -> list[str]:
    return commands(found.groups[0], "pip", "3.12", ())
