import pytest

from gpudoctor.checks.framework_cpu_only import check
from gpudoctor.facts import Absent, FrameworkFacts, Known, Snapshot, Unknown
from gpudoctor.findings import Cleared, Command, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import (
    NOT_IMPORTED,
    blind,
    cuda,
    cuda_gone,
    driver,
    environment,
    imported,
    machine,
    module_gone,
    nvml_gone,
    python,
    tensorflow,
    torch,
)

NO_GPU = {
    **module_gone(),
    **nvml_gone(),
    **cuda_gone(),
    "pci": Known((), "/sys/bus/pci/devices"),
}


def cpu_torch(**changes: object) -> FrameworkFacts:
    """torch's CPU build."""
    plain = {
        "version": Known("2.14.1+cpu", "torch/version.py"),
        "variant": Known("cpu", "torch/version.py"),
        "built_for_cuda": Absent("torch/version.py"),
        "targets": Absent("torch/version.py"),
        "imported": blind(),
    }
    return torch(**{**plain, **changes})


def cpu_tensorflow(**changes: object) -> FrameworkFacts:
    """TensorFlow's CPU build."""
    plain = {
        "variant": Known("cpu", "build_info.py"),
        "built_for_cuda": Absent("build_info.py"),
        "imported": blind(),
    }
    return tensorflow(**{**plain, **changes})


def found(snapshot: Snapshot, matrix: Matrix) -> Finding:
    [finding] = check(snapshot, matrix)
    assert isinstance(finding, Finding)
    return finding


def test_clears_builds_with_cuda(matrix: Matrix) -> None:
    verdicts = list(check(machine(torch(), tensorflow()), matrix))

    assert [type(verdict) for verdict in verdicts] == [Cleared, Cleared]


def test_finds_a_cpu_build_beside_a_gpu(matrix: Matrix) -> None:
    finding = found(machine(cpu_torch()), matrix)

    assert finding.confidence is Confidence.CERTAIN
    assert "2.14.1+cpu" in finding.detail
    assert finding.subject.name == "torch"


def test_finds_it_without_an_import_too(matrix: Matrix) -> None:
    assert found(machine(cpu_torch(imported=NOT_IMPORTED)), matrix).blocks


def test_installs_the_same_release_for_this_driver_and_gpu(matrix: Matrix) -> None:
    older = Known(driver("535.183.01"), "NVML")
    api = Known(cuda("12.2"), "test")
    current = found(machine(cpu_torch()), matrix)
    on_535 = found(
        machine(
            cpu_torch(),
            nvml__driver_version=older,
            nvml__cuda_driver_api=api,
            libcuda__cuda_driver_api=api,
        ),
        matrix,
    )

    [newest] = current.remedies[0].steps
    [fitting] = on_535.remedies[0].steps
    assert isinstance(newest, Command)
    assert isinstance(fitting, Command)
    assert newest.argv[:4] == ("/home/ann/venv/bin/python", "-m", "pip", "install")
    assert newest.argv[4] == "torch==2.14.1+cu130"
    assert fitting.argv[4] == "torch==2.14.1+cu126"


def test_the_undo_is_the_former_build(matrix: Matrix) -> None:
    [undo] = found(machine(cpu_torch()), matrix).remedies[0].undo

    assert isinstance(undo, Command)
    assert undo.argv[-3:] == (
        "torch==2.14.1+cpu",
        "--index-url",
        "https://download.pytorch.org/whl/cpu",
    )


def test_companions_come_along(matrix: Matrix) -> None:
    packages = Known({"torch": "2.14.1+cpu", "torchvision": "0.29.1+cpu"}, "metadata folders")
    listed = environment(cpu_torch(), packages=packages)

    finding = found(machine(environments=(listed,)), matrix)

    assert "torchvision==0.29.1+cu13" in str(finding.remedies[0].steps)


def test_uv_installs_where_uv_does(matrix: Matrix) -> None:
    by_uv = environment(cpu_torch(), python=python(manager=Known("uv", "pyvenv.cfg")))

    [step] = found(machine(environments=(by_uv,)), matrix).remedies[0].steps

    assert isinstance(step, Command)
    assert step.argv[:5] == ("uv", "pip", "install", "--python", "/home/ann/venv/bin/python")


def test_tensorflow_gets_its_own_extra(matrix: Matrix) -> None:
    packages = Known({"tensorflow-cpu": "2.21.0"}, "metadata folders")
    listed = environment(cpu_tensorflow(), packages=packages)

    finding = found(machine(environments=(listed,)), matrix)

    removal, install = finding.remedies[0].steps
    assert isinstance(removal, Command)
    assert isinstance(install, Command)
    assert removal.argv[-2:] == ("--yes", "tensorflow-cpu")
    assert install.argv[-1] == "tensorflow[and-cuda]==2.21.0"


@pytest.mark.parametrize("variant", ["rocm", "xpu"])
def test_another_makers_build_on_an_nvidia_machine_is_one_too(matrix: Matrix, variant: str) -> None:
    finding = found(machine(cpu_torch(variant=Known(variant, "torch/version.py"))), matrix)

    assert variant.upper() in finding.detail.upper()


def test_another_makers_build_that_sees_its_gpu_is_right(matrix: Matrix) -> None:
    rocm = cpu_torch(variant=Known("rocm", "torch/version.py"), imported=imported())

    [verdict] = check(machine(rocm), matrix)

    assert isinstance(verdict, Cleared)


def test_a_cpu_build_is_right_without_a_gpu(matrix: Matrix) -> None:
    [verdict] = check(machine(cpu_torch(), **NO_GPU), matrix)

    assert isinstance(verdict, NotApplicable)
    assert "is right" in verdict.reason


def test_does_not_apply_where_no_cuda_build_is_made(matrix: Matrix) -> None:
    [on_arm] = check(machine(cpu_tensorflow(), platform__cpu_arch="aarch64"), matrix)

    assert isinstance(on_arm, NotApplicable)


def test_a_torch_on_arm_asks_pytorchs_own_page(matrix: Matrix) -> None:
    finding = found(machine(cpu_torch(), platform__cpu_arch="aarch64"), matrix)

    assert "pytorch.org" in str(finding.remedies[0].steps)


def test_does_not_guess_whether_a_gpu_is_here(matrix: Matrix) -> None:
    unseen = {**NO_GPU, "pci": Unknown("no PCI bus to read")}

    [verdict] = check(machine(cpu_torch(), **unseen), matrix)

    assert isinstance(verdict, Undetermined)


def test_does_not_guess_the_build(matrix: Matrix) -> None:
    gap = Unknown("not readable")

    [verdict] = check(machine(cpu_torch(variant=gap, built_for_cuda=gap)), matrix)

    assert isinstance(verdict, Undetermined)
