import pytest

from gpudoctor.checks.wrong_environment import check
from gpudoctor.facts import (
    Absent,
    EnvironmentFacts,
    Fact,
    JupyterKernel,
    Known,
    OtherEnvironment,
    PythonFacts,
    Shadow,
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
    Shell,
    Undetermined,
    Verdict,
)
from gpudoctor.matrix import Matrix
from machines import (
    NOT_IMPORTED,
    PACKAGES,
    environment,
    failed_import,
    imported,
    machine,
    platform,
    python,
    tensorflow,
    torch,
)

INSTALLED: Fact[str] = Known(f"{PACKAGES}/torch", "module path")
OTHER = OtherEnvironment("/home/ann/ml", "venv", "/home/ann/ml/bin/python", {"torch": "2.14.1"})
CIRCULAR = (
    "AttributeError: partially initialized module 'torch' has no attribute 'nn' "
    "(most likely due to a circular import)"
)


def shadow(path: str, by: str, hides: Fact[str] = INSTALLED) -> Known[tuple[Shadow, ...]]:
    return Known((Shadow("torch", path, by, hides),), "module path and the user's folder")


def hidden(path: str, by: str, hides: Fact[str] = INSTALLED, **changes: object) -> Snapshot:
    framework = torch(**changes)
    return machine(environments=(environment(framework, shadows=shadow(path, by, hides)),))


def said(id_: str, text: str, name: str | None = "torch") -> Symptom:
    return Symptom(id_, text, None, None, None, name)


def pasted(*symptoms: Symptom, **changes: object) -> Snapshot:
    return Snapshot(platform=platform(), symptoms=symptoms, **changes)  # type: ignore[arg-type]


MISSED = said("module-not-found", "ModuleNotFoundError: No module named 'torch'")
SHADOWED = said("framework-shadowed", CIRCULAR)


