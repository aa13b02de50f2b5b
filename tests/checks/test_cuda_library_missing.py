import pytest

from gpudoctor.checks.cuda_library_missing import check
from gpudoctor.facts import (
    Absent,
    FrameworkFacts,
    Known,
    RequiredPackage,
    Snapshot,
    Symptom,
    Unknown,
)
from gpudoctor.findings import (
    Cleared,
    Command,
    Confidence,
    Finding,
    NotApplicable,
    Undetermined,
    framework_subject,
)
from gpudoctor.matrix import Matrix
from machines import (
    CUDA_12,
    CUDA_13,
    NOT_IMPORTED,
    blind,
    copies,
    cuda,
    cuda_gone,
    environment,
    failed_import,
    machine,
    module_gone,
    nvml_gone,
    tensorflow,
    torch,
)

ERROR = "ImportError: libcublas.so.13: cannot open shared object file: No such file or directory"
NOWHERE = Known((), "the folders of wheels and of the loader")


def with_libraries(framework: FrameworkFacts, *sonames: str, **changes: object) -> Snapshot:
    found = Known(copies(*sonames), "the folders of wheels and of the loader")
    return machine(environments=(environment(framework, libraries=found),), **changes)


def without_gpu(framework: FrameworkFacts, *sonames: str) -> Snapshot:
    nothing = {**module_gone(), **nvml_gone(), **cuda_gone()}
    return with_libraries(framework, *sonames, **nothing, pci=Known((), "/sys/bus/pci/devices"))


def test_clears_frameworks_that_see_the_gpu(matrix: Matrix) -> None:
    verdicts = list(check(machine(torch(), tensorflow()), matrix))

    assert [type(verdict) for verdict in verdicts] == [Cleared, Cleared]


def test_finds_a_tensorflow_without_its_cuda_wheels(matrix: Matrix) -> None:
    [finding] = check(with_libraries(tensorflow(imported=blind())), matrix)

    assert isinstance(finding, Finding)
    assert finding.subject == framework_subject("tensorflow", 0)
    assert finding.confidence is Confidence.CERTAIN
    assert "libcublas.so.12" in finding.detail
    assert "libcusolver.so.11" in finding.detail
    assert "CUDA 12.5" in finding.detail
    assert finding.remedies[0].steps == (
        Command(
            (
                "/home/ann/venv/bin/python",
                "-m",
                "pip",
                "install",
                "tensorflow[and-cuda]==2.21.0",
            )
        ),
    )


