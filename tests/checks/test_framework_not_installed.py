import pytest

from gpudoctor.checks.framework_not_installed import check
from gpudoctor.facts import (
    NOT_LOOKED,
    Damage,
    EnvironmentFacts,
    FrameworkFacts,
    Known,
    OtherEnvironment,
    PythonFacts,
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
    Verdict,
)
from gpudoctor.matrix import Matrix
from machines import environment, machine, platform, torch

OTHER = OtherEnvironment(
    "/home/ann/ml", "venv", "/home/ann/ml/bin/python", {"torch": "2.14.1", "jax": "0.9"}
)


def missed(name: str = "torch", environment: int | None = None) -> Symptom:
    text = f"ModuleNotFoundError: No module named '{name}'"
    return Symptom("module-not-found", text, None, environment, None, name)


def bare(**changes: object) -> EnvironmentFacts:
    return environment(**changes)


def text(*symptoms: Symptom, **changes: object) -> Snapshot:
    """What a pasted text may give: messages and little else."""
    return Snapshot(platform=platform(), symptoms=symptoms, **changes)  # type: ignore[arg-type]


def judge(snapshot: Snapshot, matrix: Matrix) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


def test_nobody_asked_so_it_is_no_finding(matrix: Matrix) -> None:
    assert isinstance(judge(machine(environments=(bare(),)), matrix), NotApplicable)


def test_names_environments_that_have_one_though_nobody_asked(matrix: Matrix) -> None:
    snapshot = machine(environments=(bare(),), other_environments=Known((OTHER,), "places"))

    verdict = judge(snapshot, matrix)

    assert isinstance(verdict, NotApplicable)
    assert "/home/ann/ml" in verdict.reason


def test_finds_a_wanted_framework_that_is_nowhere(matrix: Matrix) -> None:
    snapshot = machine(
        environments=(bare(),), wanted=("torch",), other_environments=Known((), "places")
    )

    finding = judge(snapshot, matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert finding.remedies[0].steps[0] == Command(
        ("/home/ann/venv/bin/python", "-m", "pip", "install", "torch")
    )


def test_clears_a_wanted_framework_that_is_there(matrix: Matrix) -> None:
    assert isinstance(judge(machine(torch(), wanted=("torch",)), matrix), Cleared)


def test_each_wanted_framework_is_judged_alone(matrix: Matrix) -> None:
    verdicts = list(check(machine(torch(), wanted=("torch", "tensorflow")), matrix))

    assert [type(each) for each in verdicts] == [Cleared, Finding]


def test_without_a_list_of_packages_it_can_not_tell(matrix: Matrix) -> None:
    unknown = bare(packages=Unknown("the interpreter did not answer"))

    verdict = judge(machine(environments=(unknown,), wanted=("torch",)), matrix)

    assert isinstance(verdict, Undetermined)


def test_one_that_is_elsewhere_is_a_wrong_environment(matrix: Matrix) -> None:
    snapshot = machine(
        environments=(bare(),), wanted=("torch",), other_environments=Known((OTHER,), "places")
    )

    assert isinstance(judge(snapshot, matrix), NotApplicable)


def test_remains_of_one_are_a_torn_installation(matrix: Matrix) -> None:
    remains = Known((Damage("torch", "hollow", ("/site/torch",)),), "names")

    verdict = judge(machine(environments=(bare(damage=remains),), wanted=("torch",)), matrix)

    assert isinstance(verdict, NotApplicable)


@pytest.mark.parametrize("name", ["torch", "tensorflow", "jax"])
def test_a_message_alone_states_it(matrix: Matrix, name: str) -> None:
    finding = judge(text(missed(name)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert finding.subject.name == name
    assert finding.evidence[0].fact == "/symptoms/0"


def test_a_message_and_a_package_list_without_it_are_certain(matrix: Matrix) -> None:
    finding = judge(machine(environments=(bare(),), symptoms=(missed(),)), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert len(finding.evidence) == 2


def test_a_message_about_what_is_listed_is_not_this(matrix: Matrix) -> None:
    listed = EnvironmentFacts(PythonFacts("python"), Known({"torch": "2.9.0"}, "pip list"))

    assert isinstance(judge(text(missed(), environments=(listed,)), matrix), NotApplicable)


def test_a_message_about_a_framework_that_imports_is_cleared(matrix: Matrix) -> None:
    assert isinstance(judge(machine(torch(), symptoms=(missed(),)), matrix), Cleared)


def test_facts_of_a_framework_that_only_name_it_do_not_make_it_installed(matrix: Matrix) -> None:
    named = FrameworkFacts("torch", NOT_LOOKED)
    told = EnvironmentFacts(PythonFacts("python"), frameworks=(named,))

    assert isinstance(judge(text(missed(), environments=(told,)), matrix), Finding)


def test_a_build_in_isolation_is_not_this(matrix: Matrix) -> None:
    isolated = Symptom("build-isolation", "Getting requirements to build wheel", None)

    assert isinstance(judge(text(missed(), isolated), matrix), NotApplicable)


def test_a_message_belongs_to_its_own_environment(matrix: Matrix) -> None:
    two = machine(environments=(environment(torch()), bare()), symptoms=(missed(environment=1),))

    verdicts = list(check(two, matrix))

    assert [type(each) for each in verdicts] == [NotApplicable, NotApplicable]


def test_has_nothing_to_say_of_a_text_about_other_things(matrix: Matrix) -> None:
    assert list(check(text(), matrix)) == []