def judge(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


def found(snapshot: Snapshot, matrix: Matrix) -> Finding:
    verdict = judge(snapshot, matrix)
    assert isinstance(verdict, Finding)
    return verdict


def test_clears_frameworks_with_nothing_in_their_way(matrix: Matrix) -> None:
    verdicts = list(check(machine(torch(), tensorflow()), matrix))

    assert [type(each) for each in verdicts] == [Cleared, Cleared]


def test_does_not_apply_where_no_framework_is_or_was_asked_for(matrix: Matrix) -> None:
    assert isinstance(judge(machine(environments=(environment(),)), matrix), NotApplicable)


def test_a_file_on_the_module_path_that_fails_is_certain(matrix: Matrix) -> None:
    error = failed_import("AttributeError: module 'torch' has no attribute 'cuda'")

    finding = found(hidden("/srv/lib/torch.py", "PYTHONPATH", imported=error), matrix)

    assert finding.confidence is Confidence.CERTAIN
    assert finding.blocks
    assert finding.remedies[0].steps == (
        Command(("mv", "--", "/srv/lib/torch.py", "/srv/lib/my_torch.py")),
    )


def test_a_file_that_imports_and_is_no_framework_is_found_by_its_answer(matrix: Matrix) -> None:
    empty = imported(
        sees_gpu=Unknown("it raised"),
        device_error=Known("AttributeError: module 'torch' has no attribute 'cuda'", "devices"),
    )

    assert found(hidden("/srv/lib/torch.py", "PYTHONPATH", imported=empty), matrix).blocks


def test_a_package_on_pythonpath_that_fails_is_likely(matrix: Matrix) -> None:
    error = failed_import("ImportError: Failed to load PyTorch C extensions")

    finding = found(hidden("/src/pytorch/torch", "PYTHONPATH", imported=error), matrix)

    assert finding.confidence is Confidence.LIKELY
    assert finding.remedies[0].steps == (Shell("unset PYTHONPATH"),)


def test_the_home_folders_copy_can_be_kept_out(matrix: Matrix) -> None:
    path = "/home/ann/.local/lib/python3.12/site-packages/torch"
    error = failed_import(f"ImportError: cannot import name 'x' from 'torch' ({path}/__init__.py)")

    finding = found(hidden(path, "user-site", imported=error), matrix)

    assert finding.confidence is Confidence.CERTAIN
    assert finding.remedies[0].steps == (Shell("export PYTHONNOUSERSITE=1"),)


def test_a_copy_that_works_clears_what_it_hides(matrix: Matrix) -> None:
    assert isinstance(judge(hidden("/src/pytorch/torch", "PYTHONPATH"), matrix), Cleared)


def test_without_an_import_a_package_that_comes_first_is_not_judged(matrix: Matrix) -> None:
    verdict = judge(hidden("/src/torch", "PYTHONPATH", imported=NOT_IMPORTED), matrix)

    assert isinstance(verdict, Undetermined)


def test_without_an_import_a_file_that_comes_first_is_likely(matrix: Matrix) -> None:
    snapshot = hidden("/srv/lib/torch.py", "PYTHONPATH", imported=NOT_IMPORTED)

    assert found(snapshot, matrix).confidence is Confidence.LIKELY


@pytest.mark.parametrize("facts", [imported(), NOT_IMPORTED])
def test_a_file_in_the_users_folder_is_a_warning(matrix: Matrix, facts: object) -> None:
    snapshot = hidden("/home/ann/work/torch.py", "working-directory", imported=facts)

    finding = found(snapshot, matrix)

    assert not finding.blocks
    assert finding.confidence is Confidence.LIKELY


def test_a_file_in_the_users_folder_hides_nothing_where_nothing_is(matrix: Matrix) -> None:
    shadows = shadow("/home/ann/work/torch.py", "working-directory", Absent("module path"))

    verdict = judge(machine(environments=(environment(shadows=shadows),)), matrix)

    assert isinstance(verdict, NotApplicable)


def test_a_message_about_a_shadow_states_it(matrix: Matrix) -> None:
    finding = found(pasted(SHADOWED), matrix)

    assert finding.confidence is Confidence.STATED
    assert finding.blocks


def test_a_message_and_a_file_in_the_folder_make_it_likely(matrix: Matrix) -> None:
    told = environment(shadows=shadow("/home/ann/work/torch.py", "working-directory"))

    finding = found(machine(environments=(told,), symptoms=(SHADOWED,)), matrix)

    assert finding.confidence is Confidence.LIKELY


def test_a_message_that_the_disk_does_not_bear_out_is_undetermined(matrix: Matrix) -> None:
    failing = torch(imported=failed_import(CIRCULAR))

    assert isinstance(judge(machine(failing, symptoms=(SHADOWED,)), matrix), Undetermined)


def test_a_wanted_framework_that_is_elsewhere_is_certain(matrix: Matrix) -> None:
    snapshot = machine(
        environments=(environment(),),
        wanted=("torch",),
        other_environments=Known((OTHER,), "the usual places"),
    )

    finding = found(snapshot, matrix)

    assert finding.confidence is Confidence.CERTAIN
    assert finding.remedies[0].verify[-1] == "/home/ann/ml/bin/python"


def test_the_very_environment_is_not_another_one(matrix: Matrix) -> None:
    own = OtherEnvironment("/home/ann/venv", "venv", "/x", {"torch": "2.14.1"})
    snapshot = machine(
        environments=(environment(),),
        wanted=("torch",),
        other_environments=Known((own,), "the usual places"),
    )

    assert isinstance(judge(snapshot, matrix), NotApplicable)


def test_two_environments_of_a_text_are_compared(matrix: Matrix) -> None:
    kernel = EnvironmentFacts(PythonFacts("/opt/base/bin/python"))
    shell = EnvironmentFacts(PythonFacts("/opt/ml/bin/python"), frameworks=(torch(),))

    verdicts = list(check(pasted(MISSED, environments=(kernel, shell)), matrix))

    assert isinstance(verdicts[0], Finding)
    assert verdicts[0].confidence is Confidence.LIKELY
    assert "/opt/ml/bin/python" in verdicts[0].detail


def test_what_pip_lists_and_python_misses_is_in_another_environment(matrix: Matrix) -> None:
    listed = EnvironmentFacts(PythonFacts("python"), Known({"torch": "2.9.0"}, "pip list"))

    finding = found(pasted(MISSED, environments=(listed,)), matrix)

    assert finding.confidence is Confidence.LIKELY


def test_a_message_alone_does_not_make_it_another_environment(matrix: Matrix) -> None:
    assert isinstance(judge(pasted(MISSED), matrix), NotApplicable)


def test_an_import_of_ours_that_misses_it_is_not_another_environment(matrix: Matrix) -> None:
    gone = torch(imported=failed_import("ModuleNotFoundError: No module named 'torch'"))

    assert isinstance(judge(machine(gone, symptoms=(MISSED,)), matrix), Cleared)


def test_a_build_in_isolation_does_not_see_what_is_installed(matrix: Matrix) -> None:
    isolated = Symptom("build-isolation", "Getting requirements to build wheel", None)

    finding = found(pasted(MISSED, isolated), matrix)

    assert finding.confidence is Confidence.STATED
    assert "--no-build-isolation" in str(finding.remedies)


def project(prefix: str, chosen_by: str, **changes: object) -> Snapshot:
    other = OtherEnvironment(prefix, "venv", f"{prefix}/bin/python", {"torch": "2.14.1"})
    bare = environment(python=python(chosen_by=chosen_by), **changes)
    return machine(environments=(bare,), other_environments=Known((other,), "the usual places"))


def test_a_projects_environment_that_is_not_active_is_a_warning(matrix: Matrix) -> None:
    finding = found(project("/home/ann/work/.venv", "PATH"), matrix)

    assert not finding.blocks
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("prefix", "chosen_by"),
    [
        ("/home/ann/work/.venv", "VIRTUAL_ENV"),
        ("/home/ann/work/.venv", "--python"),
        ("/opt/conda/envs/ml", "PATH"),
    ],
)
def test_an_environment_that_was_chosen_is_not_doubted(
    matrix: Matrix, prefix: str, chosen_by: str
) -> None:
    assert isinstance(judge(project(prefix, chosen_by), matrix), NotApplicable)


def with_kernel(**frameworks: str) -> Snapshot:
    kernel = JupyterKernel(
        "/home/ann/venv/share/jupyter/kernels/python3/kernel.json", "/opt/bin/python", frameworks
    )
    return machine(environments=(environment(torch(), kernels=Known((kernel,), "kernels")),))


def test_a_kernel_that_starts_a_python_without_the_framework_is_a_warning(matrix: Matrix) -> None:
    finding = found(with_kernel(), matrix)

    assert not finding.blocks
    assert finding.remedies[0].steps == (
        Command(
            (
                "/home/ann/venv/bin/python",
                "-m",
                "ipykernel",
                "install",
                "--prefix",
                "/home/ann/venv",
                "--name",
                "python3",
            )
        ),
    )


def test_a_kernel_whose_python_has_the_framework_is_fine(matrix: Matrix) -> None:
    assert isinstance(judge(with_kernel(torch="2.14.1"), matrix), Cleared)