def test_is_likely_where_tensorflow_was_not_imported(matrix: Matrix) -> None:
    [finding] = check(with_libraries(tensorflow(imported=NOT_IMPORTED)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


def test_an_old_tensorflow_has_no_extra_to_install(matrix: Matrix) -> None:
    old = tensorflow(
        version=Known("2.10.1", "metadata of tensorflow"),
        built_for_cuda=Known(cuda("11.2"), "build_info.py"),
        cudnn=Known("8", "build_info.py"),
        imported=blind(),
    )

    [finding] = check(with_libraries(old), matrix)

    assert isinstance(finding, Finding)
    assert "and-cuda" not in str(finding.remedies)
    assert "11.2" in str(finding.remedies)


def test_clears_a_tensorflow_whose_gpu_is_missing_for_another_reason(matrix: Matrix) -> None:
    [verdict] = check(with_libraries(tensorflow(imported=blind()), *CUDA_12), matrix)

    assert isinstance(verdict, Cleared)


def test_another_major_is_another_fault(matrix: Matrix) -> None:
    thirteen = [soname for soname in CUDA_13 if soname != "libcusparse.so.12"]
    [blind_one] = check(
        with_libraries(tensorflow(imported=blind()), *thirteen, "libcusparse.so.13"), matrix
    )
    [unasked] = check(
        with_libraries(tensorflow(imported=NOT_IMPORTED), *thirteen, "libcusparse.so.13"), matrix
    )

    assert isinstance(blind_one, Undetermined)
    assert isinstance(unasked, NotApplicable)


def test_a_tensorflow_on_a_machine_without_gpu_lacks_nothing(matrix: Matrix) -> None:
    [verdict] = check(without_gpu(tensorflow(imported=blind())), matrix)

    assert isinstance(verdict, NotApplicable)


def test_finds_a_torch_whose_import_lacks_a_library(matrix: Matrix) -> None:
    wheels = Known(
        (RequiredPackage("nvidia-cublas", "==13.1.0.3", Absent("metadata folders")),), "metadata"
    )
    broken = torch(imported=failed_import(ERROR), requires=wheels)

    [finding] = check(with_libraries(broken), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert "libcublas.so.13" in finding.detail
    assert "nvidia-cublas==13.1.0.3" in str(finding.remedies[0].steps)


def test_a_torch_that_cannot_be_imported_is_found_without_a_gpu_too(matrix: Matrix) -> None:
    [finding] = check(without_gpu(torch(imported=failed_import(ERROR))), matrix)

    assert isinstance(finding, Finding)


def test_a_missing_wheel_is_likely_before_an_import(matrix: Matrix) -> None:
    wheels = Known(
        (
            RequiredPackage("nvidia-cublas-cu12", "==12.6.4.1", Absent("metadata folders")),
            RequiredPackage("nvidia-cudnn-cu12", "==9.5.1.17", Known("9.5.1.17", "metadata")),
        ),
        "metadata",
    )
    quick = torch(imported=NOT_IMPORTED, requires=wheels)

    [finding] = check(with_libraries(quick), matrix)
    [provided] = check(with_libraries(quick, "libcublas.so.12"), matrix)
    [imports] = check(with_libraries(torch(imported=blind(), requires=wheels)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert isinstance(provided, Cleared)
    assert isinstance(imports, Cleared)


def test_a_copy_that_is_there_and_not_found_is_another_fault(matrix: Matrix) -> None:
    [verdict] = check(
        with_libraries(torch(imported=failed_import(ERROR)), "libcublas.so.13"), matrix
    )

    assert isinstance(verdict, Undetermined)


@pytest.mark.parametrize("soname", ["libcudnn.so.9", "libcuda.so.1", "libtorch_cpu.so"])
def test_other_libraries_have_their_own_diagnoses(matrix: Matrix, soname: str) -> None:
    error = f"ImportError: {soname}: cannot open shared object file: No such file"

    [verdict] = check(with_libraries(torch(imported=failed_import(error)), *CUDA_13), matrix)

    assert isinstance(verdict, Cleared)


def test_a_message_alone_is_stated(matrix: Matrix) -> None:
    gap = Unknown("not readable")
    said = Symptom(
        "shared-library-missing",
        "Could not load dynamic library 'libcublas.so.11'",
        "tensorflow",
        0,
        names="libcublas.so.11",
    )
    told = environment(tensorflow(imported=blind()), libraries=gap)

    [finding] = check(machine(environments=(told,), symptoms=(said,)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED


def test_does_not_apply_to_a_cpu_build(matrix: Matrix) -> None:
    cpu = torch(variant=Known("cpu", "torch/version.py"), built_for_cuda=Absent("version.py"))

    [verdict] = check(with_libraries(torch(**vars_of(cpu), imported=blind())), matrix)

    assert isinstance(verdict, NotApplicable)


def vars_of(framework: FrameworkFacts) -> dict[str, object]:
    return {"variant": framework.variant, "built_for_cuda": framework.built_for_cuda}


def test_does_not_guess_the_names_of_an_unknown_cudas_libraries(matrix: Matrix) -> None:
    future = tensorflow(built_for_cuda=Known(cuda("99.0"), "build_info.py"), imported=blind())

    [verdict] = check(with_libraries(future), matrix)

    assert isinstance(verdict, Undetermined)


def test_does_not_guess_what_is_on_an_unreadable_disk(matrix: Matrix) -> None:
    unseen = environment(tensorflow(imported=blind()), libraries=Unknown("not readable"))

    [verdict] = check(machine(environments=(unseen,)), matrix)

    assert isinstance(verdict, Undetermined)
