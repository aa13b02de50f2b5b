import pytest

from gpudoctor.checks.framework_lacks_gpu_arch import check
from gpudoctor.facts import Absent, FrameworkFacts, Known, Snapshot, Symptom, Unknown
from gpudoctor.findings import Cleared, Command, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import (
    NOT_IMPORTED,
    blind,
    capability,
    cuda,
    cuda_device,
    cuda_fails,
    cuda_gone,
    driver,
    gpu,
    imported,
    machine,
    module_gone,
    nvml_gone,
    pci_device,
    targets,
    tensorflow,
    torch,
)

BLIND_SPOT = Unknown("not readable")


def with_gpus(*pairs: tuple[str, str], framework: FrameworkFacts, **changes: object) -> Snapshot:
    """GPUs by name and compute capability, listed by NVML and CUDA alike."""
    described = [
        {"name": Known(name, "NVML"), "compute_capability": Known(capability(text), "NVML")}
        for name, text in pairs
    ]
    listed = {
        "nvml__gpus": Known(tuple(gpu(i, **d) for i, d in enumerate(described)), "NVML"),
        "libcuda__devices": Known(
            tuple(cuda_device(i, **d) for i, d in enumerate(described)), "libcuda"
        ),
        "pci": Known(tuple(pci_device(i) for i in range(len(pairs))), "sysfs"),
    }
    return machine(framework, **{**listed, **changes})


RTX_5090 = ("NVIDIA GeForce RTX 5090", "12.0")
RTX_4090 = ("NVIDIA GeForce RTX 4090", "8.9")
GTX_1080 = ("NVIDIA GeForce GTX 1080 Ti", "6.1")


def cu124(**changes: object) -> FrameworkFacts:
    """torch 2.6.0 for CUDA 12.4, which knows nothing after Hopper."""
    older = {
        "version": Known("2.6.0+cu124", "torch/version.py"),
        "built_for_cuda": Known(cuda("12.4"), "torch/version.py"),
        "targets": targets("sm_50 sm_60 sm_70 sm_75 sm_80 sm_86 sm_90"),
        "imported": NOT_IMPORTED,
    }
    return torch(**{**older, **changes})


def found(snapshot: Snapshot, matrix: Matrix) -> Finding:
    [finding] = check(snapshot, matrix)
    assert isinstance(finding, Finding)
    return finding


def test_clears_a_build_with_code_for_the_gpu(matrix: Matrix) -> None:
    for framework in (torch(), torch(imported=NOT_IMPORTED)):
        [verdict] = check(machine(framework), matrix)

        assert isinstance(verdict, Cleared)


def test_finds_a_gpu_newer_than_the_build(matrix: Matrix) -> None:
    finding = found(with_gpus(RTX_5090, framework=cu124()), matrix)

    assert finding.blocks
    assert finding.confidence is Confidence.CERTAIN
    assert "newer than the build" in finding.detail
    assert "sm_90" in finding.detail
    assert "12.0" in finding.detail


def test_installs_a_build_with_code_for_the_gpu(matrix: Matrix) -> None:
    finding = found(with_gpus(RTX_5090, framework=cu124()), matrix)

    [install] = finding.remedies[0].steps
    assert isinstance(install, Command)
    assert install.argv[4] == "torch==2.7.0+cu128"  # the nearest release that has it


def test_installs_a_newer_driver_first_where_no_fitting_build_runs_on_ours(
    matrix: Matrix,
) -> None:
    old = Known(driver("470.57.02"), "NVML")
    api = Known(cuda("11.4"), "test")
    snapshot = with_gpus(
        RTX_5090,
        framework=cu124(),
        nvml__driver_version=old,
        nvml__cuda_driver_api=api,
        libcuda__cuda_driver_api=api,
    )

    finding = found(snapshot, matrix)

    assert "driver" in finding.remedies[0].summary
    assert "torch" in finding.remedies[1].summary


def test_finds_a_gpu_that_the_build_left_out(matrix: Matrix) -> None:
    cu128 = torch(imported=NOT_IMPORTED)

    finding = found(with_gpus(GTX_1080, framework=cu128), matrix)

    assert "leaves this GPU out" in finding.detail
    assert "torch==2.14.1+cu126" in str(finding.remedies[0].steps)


def test_offers_the_last_tensorflow_that_serves_a_gpu(matrix: Matrix) -> None:
    maxwell = with_gpus(("NVIDIA GeForce GTX 980", "5.2"), framework=tensorflow(imported=blind()))

    finding = found(maxwell, matrix)

    [install] = finding.remedies[0].steps
    assert isinstance(install, Command)
    assert install.argv[-1] == "tensorflow[and-cuda]==2.16.2"


def test_machine_code_of_the_same_major_serves_later_minors(matrix: Matrix) -> None:
    [verdict] = check(with_gpus(RTX_4090, framework=cu124()), matrix)

    assert isinstance(verdict, Cleared)


