import pytest

from gpudoctor.checks.framework_broken_install import check
from gpudoctor.facts import ChildEnd, FrameworkFacts, Known, Snapshot, Unknown
from gpudoctor.findings import (
    Cleared,
    Command,
    Confidence,
    Finding,
    NotApplicable,
    Undetermined,
    Verdict,
)
from gpudoctor.matrix import Matrix
from machines import (
    NOT_IMPORTED,
    cut_import,
    environment,
    failed_import,
    imported,
    machine,
    python,
    tensorflow,
    torch,
)


def judge(framework: FrameworkFacts, matrix: Matrix) -> Verdict:
    [verdict] = check(machine(framework), matrix)
    return verdict


def test_clears_what_imports(matrix: Matrix) -> None:
    verdicts = list(check(machine(torch(), tensorflow()), matrix))

    assert [type(verdict) for verdict in verdicts] == [Cleared, Cleared]


def test_has_nothing_to_say_without_a_framework(matrix: Matrix) -> None:
    assert list(check(machine(environments=(environment(),)), matrix)) == []


@pytest.mark.parametrize(
    "error",
    [
        "ModuleNotFoundError: No module named 'typing_extensions'",
        "ImportError: libtorch_cpu.so: cannot open shared object file: No such file or directory",
        "ImportError: undefined symbol: _ZN3c105ErrorC2E",
    ],
)
def test_finds_an_import_that_raises(matrix: Matrix, error: str) -> None:
    finding = judge(torch(imported=failed_import(error)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert error in finding.detail
    assert finding.evidence[0].fact == "/environments/0/frameworks/torch/error"


def test_reinstalls_the_same_build_into_the_same_interpreter(matrix: Matrix) -> None:
    finding = judge(torch(imported=failed_import("ImportError: torn")), matrix)

    assert isinstance(finding, Finding)
    assert finding.remedies[0].steps == (
        Command(
            (
                "/home/ann/venv/bin/python",
                "-m",
                "pip",
                "install",
                "--force-reinstall",
                "torch==2.14.1+cu130",
                "--index-url",
                "https://download.pytorch.org/whl/cu130",
            )
        ),
    )


def test_asks_no_index_for_a_vendors_own_build(matrix: Matrix) -> None:
    own = torch(
        version=Known("2.6.0a0+ecf3bae40a.nv25.01", "torch/version.py"),
        imported=failed_import("ImportError: torn"),
    )

    finding = judge(own, matrix)

    assert isinstance(finding, Finding)
    assert "from where it came" in str(finding.remedies[0].steps)


def test_uses_uv_and_names_the_interpreter_where_the_user_did(matrix: Matrix) -> None:
    chosen = python(manager=Known("uv", "pyvenv.cfg"), chosen_by="--python")
    broken = torch(imported=failed_import("ImportError: torn"))

    [finding] = check(machine(environments=(environment(broken, python=chosen),)), matrix)

    assert isinstance(finding, Finding)
    [step] = finding.remedies[0].steps
    assert isinstance(step, Command)
    assert step.argv[:5] == ("uv", "pip", "install", "--python", "/home/ann/venv/bin/python")
    assert finding.remedies[0].verify[-2:] == ("--python", "/home/ann/venv/bin/python")


@pytest.mark.parametrize("soname", ["libcublas.so.13", "libcudnn.so.9", "libcuda.so.1"])
def test_leaves_missing_cuda_libraries_to_their_own_diagnoses(matrix: Matrix, soname: str) -> None:
    error = f"ImportError: {soname}: cannot open shared object file: No such file or directory"

    assert isinstance(judge(torch(imported=failed_import(error)), matrix), NotApplicable)


def test_another_missing_library_is_likely_a_torn_installation(matrix: Matrix) -> None:
    error = "ImportError: libgomp.so.1: cannot open shared object file: No such file or directory"

    finding = judge(torch(imported=failed_import(error)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "error",
    [
        "ImportError: /lib/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by x)",
        "ImportError: numpy.core.multiarray failed to import",
        "ImportError: libtorch_cuda.so: undefined symbol: ncclCommRegister",
        "AttributeError: partially initialized module (most likely due to a circular import)",
    ],
)
def test_does_not_blame_the_installation_for_its_neighbours(matrix: Matrix, error: str) -> None:
    assert isinstance(judge(torch(imported=failed_import(error)), matrix), Undetermined)


@pytest.mark.parametrize(
    ("how", "detail"), [("crashed", "SIGSEGV"), ("crashed", "SIGABRT"), ("exited-early", "exit 0")]
)
def test_an_import_that_ends_its_process_is_likely_broken(
    matrix: Matrix, how: str, detail: str
) -> None:
    finding = judge(torch(imported=cut_import(how, detail)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("how", "detail"),
    [
        ("crashed", "SIGILL"),
        ("killed", "SIGKILL"),
        ("timed-out", "no answer in 180 s"),
        ("unkillable", "state D in nv_open"),
        ("not-started", "no such file"),
    ],
)
def test_does_not_conclude_from_an_import_that_was_stopped(
    matrix: Matrix, how: str, detail: str
) -> None:
    assert isinstance(judge(torch(imported=cut_import(how, detail)), matrix), Undetermined)


def test_a_crash_after_the_import_is_not_the_imports(matrix: Matrix) -> None:
    later = imported(end=ChildEnd("crashed", "SIGSEGV", 3.0), sees_gpu=Unknown("ended"))

    assert isinstance(judge(torch(imported=later), matrix), Cleared)


def unimported(matrix: Matrix, **changes: object) -> Verdict:
    return judge(torch(imported=NOT_IMPORTED, **changes), matrix)


def test_without_an_import_the_disk_decides(matrix: Matrix) -> None:
    whole = unimported(matrix)
    gone = Known(("torch/lib/libtorch_cpu.so", "torch/lib/libc10.so"), "RECORD")
    holed = unimported(matrix, missing_files=gone)

    assert isinstance(whole, Cleared)
    assert isinstance(holed, Finding)
    assert holed.confidence is Confidence.LIKELY
    assert "torch/lib/libtorch_cpu.so and 1 more" in holed.detail


def with_packages(framework: FrameworkFacts, packages: dict[str, str]) -> Snapshot:
    listed = environment(framework, packages=Known(packages, "names of the metadata folders"))
    return machine(environments=(listed,))


def test_a_local_label_in_the_files_alone_is_no_contradiction(matrix: Matrix) -> None:
    [verdict] = check(with_packages(torch(imported=NOT_IMPORTED), {"torch": "2.14.1"}), matrix)

    assert isinstance(verdict, Cleared)


def test_files_of_another_version_than_their_metadata_are_likely_torn(matrix: Matrix) -> None:
    [finding] = check(with_packages(torch(imported=NOT_IMPORTED), {"torch": "2.9.0"}), matrix)

    assert isinstance(finding, Finding)
    assert "2.9.0" in finding.detail


def test_two_distributions_of_different_versions_share_one_folder(matrix: Matrix) -> None:
    both = {"tensorflow": "2.21.0", "tensorflow-cpu": "2.19.0"}

    [finding] = check(with_packages(tensorflow(imported=NOT_IMPORTED), both), matrix)

    assert isinstance(finding, Finding)
    assert "tensorflow-cpu 2.19.0" in finding.detail
