from build_messages import only_a_message, saying
from gpudoctor.checks.libdevice_missing import check
from gpudoctor.facts import Absent, Known, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import build_tools, changed, environment, machine, tensorflow, toolkit, toolkits

NOT_FOUND = "INTERNAL: libdevice not found at ./libdevice.10.bc"
NO_FOLDER = "Can't find libdevice directory ${CUDA_DIR}/nvvm/libdevice. This may result in"
NOTHING = build_tools(toolkits=toolkits(), taken=Absent("nowhere"))
HERE = {"environments": (environment(tensorflow()),)}
AUTO_JIT = {"variables": {"TF_XLA_FLAGS": "--tf_xla_auto_jit=2"}}


def test_does_not_apply_where_nothing_is_known_to_use_xla(matrix: Matrix) -> None:
    [verdict] = check(machine(build=NOTHING, **HERE), matrix)

    assert isinstance(verdict, NotApplicable)


def test_finds_the_message_that_the_disk_bears_out(matrix: Matrix) -> None:
    [finding] = check(saying(NOT_FOUND, build=NOTHING, **HERE), matrix)

    assert isinstance(finding, Finding)
    assert (finding.confidence, finding.blocks) == (Confidence.CERTAIN, True)
    assert "nvidia-cuda-nvcc-cu12==12.5.*" in str(finding.remedies)


def test_names_the_folder_that_is_here(matrix: Matrix) -> None:
    build = build_tools(toolkits=toolkits(toolkit("12.5", path="/opt/cuda")))

    [finding] = check(saying(NOT_FOUND, build=build, **HERE), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert "XLA_FLAGS=--xla_gpu_cuda_data_dir=/opt/cuda'" in str(finding.remedies[0].steps)


def test_a_libdevice_that_lies_alone_is_laid_where_xla_looks(matrix: Matrix) -> None:
    old = changed(
        toolkit("11.8", path="/conda"), libdevice=Known("/conda/lib/libdevice.10.bc", "/conda")
    )

    [finding] = check(saying(NOT_FOUND, build=build_tools(toolkits=toolkits(old)), **HERE), matrix)

    assert isinstance(finding, Finding)
    assert "mkdir -p /conda/lib/nvvm/libdevice" in str(finding.remedies[0].steps)


def test_a_folder_that_was_not_found_does_not_block_by_itself(matrix: Matrix) -> None:
    [finding] = check(saying(NO_FOLDER, build=NOTHING, **HERE), matrix)

    assert isinstance(finding, Finding)
    assert not finding.blocks


def test_the_message_that_stops_wins_over_the_one_that_warns(matrix: Matrix) -> None:
    [finding] = check(only_a_message(NO_FOLDER, NOT_FOUND), matrix)

    assert isinstance(finding, Finding)
    assert (finding.blocks, finding.confidence) == (True, Confidence.STATED)


def test_finds_a_tensorflow_that_is_told_to_use_xla_without_it(matrix: Matrix) -> None:
    [finding] = check(machine(build=NOTHING, **HERE, **AUTO_JIT), matrix)

    assert isinstance(finding, Finding)
    assert (finding.confidence, finding.blocks) == (Confidence.LIKELY, False)


def test_clears_a_tensorflow_that_is_told_to_use_xla_and_finds_it(matrix: Matrix) -> None:
    [verdict] = check(machine(**HERE, **AUTO_JIT), matrix)

    assert isinstance(verdict, Cleared)


def test_does_not_guess_where_nobody_looked(matrix: Matrix) -> None:
    unseen = build_tools(toolkits=Unknown("not looked at"))

    [verdict] = check(machine(build=unseen, **HERE, **AUTO_JIT), matrix)

    assert isinstance(verdict, Undetermined)


def test_a_folder_that_was_not_found_blocks_where_the_compilation_failed(matrix: Matrix) -> None:
    [finding] = check(only_a_message(NO_FOLDER, "UNKNOWN: JIT compilation failed."), matrix)
    [verdict] = check(only_a_message("UNKNOWN: JIT compilation failed."), matrix)

    assert isinstance(finding, Finding)
    assert finding.blocks
    assert isinstance(verdict, NotApplicable)
