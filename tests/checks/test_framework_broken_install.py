import pytest

from gpudoctor.checks.framework_broken_install import check
from gpudoctor.facts import (
    Absent,
    ChildEnd,
    Damage,
    EnvironmentFacts,
    Fact,
    FrameworkFacts,
    Known,
    PythonFacts,
    Shadow,
    Snapshot,
    Symptom,
    Unknown,
    UnmetRequirement,
)
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
    platform,
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


def said(id_: str, text: str, subject: str | None = None, names: str | None = None) -> Symptom:
    return Symptom(id_, text, subject, None, None, names)


def pasted(*symptoms: Symptom, **changes: object) -> Snapshot:
    """What a pasted text may give: messages and little else."""
    return Snapshot(platform=platform(), symptoms=symptoms, **changes)  # type: ignore[arg-type]


def of_text(*names: str) -> EnvironmentFacts:
    frameworks = tuple(FrameworkFacts(name, Known("2.7.1", "the text")) for name in names)
    return EnvironmentFacts(PythonFacts("python"), frameworks=frameworks)


def disordered(framework: FrameworkFacts, **changes: object) -> Snapshot:
    return machine(environments=(environment(framework, **changes),))


MISSING = Known(
    (UnmetRequirement("torch", "typing-extensions", ">=4.10.0", Absent("metadata")),), "metadata"
)


def test_a_missing_requirement_is_installed_before_all_is_installed_again(matrix: Matrix) -> None:
    error = "ModuleNotFoundError: No module named 'typing_extensions'"

    [finding] = check(disordered(torch(imported=failed_import(error)), unmet=MISSING), matrix)

    assert isinstance(finding, Finding)
    assert finding.remedies[0].steps == (
        Command(("/home/ann/venv/bin/python", "-m", "pip", "install", "typing-extensions>=4.10.0")),
    )
    assert "torch requires typing-extensions" in str(finding.evidence)


def test_without_an_import_what_it_imports_at_once_must_be_there(matrix: Matrix) -> None:
    [finding] = check(disordered(torch(imported=NOT_IMPORTED), unmet=MISSING), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "unmet",
    [
        UnmetRequirement("torch", "networkx", ">=2.5.1", Absent("metadata")),
        UnmetRequirement("torch", "typing-extensions", ">=4.10.0", Known("4.9", "metadata")),
        UnmetRequirement("tensorflow", "numpy", ">=2", Absent("metadata")),
    ],
)
def test_without_an_import_other_pins_are_only_untidy(
    matrix: Matrix, unmet: UnmetRequirement
) -> None:
    disorder = Known((unmet,), "metadata")

    [verdict] = check(disordered(torch(imported=NOT_IMPORTED), unmet=disorder), matrix)

    assert isinstance(verdict, Cleared)


REMAINS = Known((Damage("torch", "half-removed", ("/site/~orch",)),), "names")


def test_what_is_untidy_is_named_and_cleared_by_an_import(matrix: Matrix) -> None:
    [verdict] = check(disordered(torch(), damage=REMAINS, unmet=MISSING), matrix)

    assert isinstance(verdict, Cleared)
    assert "left in disorder" in verdict.detail


def test_remains_are_evidence_where_the_import_raises(matrix: Matrix) -> None:
    broken = torch(imported=failed_import("ImportError: torn"))

    [finding] = check(disordered(broken, damage=REMAINS), matrix)

    assert "~orch" in str(finding.evidence)  # type: ignore[union-attr]


def test_doubled_metadata_is_removed_twice(matrix: Matrix) -> None:
    doubled = Known((Damage("torch", "doubled", ("/a-1.dist-info", "/a-2.dist-info")),), "names")
    broken = torch(imported=failed_import("ImportError: torn"))

    [finding] = check(disordered(broken, damage=doubled), matrix)

    assert isinstance(finding, Finding)
    words = [step.argv[3] for step in finding.remedies[0].steps if isinstance(step, Command)]
    assert words == ["uninstall", "uninstall", "install"]


def test_two_distributions_are_both_removed_before_one_is_installed(matrix: Matrix) -> None:
    both = Known({"tensorflow": "2.21.0", "tensorflow-cpu": "2.19.0"}, "names")
    broken = tensorflow(imported=failed_import("ImportError: torn"))

    [finding] = check(disordered(broken, packages=both), matrix)

    assert isinstance(finding, Finding)
    assert "tensorflow tensorflow-cpu" in " ".join(finding.remedies[0].steps[0].argv)  # type: ignore[union-attr]


def test_what_is_imported_in_its_place_is_another_diagnosis(matrix: Matrix) -> None:
    shadows = Known((Shadow("torch", "/x/torch.py", "PYTHONPATH", Absent("path")),), "path")
    failing = torch(imported=failed_import("ImportError: cannot import name 'nn' from 'torch'"))

    [verdict] = check(disordered(failing, shadows=shadows), matrix)

    assert isinstance(verdict, NotApplicable)


