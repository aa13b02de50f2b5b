import pytest

from gpudoctor.checks.framework_without_gpu_on_platform import check
from gpudoctor.facts import Absent, FrameworkFacts, Known, Snapshot, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined, Verdict
from gpudoctor.matrix import Matrix
from machines import blind, cuda_gone, machine, module_gone, nvml_gone, tensorflow, torch
from pasted import framework, pasted

NO_GPU = {**module_gone(), **nvml_gone(), **cuda_gone(), "pci": Known((), "/sys/bus/pci/devices")}
SAID = "TensorFlow GPU support is not available on native Windows for TensorFlow >= 2.11."


def cpu_tensorflow(**changes: object) -> FrameworkFacts:
    plain = {
        "variant": Known("cpu", "build_info.py"),
        "built_for_cuda": Absent("build_info.py"),
        "imported": blind(),
    }
    return tensorflow(**{**plain, **changes})


def judge(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


def test_clears_builds_with_cuda_on_any_platform(matrix: Matrix) -> None:
    for arch in ("x86_64", "aarch64"):
        built = machine(torch(), tensorflow(imported=blind()), platform__cpu_arch=arch)

        assert [type(each) for each in check(built, matrix)] == [Cleared, Cleared]


def test_a_cpu_build_where_others_exist_is_another_fault(matrix: Matrix) -> None:
    assert isinstance(judge(machine(cpu_tensorflow()), matrix), Cleared)


def test_finds_tensorflow_on_arm(matrix: Matrix) -> None:
    finding = judge(machine(cpu_tensorflow(), platform__cpu_arch="aarch64"), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert "aarch64" in finding.title
    assert "nvcr" in str(finding.remedies) or "ngc" in str(finding.remedies)


def test_a_jetson_gets_nvidias_wheel(matrix: Matrix) -> None:
    jetson = machine(
        cpu_tensorflow(),
        platform__cpu_arch="aarch64",
        platform__integrated_board=Known("Jetson AGX Orin", "/proc/device-tree/model"),
    )

    finding = judge(jetson, matrix)

    assert isinstance(finding, Finding)
    assert "JetPack" in finding.remedies[0].summary


@pytest.mark.parametrize(("version", "finds"), [("2.3.1", True), ("2.4.0", False)])
def test_torch_on_arm_has_cuda_from_2_4_on(matrix: Matrix, version: str, *, finds: bool) -> None:
    cpu = torch(
        version=Known(version, "torch/version.py"),
        variant=Known("cpu", "torch/version.py"),
        imported=blind(),
    )

    verdict = judge(machine(cpu, platform__cpu_arch="aarch64"), matrix)

    assert isinstance(verdict, Finding) is finds


def test_does_not_apply_without_a_gpu(matrix: Matrix) -> None:
    lone = machine(cpu_tensorflow(), platform__cpu_arch="aarch64", **NO_GPU)

    assert isinstance(judge(lone, matrix), NotApplicable)


def test_does_not_guess_a_gpu_or_a_release(matrix: Matrix) -> None:
    unseen = {**NO_GPU, "pci": Unknown("no PCI bus to read")}
    untold = cpu_tensorflow(version=Unknown("no metadata"))

    for snapshot in (
        machine(cpu_tensorflow(), platform__cpu_arch="aarch64", **unseen),
        machine(untold, platform__cpu_arch="aarch64"),
        machine(cpu_tensorflow(), platform__cpu_arch="riscv64"),
    ):
        assert isinstance(judge(snapshot, matrix), Undetermined)


@pytest.mark.parametrize(
    ("name", "version", "finds"),
    [
        ("tensorflow", "2.10.1", False),
        ("tensorflow", "2.11.0", True),
        ("tensorflow", "2.18.0", True),
        ("torch", "2.7.1", False),
        ("jax", "0.6.2", True),
    ],
)
def test_on_native_windows_by_release(
    matrix: Matrix, name: str, version: str, *, finds: bool
) -> None:
    here = machine(framework(name, version), platform__os="windows", platform__cpu_arch="AMD64")

    verdict = judge(here, matrix)

    assert isinstance(verdict, Finding) is finds
    if isinstance(verdict, Finding):
        assert verdict.confidence is Confidence.LIKELY
        assert "WSL 2" in verdict.remedies[0].summary


def test_wsl_is_linux(matrix: Matrix) -> None:
    inside = machine(cpu_tensorflow(), platform__wsl=Known("2", "kernel release"))

    assert isinstance(judge(inside, matrix), Cleared)


def test_windows_users_may_stay_with_the_last_release(matrix: Matrix) -> None:
    here = machine(framework("tensorflow", "2.18.0"), platform__os="windows")

    verdict = judge(here, matrix)

    assert isinstance(verdict, Finding)
    assert "tensorflow==2.10.1" in str(verdict.remedies[1].steps)
    assert "CUDA 11.2" in str(verdict.remedies[1].steps)


def test_a_text_states_it(matrix: Matrix) -> None:
    read = (framework("tensorflow", "2.20.0"),)

    stated = judge(pasted(SAID, os="windows", frameworks=read), matrix)
    silent = judge(pasted(os="windows", frameworks=read), matrix)

    assert isinstance(stated, Finding)
    assert stated.confidence is Confidence.STATED
    assert isinstance(silent, Undetermined)


def test_macos_has_no_cuda(matrix: Matrix) -> None:
    here = machine(framework("torch", "2.7.1"), platform__os="darwin", platform__cpu_arch="arm64")

    assert isinstance(judge(here, matrix), Finding)
