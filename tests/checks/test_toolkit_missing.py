from build_messages import only_a_message, saying, with_packages
from gpudoctor.checks.toolkit_missing import check
from gpudoctor.facts import Absent, Known, Unknown
from gpudoctor.findings import MACHINE, Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import (
    build_tools,
    changed,
    cuda_gone,
    environment,
    machine,
    module_gone,
    nvml_gone,
    platform,
    python,
    toolkit,
    toolkits,
    torch,
)

NO_HOME = "OSError: CUDA_HOME environment variable is not set. Please set it to your CUDA install"
NOTHING = build_tools(toolkits=toolkits(), taken=Absent("nowhere"))
DEEPSPEED = with_packages(deepspeed="0.18.2")


def test_a_machine_where_nothing_is_compiled_needs_no_toolkit(matrix: Matrix) -> None:
    [verdict] = check(machine(build=NOTHING), matrix)

    assert isinstance(verdict, NotApplicable)


def test_finds_the_message_that_the_disk_bears_out(matrix: Matrix) -> None:
    [finding] = check(saying(NO_HOME, build=NOTHING), matrix)

    assert isinstance(finding, Finding)
    assert (finding.confidence, finding.blocks) == (Confidence.CERTAIN, True)
    assert "cuda-toolkit-13-0" in str(finding.remedies)


def test_a_message_alone_is_only_stated(matrix: Matrix) -> None:
    [finding] = check(only_a_message(NO_HOME), matrix)

    assert isinstance(finding, Finding)
    assert (finding.confidence, finding.subject) == (Confidence.STATED, MACHINE)


def test_offers_the_fitting_toolkit_that_is_here_before_any_to_install(matrix: Matrix) -> None:
    here = build_tools(
        toolkits=toolkits(toolkit("11.8"), toolkit("13.0")), taken=Absent("not /usr/local/cuda")
    )

    [finding] = check(saying(NO_HOME, build=here), matrix)

    assert isinstance(finding, Finding)
    [remedy] = finding.remedies
    assert "export CUDA_HOME=/usr/local/cuda-13.0" in str(remedy.steps)


def test_does_not_offer_a_toolkit_of_another_major(matrix: Matrix) -> None:
    here = build_tools(toolkits=toolkits(toolkit("11.8")), taken=Absent("nowhere"))

    [finding] = check(saying(NO_HOME, build=here), matrix)

    assert isinstance(finding, Finding)
    assert "cuda-11.8" not in str(finding.remedies)


def test_finds_a_package_that_compiles_and_has_no_nvcc(matrix: Matrix) -> None:
    [finding] = check(machine(environments=DEEPSPEED, build=NOTHING), matrix)

    assert isinstance(finding, Finding)
    assert (finding.confidence, finding.blocks) == (Confidence.LIKELY, False)
    assert "inference" in finding.detail


def test_finds_a_cuda_home_without_nvcc(matrix: Matrix) -> None:
    runtime = toolkit("13.0", nvcc=Absent("/usr/local/cuda-13.0"))
    build = build_tools(toolkits=toolkits(runtime), taken=Known(runtime.path, "CUDA_HOME"))

    [finding] = check(machine(environments=DEEPSPEED, build=build), matrix)

    assert isinstance(finding, Finding)
    assert "CUDA_HOME leads to /usr/local/cuda-13.0" in finding.detail


def test_clears_a_package_that_compiles_and_has_nvcc(matrix: Matrix) -> None:
    [verdict] = check(machine(environments=DEEPSPEED), matrix)

    assert isinstance(verdict, Cleared)


def test_a_wheel_that_was_compiled_beforehand_needs_none(matrix: Matrix) -> None:
    compiled = with_packages(gsplat="1.5.0+pt24cu124")

    [verdict] = check(machine(environments=compiled, build=NOTHING), matrix)

    assert isinstance(verdict, NotApplicable)


def test_an_extension_begun_for_this_python_and_cuda_needs_one(matrix: Matrix) -> None:
    begun = build_tools(
        toolkits=toolkits(),
        taken=Absent("nowhere"),
        unfinished_extensions=Known(("py312_cu130/fused_adam",), "the cache"),
    )
    other = build_tools(
        toolkits=toolkits(),
        taken=Absent("nowhere"),
        unfinished_extensions=Known(("py310_cu118/fused_adam",), "the cache"),
    )

    [finding] = check(machine(build=begun), matrix)
    [verdict] = check(machine(build=other), matrix)

    assert isinstance(finding, Finding)
    assert isinstance(verdict, NotApplicable)


def test_does_not_apply_without_a_gpu_or_to_a_cpu_build(matrix: Matrix) -> None:
    nothing = {**module_gone(), **nvml_gone(), **cuda_gone(), "pci": Known((), "sysfs")}
    [without_gpu] = check(machine(environments=DEEPSPEED, build=NOTHING, **nothing), matrix)
    cpu = with_packages(torch(variant=Known("cpu", "version.py")), deepspeed="0.18.2")
    [without_cuda] = check(machine(environments=cpu, build=NOTHING), matrix)

    assert isinstance(without_gpu, NotApplicable)
    assert isinstance(without_cuda, NotApplicable)


def test_does_not_guess_where_nobody_looked(matrix: Matrix) -> None:
    unseen = build_tools(toolkits=Unknown("not looked at"), taken=Unknown("not looked at"))

    [verdict] = check(machine(environments=DEEPSPEED, build=unseen), matrix)

    assert isinstance(verdict, Undetermined)


def test_numba_without_nvvm_gets_the_parts_and_not_a_whole_toolkit(matrix: Matrix) -> None:
    message = "NvvmSupportError: libNVVM cannot be found. Do `conda install cudatoolkit`:"

    [finding] = check(saying(message, build=NOTHING), matrix)

    assert isinstance(finding, Finding)
    assert "NVVM" in finding.title
    assert "nvidia-nvvm==13.0.*" in str(finding.remedies)


def test_a_container_is_told_of_another_image(matrix: Matrix) -> None:
    inside = platform(container=Known("docker", "/.dockerenv"))

    [finding] = check(saying(NO_HOME, build=NOTHING, platform=inside), matrix)

    assert isinstance(finding, Finding)
    assert "devel" in str(finding.remedies)


def test_a_conda_environment_gets_the_toolkit_from_conda(matrix: Matrix) -> None:
    conda = environment(torch(), python=python(kind=Known("conda", "conda-meta")))

    [finding] = check(saying(NO_HOME, build=NOTHING, environments=(conda,)), matrix)

    assert isinstance(finding, Finding)
    assert "cuda-toolkit=13.0" in str(finding.remedies)
    assert not finding.remedies[0].needs_root


def test_numbas_cuda_target_needs_nvvm_and_no_nvcc(matrix: Matrix) -> None:
    numba = with_packages(numba_cuda="0.21.1")
    ptxas_and_nvvm = changed(toolkit("12.8"), nvcc=Absent("t"), found_by="a wheel")

    [finding] = check(machine(environments=numba, build=NOTHING), matrix)
    [verdict] = check(
        machine(environments=numba, build=build_tools(toolkits=toolkits(ptxas_and_nvvm))), matrix
    )

    assert isinstance(finding, Finding)
    assert (finding.confidence, finding.blocks) == (Confidence.LIKELY, False)
    assert isinstance(verdict, Cleared)


def test_plain_numba_needs_nothing(matrix: Matrix) -> None:
    numba = with_packages(numba="0.62.1")

    [verdict] = check(machine(environments=numba, build=NOTHING), matrix)

    assert isinstance(verdict, NotApplicable)