def test_ptx_is_enough_and_slow_at_first(matrix: Matrix) -> None:
    blackwell = with_gpus(RTX_5090, framework=tensorflow(imported=NOT_IMPORTED))

    [verdict] = check(blackwell, matrix)

    assert isinstance(verdict, Cleared)
    assert "JIT-compiled from PTX" in verdict.detail


def test_ptx_newer_than_the_driver_is_no_code(matrix: Matrix) -> None:
    newer = torch(
        built_for_cuda=Known(cuda("13.2"), "torch/version.py"),
        targets=targets("sm_75 compute_90"),
        imported=NOT_IMPORTED,
    )

    finding = found(with_gpus(RTX_5090, framework=newer), matrix)

    assert "can't compile the PTX of CUDA 13.2" in finding.detail


def test_an_old_display_card_does_not_fail_the_big_one(matrix: Matrix) -> None:
    display = ("NVIDIA GeForce GT 710", "3.5")

    finding = found(with_gpus(RTX_4090, display, framework=cu124()), matrix)

    assert not finding.blocks
    assert "NVIDIA GeForce GT 710" in finding.title
    assert "NVIDIA GeForce RTX 4090" in finding.detail


def test_a_hidden_gpu_does_not_count(matrix: Matrix) -> None:
    only = Known((cuda_device(compute_capability=Known(capability("8.9"), "libcuda")),), "libcuda")

    [verdict] = check(
        with_gpus(
            RTX_4090, GTX_1080, framework=torch(imported=NOT_IMPORTED), libcuda__devices=only
        ),
        matrix,
    )

    assert isinstance(verdict, Cleared)


def test_what_computed_is_believed(matrix: Matrix) -> None:
    [verdict] = check(with_gpus(RTX_5090, framework=cu124(imported=imported())), matrix)

    assert isinstance(verdict, Cleared)


def test_published_targets_are_likely_this_builds(matrix: Matrix) -> None:
    unread = cu124(targets=BLIND_SPOT)

    finding = found(with_gpus(RTX_5090, framework=unread), matrix)

    assert finding.confidence is Confidence.LIKELY
    assert "published for this release" in finding.detail


def test_the_pci_id_tells_the_gpu_where_no_driver_runs(matrix: Matrix) -> None:
    on_bus = Known((pci_device(device_id="2B85"),), "sysfs")  # GeForce RTX 5090
    gone = {**module_gone(), **cuda_gone(), "pci": on_bus}

    finding = found(machine(cu124(), **gone), matrix)

    assert finding.confidence is Confidence.LIKELY
    assert "PCI id" in finding.detail


def test_a_message_alone_is_stated(matrix: Matrix) -> None:
    said = Symptom("no-kernel-image", "no kernel image is available for execution", "torch", 0)
    unread = torch(version=Known("9.0.0", "torch/version.py"), targets=BLIND_SPOT, imported=blind())

    finding = found(machine(unread, symptoms=(said,)), matrix)

    assert finding.confidence is Confidence.STATED


def test_a_failed_computation_outweighs_the_list(matrix: Matrix) -> None:
    failed = imported(
        computes=Known(False, "matmul"),
        compute_detail=Known("RuntimeError: no kernel image is available for execution", "matmul"),
    )

    finding = found(machine(torch(imported=failed)), matrix)

    assert finding.confidence is Confidence.LIKELY


def test_a_message_of_a_companion_is_not_the_frameworks(matrix: Matrix) -> None:
    said = Symptom("no-kernel-image", "no kernel image is available for execution", "torch", 0)

    [verdict] = check(machine(symptoms=(said,)), matrix)

    assert isinstance(verdict, Cleared)


def test_does_not_apply_to_a_cpu_build_or_without_a_gpu(matrix: Matrix) -> None:
    cpu = torch(built_for_cuda=Absent("torch/version.py"), targets=Absent("torch/version.py"))
    nothing = {**module_gone(), **nvml_gone(), **cuda_gone(), "pci": Known((), "sysfs")}
    for snapshot in (machine(cpu), machine(torch(imported=blind()), **nothing)):
        [verdict] = check(snapshot, matrix)

        assert isinstance(verdict, NotApplicable)


@pytest.mark.parametrize("missing", ["targets", "gpus"])
def test_does_not_guess(matrix: Matrix, missing: str) -> None:
    unread = torch(version=Known("9.0.0", "torch/version.py"), targets=BLIND_SPOT, imported=blind())
    unseen = {
        **nvml_gone(BLIND_SPOT),
        **cuda_fails(999),
        "pci": Known((pci_device(device_id="FFFF"),), "sysfs"),
    }
    snapshot = (
        machine(unread) if missing == "targets" else machine(torch(imported=blind()), **unseen)
    )

    [verdict] = check(snapshot, matrix)

    assert isinstance(verdict, Undetermined)
