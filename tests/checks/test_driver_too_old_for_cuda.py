import pytest

from build_messages import only_a_message, saying
from gpudoctor.checks.driver_too_old_for_cuda import check
from gpudoctor.facts import Absent, FrameworkFacts, Known, Snapshot, Symptom, Unknown
from gpudoctor.findings import (
    MACHINE,
    Cleared,
    Command,
    Confidence,
    Finding,
    NotApplicable,
    Undetermined,
)
from gpudoctor.matrix import Matrix
from machines import (
    NOT_IMPORTED,
    answer,
    blind,
    capability,
    cuda,
    cuda_fails,
    cuda_gone,
    driver,
    gpu,
    libraries,
    library,
    machine,
    module_gone,
    nvml_gone,
    tensorflow,
    torch,
)

INSUFFICIENT = answer(35, "cudaErrorInsufficientDriver")
NO_RUNTIME = Unknown("no libcudart was found")


def refused(**changes: object) -> FrameworkFacts:
    """A torch whose CUDA runtime found the driver too old."""
    return torch(**{"runtime": INSUFFICIENT, "imported": blind(), **changes})


def unasked(**changes: object) -> FrameworkFacts:
    """A torch that nobody imported and whose runtime nobody called."""
    return torch(**{"runtime": NO_RUNTIME, "imported": NOT_IMPORTED, **changes})


def with_driver(version: str, api: str, *frameworks: FrameworkFacts, **changes: object) -> Snapshot:
    """A machine with another driver, which works."""
    installed = Known(driver(version), "test")
    other = {
        "driver__kernel_module_version": installed,
        "driver__libraries": libraries(
            library("libcuda.so.1", version=installed),
            library("libnvidia-ml.so.1", version=installed),
        ),
        "nvml__driver_version": installed,
        "nvml__cuda_driver_api": Known(cuda(api), "NVML"),
        "libcuda__load": Known(f"/usr/lib/x86_64-linux-gnu/libcuda.so.{version}", "maps"),
        "libcuda__cuda_driver_api": Known(cuda(api), "cuDriverGetVersion"),
    }
    return machine(*frameworks, **{**other, **changes})


def found(snapshot: Snapshot, matrix: Matrix) -> Finding:
    [finding] = check(snapshot, matrix)
    assert isinstance(finding, Finding)
    return finding


def test_clears_a_framework_that_sees_the_gpu_whatever_the_matrix_says(matrix: Matrix) -> None:
    [verdict] = check(with_driver("470.57.02", "11.4", torch(runtime=NO_RUNTIME)), matrix)

    assert isinstance(verdict, Cleared)


def test_finds_an_old_driver_by_rule_and_by_the_runtimes_word(matrix: Matrix) -> None:
    finding = found(with_driver("535.183.01", "12.2", refused()), matrix)

    assert finding.confidence is Confidence.CERTAIN
    assert "torch 2.14.1+cu130 is built for CUDA 13.0" in finding.detail
    assert "580.65.06 or newer" in finding.detail
    assert "535.183.01" in finding.detail


def test_offers_a_newer_driver_and_a_build_that_this_one_runs(matrix: Matrix) -> None:
    finding = found(with_driver("535.183.01", "12.2", refused()), matrix)

    assert "580.65.06" in finding.remedies[0].summary
    assert finding.remedies[0].scope == "reboot"
    [install] = finding.remedies[1].steps
    assert isinstance(install, Command)
    assert install.argv[-3:] == (
        "torch==2.14.1+cu126",
        "--index-url",
        "https://download.pytorch.org/whl/cu126",
    )


def test_the_build_offered_has_code_for_the_gpu(matrix: Matrix) -> None:
    blackwell = Known((gpu(compute_capability=Known(capability("12.0"), "NVML")),), "NVML")
    old = with_driver("570.86.15", "12.8", refused(), nvml__gpus=blackwell, **cuda_fails(100))

    finding = found(old, matrix)

    install = finding.remedies[1].steps[0]
    assert isinstance(install, Command)
    assert "cu126" not in str(install.argv)
    assert "+cu12" in str(install.argv)


def test_offers_no_build_where_the_driver_is_too_old_for_the_gpu_itself(matrix: Matrix) -> None:
    blackwell = Known((gpu(compute_capability=Known(capability("12.0"), "NVML")),), "NVML")
    old = with_driver("550.54.14", "12.4", refused(), nvml__gpus=blackwell, **cuda_fails(100))

    [upgrade] = found(old, matrix).remedies

    assert "580.65.06" in upgrade.summary


def test_offers_no_driver_that_dropped_the_gpu(matrix: Matrix) -> None:
    kepler = Known((gpu(compute_capability=Known(capability("3.7"), "NVML")),), "NVML")
    old = with_driver("470.57.02", "11.4", refused(), nvml__gpus=kepler, **cuda_fails(100))

    finding = found(old, matrix)

    assert not any("driver" in remedy.summary for remedy in finding.remedies)
    assert "cu118" in str(finding.remedies[0].steps)


@pytest.mark.parametrize("version", ["580.65.06", "580.95.05"])
def test_clears_at_and_above_the_minimum(matrix: Matrix, version: str) -> None:
    [verdict] = check(with_driver(version, "13.0", unasked()), matrix)

    assert isinstance(verdict, Cleared)


def test_one_judge_alone_makes_it_likely(matrix: Matrix) -> None:
    by_rule = found(with_driver("575.57.08", "12.9", unasked()), matrix)
    by_word = found(with_driver("580.95.05", "13.0", refused()), matrix)

    assert by_rule.confidence is Confidence.LIKELY
    assert by_word.confidence is Confidence.LIKELY


