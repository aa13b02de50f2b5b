from build_messages import only_a_message, saying, with_packages
from gpudoctor.checks.toolkit_mismatch import check
from gpudoctor.facts import Absent, BuildFacts, Known, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import (
    build_tools,
    capability,
    changed,
    cuda,
    cuda_device,
    machine,
    toolkit,
    toolkits,
    torch,
)

DIFFERS = "The detected CUDA version (11.8) mismatches the version that was used to compile"
DEEPSPEED = with_packages(deepspeed="0.18.2")


def taking(version: str, *others: str) -> BuildFacts:
    """A machine whose builds take the toolkit of this CUDA, with others beside it."""
    found = toolkits(toolkit(version), *(toolkit(each) for each in others))
    return build_tools(toolkits=found, taken=Known(f"/usr/local/cuda-{version}", "CUDA_HOME"))


def blackwell() -> dict[str, object]:
    card = cuda_device(
        name=Known("NVIDIA GeForce RTX 5090", "libcuda"),
        compute_capability=Known(capability("12.0"), "libcuda"),
    )
    return {"libcuda__devices": Known((card,), "libcuda")}


def test_another_toolkit_is_no_fault_where_nothing_is_compiled(matrix: Matrix) -> None:
    [verdict] = check(machine(build=taking("11.8")), matrix)

    assert isinstance(verdict, NotApplicable)


def test_finds_majors_that_a_build_refused(matrix: Matrix) -> None:
    [finding] = check(saying(DIFFERS, build=taking("11.8")), matrix)

    assert isinstance(finding, Finding)
    assert (finding.confidence, finding.blocks) == (Confidence.CERTAIN, True)
    assert "CUDA 11.8" in finding.detail
    assert "CUDA 13.0" in finding.detail


def test_offers_the_toolkit_of_the_frameworks_cuda_that_is_here(matrix: Matrix) -> None:
    [finding] = check(saying(DIFFERS, build=taking("11.8", "13.0")), matrix)

    assert isinstance(finding, Finding)
    assert "CUDA_HOME=/usr/local/cuda-13.0" in str(finding.remedies)


def test_a_message_alone_is_only_stated(matrix: Matrix) -> None:
    [finding] = check(only_a_message(DIFFERS), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED


def test_finds_a_toolkit_of_another_major_where_a_package_compiles(matrix: Matrix) -> None:
    [finding] = check(machine(environments=DEEPSPEED, build=taking("12.8")), matrix)

    assert isinstance(finding, Finding)
    assert (finding.confidence, finding.blocks) == (Confidence.LIKELY, False)


def test_clears_another_minor_of_the_same_major(matrix: Matrix) -> None:
    [verdict] = check(machine(environments=DEEPSPEED, build=taking("13.1")), matrix)

    assert isinstance(verdict, Cleared)


def test_finds_a_toolkit_that_is_older_than_the_gpu(matrix: Matrix) -> None:
    for_12 = with_packages(torch(built_for_cuda=Known(cuda("12.8"), "t")), deepspeed="0.18.2")

    [finding] = check(machine(environments=for_12, build=taking("12.4"), **blackwell()), matrix)
    [verdict] = check(machine(environments=for_12, build=taking("12.9"), **blackwell()), matrix)

    assert isinstance(finding, Finding)
    assert "RTX 5090 needs CUDA 12.8" in finding.detail
    assert isinstance(verdict, Cleared)


def test_does_not_guess_the_version_of_a_toolkit(matrix: Matrix) -> None:
    silent = changed(toolkit(path="/opt/x"), version=Unknown("no file tells it"))
    build = build_tools(toolkits=toolkits(silent), taken=Known("/opt/x", "CUDA_HOME"))

    [verdict] = check(machine(environments=DEEPSPEED, build=build), matrix)

    assert isinstance(verdict, Undetermined)


def test_leaves_a_missing_nvcc_to_its_own_diagnosis(matrix: Matrix) -> None:
    build = build_tools(toolkits=toolkits(), taken=Absent("nowhere"))

    [verdict] = check(machine(environments=DEEPSPEED, build=build), matrix)

    assert isinstance(verdict, NotApplicable)


def test_an_architecture_that_is_too_new_for_nvcc_names_the_first_cuda_for_it(
    matrix: Matrix,
) -> None:
    message = "nvcc fatal   : Unsupported gpu architecture 'compute_120'"

    [finding] = check(saying(message, build=taking("12.4"), **blackwell()), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert "from 12.8 on" in finding.detail


def test_an_architecture_that_nvcc_has_dropped_is_left_out_of_the_build(matrix: Matrix) -> None:
    message = "nvcc fatal   : Unsupported gpu architecture 'compute_70'"

    [finding] = check(saying(message, build=taking("13.0")), matrix)

    assert isinstance(finding, Finding)
    assert "CUDA 9.0 to 12.9" in finding.detail
    assert "TORCH_CUDA_ARCH_LIST=8.0" in str(finding.remedies[0].steps)


def test_a_standard_that_nvcc_does_not_know_means_that_it_is_too_old(matrix: Matrix) -> None:
    message = "nvcc fatal   : Value 'c++17' is not defined for option 'std'"

    [finding] = check(only_a_message(message), matrix)

    assert isinstance(finding, Finding)
    assert "too old" in finding.title


def test_does_not_guess_where_nobody_looked_for_toolkits(matrix: Matrix) -> None:
    unseen = build_tools(toolkits=Unknown("not looked at"), taken=Unknown("not looked at"))

    [verdict] = check(machine(environments=DEEPSPEED, build=unseen), matrix)

    assert isinstance(verdict, Undetermined)


def test_a_toolkit_that_numba_does_not_know_is_named(matrix: Matrix) -> None:
    message = (
        "NvvmSupportError: No supported GPU compute capabilities found. Please check your "
        "cudatoolkit version matches your CUDA version."
    )

    [finding] = check(only_a_message(message), matrix)

    assert isinstance(finding, Finding)
    assert "Numba" in finding.title