def test_a_folder_without_its_code_imports_and_is_torn(matrix: Matrix) -> None:
    hollow = imported(
        sees_gpu=Unknown("it raised"),
        device_error=Known("AttributeError: module 'torch' has no attribute 'cuda'", "devices"),
    )
    gone = Known(("torch/__init__.py",), "RECORD")

    finding = judge(torch(imported=hollow, missing_files=gone), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN


@pytest.mark.parametrize(
    ("symptom", "name"),
    [
        (said("framework-part-missing", "No module named 'torch._C'", "torch"), "torch"),
        (said("framework-parts-mixed", "undefined symbol: _ZN", "tensorflow"), "tensorflow"),
        (said("framework-hollow", "(unknown location)", None, "torch"), "torch"),
        (said("dependency-missing", "No module named 'absl'", "tensorflow", "absl"), "tensorflow"),
        (said("shared-library-missing", "libc10.so: …", "torch", "libc10.so"), "torch"),
    ],
)
@pytest.mark.parametrize("is_told", [True, False])
def test_a_message_alone_states_it(
    matrix: Matrix, symptom: Symptom, name: str, *, is_told: bool
) -> None:
    environments = (of_text(name),) if is_told else ()

    [finding] = check(pasted(symptom, environments=environments), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert finding.subject.name == name


@pytest.mark.parametrize(
    "symptom",
    [
        said("dependency-missing", "No module named 'wrapt'", None, "wrapt"),
        said("shared-library-missing", "libtorch_cuda.so: …", "torch", "libtorch_cuda.so"),
        said("shared-library-missing", "libgomp.so.1: …", "torch", "libgomp.so.1"),
        said("half-removed", "Ignoring invalid distribution ~orch", None, "orch"),
        said("module-not-found", "No module named 'torch'", None, "torch"),
        said("protobuf-unfit", "Descriptors cannot be created directly"),
    ],
)
def test_a_message_that_other_causes_have_too_states_nothing(
    matrix: Matrix, symptom: Symptom
) -> None:
    assert list(check(pasted(symptom), matrix)) == []


def test_messages_yield_to_an_import_that_works(matrix: Matrix) -> None:
    snapshot = machine(symptoms=(said("framework-part-missing", "…", "torch"),))

    [verdict] = check(snapshot, matrix)

    assert isinstance(verdict, Cleared)


@pytest.mark.parametrize(("names", "count"), [(("tensorflow",), 1), (("torch",), 0)])
def test_protobufs_complaint_is_tensorflows_where_only_that_is_there(
    matrix: Matrix, names: tuple[str, ...], count: int
) -> None:
    symptom = said("protobuf-unfit", "TypeError: Descriptors cannot be created directly.")

    verdicts = check(pasted(symptom, environments=(of_text(*names),)), matrix)

    assert len([each for each in verdicts if isinstance(each, Finding)]) == count


def test_remains_by_pips_word_count_where_the_framework_is_missed(matrix: Matrix) -> None:
    remains = said("half-removed", "Ignoring invalid distribution ~orch", None, "orch")
    missed = said("module-not-found", "No module named 'torch'", None, "torch")

    [finding] = check(pasted(remains, missed), matrix)

    assert isinstance(finding, Finding)


def test_several_copies_of_a_companion_are_a_warning(matrix: Matrix) -> None:
    warned = said("packages-doubled", "multiple CuPy packages are installed", "cupy", "CuPy")

    [finding] = check(pasted(warned), matrix)

    assert isinstance(finding, Finding)
    assert not finding.blocks
    assert finding.subject.name == "cupy"


@pytest.mark.parametrize(("wanted", "count"), [(("torch",), 1), ((), 0)])
def test_remains_matter_where_the_framework_was_asked_for(
    matrix: Matrix, wanted: tuple[str, ...], count: int
) -> None:
    snapshot = machine(environments=(environment(damage=REMAINS),), wanted=wanted)

    assert len(list(check(snapshot, matrix))) == count


@pytest.mark.parametrize(
    ("version", "verdict"), [(Unknown("t"), NotApplicable), (Known("2.9.1", "t"), Finding)]
)
def test_what_is_nowhere_is_not_torn(
    matrix: Matrix, version: Fact[str], verdict: type[object]
) -> None:
    gone = failed_import("ModuleNotFoundError: No module named 'torch'")
    framework = FrameworkFacts("torch", version, imported=gone)
    told = EnvironmentFacts(PythonFacts("python"), frameworks=(framework,))

    [found] = check(pasted(environments=(told,)), matrix)

    assert isinstance(found, verdict)
