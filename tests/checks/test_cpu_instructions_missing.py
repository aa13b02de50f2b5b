import pytest

from gpudoctor.checks.cpu_instructions_missing import check
from gpudoctor.facts import Absent, Known, Snapshot, Unknown
from gpudoctor.findings import (
    MACHINE,
    Cleared,
    Confidence,
    Finding,
    NotApplicable,
    Undetermined,
    Verdict,
)
from gpudoctor.matrix import Matrix
from machines import NOT_IMPORTED, cut_import, machine, tensorflow, torch
from pasted import framework, pasted

DIED = cut_import("crashed", "SIGILL")
PLAIN = Known(("fpu", "sse4_2"), "/proc/cpuinfo")
AVX = Known(("fpu", "sse4_2", "avx"), "/proc/cpuinfo")
CORE = "Illegal instruction (core dumped)"


def judge(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


def found(snapshot: Snapshot, matrix: Matrix) -> Finding:
    finding = judge(snapshot, matrix)
    assert isinstance(finding, Finding)
    return finding


def test_clears_what_imports_whatever_the_flags(matrix: Matrix) -> None:
    verdicts = list(check(machine(torch(), tensorflow(), platform__cpu_flags=PLAIN), matrix))

    assert [type(each) for each in verdicts] == [Cleared, Cleared]


def test_finds_a_tensorflow_that_died_on_a_processor_without_avx(matrix: Matrix) -> None:
    snapshot = machine(tensorflow(imported=DIED), platform__cpu_flags=PLAIN)

    finding = found(snapshot, matrix)

    assert finding.confidence is Confidence.CERTAIN
    assert "AVX" in finding.title
    assert "avx: no" in str(finding.evidence)


def test_tensorflow_2_4_0_alone_wants_avx2(matrix: Matrix) -> None:
    def died(version: str) -> Verdict:
        known = Known(version, "metadata of tensorflow")
        return judge(
            machine(tensorflow(version=known, imported=DIED), platform__cpu_flags=AVX), matrix
        )

    first, second = died("2.4.0"), died("2.4.1")

    assert isinstance(first, Finding)
    assert "tensorflow==2.4.4" in str(first.remedies[0].steps)
    assert isinstance(second, Undetermined)


def test_infers_it_of_a_torch_that_died_without_avx(matrix: Matrix) -> None:
    without = found(machine(torch(imported=DIED), platform__cpu_flags=PLAIN), matrix)
    beside = judge(machine(torch(imported=DIED), platform__cpu_flags=AVX), matrix)

    assert without.confidence is Confidence.LIKELY
    assert "inference" in without.detail
    assert isinstance(beside, Undetermined)


def test_infers_it_where_nothing_was_imported(matrix: Matrix) -> None:
    idle = tensorflow(imported=NOT_IMPORTED)

    assert found(machine(idle, platform__cpu_flags=PLAIN), matrix).confidence is Confidence.LIKELY
    assert isinstance(judge(machine(idle, platform__cpu_flags=AVX), matrix), Cleared)
    assert isinstance(judge(machine(idle, platform__cpu_flags=Unknown("x")), matrix), Undetermined)


def test_other_processors_have_other_words(matrix: Matrix) -> None:
    arm = machine(
        tensorflow(imported=NOT_IMPORTED),
        platform__cpu_arch="aarch64",
        platform__cpu_flags=Absent("/proc/cpuinfo has no line of flags"),
    )

    assert isinstance(judge(arm, matrix), NotApplicable)


def test_a_segmentation_fault_is_none(matrix: Matrix) -> None:
    snapshot = machine(torch(imported=cut_import("crashed", "SIGSEGV")), platform__cpu_flags=PLAIN)

    assert not isinstance(judge(snapshot, matrix), Finding)


def test_a_virtual_machine_may_hide_what_the_host_has(matrix: Matrix) -> None:
    finding = found(
        machine(
            tensorflow(imported=DIED),
            platform__cpu_flags=PLAIN,
            platform__virtual_machine=Known("QEMU", "/sys/class/dmi/id/sys_vendor"),
        ),
        matrix,
    )

    assert "QEMU" in finding.detail
    assert finding.remedies[0].scope == "host"


@pytest.mark.parametrize(
    "line",
    [
        CORE,
        "zsh: illegal hardware instruction  python train.py",
        "Process finished with exit code 132 (interrupted by signal 4: SIGILL)",
        "Illegal instruction: 4",
        "exit code: -1073741795",
    ],
)
def test_states_what_a_text_says_of_the_framework_that_it_names(matrix: Matrix, line: str) -> None:
    finding = found(pasted(line, frameworks=(framework("tensorflow", "2.9.1"),)), matrix)

    assert finding.confidence is Confidence.STATED
    assert finding.subject.name == "tensorflow"


def test_a_text_without_a_framework_speaks_of_the_machine(matrix: Matrix) -> None:
    assert found(pasted(CORE), matrix).subject == MACHINE
    assert isinstance(judge(pasted(CORE, cpu_flags=AVX), matrix), Undetermined)


@pytest.mark.parametrize(
    ("line", "name", "what"),
    [
        (
            (
                "The TensorFlow library was compiled to use SSE4.1 instructions, but these aren't "
                "available on your machine."
            ),
            "tensorflow",
            "SSE4_1",
        ),
        (
            (
                "RuntimeError: This version of jaxlib was built using AVX instructions, which your "
                "CPU and/or operating system do not support."
            ),
            "jax",
            "AVX",
        ),
    ],
)
def test_takes_a_librarys_word_for_it(matrix: Matrix, line: str, name: str, what: str) -> None:
    finding = found(pasted(line, frameworks=(framework(name, "2.0.0"),)), matrix)

    assert finding.subject.name == name
    assert what in finding.title


@pytest.mark.parametrize(
    "line",
    [
        "RuntimeError: CUDA error: an illegal instruction was encountered",
        "CUDA_ERROR_ILLEGAL_INSTRUCTION",
        "NVRM: Xid (PCI:0000:01:00): 13, Graphics Exception: Illegal Instruction Parameter",
        "This TensorFlow binary is optimized to use available CPU instructions: AVX2 FMA",
        "Your CPU supports instructions that this TensorFlow binary was not compiled to use: AVX2",
        "Segmentation fault (core dumped)",
    ],
)
def test_what_sounds_like_it_and_is_not(matrix: Matrix, line: str) -> None:
    assert list(check(pasted(line), matrix)) == []