def test_minor_version_compatibility_is_enough(matrix: Matrix) -> None:
    newer_minor = unasked(built_for_cuda=Known(cuda("12.8"), "torch/version.py"))

    [verdict] = check(with_driver("535.183.01", "12.2", newer_minor), matrix)

    assert isinstance(verdict, Cleared)
    assert "minor-version compatibility" in verdict.detail


def test_a_working_compat_libcuda_counts_as_the_driver(matrix: Matrix) -> None:
    compat = with_driver(
        "535.183.01",
        "12.2",
        unasked(),
        libcuda__load=Known("/usr/local/cuda/compat/libcuda.so.580.65.06", "maps"),
        libcuda__cuda_driver_api=Known(cuda("13.0"), "cuDriverGetVersion"),
    )

    [verdict] = check(compat, matrix)

    assert isinstance(verdict, Cleared)


@pytest.mark.parametrize("code", [34, 803, 804])
def test_leaves_a_foreign_libcuda_to_its_own_diagnosis(matrix: Matrix, code: int) -> None:
    [verdict] = check(with_driver("535.183.01", "12.2", refused(), **cuda_fails(code)), matrix)

    assert isinstance(verdict, NotApplicable)


def test_the_runtimes_other_errors_say_that_the_version_is_accepted(matrix: Matrix) -> None:
    other = torch(runtime=answer(999, "cudaErrorUnknown"), imported=blind())

    [verdict] = check(with_driver("535.183.01", "12.2", other), matrix)

    assert isinstance(verdict, Cleared)


def test_does_not_apply_without_a_driver_or_cuda(matrix: Matrix) -> None:
    cpu = torch(built_for_cuda=Absent("torch/version.py"), runtime=NO_RUNTIME, imported=blind())
    for snapshot in (
        machine(cpu),
        machine(refused(), **module_gone()),
        machine(refused(), **cuda_gone(), **nvml_gone()),
    ):
        [verdict] = check(snapshot, matrix)

        assert isinstance(verdict, NotApplicable)


def test_a_message_alone_is_stated_where_the_matrix_cannot_tell(matrix: Matrix) -> None:
    said = Symptom(
        "cuda-driver-insufficient",
        "The NVIDIA driver on your system is too old (found version 11040).",
        "torch",
        0,
        names="11040",
    )
    gap = Unknown("not readable")
    unknown = machine(
        torch(built_for_cuda=gap, runtime_version=gap, runtime=NO_RUNTIME, imported=blind()),
        symptoms=(said,),
    )

    assert found(unknown, matrix).confidence is Confidence.STATED


def test_does_not_guess_what_a_framework_was_built_for(matrix: Matrix) -> None:
    gap = Unknown("not readable")
    unknown = unasked(built_for_cuda=gap, runtime_version=gap)

    [verdict] = check(machine(unknown), matrix)

    assert isinstance(verdict, Undetermined)


def test_does_not_guess_which_driver_runs(matrix: Matrix) -> None:
    gap = Unknown("not readable")
    silent = machine(
        unasked(),
        **nvml_gone(gap),
        driver__kernel_module_version=gap,
        driver__modules_loaded=gap,
        libcuda__cuda_driver_api=gap,
        libcuda__init=gap,
        libcuda__devices=gap,
    )

    [verdict] = check(silent, matrix)

    assert isinstance(verdict, Undetermined)


def test_windows_drivers_are_measured_by_windows_numbers(matrix: Matrix) -> None:
    in_wsl = {"platform__wsl": Known("2", "kernel release")}
    old = with_driver("522.06", "11.8", tensorflow(imported=blind()), **in_wsl)

    finding = found(old, matrix)

    assert finding.remedies[0].scope == "host"
    assert "wsl --shutdown" in str(finding.remedies[0].steps)


def test_wsl_without_nvml_is_measured_by_what_libcuda_speaks(matrix: Matrix) -> None:
    gone = Absent("/proc/driver/nvidia")
    in_wsl = machine(
        tensorflow(imported=blind()),
        **nvml_gone(),
        platform__wsl=Known("2", "kernel release"),
        driver__kernel_module_version=gone,
        driver__modules_loaded=Known((), "/proc/modules"),
    )

    [verdict] = check(in_wsl, matrix)

    assert isinstance(verdict, Cleared)


def test_the_host_gets_the_driver_of_its_containers(matrix: Matrix) -> None:
    inside = with_driver(
        "535.183.01", "12.2", refused(), platform__container=Known("docker", "/.dockerenv")
    )

    assert found(inside, matrix).remedies[0].scope == "host"


def test_an_older_tensorflow_is_offered_where_one_fits(matrix: Matrix) -> None:
    old = with_driver("470.57.02", "11.4", tensorflow(imported=blind()))

    finding = found(old, matrix)

    assert "525.60.13" in finding.detail
    assert all("2.21" not in remedy.summary for remedy in finding.remedies)


PTX = "ptxas application ptx input, line 9; fatal   : Unsupported .version 8.7; current version"


def test_finds_ptx_that_the_drivers_own_compiler_refused(matrix: Matrix) -> None:
    [finding] = [each for each in check(saying(PTX), matrix) if isinstance(each, Finding)]

    assert (finding.subject, finding.confidence) == (MACHINE, Confidence.STATED)
    assert finding.remedies


def test_finds_refused_ptx_where_no_framework_is_known(matrix: Matrix) -> None:
    [finding] = check(only_a_message(PTX), matrix)

    assert isinstance(finding, Finding)


def test_a_ptxas_that_names_its_file_is_not_the_driver(matrix: Matrix) -> None:
    line = "ptxas /tmp/x.ptx, line 5; fatal   : Unsupported .version 8.7; current version is '8.4'"

    assert not [each for each in check(saying(line), matrix) if isinstance(each, Finding)]
