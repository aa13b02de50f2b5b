from gpudoctor.checks.cudnn_missing import check
from gpudoctor.facts import Absent, FrameworkFacts, Known, RequiredPackage, Snapshot, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import (
    CUDA_12,
    NOT_IMPORTED,
    blind,
    copies,
    cuda_gone,
    environment,
    failed_import,
    machine,
    module_gone,
    nvml_gone,
    tensorflow,
    torch,
)

WITHOUT_CUDNN = tuple(soname for soname in CUDA_12 if "cudnn" not in soname)


def with_libraries(framework: FrameworkFacts, *sonames: str, **changes: object) -> Snapshot:
    found = Known(copies(*sonames), "the folders of wheels and of the loader")
    return machine(environments=(environment(framework, libraries=found),), **changes)


def lacking(soname: str) -> FrameworkFacts:
    return torch(imported=failed_import(f"ImportError: {soname}: cannot open shared object file"))


def test_clears_frameworks_that_see_the_gpu(matrix: Matrix) -> None:
    verdicts = list(check(machine(torch(), tensorflow()), matrix))

    assert [type(verdict) for verdict in verdicts] == [Cleared, Cleared]


def test_finds_a_tensorflow_with_cuda_and_without_cudnn(matrix: Matrix) -> None:
    [finding] = check(with_libraries(tensorflow(imported=blind()), *WITHOUT_CUDNN), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert "libcudnn.so.9" in finding.detail
    assert "tensorflow[and-cuda]==2.21.0" in str(finding.remedies)


def test_clears_a_tensorflow_with_all_libraries(matrix: Matrix) -> None:
    [verdict] = check(with_libraries(tensorflow(imported=blind()), *CUDA_12), matrix)

    assert isinstance(verdict, Cleared)


def test_finds_a_torch_whose_import_lacks_cudnn(matrix: Matrix) -> None:
    [finding] = check(with_libraries(lacking("libcudnn.so.9")), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN


def test_finds_a_part_of_cudnn_that_is_absent(matrix: Matrix) -> None:
    [finding] = check(with_libraries(lacking("libcudnn_engines.so.9"), "libcudnn.so.9"), matrix)

    assert isinstance(finding, Finding)
    assert "that part" in finding.detail


def test_another_cudnn_is_another_fault(matrix: Matrix) -> None:
    for soname in ("libcudnn.so.8", "libcudnn_ops_infer.so.8"):
        [verdict] = check(with_libraries(lacking(soname), "libcudnn.so.9"), matrix)

        assert isinstance(verdict, Undetermined)


def test_a_missing_wheel_is_likely_before_an_import(matrix: Matrix) -> None:
    wheel = RequiredPackage("nvidia-cudnn-cu12", "==9.5.1.17", Absent("metadata folders"))
    quick = torch(imported=NOT_IMPORTED, requires=Known((wheel,), "metadata"))

    [finding] = check(with_libraries(quick), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert "nvidia-cudnn-cu12==9.5.1.17" in str(finding.remedies[0].steps)


def test_does_not_apply_without_a_gpu_or_to_a_cpu_build(matrix: Matrix) -> None:
    nothing = {**module_gone(), **nvml_gone(), **cuda_gone(), "pci": Known((), "sysfs")}
    [without_gpu] = check(with_libraries(tensorflow(imported=blind()), **nothing), matrix)
    cpu = tensorflow(variant=Known("cpu", "build_info.py"), imported=blind())
    [without_cuda] = check(with_libraries(cpu), matrix)

    assert isinstance(without_gpu, NotApplicable)
    assert isinstance(without_cuda, NotApplicable)


def test_does_not_guess_what_is_on_an_unreadable_disk(matrix: Matrix) -> None:
    unseen = environment(tensorflow(imported=blind()), libraries=Unknown("not readable"))

    [verdict] = check(machine(environments=(unseen,)), matrix)

    assert isinstance(verdict, Undetermined)
