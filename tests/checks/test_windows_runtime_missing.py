import pytest

from gpudoctor.checks.windows_runtime_missing import check
from gpudoctor.facts import Absent, ChildEnd, ImportFacts, Known, Snapshot, Symptom
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Undetermined, Verdict
from gpudoctor.matrix import Matrix
from machines import machine
from pasted import framework, pasted

NOT_FOUND = (
    'OSError: [WinError 126] The specified module could not be found. Error loading "C:\\Program '
    'Files\\env\\torch\\lib\\{}" or one of its dependencies.'
)


def judge(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


def test_does_not_apply_elsewhere(matrix: Matrix) -> None:
    assert isinstance(judge(machine(), matrix), NotApplicable)


def test_does_not_apply_without_a_message(matrix: Matrix) -> None:
    snapshot = pasted(os="windows", frameworks=(framework("torch", "2.4.0"),))

    assert isinstance(judge(snapshot, matrix), NotApplicable)


@pytest.mark.parametrize("dll", ["fbgemm.dll", "c10.dll", "torch_cpu.dll", "shm.dll"])
def test_infers_it_where_a_dll_of_pytorchs_own_is_not_loaded(matrix: Matrix, dll: str) -> None:
    finding = judge(pasted(NOT_FOUND.format(dll), os="windows"), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert finding.subject.name == "torch"
    assert "inference" in finding.detail


def test_an_old_runtime_fails_to_initialise(matrix: Matrix) -> None:
    line = NOT_FOUND.replace("126] The specified module could not be found", "1114] 动态链接库失败")

    assert isinstance(judge(pasted(line.format("c10.dll"), os="windows"), matrix), Finding)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Microsoft Visual C++ Redistributable is not installed, this may lead to", "torch"),
        ("ImportError: Could not find the DLL(s) 'msvcp140_1.dll'. TensorFlow requires", "program"),
        ("The program can't start because VCRUNTIME140_1.dll is not found", "program"),
    ],
)
def test_states_what_a_message_names(matrix: Matrix, line: str, name: str) -> None:
    finding = judge(pasted(line, os="windows"), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert name in finding.subject.name


@pytest.mark.parametrize("number", ["127", "193", "1455", "182"])
def test_other_errors_of_windows_are_other_faults(matrix: Matrix, number: str) -> None:
    line = NOT_FOUND.format("c10.dll").replace("126", number)

    assert list(check(pasted(line, os="windows"), matrix)) == []


@pytest.mark.parametrize("dll", ["cublas64_12.dll", "cudnn64_8.dll", "torch_cuda.dll"])
def test_cudas_dlls_are_not_ours(matrix: Matrix, dll: str) -> None:
    assert list(check(pasted(NOT_FOUND.format(dll), os="windows"), matrix)) == []


def test_where_cudas_dll_is_missing_too_that_is_the_fault(matrix: Matrix) -> None:
    snapshot = pasted(NOT_FOUND.format("shm.dll"), os="windows")
    gone = Symptom("shared-library-missing", "…", "torch", 0, None, "cublas64_12.dll")
    both = Snapshot(
        platform=snapshot.platform,
        environments=snapshot.environments,
        symptoms=(*snapshot.symptoms, gone),
    )

    assert isinstance(judge(both, matrix), NotApplicable)


def test_tensorflow_that_fails_to_initialise_may_lack_avx(matrix: Matrix) -> None:
    line = (
        "ImportError: DLL load failed while importing _pywrap_tensorflow_internal: A dynamic link "
        "library (DLL) initialization routine failed."
    )
    flags = Known(("sse4_2", "avx"), "the text")

    assert isinstance(judge(pasted(line, os="windows"), matrix), Undetermined)
    assert isinstance(judge(pasted(line, os="windows", cpu_flags=flags), matrix), Finding)


def test_what_imports_is_cleared(matrix: Matrix) -> None:
    done = Known(ImportFacts(ChildEnd("done", "", 1.0), error=Absent("import")), "import")
    torch = framework("torch", "2.4.0", imported=done)
    line = "Microsoft Visual C++ Redistributable is not installed, this may lead to"

    assert isinstance(judge(pasted(line, os="windows", frameworks=(torch,)), matrix), Cleared)
    assert isinstance(judge(pasted(os="windows", frameworks=(torch,)), matrix), Cleared)


def test_fbgemm_may_want_the_openmp_of_the_compilers(matrix: Matrix) -> None:
    finding = judge(pasted(NOT_FOUND.format("fbgemm.dll"), os="windows"), matrix)

    assert isinstance(finding, Finding)
    assert "libomp140" in str(finding.remedies[1].steps)
